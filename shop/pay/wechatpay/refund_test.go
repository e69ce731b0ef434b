package wechatpay_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

// sold is a paid charge.
func (w *world) sold(t testing.TB) pay.Charge {
	t.Helper()
	charge := w.charge(pay.OnDesktop)
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.platform.Scan(step.QR, openID); err != nil {
		t.Fatal(err)
	}
	outcome, err := w.Query(t.Context(), charge)
	if err != nil || outcome.Status != pay.Success {
		t.Fatalf("%+v, %v", outcome, err)
	}
	charge.ProviderRef = outcome.ProviderRef
	return charge
}

func TestARefundGoesItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.sold(t)
	for i, number := range []string{"R1", strings.Repeat("Z", 40), charge.TradeNo + "U"} {
		refund := pay.Refund{Number: number, Amount: 100}
		if unheard, err := w.QueryRefund(t.Context(), charge, refund); err != nil || unheard.Status != pay.RefundUnknown {
			t.Fatalf("%s: before: %+v, %v", number, unheard, err)
		}
		outcome, err := w.Refund(t.Context(), charge, refund)
		if err != nil || outcome.Status != pay.RefundWaiting {
			t.Fatalf("%s: %+v, %v, %q", number, outcome, err, w.platform.Refusals())
		}
		if outcome, err = w.Refund(t.Context(), charge, refund); err != nil {
			t.Errorf("%s: again: %v", number, err)
		}
		if outcome, err = w.QueryRefund(t.Context(), charge, refund); err != nil || outcome.Status != pay.RefundSuccess || outcome.ProviderRef == "" {
			t.Errorf("%s: %+v, %v", number, outcome, err)
		}
		if order, _ := w.platform.Order(w.merchant, charge.TradeNo); order.Given != int64(100*(i+1)) {
			t.Errorf("%s: %d given back", number, order.Given)
		}
		w.pass(2 * time.Minute)
	}
	if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Success || outcome.Amount != price {
		t.Errorf("what is partly given back is paid: %+v, %v", outcome, err)
	}
}

func TestARefundThatIsNotPossibleIsADefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.sold(t)
	_, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 1001})
	if !errors.Is(err, wechatpay.ErrRefundRefused) {
		t.Errorf("more than was paid: %v", err)
	}
	w.platform.Settle(w.merchant)
	if _, err = w.Refund(t.Context(), charge, pay.Refund{Number: "R2", Amount: 10}); !errors.Is(err, wechatpay.ErrRefundBalance) {
		t.Errorf("from an empty balance: %v", err)
	}
}

func TestARefundCalledOffFailsAndAnAbnormalOneWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for status, want := range map[string]pay.RefundStatus{"CLOSED": pay.RefundFailure, "ABNORMAL": pay.RefundWaiting} {
		charge, refund := w.sold(t), pay.Refund{Number: "R1", Amount: 10}
		w.platform.NextRefund(status)
		if _, err := w.Refund(t.Context(), charge, refund); err != nil {
			t.Fatal(err)
		}
		if outcome, err := w.QueryRefund(t.Context(), charge, refund); err != nil || outcome.Status != want {
			t.Errorf("%s: %+v, %v", status, outcome, err)
		}
	}
}

func TestManyRefundsAtOnceNeverExceedThePayment(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	payment := k.paid(t)
	var group sync.WaitGroup
	for i := range 30 {
		group.Go(func() {
			_, err := k.Service.Refund(t.Context(), account, payment.TradeNo, fmt.Sprint("R", i), int64(150+i), "")
			if err != nil && !errors.Is(err, pay.ErrRefundTooMuch) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k.recover(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	order, _ := k.platform.Order(k.merchant, payment.TradeNo)
	if err != nil || final.Due != nil || order.Given != final.Refunded || final.GivenBack() != final.Refunded || order.Given > price.Minor || order.Given < 800 {
		t.Errorf("WeChat Pay gave %d, counted %d of which %d back, due %v, %v", order.Given, final.Refunded, final.GivenBack(), final.Due, err)
	}
}

// recover lets Recover work until WeChat Pay, which wants a minute between two
// refunds of a payment, has taken them all.
func (k *kit) recover(t *testing.T) {
	for range 20 {
		k.pass(11 * time.Minute)
		if _, err := k.Recover(t.Context()); err != nil && !strings.Contains(err.Error(), "FREQUENCY_LIMITED") {
			t.Fatal(err)
		}
	}
}

func TestMoneyThatComesAfterClosingGoesBack(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	k.owner.WantNothing()
	payment, err := k.Service.Create(t.Context(), k.request(pay.OnDesktop))
	if err != nil {
		t.Fatal(err)
	}
	// The payer pays; WeChat Pay does not answer while we close.
	if err := k.platform.Scan(payment.Step.QR, openID); err != nil {
		t.Fatal(err)
	}
	k.next(wechatpaytest.Fail)
	if _, err := k.Service.Close(t.Context(), account, payment.TradeNo); !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Fatal(err)
	}
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	order, _ := k.platform.Order(k.merchant, payment.TradeNo)
	if err != nil || final.State != pay.Paid || !final.Unwanted || final.GivenBack() != price.Minor || order.Given != price.Minor || final.Due != nil {
		t.Errorf("%s, %d given back, %d at WeChat Pay, due %v, %v", final.State, final.GivenBack(), order.Given, final.Due, err)
	}
}

// TestMoneyForAPaymentThatIsClosedGoesBack: an order that reaches WeChat Pay
// after it was called off there, when nothing was known of it yet.
func TestMoneyForAPaymentThatIsClosedGoesBack(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	k.owner.WantNothing()
	k.next(wechatpaytest.Fail)
	request := k.request(pay.OnDesktop)
	payment, err := k.Service.Create(t.Context(), request)
	if !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Fatal(err)
	}
	if payment, err = k.Service.Close(t.Context(), account, payment.TradeNo); err != nil || payment.State != pay.Closed {
		t.Fatalf("%s, %v", payment.State, err)
	}
	late := k.charge(pay.OnDesktop)
	late.TradeNo = payment.TradeNo
	step, err := k.Provider.Create(t.Context(), late)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Scan(step.QR, openID); err != nil {
		t.Fatal(err)
	}
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	order, _ := k.platform.Order(k.merchant, payment.TradeNo)
	if err != nil || final.State != pay.Paid || order.Given != price.Minor || final.Due != nil {
		t.Errorf("%s, %d at WeChat Pay, due %v, %v", final.State, order.Given, final.Due, err)
	}
}
