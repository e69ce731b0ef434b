package wechatpay_test

import (
	"errors"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wechatpaytest"
)

func TestTheBillHoldsWhatWasBookedOnTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	sold := w.sold(t)
	w.pass(time.Minute)
	if _, err := w.Refund(t.Context(), sold, pay.Refund{Number: "R1", Amount: 300}); err != nil {
		t.Fatal(err)
	}
	asked, taken := w.charge(pay.AtCounter), w.charge(pay.AtCounter)
	if _, err := w.Take(t.Context(), taken, w.platform.Code(wechatpaytest.Card{OpenID: openID})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Take(t.Context(), asked, w.platform.Code(wechatpaytest.Card{OpenID: openID, Password: true})); err != nil {
		t.Fatal(err)
	}
	day := w.now()
	if _, err := w.lines(t, day); !errors.Is(err, pay.ErrNoBill) {
		t.Errorf("on the day: %v", err)
	}
	w.at.Store(time.Date(2026, 5, 5, 1, 30, 0, 0, time.UTC).UnixMilli()) // half past nine in Beijing
	if _, err := w.lines(t, day); !errors.Is(err, pay.ErrNoBill) {
		t.Errorf("while it is made: %v", err)
	}
	w.pass(time.Hour)
	lines, err := w.lines(t, day)
	if err != nil || len(lines) != 3 {
		t.Fatalf("%+v, %v", lines, err)
	}
	cny := func(fen int64) money.Amount { return money.Of(fen, "CNY") }
	for i, want := range []struct {
		trade, refund string
		amount, fee   int64
	}{{sold.TradeNo, "", 1000, 6}, {sold.TradeNo, "R1", 300, -2}, {taken.TradeNo, "", 1000, 6}} {
		got := lines[i]
		if got.TradeNo != want.trade || got.RefundNo != want.refund || got.Amount != cny(want.amount) || got.Fee != cny(want.fee) || got.ProviderRef == "" ||
			got.At.Sub(day).Abs() > 2*time.Minute {
			t.Errorf("line %d: %+v", i, got)
		}
	}
	if none, err := w.lines(t, day.AddDate(0, 0, -1)); err != nil || len(none) != 0 {
		t.Errorf("a day without sales: %+v, %v", none, err)
	}
	if lines[0].ProviderRef != sold.ProviderRef {
		t.Errorf("WeChat Pay's number is %s, the bill says %s", sold.ProviderRef, lines[0].ProviderRef)
	}
}

// lines are those of a day's bill.
func (w *world) lines(t *testing.T, day time.Time) (lines []pay.BillLine, err error) {
	err = w.Bill(t.Context(), pay.BillDay{Account: account, Contract: w.contract, From: day}, func(line pay.BillLine) error {
		lines = append(lines, line)
		return nil
	})
	return lines, err
}
