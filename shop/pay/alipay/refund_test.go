package alipay_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
	"plaza/shop/pay/paytest"
)

func TestARefundGoesItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.sold(t)
	for i, number := range []string{"R1", strings.Repeat("Z", 40), charge.TradeNo + "U"} {
		refund := pay.Refund{Number: number, Amount: 100}
		if unheard, err := w.QueryRefund(t.Context(), charge, refund); err != nil || unheard.Status != pay.RefundUnknown {
			t.Fatalf("%s: before: %+v, %v", number, unheard, err)
		}
		for range 2 { // the second time nothing moves
			if outcome, err := w.Refund(t.Context(), charge, refund); err != nil || outcome.Status != pay.RefundSuccess {
				t.Fatalf("%s: %+v, %v, %q", number, outcome, err, w.platform.Refusals())
			}
		}
		if outcome, err := w.QueryRefund(t.Context(), charge, refund); err != nil || outcome.Status != pay.RefundSuccess {
			t.Errorf("%s: %+v, %v", number, outcome, err)
		}
		if trade, _ := w.platform.Trade(w.merchant, charge.TradeNo); trade.Given != int64(100*(i+1)) {
			t.Errorf("%s: %d given back", number, trade.Given)
		}
	}
	if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Success || outcome.Amount != price {
		t.Errorf("what is partly given back is paid: %+v, %v", outcome, err)
	}
	if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 200}); err == nil {
		t.Error("the same number for another amount")
	}
}

func TestARefundOnItsWayToABankIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, false, paytest.Keyring(), time.Hour)
	charge, refund := w.sold(t), pay.Refund{Number: "R1", Amount: 400}
	for range 2 {
		if outcome, err := w.Refund(t.Context(), charge, refund); err != nil || outcome.Status != pay.RefundWaiting {
			t.Fatalf("%+v, %v", outcome, err)
		}
	}
	w.pass(time.Hour)
	if outcome, err := w.QueryRefund(t.Context(), charge, refund); err != nil || outcome.Status != pay.RefundSuccess {
		t.Errorf("%+v, %v", outcome, err)
	}
	if trade, _ := w.platform.Trade(w.merchant, charge.TradeNo); trade.Given != 400 {
		t.Errorf("%d given back", trade.Given)
	}
}

func TestARefundThatIsNotPossibleIsADefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.sold(t)
	if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 1001}); !errors.Is(err, alipay.ErrRefundRefused) {
		t.Errorf("more than was paid: %v", err)
	}
	if _, err := w.Refund(t.Context(), w.charge(""), pay.Refund{Number: "R1", Amount: 1}); !errors.Is(err, alipay.ErrRefundRefused) {
		t.Errorf("of nothing: %v", err)
	}
	w.platform.Withdraw(w.merchant)
	if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R2", Amount: 10}); !errors.Is(err, alipay.ErrRefundBalance) {
		t.Errorf("from an empty balance: %v", err)
	}
	w.pass(366 * 24 * time.Hour)
	if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Success {
		t.Errorf("a finished trade is paid: %+v, %v", outcome, err)
	}
	if _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R3", Amount: 10}); !errors.Is(err, alipay.ErrRefundRefused) {
		t.Errorf("after a year: %v", err)
	}
}

func TestARefundOfWhatHasGoneBackElsewhereIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.sold(t)
	if err := w.platform.GiveBack(w.merchant, charge.TradeNo, "BYHAND", price.Minor); err != nil {
		t.Fatal(err)
	}
	if outcome, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: price.Minor}); err != nil || outcome.Status != pay.RefundSuccess {
		t.Errorf("%+v, %v", outcome, err)
	}
}

func TestManyRefundsAtOnceNeverExceedThePayment(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	payment := k.paid(t)
	k.next(alipaytest.Lost, alipaytest.Fail, alipaytest.FailDone, alipaytest.Forged)
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
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	trade, _ := k.platform.Trade(k.merchant, payment.TradeNo)
	if err != nil || final.Due != nil || trade.Given != final.Refunded || final.GivenBack() != final.Refunded || trade.Given > price.Minor || trade.Given < 800 {
		t.Errorf("Alipay gave %d, counted %d of which %d back, due %v, %v", trade.Given, final.Refunded, final.GivenBack(), final.Due, err)
	}
}

func TestMoneyThatComesAfterClosingGoesBack(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	k.owner.WantNothing()
	payment, err := k.Service.Create(t.Context(), k.request(""))
	if err != nil {
		t.Fatal(err)
	}
	// The payer pays; Alipay does not answer while we close.
	if err := k.platform.Scanned(k.merchant, payment.Step.QR); err != nil {
		t.Fatal(err)
	}
	k.next(alipaytest.Fail)
	if _, err := k.Service.Close(t.Context(), account, payment.TradeNo); !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Fatal(err)
	}
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	trade, _ := k.platform.Trade(k.merchant, payment.TradeNo)
	if err != nil || final.State != pay.Paid || !final.Unwanted || final.GivenBack() != price.Minor || trade.Given != price.Minor || final.Due != nil {
		t.Errorf("%s, %d given back, %d at Alipay, due %v, %v", final.State, final.GivenBack(), trade.Given, final.Due, err)
	}
}

// TestMoneyFromAPageThatStayedOpenGoesBack: Alipay hears of a page's payment only
// when somebody opens it, so one that was called off before can still be paid.
func TestMoneyFromAPageThatStayedOpenGoesBack(t *testing.T) {
	t.Parallel()
	k := newKit(t, false, 0)
	k.owner.WantNothing()
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
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	trade, _ := k.platform.Trade(k.merchant, payment.TradeNo)
	if err != nil || final.State != pay.Paid || trade.Given != price.Minor || final.Due != nil {
		t.Errorf("%s, %d at Alipay, due %v, %v", final.State, trade.Given, final.Due, err)
	}
}
