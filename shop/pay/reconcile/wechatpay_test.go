package reconcile_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
	"plaza/store"
)

const openID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

// wechat is a kit with the stand-in of WeChat Pay, which writes its own bills.
type wechat struct {
	*kit
	*wechatpay.Provider
	platform *wechatpaytest.Platform
	merchant *wechatpaytest.Merchant
	contract []byte
}

func newWeChat(t *testing.T) *wechat {
	w := &wechat{}
	w.kit = newKit(t, func(k *kit) []pay.Provider {
		w.platform = wechatpaytest.New(wechatpaytest.Options{Now: k.now})
		server := httptest.NewServer(w.platform)
		t.Cleanup(server.Close)
		w.Provider = wechatpay.New(wechatpay.Options{API: server.URL, Client: server.Client(), Now: k.now})
		return []pay.Provider{w.Provider}
	})
	w.merchant = w.platform.Enroll("1900000109", "wxd678efh567hg6787")
	typed := w.platform.Contract(w.merchant, true)
	_, err := w.payments.Contracts().Sign(t.Context(), shop, wechatpay.Name, typed)
	must(t, err)
	kept := map[string]any{}
	message.Fill(w.Fields(), kept, typed)
	w.contract, err = json.Marshal(kept)
	must(t, err)
	return w
}

// paid is a payment that WeChat Pay has the money of; we know unless the news
// is lost.
func (w *wechat) paid(t *testing.T, lost bool) pay.Payment {
	t.Helper()
	payment := w.create(t, wechatpay.Name)
	must(t, w.platform.Scan(payment.Step.QR, openID))
	if !lost {
		var err error
		payment, err = w.payments.Check(t.Context(), shop, payment.TradeNo)
		must(t, err)
	}
	return payment
}

// elsewhere is a payment under the same contract that Plaza knows nothing of.
func (w *wechat) elsewhere(t *testing.T, tradeNo string) pay.Charge {
	t.Helper()
	charge := pay.Charge{Account: shop, Contract: w.contract, TradeNo: tradeNo, Amount: price, Description: "Tea", ExpiresAt: w.kit.now().Add(15 * time.Minute),
		Payer: message.Person{ID: shop + ":wechat:" + openID, Account: shop, Channel: "wechat", User: openID}, NotifyURL: "https://shop.example/webhooks/pay/wechatpay/" + shop,
		Scene: pay.AtCounter, At: w.kit.now()}
	outcome, err := w.Take(t.Context(), charge, w.platform.Code(wechatpaytest.Card{OpenID: openID}))
	must(t, err)
	charge.ProviderRef = outcome.ProviderRef
	return charge
}

// TestADayIsComparedWithWeChatPaysBill lets everything happen that a day can
// bring, and looks at what the stand-in of WeChat Pay has on its bill.
func TestADayIsComparedWithWeChatPaysBill(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	plain := w.paid(t, false)
	given, _ := w.paid(t, false), w.create(t, wechatpay.Name) // nobody pays the second
	w.pass(2 * time.Minute)
	refund, err := w.payments.Refund(t.Context(), shop, given.TradeNo, "R1", 300, "")
	must(t, err)
	w.pass(2 * time.Minute)
	// Somebody gives back on WeChat Pay's own pages, and sells with another program.
	_, err = w.Refund(t.Context(), pay.Charge{Contract: w.contract, TradeNo: plain.TradeNo, Amount: price, ProviderRef: plain.ProviderRef}, pay.Refund{Number: "BYHAND", Amount: 100})
	must(t, err)
	strange := w.elsewhere(t, store.NewID()+"01")
	w.elsewhere(t, "2026-CASHIER-7")
	w.pass(time.Minute)
	_, err = w.payments.Recover(t.Context())
	must(t, err)
	lost := w.paid(t, true)

	w.at.Store(time.Date(2026, 5, 4, 18, 0, 0, 0, time.UTC).UnixMilli()) // it is the fifth in Beijing
	must(t, w.Enrol(t.Context()))
	must(t, w.Work(t.Context()))
	if _, err := w.RunOf(t.Context(), shop, wechatpay.Name, "2026-05-04"); err == nil {
		t.Error("the bill was fetched before it was out")
	}
	w.at.Store(time.Date(2026, 5, 5, 2, 30, 0, 0, time.UTC).UnixMilli())
	must(t, w.Work(t.Context()))
	run := w.run(t, wechatpay.Name, "2026-05-04")
	want := map[string]reconcile.Kind{
		"wechatpay:" + plain.TradeNo + ":BYHAND": reconcile.MissingHere,
		"wechatpay:" + strange.TradeNo:           reconcile.MissingHere,
	}
	if got := w.open(t); !maps.Equal(got, want) {
		t.Errorf("differences %v, want %v", got, want)
	}
	if run.State != reconcile.Done || run.Lines != 7 || run.Foreign != 1 || run.Matched != 4 || run.Settled != 1 || run.Differs() != 2 {
		t.Errorf("%+v", run)
	}
	if sums := run.Sums["CNY"]; sums != (reconcile.Sums{Taken: 4000, Given: 400, Fees: 4*6 - 2 - 1}) {
		t.Errorf("sums %+v", sums)
	}
	settled, err := w.payments.Get(t.Context(), shop, lost.TradeNo)
	must(t, err)
	if settled.State != pay.Paid || !settled.Told || settled.Billed != "2026-05-04" || settled.Fee != 6 {
		t.Errorf("the lost one is %+v", settled)
	}
	back, err := w.payments.Get(t.Context(), shop, given.TradeNo)
	must(t, err)
	if got := back.Refunds["R1"]; refund.Number != "R1" || got.State != pay.RefundSuccess || got.Billed != "2026-05-04" || got.Fee != -2 || got.MadeAt == nil {
		t.Errorf("the refund is %+v", got)
	}
	// Once more: the same.
	must(t, w.Again(t.Context(), shop, wechatpay.Name, "2026-05-04"))
	must(t, w.Work(t.Context()))
	again := w.run(t, wechatpay.Name, "2026-05-04")
	if again.Lines != 7 || again.Matched != 4 || again.Differs() != 2 || again.Sums["CNY"] != run.Sums["CNY"] || len(w.open(t)) != 2 {
		t.Errorf("the second time %+v", again)
	}
}

// TestTheWayOutOfAStuckRefundIsKept: WeChat Pay can't pay into the payer's card
// and waits for the merchant, who learns what to do from the refund.
func TestTheWayOutOfAStuckRefundIsKept(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	sold := w.paid(t, false)
	w.platform.NextRefund("ABNORMAL")
	_, err := w.payments.Refund(t.Context(), shop, sold.TradeNo, "R1", 300, "")
	must(t, err)
	for range 3 {
		w.pass(11 * time.Minute)
		_, err = w.payments.Recover(t.Context())
		must(t, err)
	}
	found, err := w.payments.Get(t.Context(), shop, sold.TradeNo)
	must(t, err)
	refund := found.Refunds["R1"]
	if refund.State != pay.RefundWaiting || refund.Reason != wechatpay.ErrRefundAbnormal.Code || len(refund.ReasonArgs) != 1 || refund.ReasonArgs[0] == "" {
		t.Errorf("%+v", refund)
	}
	if amount := money.Of(found.Refunded, "CNY"); amount.Minor != 300 {
		t.Errorf("%s can be refunded again", amount)
	}
}
