package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/wallet"
)

type limitsSeen struct {
	wallet.Policy
	Most map[string]wallet.Limits `json:"most"`
}

func TestProgramsChangeLimitsByTheVersionThatTheyHaveRead(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	theirs, _ := k.program("other-store")
	ann := k.subscriber(opened, "ann", "Ann", "hello")
	must(t, k.wallet.Grant(t.Context(), ann, "g", money.Of(1000, "CNY")))

	var first, changed, again limitsSeen
	p.get("/wallet/limits").want(http.StatusOK, &first)
	if first.Version != 0 || first.Currency != "CNY" || first.Most["basic"].Balance != 100_000 || first.Most["verified"].Balance != 500_000 {
		t.Fatalf("%+v", first)
	}
	wanted := map[string]any{"basic": first.Basic, "verified": first.Verified, "version": first.Version}
	lower := first.Basic
	lower.Once, lower.Day, lower.Balance = 2000, 3000, 50_000
	lower.TopUp = 50_000
	wanted["basic"] = lower
	p.send(http.MethodPut, "/wallet/limits", wanted).want(http.StatusOK, &changed)
	p.get("/wallet/limits?currency=CNY").want(http.StatusOK, &again)
	if changed.Version != 1 || changed.Basic != lower || again.Policy != changed.Policy {
		t.Errorf("%+v, then %+v", changed, again)
	}
	for name, one := range map[string]struct {
		path   string
		change func(basic *wallet.Limits, body map[string]any)
		status int
		says   string
	}{
		"a version that is over":   {"", func(_ *wallet.Limits, body map[string]any) { body["version"] = 0 }, http.StatusConflict, "wallet_limits_changed"},
		"a version yet to come":    {"", func(_ *wallet.Limits, body map[string]any) { body["version"] = 7 }, http.StatusConflict, "wallet_limits_changed"},
		"a negative version":       {"", func(_ *wallet.Limits, body map[string]any) { body["version"] = -1 }, http.StatusUnprocessableEntity, "version"},
		"above the ceiling":        {"", func(basic *wallet.Limits, _ map[string]any) { basic.Balance = 100_001 }, http.StatusUnprocessableEntity, "basic.balance"},
		"nothing at once":          {"", func(basic *wallet.Limits, _ map[string]any) { basic.Once = 0 }, http.StatusUnprocessableEntity, "basic.once"},
		"a day less than once":     {"", func(basic *wallet.Limits, _ map[string]any) { basic.Day = basic.Once - 1 }, http.StatusUnprocessableEntity, "basic.day"},
		"a currency nobody knows":  {"?currency=XXX", func(*wallet.Limits, map[string]any) {}, http.StatusUnprocessableEntity, "currency"},
		"more than what a PIN has": {"", func(basic *wallet.Limits, body map[string]any) { body["verified"] = *basic; basic.Once++ }, http.StatusUnprocessableEntity, "verified.once"},
	} {
		t.Run(name, func(t *testing.T) {
			basic, body := changed.Basic, map[string]any{"verified": changed.Verified, "version": changed.Version}
			one.change(&basic, body)
			body["basic"] = basic
			if got := p.send(http.MethodPut, "/wallet/limits"+one.path, body).want(one.status); !strings.Contains(string(got.body), one.says) {
				t.Errorf("%s", got.body)
			}
		})
	}
	p.get("/wallet/limits").want(http.StatusOK, &again)
	if again.Policy != changed.Policy {
		t.Errorf("what was refused has changed %+v", again)
	}
	var today struct {
		Level  string        `json:"level"`
		Limits wallet.Limits `json:"limits"`
		Send   int64         `json:"send_left"`
		Room   int64         `json:"room"`
	}
	p.get("/subscribers/"+ann.ID+"/wallet/limits").want(http.StatusOK, &today)
	if today.Level != "basic" || today.Limits != lower || today.Send != 3000 || today.Room != 49_000 {
		t.Errorf("%+v", today)
	}
	theirs.get("/wallet/limits").want(http.StatusOK, &again)
	if again.Version != 0 || again.Basic != first.Basic {
		t.Errorf("another account's limits: %+v", again)
	}
	theirs.get("/subscribers/" + ann.ID + "/wallet/limits").want(http.StatusNotFound)
	theirs.get("/subscribers/" + message.SubscriberID(opened.ID, "webchat", "nobody") + "/wallet/limits").want(http.StatusNotFound)
}
