package wechatpay_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

func TestEveryProductIsPaidAsItsDocumentsSay(t *testing.T) {
	t.Parallel()
	for _, withPublicKey := range []bool{true, false} {
		w := newWorld(t, withPublicKey)
		for _, c := range []struct {
			scene pay.Scene
			kind  pay.StepKind
			pay   func(pay.Step) error
		}{
			{pay.InMessenger, pay.InvokeStep, func(s pay.Step) error { return w.platform.Invoke(s.Parameters, openID) }},
			{pay.OnDesktop, pay.ScanStep, func(s pay.Step) error { return w.platform.Scan(s.QR, openID) }},
			{pay.OnPhone, pay.RedirectStep, func(s pay.Step) error {
				back, err := w.platform.Open(s.URL, openID)
				if back != "https://shop.example/pay/1?from=a&b=c" {
					t.Errorf("comes back to %q", back)
				}
				return err
			}},
		} {
			charge := w.charge(c.scene)
			step, err := w.Create(t.Context(), charge)
			if err != nil || step.Kind != c.kind {
				t.Fatalf("%s: %+v, %v", c.scene, step, err)
			}
			if waiting, err := w.Query(t.Context(), charge); err != nil || waiting.Status != pay.Waiting {
				t.Errorf("%s: before: %+v, %v", c.scene, waiting, err)
			}
			if err := c.pay(step); err != nil {
				t.Fatalf("%s: %v", c.scene, err)
			}
			outcome, err := w.Confirm(t.Context(), charge, nil)
			if err != nil || outcome.Status != pay.Success || outcome.Amount != price || outcome.ProviderRef == "" {
				t.Errorf("%s: %+v, %v", c.scene, outcome, err)
			}
		}
		if refusals := w.platform.Refusals(); len(refusals) > 0 {
			t.Errorf("refused: %q", refusals)
		}
	}
}

func TestAskingAgainPaysTheSameOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.OnDesktop)
	first, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Create(t.Context(), charge)
	if err != nil || second.QR == first.QR {
		t.Fatalf("%+v, %v", second, err)
	}
	if err := w.platform.Scan(first.QR, openID); err == nil {
		t.Error("the first code is alive")
	}
	if err := w.platform.Scan(second.QR, openID); err != nil {
		t.Fatal(err)
	}
	if err := w.platform.Scan(second.QR, "oSomebodyElse"); err == nil {
		t.Error("paid twice")
	}
	_, err = w.Create(t.Context(), charge)
	if _, definite := errors.AsType[*fault.Error](err); err == nil || definite {
		t.Errorf("asking for a paid order is not a definite no: %v", err)
	}
}

func TestANumberUsedForSomethingElseIsNoDefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.OnDesktop)
	if _, err := w.Create(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	charge.Amount = money.Of(1, "CNY")
	_, err := w.Create(t.Context(), charge)
	if _, definite := errors.AsType[*fault.Error](err); err == nil || definite {
		t.Errorf("the order that is there may be paid: %v", err)
	}
}

func TestWhatCannotBeAskedForIsSaidInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for _, c := range []struct {
		name   string
		change func(*pay.Charge)
		want   *fault.Error
	}{
		{"nothing", func(c *pay.Charge) { c.Amount.Minor = 0 }, wechatpay.ErrAmount},
		{"less than nothing", func(c *pay.Charge) { c.Amount.Minor = -1 }, wechatpay.ErrAmount},
		{"won", func(c *pay.Charge) { c.Amount.Currency = "KRW" }, wechatpay.ErrAmount},
		{"inside WeChat without an openid", func(c *pay.Charge) { c.Scene, c.Payer.Channel = pay.InMessenger, "webchat" }, wechatpay.ErrNoOpenID},
		{"a phone whose address is not seen", func(c *pay.Charge) { c.Scene, c.ClientIP = pay.OnPhone, "127.0.0.1" }, wechatpay.ErrClientAddress},
		{"a product that is not granted", func(c *pay.Charge) { c.Scene = pay.InMessenger; w.merchant.May["jsapi"] = false }, wechatpay.ErrNoPermission},
	} {
		charge := w.charge(pay.OnDesktop)
		c.change(&charge)
		if _, err := w.Create(t.Context(), charge); !errors.Is(err, c.want) || fault.KindOf(err) == fault.Unavailable {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAMerchantWithoutH5GetsACodeToScanOnPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	typed := w.platform.Contract(w.merchant, true)
	typed["h5"] = ""
	charge := w.charge(pay.OnPhone)
	charge.Contract = encode(t, typed)
	if step, err := w.Create(t.Context(), charge); err != nil || step.Kind != pay.ScanStep {
		t.Errorf("%+v, %v", step, err)
	}
}

func TestALongDescriptionIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.OnDesktop)
	charge.Description = strings.Repeat("面", 100)
	if _, err := w.Create(t.Context(), charge); err != nil {
		t.Errorf("%v, %q", err, w.platform.Refusals())
	}
}

func TestClosingEndsAPaymentOrSaysThatItCameTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.OnDesktop)
	for range 2 { // also one that WeChat Pay has never heard of
		if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
			t.Fatalf("unheard of: %+v, %v", outcome, err)
		}
	}
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
			t.Fatalf("%+v, %v", outcome, err)
		}
	}
	if err := w.platform.Scan(step.QR, openID); err == nil {
		t.Error("paid after closing")
	}
	if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
		t.Errorf("%+v, %v", outcome, err)
	}
	late := w.charge(pay.OnDesktop)
	if step, err = w.Create(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if err := w.platform.Scan(step.QR, openID); err != nil {
		t.Fatal(err)
	}
	if outcome, err := w.Close(t.Context(), late); err != nil || outcome.Status != pay.Success || outcome.Amount != price {
		t.Errorf("paid before: %+v, %v", outcome, err)
	}
}

// TestNothingThatGoesWrongOnTheWayIsADefiniteNo: whatever happens to a call
// whose effect may be there, the provider's answer leaves it open.
func TestNothingThatGoesWrongOnTheWayIsADefiniteNo(t *testing.T) {
	t.Parallel()
	for _, withPublicKey := range []bool{true, false} {
		w := newWorld(t, withPublicKey)
		if _, err := w.Create(t.Context(), w.charge(pay.OnDesktop)); err != nil { // the certificates are there
			t.Fatal(err)
		}
		for _, trouble := range []wechatpaytest.Trouble{wechatpaytest.Cut, wechatpaytest.Lost, wechatpaytest.Fail, wechatpaytest.FailDone,
			wechatpaytest.Throttle, wechatpaytest.Forged, wechatpaytest.Unsigned, wechatpaytest.Stranger, wechatpaytest.Old} {
			charge := w.charge(pay.OnDesktop)
			counter := w.charge(pay.AtCounter)
			for _, call := range []struct {
				name string
				ask  func() error
			}{
				{"create", func() error { _, err := w.Create(t.Context(), charge); return err }},
				{"query", func() error { _, err := w.Query(t.Context(), charge); return err }},
				{"close", func() error { _, err := w.Close(t.Context(), charge); return err }},
				{"take", func() error {
					_, err := w.Take(t.Context(), counter, w.platform.Code(wechatpaytest.Card{OpenID: openID}))
					return err
				}},
				{"refund", func() error {
					_, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 1})
					return err
				}},
			} {
				w.next(trouble)
				err := call.ask()
				if err == nil && call.name == "query" && (trouble == wechatpaytest.Cut || trouble == wechatpaytest.Lost) {
					continue // a question whose connection ended was asked again on another
				}
				if kind := fault.KindOf(err); err == nil || kind != fault.Internal && kind != fault.Unavailable {
					t.Errorf("%s, %s: %v", call.name, trouble, err)
				}
				w.next()
				w.pass(time.Minute)
			}
		}
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	code := w.platform.Code(wechatpaytest.Card{OpenID: openID, Poor: true})
	var said []string
	note := func(err error) {
		if err == nil {
			t.Fatal("no error")
		}
		said = append(said, err.Error())
	}
	_, err := w.Take(t.Context(), w.charge(pay.AtCounter), code)
	note(err)
	w.next(wechatpaytest.Cut)
	_, err = w.Create(t.Context(), w.charge(pay.InMessenger))
	note(err)
	_, err = w.Notification(t.Context(), account, pay.Notification{Contract: w.contract, Header: http.Header{}, Body: []byte(`{"a":"` + openID + `"}`)})
	note(err)
	note(w.Validate([]byte(`{"private_key":"` + w.merchant.APIv3Key)))
	text := strings.Join(said, "\n")
	for _, secret := range []string{code, openID, w.merchant.APIv3Key, "BEGIN", "WECHATPAY2"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
}
