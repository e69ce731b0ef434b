package alipay_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

func TestAPaymentGoesItsWayInEveryScene(t *testing.T) {
	t.Parallel()
	for _, certified := range []bool{false, true} {
		w := newWorld(t, certified)
		for scene, method := range map[pay.Scene]string{"": "", pay.OnDesktop: "alipay.trade.page.pay", pay.OnPhone: "alipay.trade.wap.pay", pay.InMessenger: "alipay.trade.wap.pay"} {
			charge := w.charge(scene)
			step, err := w.Create(t.Context(), charge)
			if err != nil {
				t.Fatalf("%s: %v, %q", scene, err, w.platform.Refusals())
			}
			if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Waiting {
				t.Errorf("%s: before anybody came: %+v, %v", scene, outcome, err)
			}
			if method == "" {
				_, err = w.platform.Scan(step.QR, buyer)
			} else {
				if address, parseErr := url.Parse(step.URL); parseErr != nil || step.Kind != pay.RedirectStep || address.Query().Get("method") != method ||
					address.Query().Get("return_url") != charge.ReturnURL {
					t.Errorf("%s: %+v", scene, step)
				}
				_, err = w.platform.Open(step.URL, buyer)
			}
			if err != nil {
				t.Fatalf("%s: %v, %q", scene, err, w.platform.Refusals())
			}
			if outcome, err := w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Waiting {
				t.Errorf("%s: before it is paid: %+v, %v", scene, outcome, err)
			}
			if err := w.platform.Pay(w.merchant, charge.TradeNo); err != nil {
				t.Fatal(err)
			}
			outcome, err := w.Confirm(t.Context(), charge, map[string]string{"trade_status": "TRADE_CLOSED"}) // what a browser says is no proof
			if err != nil || outcome.Status != pay.Success || outcome.Amount != price || outcome.ProviderRef == "" {
				t.Errorf("%s: %+v, %v", scene, outcome, err)
			}
			if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Success {
				t.Errorf("%s: closing what is paid: %+v, %v", scene, outcome, err)
			}
		}
	}
}

func TestWithoutPagesACodeIsShownEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.contract = w.plain(t)
	for _, scene := range []pay.Scene{pay.OnDesktop, pay.OnPhone, pay.InMessenger} {
		if step, err := w.Create(t.Context(), w.charge(scene)); err != nil || step.Kind != pay.ScanStep || step.QR == "" {
			t.Errorf("%s: %+v, %v", scene, step, err)
		}
	}
}

func TestTheSameChargeAgainIsTheSamePayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge("")
	first, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Create(t.Context(), charge)
	if err != nil || again.QR == "" {
		t.Fatalf("%+v, %v", again, err)
	}
	if err := w.platform.Scanned(w.merchant, again.QR); err != nil {
		t.Fatal(err)
	}
	if err := w.platform.Scanned(w.merchant, first.QR); err == nil {
		t.Error("paid twice")
	}
}

func TestANumberUsedForSomethingElseIsNoDefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.sold(t)
	if _, err := w.Create(t.Context(), charge); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("paid already: %v", err)
	}
	charge = w.charge("")
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.platform.Scan(step.QR, buyer); err != nil {
		t.Fatal(err)
	}
	charge.Amount = money.Of(999, "CNY")
	if _, err := w.Create(t.Context(), charge); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("another amount under the number of a trade: %v", err)
	}
}

func TestWhatAlipayWouldNotTakeIsNotAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, amount := range []money.Amount{money.Of(0, "CNY"), money.Of(-1, "CNY"), money.Of(1<<62, "CNY"), money.Of(100_000_000_01, "CNY"), money.Of(1000, "KRW")} {
		charge := w.charge("")
		charge.Amount = amount
		if _, err := w.Create(t.Context(), charge); !errors.Is(err, alipay.ErrAmount) {
			t.Errorf("%v: %v", amount, err)
		}
		if _, err := w.Take(t.Context(), charge, w.platform.Code(alipaytest.Card{})); !errors.Is(err, alipay.ErrAmount) {
			t.Errorf("%v at the counter: %v", amount, err)
		}
	}
	for _, description := range []string{strings.Repeat("面", 300), "a/b=c&d\nline", "\U0001f35c"} {
		charge := w.charge("")
		charge.Description = description
		if _, err := w.Create(t.Context(), charge); err != nil {
			t.Errorf("%q: %v, %q", description, err, w.platform.Refusals())
		}
	}
}

func TestAPaymentCalledOffCanNotBePaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, scanned := range []bool{false, true} {
		charge := w.charge("")
		step, err := w.Create(t.Context(), charge)
		if err != nil {
			t.Fatal(err)
		}
		if scanned {
			if _, err := w.platform.Scan(step.QR, buyer); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
				t.Errorf("scanned %v: %+v, %v", scanned, outcome, err)
			}
		}
		if err := w.platform.Scanned(w.merchant, step.QR); err == nil {
			t.Errorf("scanned %v: paid after it was called off", scanned)
		}
		if err := w.platform.Pay(w.merchant, charge.TradeNo); err == nil {
			t.Errorf("scanned %v: paid after it was called off", scanned)
		}
	}
	unheard := w.charge("")
	if outcome, err := w.Close(t.Context(), unheard); err != nil || outcome.Status != pay.Ended {
		t.Errorf("never heard of: %+v, %v", outcome, err)
	}
}

func TestACancellationIsAskedForAgainAsAlipayWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge("")
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	w.platform.CancelAgain(2)
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended || w.platform.Calls("alipay.trade.cancel") != 3 {
		t.Errorf("%+v, %v after %d", outcome, err, w.platform.Calls("alipay.trade.cancel"))
	}
	if err := w.platform.Scanned(w.merchant, step.QR); err == nil {
		t.Error("paid after it was cancelled")
	}
	w.platform.CancelAgain(100)
	if outcome, err := w.Close(t.Context(), w.charge("")); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("not cancelled: %+v, %v", outcome, err)
	}
}

func TestATradeThatNobodyPaysInTimeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge("")
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.platform.Scan(step.QR, buyer); err != nil {
		t.Fatal(err)
	}
	w.pass(16 * time.Minute)
	for _, ask := range []func() (pay.Outcome, error){func() (pay.Outcome, error) { return w.Query(t.Context(), charge) },
		func() (pay.Outcome, error) { return w.Close(t.Context(), charge) }} {
		if outcome, err := ask(); err != nil || outcome.Status != pay.Ended {
			t.Errorf("%+v, %v", outcome, err)
		}
	}
}

// TestWhateverGoesWrongIsNoDefiniteNo: after each of these a payment may be under
// way or paid, so it has to be asked for again.
func TestWhateverGoesWrongIsNoDefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for _, trouble := range []alipaytest.Trouble{alipaytest.Cut, alipaytest.Lost, alipaytest.Fail, alipaytest.FailDone, alipaytest.System, alipaytest.Gateway,
		alipaytest.Garbage, alipaytest.Throttle, alipaytest.Forged, alipaytest.Unsigned, alipaytest.Stranger} {
		charge := w.charge("")
		for name, ask := range map[string]func() error{
			"create": func() error { _, err := w.Create(t.Context(), charge); return err },
			"query":  func() error { _, err := w.Query(t.Context(), charge); return err },
			"close":  func() error { _, err := w.Close(t.Context(), charge); return err },
			"refund": func() error { _, err := w.Refund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 1}); return err },
			"query refund": func() error {
				_, err := w.QueryRefund(t.Context(), charge, pay.Refund{Number: "R1", Amount: 1})
				return err
			},
			"counter": func() error {
				_, err := w.Take(t.Context(), w.charge(pay.AtCounter), w.platform.Code(alipaytest.Card{Buyer: buyer}))
				return err
			},
		} {
			w.next(trouble)
			if err := ask(); err == nil || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s after %s: %v", name, trouble, err)
			}
			w.next()
		}
	}
}
