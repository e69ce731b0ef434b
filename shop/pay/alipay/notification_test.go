package alipay_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

func (w *world) told(n *alipaytest.Notice, trouble alipaytest.Trouble, change func(map[string]string)) (pay.Notice, error) {
	return w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Body: w.platform.Say(n, trouble, change)})
}

func TestANotificationIsReadWithWhateverKeyItIsSigned(t *testing.T) {
	t.Parallel()
	for _, certified := range []bool{false, true} {
		w := newWorld(t, certified)
		charge := w.sold(t)
		if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 300}); err != nil {
			t.Fatal(err)
		}
		for _, n := range w.platform.Notices() { // that it is paid, and that some has gone back: paid it is
			notice, err := w.told(n, alipaytest.None, nil)
			if err != nil || notice.TradeNo != charge.TradeNo || notice.RefundNo != "" || notice.Outcome.Status != pay.Success || notice.Outcome.Amount != price ||
				notice.Outcome.ProviderRef != charge.ProviderRef || notice.Reply.Status != http.StatusOK || notice.Reply.Body != "success" {
				t.Errorf("%+v, %v", notice, err)
			}
		}
		if len(w.platform.Notices()) != 2 {
			t.Errorf("%d notices", len(w.platform.Notices()))
		}
	}
}

func TestWhatAlipayHasNotSignedChangesNothing(t *testing.T) {
	t.Parallel()
	for _, certified := range []bool{false, true} {
		w := newWorld(t, certified)
		w.sold(t)
		sold := w.platform.Notices()[0]
		for _, trouble := range []alipaytest.Trouble{alipaytest.Forged, alipaytest.Unsigned, alipaytest.Stranger} {
			if _, err := w.told(sold, trouble, nil); !errors.Is(err, alipay.ErrSignature) {
				t.Errorf("%s: %v", trouble, err)
			}
		}
		body := w.platform.Say(sold, alipaytest.None, nil)
		values, err := url.ParseQuery(string(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(url.Values){
			"another amount":      func(v url.Values) { v.Set("total_amount", "0.01") },
			"one more parameter":  func(v url.Values) { v.Set("zz", "1") },
			"one parameter less":  func(v url.Values) { v.Del("seller_id") },
			"another way to sign": func(v url.Values) { v.Set("sign_type", "RSA") },
			"no way to sign":      func(v url.Values) { v.Del("sign_type") },
			"no base64":           func(v url.Values) { v.Set("sign", "%") },
		} {
			changed := maps.Clone(values)
			change(changed)
			if _, err := w.Notification(t.Context(), account, pay.Notification{Contract: w.contract, Body: []byte(changed.Encode())}); !errors.Is(err, alipay.ErrSignature) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, twice := range []string{"total_amount=0.01&" + string(body), string(body) + "&total_amount=0.01", "%zz=1", strings.Repeat("a=1&", 200), strings.Repeat("x", 70_000)} {
			if _, err := w.Notification(t.Context(), account, pay.Notification{Contract: w.contract, Body: []byte(twice)}); !errors.Is(err, alipay.ErrMalformed) {
				t.Errorf("%.40s: %v", twice, err)
			}
		}
	}
}

// TestEmptyValuesAreSignedOrNot: what sends notifications has done both.
func TestEmptyValuesAreSignedOrNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.sold(t)
	body := string(w.platform.Say(w.platform.Notices()[0], alipaytest.None, nil)) + "&passback_params="
	if _, err := w.Notification(t.Context(), account, pay.Notification{Contract: w.contract, Body: []byte(body)}); err != nil {
		t.Error(err)
	}
}

func TestAnotherMerchantsNotificationIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.sold(t)
	sold := w.platform.Notices()[0]
	for name, value := range map[string]string{"app_id": "2021000000000002", "seller_id": "2088102177846881"} {
		if _, err := w.told(sold, alipaytest.None, func(c map[string]string) { c[name] = value }); !errors.Is(err, alipay.ErrOtherMerchant) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.told(sold, alipaytest.None, func(c map[string]string) { c["notify_type"] = "dut_user_sign" }); !errors.Is(err, alipay.ErrOtherEvent) {
		t.Error(err)
	}
	other := w.platform.Enroll("2021000000000002", "2088102177846881", false)
	_, err := w.Notification(t.Context(), account, pay.Notification{Contract: encode(t, w.platform.Contract(other)), Body: w.platform.Say(sold, alipaytest.None, nil)})
	if !errors.Is(err, alipay.ErrOtherMerchant) {
		t.Error(err)
	}
}

func TestAWrongAmountOrCurrencyChangesNothing(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	payment, err := k.Service.Create(t.Context(), k.request(""))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Scanned(k.merchant, payment.Step.QR); err != nil {
		t.Fatal(err)
	}
	hear := func(change map[string]string) error {
		body := k.platform.Say(k.platform.Notices()[0], alipaytest.None, func(c map[string]string) { maps.Copy(c, change) })
		_, err := k.Notify(t.Context(), alipay.Name, account, pay.Notification{Body: body})
		return err
	}
	for _, amount := range []string{"9.99", "10.01", "0.00", "0", "1000"} {
		if err := hear(map[string]string{"total_amount": amount}); !errors.Is(err, pay.ErrWrongAmount) {
			t.Errorf("%s: %v", amount, err)
		}
	}
	if err := hear(map[string]string{"trans_currency": "KRW"}); !errors.Is(err, pay.ErrWrongAmount) {
		t.Errorf("another currency: %v", err)
	}
	for _, amount := range []string{"-10.00", "10.000", "１０.00", "1,000", "1e3", "9223372036854775808", " 10.00", "", "."} {
		if err := hear(map[string]string{"total_amount": amount}); !errors.Is(err, alipay.ErrMalformed) {
			t.Errorf("%q: %v", amount, err)
		}
	}
	if found, _ := k.Get(t.Context(), account, payment.TradeNo); found.State != pay.Pending {
		t.Errorf("the payment is %s", found.State)
	}
	if err := k.hear(k.platform.Notices()[0], alipaytest.None); err != nil {
		t.Fatal(err)
	}
	if found, _ := k.Get(t.Context(), account, payment.TradeNo); found.State != pay.Paid || found.Amount != money.Of(1000, "CNY") {
		t.Errorf("the payment is %s", found.State)
	}
}

func TestALateNotificationUndoesNothing(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	payment := k.paid(t)
	for _, state := range []string{"WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_FINISHED", "TRADE_SUCCESS"} {
		body := k.platform.Say(k.platform.Notices()[0], alipaytest.None, func(c map[string]string) { c["trade_status"] = state })
		if _, err := k.Notify(t.Context(), alipay.Name, account, pay.Notification{Body: body}); err != nil {
			t.Errorf("%s: %v", state, err)
		}
	}
	if final, _ := k.Get(t.Context(), account, payment.TradeNo); final.State != pay.Paid || final.Refunded != 0 {
		t.Errorf("%s, %d refunded", final.State, final.Refunded)
	}
}

func TestFiftyAtOnceSettleAPaymentOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t, true, 0)
	payment, err := k.Service.Create(t.Context(), k.request(pay.OnPhone))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.platform.Open(payment.Step.URL, buyer); err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Pay(k.merchant, payment.TradeNo); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				err = k.hear(k.platform.Notices()[0], alipaytest.None)
			case 1:
				_, err = k.Service.Confirm(t.Context(), account, payment.TradeNo, nil)
			case 2:
				_, err = k.Service.Close(t.Context(), account, payment.TradeNo)
			}
			if err != nil && !errors.Is(err, pay.ErrPaymentOver) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	if err != nil || final.State != pay.Paid || !final.Told || final.Unwanted || k.owner.PaidBy(payment.Subject) != payment.TradeNo || final.Refunded != 0 {
		t.Errorf("%+v, %v", final, err)
	}
}

// TestANoticeOfMoneyThatHasGoneBackSinceBringsNone: it is signed, and it was true
// when it was written, but the payment is over and Alipay holds nothing of it.
func TestANoticeOfMoneyThatHasGoneBackSinceBringsNone(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	payment, err := k.Service.Create(t.Context(), k.request(pay.OnPhone))
	if err != nil {
		t.Fatal(err)
	}
	address := payment.Step.URL
	if payment, err = k.Service.Close(t.Context(), account, payment.TradeNo); err != nil || payment.State != pay.Closed {
		t.Fatalf("%s, %v", payment.State, err)
	}
	if _, err := k.platform.Open(address, buyer); err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Pay(k.merchant, payment.TradeNo); err != nil {
		t.Fatal(err)
	}
	if err := k.platform.GiveBack(k.merchant, payment.TradeNo, "BYHAND", price.Minor); err != nil {
		t.Fatal(err)
	}
	sold := k.platform.Notices()[0]
	k.next(alipaytest.Fail)
	if err := k.hear(sold, alipaytest.None); !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Errorf("while Alipay does not answer: %v", err)
	}
	if err := k.hear(sold, alipaytest.None); err != nil {
		t.Fatal(err)
	}
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	if err != nil || final.State != pay.Closed || k.owner.PaidBy(payment.Subject) != "" {
		t.Errorf("%s, the owner heard %q, %v", final.State, k.owner.PaidBy(payment.Subject), err)
	}
}
