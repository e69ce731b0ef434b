package alipay_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/alipaytest"
)

// billOf is a day's bill, as a list.
func (w *world) billOf(day time.Time) (lines []pay.BillLine, err error) {
	err = w.Bill(context.Background(), pay.BillDay{Account: account, Contract: w.contract, From: day, To: day.Add(24 * time.Hour)}, func(line pay.BillLine) error {
		lines = append(lines, line)
		return nil
	})
	return lines, err
}

func TestTheBillHoldsWhatWasBookedOnTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	sold := w.sold(t)
	w.pass(time.Minute)
	if _, err := w.Refund(t.Context(), sold, pay.Refund{Number: "R1", Amount: 300}); err != nil {
		t.Fatal(err)
	}
	asked, taken := w.charge(pay.AtCounter), w.charge(pay.AtCounter)
	if _, err := w.Take(t.Context(), taken, w.platform.Code(alipaytest.Card{Buyer: buyer})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Take(t.Context(), asked, w.platform.Code(alipaytest.Card{Buyer: buyer, Password: true})); err != nil {
		t.Fatal(err)
	}
	day := w.now()
	if _, err := w.billOf(day); !errors.Is(err, pay.ErrNoBill) {
		t.Errorf("on the day: %v", err)
	}
	w.at.Store(time.Date(2026, 5, 5, 1, 30, 0, 0, time.UTC).UnixMilli()) // half past nine in Beijing
	if _, err := w.billOf(day); !errors.Is(err, pay.ErrNoBill) {
		t.Errorf("while it may be being made: %v", err)
	}
	w.pass(time.Hour)
	lines, err := w.billOf(day)
	if err != nil || len(lines) != 3 {
		t.Fatalf("%+v, %v, %q", lines, err, w.platform.Refusals())
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
	if lines[0].ProviderRef != sold.ProviderRef {
		t.Errorf("Alipay's number is %s, the bill says %s", sold.ProviderRef, lines[0].ProviderRef)
	}
	if none, err := w.billOf(day.AddDate(0, 0, -1)); err != nil || len(none) != 0 {
		t.Errorf("a day without sales: %+v, %v", none, err)
	}
}

func TestABillThatIsNotWholeOrLiesElsewhereHandsNothingOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.sold(t)
	day := w.now()
	w.pass(36 * time.Hour)
	for _, spoilt := range []func([]byte) []byte{
		func(zip []byte) []byte { return zip[:len(zip)/2] },
		func(zip []byte) []byte { zip[len(zip)/2] ^= 1; return zip },
		func([]byte) []byte { return []byte("<html>") },
		func([]byte) []byte { return nil },
	} {
		w.platform.SpoilBill(spoilt)
		if lines, err := w.billOf(day); err == nil || len(lines) > 0 {
			t.Errorf("%+v, %v", lines, err)
		}
	}
	w.platform.SpoilBill(nil)
	for _, base := range []string{"http://169.254.169.254", "http://evil.example", "http://alipay.com.evil.example", "file:///etc", "http://x.alipay.com:6379", "http://u:p@x.alipay.com"} {
		w.platform.Base = base
		if lines, err := w.billOf(day); err == nil || len(lines) > 0 || err.Error() != "alipay: a bill that lies on another host than Alipay's" {
			t.Errorf("%s: %+v, %v", base, lines, err)
		}
	}
}
