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
	"plaza/store"
)

// onPage is a provider whose payers pay on a page of its own, with a merchant on
// its stand-in.
type onPage struct {
	name     string
	platform interface {
		http.Handler
		Refusals() []string
		Deliver(context.Context, *http.Client) (taken int)
	}
	contract map[string]string
	// yes is the payer's, as the page posts it besides the payment's number; back is
	// where the page sends the browser then.
	yes func(back string) url.Values
	// sold is the first notification, or that of somebody else who claims to be the
	// platform.
	sold func(forged bool) (http.Header, []byte)
}

// paysOnPage goes the whole way by HTTP: the payer's browser, and the platform's
// notification.
func paysOnPage(t *testing.T, options func(host string) apitest.Options, begin func(host string, now func() time.Time) onPage) {
	var provider onPage
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.platform.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	w := apitest.New(t, options(host.URL))
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	provider = begin(host.URL, w.Now)
	of, webhooks, back := w.Merchant("noodles"), server.URL+"/webhooks/pay/"+provider.name+"/", host.URL+"/pages?back"
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, provider.name, provider.contract)
	w.Must(err)
	checked, err := w.Payments.Contracts().Check(t.Context(), of.ID, provider.name)
	if err != nil || checked.Problem != "" {
		t.Fatalf("%+v, %v, %q", checked, err, provider.platform.Refusals())
	}
	payment, err := w.Payments.Create(t.Context(), pay.Request{Account: of.ID, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: provider.name,
		Amount: money.Of(1250, "CNY"), Description: "Noodles A100", Payer: message.Person{ID: of.ID + ":webchat:v", Account: of.ID, Channel: "webchat", User: "v"},
		ExpiresAt: w.Now().Add(15 * time.Minute), NotifyURL: webhooks + of.ID, Scene: pay.OnPhone, ClientIP: "203.0.113.7",
		ReturnURL: func(string) string { return back }})
	if err != nil || payment.Step.Kind != pay.RedirectStep {
		t.Fatalf("%+v, %v, %q", payment.Step, err, provider.platform.Refusals())
	}
	if page := get(t, payment.Step.URL); !strings.Contains(page, "¥12.50") || !strings.Contains(page, payment.TradeNo) {
		t.Errorf("the page: %s", page)
	}
	yes := provider.yes(back)
	yes.Set("order", payment.TradeNo)
	response, err := http.PostForm(host.URL+"/pages/pay", yes)
	w.Must(err)
	w.Must(response.Body.Close())
	if response.StatusCode != http.StatusOK || response.Request.URL.RequestURI() != "/pages?back" {
		t.Errorf("after paying: %d at %s", response.StatusCode, response.Request.URL)
	}
	header, body := provider.sold(true)
	if status := post(t, webhooks+of.ID, header, body); status != http.StatusUnauthorized {
		t.Errorf("a forged notification: %d", status)
	}
	header, body = provider.sold(false)
	if status := post(t, webhooks+w.Merchant("other").ID, header, body); status != http.StatusNotFound {
		t.Errorf("to an account without a contract: %d", status)
	}
	if taken := provider.platform.Deliver(context.Background(), http.DefaultClient); taken != 1 {
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
