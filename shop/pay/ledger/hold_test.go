package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"plaza/shop/pay/ledger"
	"plaza/store/storetest"
)

func withMoney(t *testing.T, owner string, amount int64) *ledger.Ledger {
	t.Helper()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	if _, err := l.Transfer(t.Context(), move("grant-"+owner, ledger.Issue, owner, amount)); err != nil {
		t.Fatal(err)
	}
	return l
}

func hold(t *testing.T, l *ledger.Ledger, key string, amount int64) {
	t.Helper()
	if _, err := l.Hold(t.Context(), shop, key, "CNY", []ledger.Leg{{Wallet: "ann", Amount: -amount}}, ""); err != nil {
		t.Fatal(err)
	}
}

func TestMoneySetAsideCantBeSpentTwice(t *testing.T) {
	t.Parallel()
	l := withMoney(t, "ann", 1000)
	hold(t, l, "h1", 700)
	if _, err := l.Transfer(t.Context(), move("pay", "ann", ledger.Sales, 400)); !errors.Is(err, ledger.ErrInsufficient) {
		t.Errorf("spending what is set aside: %v", err)
	}
	for range 2 {
		if _, err := l.Capture(t.Context(), shop, "h1", ledger.Sales, 500); err != nil {
			t.Fatal(err)
		}
	}
	if ann, sales := balance(t, l, "ann"), balance(t, l, ledger.Sales); ann != 500 || sales != 500 {
		t.Errorf("ann %d, sales %d", ann, sales)
	}
	if _, err := l.Release(t.Context(), shop, "h1"); !errors.Is(err, ledger.ErrHoldOver) {
		t.Errorf("released after capture: %v", err)
	}
	if _, err := l.Capture(t.Context(), shop, "h1", ledger.Sales, 600); !errors.Is(err, ledger.ErrHoldOver) {
		t.Errorf("captured again, otherwise: %v", err)
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func TestMoreThanWasSetAsideIsNotCaptured(t *testing.T) {
	t.Parallel()
	l := withMoney(t, "ann", 1000)
	hold(t, l, "h1", 300)
	for _, amount := range []int64{0, -1, 301, 1 << 62} {
		if _, err := l.Capture(t.Context(), shop, "h1", ledger.Sales, amount); !errors.Is(err, ledger.ErrHoldShort) {
			t.Errorf("%d: %v", amount, err)
		}
	}
	for _, key := range []string{"h2", "grant-ann"} { // nothing, and no hold
		if _, err := l.Capture(t.Context(), shop, key, ledger.Sales, 100); !errors.Is(err, ledger.ErrNoHold) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := l.Hold(t.Context(), shop, "h3", "CNY", []ledger.Leg{{Wallet: "ann", Amount: 5}}, ""); !errors.Is(err, ledger.ErrUnbalanced) {
		t.Errorf("a hold that gives: %v", err)
	}
}

func TestOfCapturingAndReleasingExactlyOneHappens(t *testing.T) {
	t.Parallel()
	const holds = 20
	l := withMoney(t, "ann", holds*100)
	var captured, released atomic.Int64
	for i := range holds {
		key := fmt.Sprint("h", i)
		hold(t, l, key, 100)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := l.Capture(t.Context(), shop, key, ledger.Sales, 100); err == nil {
					captured.Add(1)
				}
			})
			group.Go(func() {
				if _, err := l.Release(t.Context(), shop, key); err == nil {
					released.Add(1)
				}
			})
		}
		group.Wait()
	}
	ann, sales := balance(t, l, "ann"), balance(t, l, ledger.Sales)
	if ann+sales != holds*100 {
		t.Errorf("ann %d and sales %d after %d captures and %d releases", ann, sales, captured.Load(), released.Load())
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func TestAMistakeIsCorrectedByAnotherTransferOnce(t *testing.T) {
	t.Parallel()
	l := withMoney(t, "ann", 1000)
	if _, err := l.Transfer(t.Context(), move("wrong", "ann", "bob", 300)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Correct(t.Context(), shop, "wrong", "sent to the wrong person"); err != nil {
			t.Fatal(err)
		}
	}
	if ann, bob := balance(t, l, "ann"), balance(t, l, "bob"); ann != 1000 || bob != 0 {
		t.Errorf("ann %d, bob %d", ann, bob)
	}
	if _, err := l.Correct(t.Context(), shop, "nothing", ""); err == nil {
		t.Error("nothing was corrected")
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}
