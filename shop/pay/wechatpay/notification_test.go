package wechatpay_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

func (w *world) told(n *wechatpaytest.Notice, withPublicKey bool, trouble wechatpaytest.Trouble, change func(map[string]any)) (pay.Notice, error) {
	header, body := w.platform.Say(n, withPublicKey, trouble, change)
	return w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Header: header, Body: body})
}

func TestANotificationIsReadWithWhateverKeyItIsSigned(t *testing.T) {
	t.Parallel()
	for _, mode := range []bool{true, false} {
		w := newWorld(t, mode)
		charge := w.sold(t)
		for _, withPublicKey := range []bool{mode, false} { // a merchant with the public key hears both while changing over
			notice, err := w.told(w.platform.Notices()[0], withPublicKey, wechatpaytest.None, nil)
			if err != nil || notice.TradeNo != charge.TradeNo || notice.RefundNo != "" || notice.Outcome.Status != pay.Success ||
				notice.Outcome.Amount != price || notice.Outcome.ProviderRef != charge.ProviderRef || notice.Reply.Status != http.StatusNoContent {
				t.Errorf("%+v, %v", notice, err)
			}
		}
		if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 300}); err != nil {
			t.Fatal(err)
		}
		notice, err := w.told(w.platform.Notices()[1], mode, wechatpaytest.None, nil)
		if err != nil || notice.TradeNo != charge.TradeNo || notice.RefundNo != "R1" || notice.Refund.Status != pay.RefundSuccess {
			t.Errorf("%+v, %v", notice, err)
		}
	}
}

func TestWhatWeChatPayHasNotSignedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.sold(t)
	sold := w.platform.Notices()[0]
	for trouble, want := range map[wechatpaytest.Trouble]error{wechatpaytest.Forged: wechatpay.ErrSignature, wechatpaytest.Unsigned: wechatpay.ErrSignature,
		wechatpaytest.Stranger: wechatpay.ErrSignature, wechatpaytest.Old: wechatpay.ErrTime} {
		if _, err := w.told(sold, true, trouble, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", trouble, err)
		}
	}
	header, body := w.platform.Say(sold, true, wechatpaytest.None, nil)
	say := func() error {
		_, err := w.Notification(t.Context(), account, pay.Notification{Contract: w.contract, Header: header, Body: body})
		return err
	}
	if err := say(); err != nil {
		t.Fatal(err)
	}
	w.pass(5*time.Minute - time.Second)
	if err := say(); err != nil {
		t.Errorf("within five minutes: %v", err)
	}
	w.pass(time.Second)
	if err := say(); !errors.Is(err, wechatpay.ErrTime) {
		t.Errorf("replayed after five minutes: %v", err)
	}
	w.pass(-10 * time.Minute)
	if err := say(); !errors.Is(err, wechatpay.ErrTime) {
		t.Errorf("from the future: %v", err)
	}
	w.pass(5 * time.Minute)
	for name, value := range map[string]string{"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + header.Get("Wechatpay-Signature")[19:],
		"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3", "Wechatpay-Nonce": strings.Repeat("n", 200), "Wechatpay-Serial": "PUB_KEY_ID_1", "Wechatpay-Timestamp": "1e9"} {
		kept := header.Get(name)
		header.Set(name, value)
		if err := say(); !errors.Is(err, wechatpay.ErrSignature) {
			t.Errorf("%s %.30s: %v", name, value, err)
		}
		header.Set(name, kept)
	}
	body = bytes.Replace(body, []byte("TRANSACTION"), []byte("transaction"), 1)
	if err := say(); !errors.Is(err, wechatpay.ErrSignature) {
		t.Errorf("another body: %v", err)
	}
}

func TestAnotherMerchantsNotificationIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.sold(t)
	sold := w.platform.Notices()[0]
	if _, err := w.told(sold, true, wechatpaytest.None, func(c map[string]any) { c["mchid"] = "1900000110" }); !errors.Is(err, wechatpay.ErrOtherMerchant) {
		t.Error(err)
	}
	other := w.platform.Enroll("1900000110", "wxd678efh567hg6788")
	header, body := w.platform.Say(sold, true, wechatpaytest.None, nil)
	_, err := w.Notification(t.Context(), account, pay.Notification{Contract: encode(t, w.platform.Contract(other, true)), Header: header, Body: body})
	if !errors.Is(err, wechatpay.ErrCipher) { // signed by WeChat Pay, but encrypted for somebody else
		t.Error(err)
	}
}

func TestARotatedCertificateIsFetchedWhenItIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.sold(t)
	sold := w.platform.Notices()[0]
	const path = "/v3/certificates"
	before := w.platform.Calls(path)
	w.platform.Rotate()
	w.pass(time.Minute)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := w.told(sold, false, wechatpaytest.None, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if fetched := w.platform.Calls(path) - before; fetched != 1 {
		t.Errorf("fetched %d times for 20 notifications", fetched)
	}
	before = w.platform.Calls(path)
	for range 50 { // made-up serial numbers
		if _, err := w.told(sold, false, wechatpaytest.Stranger, nil); !errors.Is(err, wechatpay.ErrSignature) {
			t.Fatal(err)
		}
	}
	if fetched := w.platform.Calls(path) - before; fetched > 1 {
		t.Errorf("made-up numbers made us fetch %d times", fetched)
	}
	w.pass(13 * time.Hour) // so that one that was taken back does not stay
	before = w.platform.Calls(path)
	if _, err := w.told(sold, false, wechatpaytest.None, nil); err != nil || w.platform.Calls(path) != before+1 {
		t.Errorf("%d fetches, %v", w.platform.Calls(path)-before, err)
	}
}

func TestANotificationWhoseCertificateCannotBeFetchedComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.sold(t)
	w.platform.Rotate()
	w.pass(time.Minute)
	w.next(wechatpaytest.Fail)
	if _, err := w.told(w.platform.Notices()[0], false, wechatpaytest.None, nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	w.pass(time.Minute)
	if _, err := w.told(w.platform.Notices()[0], false, wechatpaytest.None, nil); err != nil {
		t.Errorf("the next time: %v", err)
	}
}

func TestForgedCertificatesAreNotBelieved(t *testing.T) {
	t.Parallel()
	for _, trouble := range []wechatpaytest.Trouble{wechatpaytest.Forged, wechatpaytest.Unsigned, wechatpaytest.Stranger, wechatpaytest.Old} {
		w := newWorld(t, false)
		w.next(wechatpaytest.None, trouble) // the order, and the fetch to verify its answer
		if _, err := w.Create(t.Context(), w.charge(pay.OnDesktop)); err == nil || !strings.Contains(err.Error(), "not verified") {
			t.Errorf("%s: %v", trouble, err)
		}
	}
}

func TestAWrongAmountOrCurrencyChangesNothing(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	payment, err := k.Service.Create(t.Context(), k.request(pay.OnDesktop))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Scan(payment.Step.QR, openID); err != nil {
		t.Fatal(err)
	}
	for _, amount := range []map[string]any{{"total": 999, "currency": "CNY"}, {"total": 1000, "currency": "KRW"}, {"total": 0, "currency": "CNY"},
		{"total": -1000, "currency": "CNY"}, {"total": 1001}, {}} {
		header, body := k.platform.Say(k.platform.Notices()[0], true, wechatpaytest.None, func(c map[string]any) { c["amount"] = amount })
		_, err := k.Notify(t.Context(), wechatpay.Name, account, pay.Notification{Header: header, Body: body})
		if !errors.Is(err, pay.ErrWrongAmount) {
			t.Errorf("%v: %v", amount, err)
		}
	}
	if found, _ := k.Get(t.Context(), account, payment.TradeNo); found.State != pay.Pending {
		t.Errorf("the payment is %s", found.State)
	}
	if err := k.hear(k.platform.Notices()[0], wechatpaytest.None); err != nil {
		t.Fatal(err)
	}
	if found, _ := k.Get(t.Context(), account, payment.TradeNo); found.State != pay.Paid || found.Amount != money.Of(1000, "CNY") {
		t.Errorf("the payment is %s", found.State)
	}
}

func TestFiftyAtOnceSettleAPaymentOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	payment, err := k.Service.Create(t.Context(), k.request(pay.InMessenger))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Invoke(payment.Step.Parameters, openID); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				err = k.hear(k.platform.Notices()[0], wechatpaytest.None)
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
