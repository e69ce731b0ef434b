package api_test

import (
	"bytes"
	"context"
	"io"
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
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
	"plaza/store"
)

// TestAPaymentIsMadeOnWeChatPaysPageAndHeardOf goes the whole way by HTTP: the
// payer's browser, WeChat Pay's notification, and a refund.
func TestAPaymentIsMadeOnWeChatPaysPageAndHeardOf(t *testing.T) {
	t.Parallel()
	var platform *wechatpaytest.Platform
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { platform.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	w := apitest.New(t, apitest.Options{WeChatPayAPI: host.URL})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	platform = wechatpaytest.New(wechatpaytest.Options{Now: w.Now, Base: host.URL, AnyAddress: true})
	merchant, of := platform.Enroll("1900000109", "wxd678efh567hg6787"), w.Merchant("noodles")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, wechatpay.Name, platform.Contract(merchant, true))
	w.Must(err)
	checked, err := w.Payments.Contracts().Check(t.Context(), of.ID, wechatpay.Name)
	if err != nil || checked.Problem != "" {
		t.Fatalf("%+v, %v", checked, err)
	}
	path := "/webhooks/pay/wechatpay/" + of.ID
	payment, err := w.Payments.Create(t.Context(), pay.Request{Account: of.ID, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: wechatpay.Name,
		Amount: money.Of(1250, "CNY"), Description: "Noodles A100", Payer: message.Person{ID: of.ID + ":webchat:v", Account: of.ID, Channel: "webchat", User: "v"},
		ExpiresAt: w.Now().Add(15 * time.Minute), NotifyURL: server.URL + path, Scene: pay.OnPhone, ClientIP: "203.0.113.7",
		ReturnURL: func(string) string { return host.URL + "/pages" }})
	if err != nil || payment.Step.Kind != pay.RedirectStep {
		t.Fatalf("%+v, %v, %q", payment.Step, err, platform.Refusals())
	}
	if page := get(t, payment.Step.URL); !strings.Contains(page, "¥12.50") || !strings.Contains(page, payment.TradeNo) {
		t.Errorf("the page: %s", page)
	}
	response, err := http.PostForm(host.URL+"/pages/pay", url.Values{"merchant": {merchant.ID}, "order": {payment.TradeNo}, "back": {host.URL + "/pages"}})
	w.Must(err)
	w.Must(response.Body.Close())
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/pages" {
		t.Errorf("after paying: %d at %s", response.StatusCode, response.Request.URL)
	}
	forged, body := platform.Say(platform.Notices()[0], true, wechatpaytest.Forged, nil)
	if status := post(t, server.URL+path, forged, body); status != http.StatusUnauthorized {
		t.Errorf("a forged notification: %d", status)
	}
	header, body := platform.Say(platform.Notices()[0], true, wechatpaytest.None, nil)
	if status := post(t, server.URL+"/webhooks/pay/wechatpay/"+w.Merchant("other").ID, header, body); status != http.StatusNotFound {
		t.Errorf("to an account without a contract: %d", status)
	}
	if taken := platform.Deliver(context.Background(), http.DefaultClient); taken != 1 {
		t.Errorf("%d notifications were taken", taken)
	}
	if payment, err = w.Payments.Get(t.Context(), of.ID, payment.TradeNo); err != nil || payment.State != pay.Paid {
		t.Errorf("%s, %v", payment.State, err)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func post(t *testing.T, address string, header http.Header, body []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}
