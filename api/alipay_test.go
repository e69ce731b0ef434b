package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
	"plaza/store"
)

// TestAPaymentIsMadeOnAlipaysPageAndHeardOf goes the whole way by HTTP: the
// payer's browser and Alipay's notification, which wants seven characters.
func TestAPaymentIsMadeOnAlipaysPageAndHeardOf(t *testing.T) {
	t.Parallel()
	var platform *alipaytest.Platform
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { platform.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	w := apitest.New(t, apitest.Options{AlipayGateway: host.URL + "/gateway.do"})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	platform = alipaytest.New(alipaytest.Options{Now: w.Now, Base: host.URL, AnyAddress: true})
	merchant, of := platform.Enroll("2021000000000001", "2088102177846880", true), w.Merchant("noodles")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, alipay.Name, platform.Contract(merchant))
	w.Must(err)
	checked, err := w.Payments.Contracts().Check(t.Context(), of.ID, alipay.Name)
	if err != nil || checked.Problem != "" {
		t.Fatalf("%+v, %v, %q", checked, err, platform.Refusals())
	}
	path := "/webhooks/pay/alipay/" + of.ID
	payment, err := w.Payments.Create(t.Context(), pay.Request{Account: of.ID, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: alipay.Name,
		Amount: money.Of(1250, "CNY"), Description: "Noodles A100", Payer: message.Person{ID: of.ID + ":webchat:v", Account: of.ID, Channel: "webchat", User: "v"},
		ExpiresAt: w.Now().Add(15 * time.Minute), NotifyURL: server.URL + path, Scene: pay.OnPhone, ClientIP: "203.0.113.7",
		ReturnURL: func(string) string { return host.URL + "/pages?back" }})
	if err != nil || payment.Step.Kind != pay.RedirectStep {
		t.Fatalf("%+v, %v, %q", payment.Step, err, platform.Refusals())
	}
	if page := get(t, payment.Step.URL); !strings.Contains(page, "¥12.50") || !strings.Contains(page, payment.TradeNo) {
		t.Errorf("the page: %s", page)
	}
	response, err := http.PostForm(host.URL+"/pages/pay", url.Values{"app": {merchant.AppID}, "order": {payment.TradeNo}})
	w.Must(err)
	w.Must(response.Body.Close())
	if response.StatusCode != http.StatusOK || response.Request.URL.RequestURI() != "/pages?back" {
		t.Errorf("after paying: %d at %s", response.StatusCode, response.Request.URL)
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	sold := platform.Notices()[0]
	if status := post(t, server.URL+path, form, platform.Say(sold, alipaytest.Forged, nil)); status != http.StatusUnauthorized {
		t.Errorf("a forged notification: %d", status)
	}
	if status := post(t, server.URL+"/webhooks/pay/alipay/"+w.Merchant("other").ID, form, platform.Say(sold, alipaytest.None, nil)); status != http.StatusNotFound {
		t.Errorf("to an account without a contract: %d", status)
	}
	if taken := platform.Deliver(context.Background(), http.DefaultClient); taken != 1 {
		t.Errorf("%d notifications were taken", taken)
	}
	if payment, err = w.Payments.Get(t.Context(), of.ID, payment.TradeNo); err != nil || payment.State != pay.Paid {
		t.Errorf("%s, %v", payment.State, err)
	}
}
