package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/request"
)

type requestSeen struct {
	request.Request
	URL    string `json:"url"`
	Untold string `json:"untold"`
}

func TestProgramsAskForPaymentsAndFollowThem(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	theirs, other := k.program("other-store")
	ann := k.subscriber(opened, "ann", "Ann", "hello")
	delivery := map[string]any{"subscriber": ann.ID, "amount": map[string]any{"minor": 250, "currency": "CNY"}, "what": "Delivery"}

	var asked, again requestSeen
	keyed := p.with(key, "delivery-1")
	keyed.post("/payment-requests", delivery).want(http.StatusCreated, &asked)
	keyed.post("/payment-requests", delivery).want(http.StatusCreated, &again)
	if asked.Number == "" || again.Number != asked.Number || asked.State != request.Open || asked.Untold != "" || asked.URL != base+"/request/"+asked.Number {
		t.Errorf("%+v, %+v", asked, again)
	}
	history, _, err := k.bot.History(t.Context(), opened.ID, ann.ID, "", 10)
	must(t, err)
	told := 0
	for _, entry := range history {
		if entry.Out != nil && strings.Contains(entry.Out.Text, "Delivery") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("ann was asked %d times", told)
	}

	must(t, k.wallet.Grant(t.Context(), ann, "g", asked.Amount))
	payment, err := k.requests.Pay(t.Context(), asked.Number, ann, pay.Way{})
	must(t, err)
	_, err = k.shop.Payments.Confirm(t.Context(), opened.ID, payment.TradeNo, nil)
	must(t, err)
	p.get("/payment-requests/"+asked.Number).want(http.StatusOK, &asked)
	if asked.State != request.Paid || asked.Payment != payment.TradeNo {
		t.Errorf("%+v", asked)
	}
	p.send(http.MethodPost, "/payment-requests/"+asked.Number+"/cancel", nil).want(http.StatusOK, &asked)
	if asked.State != request.Paid {
		t.Errorf("called off after it was paid: %+v", asked)
	}

	var second requestSeen
	p.post("/payment-requests", delivery).want(http.StatusCreated, &second)
	p.send(http.MethodPost, "/payment-requests/"+second.Number+"/cancel", nil).want(http.StatusOK, &second)
	var list struct{ Items []requestSeen }
	for path, want := range map[string]int{"": 2, "?state=paid": 1, "?state=cancelled": 1, "?state=open": 0, "?subscriber=" + ann.ID: 2} {
		p.get("/payment-requests"+path).want(http.StatusOK, &list)
		if len(list.Items) != want {
			t.Errorf("%q lists %d", path, len(list.Items))
		}
	}
	if theirs.get("/payment-requests").want(http.StatusOK, &list); len(list.Items) != 0 {
		t.Errorf("another account lists %+v", list)
	}
	theirs.get("/payment-requests/"+asked.Number).problem(http.StatusNotFound, "request_not_found")
	theirs.send(http.MethodPost, "/payment-requests/"+asked.Number+"/cancel", nil).problem(http.StatusNotFound, "request_not_found")

	for name, c := range map[string]struct {
		field  string
		value  any
		status int
		code   string
	}{
		"another account's subscriber": {"subscriber", message.SubscriberID(other.ID, "webchat", "ann"), http.StatusNotFound, "no_such_subscriber"},
		"another currency":             {"amount", map[string]any{"minor": 250, "currency": "KRW"}, http.StatusUnprocessableEntity, "price_currency"},
		"nothing":                      {"amount", map[string]any{"minor": 0, "currency": "CNY"}, http.StatusUnprocessableEntity, "request_nothing"},
		"less than nothing":            {"amount", map[string]any{"minor": -1, "currency": "CNY"}, http.StatusUnprocessableEntity, "negative_amount"},
	} {
		body := map[string]any{}
		for field, value := range delivery {
			body[field] = value
		}
		body[c.field] = c.value
		t.Log(name)
		p.post("/payment-requests", body).problem(c.status, c.code)
	}
}
