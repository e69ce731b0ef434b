package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/shop/crashtest"
	"plaza/shop/pay/ledger"
	"plaza/store/storetest"
)

const shop = "shop1"

// clock is a time that only tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}
func (c *clock) now() time.Time       { return time.UnixMilli(c.at.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.at.Add(d.Milliseconds()) }

func move(key, from, to string, amount int64) ledger.Request {
	return ledger.Request{Account: shop, Key: key, Currency: "CNY",
		Legs: []ledger.Leg{{Wallet: from, Amount: -amount}, {Wallet: to, Amount: amount}}}
}

func balance(t interface{ Fatal(...any) }, l *ledger.Ledger, owner string) int64 {
	amount, err := l.Balance(context.Background(), shop, "CNY", owner)
	if err != nil {
		t.Fatal(err)
	}
	return amount.Minor
}

func TestTheSameKeyMovesMoneyOnce(t *testing.T) {
	t.Parallel()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	for range 3 {
		if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 500)); err != nil {
			t.Fatal(err)
		}
	}
	if got := balance(t, l, "ann"); got != 500 {
		t.Errorf("ann has %d, want 500", got)
	}
	if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 501)); !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("the key for another amount: %v", err)
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func TestAWalletIsNeverOverdrawn(t *testing.T) {
	t.Parallel()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 1000)); err != nil {
		t.Fatal(err)
	}
	var paid atomic.Int64
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			_, err := l.Transfer(t.Context(), move(fmt.Sprint("pay", i), "ann", ledger.Sales, 100))
			switch {
			case err == nil:
				paid.Add(1)
			case !errors.Is(err, ledger.ErrInsufficient):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if paid.Load() != 10 || balance(t, l, "ann") != 0 || balance(t, l, ledger.Sales) != 1000 {
		t.Errorf("%d of 10 possible payments; ann %d, sales %d", paid.Load(), balance(t, l, "ann"), balance(t, l, ledger.Sales))
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func TestARefusedTransferLeavesNoTrace(t *testing.T) {
	t.Parallel()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 1000)); err != nil {
		t.Fatal(err)
	}
	split := ledger.Request{Account: shop, Key: "split", Currency: "CNY", Legs: []ledger.Leg{
		{Wallet: "ann", Amount: -600}, {Wallet: "bob", Amount: -400}, {Wallet: ledger.Sales, Amount: 1000}}}
	for range 2 {
		if _, err := l.Transfer(t.Context(), split); !errors.Is(err, ledger.ErrInsufficient) {
			t.Fatalf("bob has nothing: %v", err)
		}
	}
	if got := balance(t, l, "ann"); got != 1000 {
		t.Errorf("ann has %d after the refusal, want 1000", got)
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func TestOfPayingAndVoidingExactlyOneHappens(t *testing.T) {
	t.Parallel()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 10000)); err != nil {
		t.Fatal(err)
	}
	var posted int64
	for i := range 40 {
		key := fmt.Sprint("pay", i)
		var payErr error
		var group sync.WaitGroup
		group.Go(func() { _, payErr = l.Transfer(t.Context(), move(key, "ann", ledger.Sales, 10)) })
		group.Go(func() { _, _ = l.Void(t.Context(), shop, key) })
		group.Wait()
		final, err := l.Void(t.Context(), shop, key)
		if err != nil {
			t.Fatal(err)
		}
		if (payErr == nil) != (final.State == ledger.Posted) {
			t.Fatalf("paying said %v, the ledger says %s", payErr, final.State)
		}
		if payErr == nil {
			posted += 10
		}
	}
	if got := balance(t, l, ledger.Sales); got != posted {
		t.Errorf("sales hold %d, %d were paid", got, posted)
	}
}

func TestUnbalancedOrHostileRequestsAreRefused(t *testing.T) {
	t.Parallel()
	l := ledger.New(storetest.Open(t, ledger.Schemas()...), newClock().now)
	for name, legs := range map[string][]ledger.Leg{
		"one leg":       {{Wallet: "a", Amount: 1}},
		"sum":           {{Wallet: "a", Amount: -1}, {Wallet: "b", Amount: 2}},
		"same wallet":   {{Wallet: "a", Amount: -1}, {Wallet: "a", Amount: 1}},
		"zero":          {{Wallet: "a", Amount: 0}, {Wallet: "b", Amount: 0}},
		"beyond bounds": {{Wallet: "a", Amount: -1 << 62}, {Wallet: "b", Amount: 1 << 62}},
		"smallest":      {{Wallet: "a", Amount: -1 << 63}, {Wallet: "b", Amount: -1 << 63}},
		"nobody":        {{Wallet: "", Amount: -1}, {Wallet: "b", Amount: 1}},
	} {
		if _, err := l.Transfer(t.Context(), ledger.Request{Account: shop, Key: name, Currency: "CNY", Legs: legs}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestMoneyIsNeverLostWhateverCrashes plays random transfers, kills the process
// after a random number of writes each time, and lets Recover clean up.
func TestMoneyIsNeverLostWhateverCrashes(t *testing.T) {
	t.Parallel()
	db, engine := crashtest.Open(t, ledger.Schemas()...)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		clock := newClock()
		l := ledger.New(db, clock.now)
		owner := func(name string) string { return fmt.Sprintf("%s-%d", name, run) }
		owners := []string{owner("ann"), owner("bob"), owner("sales")}
		model := map[string]int64{}
		for _, name := range owners {
			amount := rapid.Int64Range(0, 300).Draw(rt, "grant")
			if amount == 0 {
				continue
			}
			if _, err := l.Transfer(t.Context(), move(owner("grant-"+name), ledger.Issue, name, amount)); err != nil {
				rt.Fatal(err)
			}
			model[name] += amount
		}
		for i := range rapid.IntRange(1, 3).Draw(rt, "transfers") {
			request := randomRequest(rt, owners)
			request.Key = owner(fmt.Sprint("t", i))
			engine.CrashAfter(rapid.IntRange(0, 9).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
			_, err := l.Transfer(t.Context(), request)
			crashed := engine.Restart()
			if err != nil && !crashed && !errors.Is(err, ledger.ErrInsufficient) {
				rt.Fatal(err)
			}
			sumIsZero(rt, l, owners)
			// The next process may crash as well, while it cleans up.
			clock.pass(time.Minute)
			engine.CrashAfter(rapid.IntRange(0, 9).Draw(rt, "writes of the next"), rapid.Bool().Draw(rt, "lost again"))
			_, _ = l.Recover(t.Context())
			engine.Restart()
			clock.pass(time.Minute)
			if _, err := l.Recover(t.Context()); err != nil {
				rt.Fatal(err)
			}
			final, findErr := l.Find(t.Context(), shop, request.Key)
			if err == nil && (findErr != nil || final.State != ledger.Posted) {
				rt.Fatalf("acknowledged, yet %s, %v", final.State, findErr)
			}
			if findErr == nil && final.State == ledger.Posted {
				for _, leg := range request.Legs {
					model[leg.Wallet] += leg.Amount
				}
			}
			for _, name := range owners {
				if got := balance(rt, l, name); got != model[name] || got < 0 {
					rt.Fatalf("%s has %d, want %d", name, got, model[name])
				}
			}
		}
	})
	if err := ledger.New(db, newClock().now).Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

func randomRequest(rt *rapid.T, owners []string) ledger.Request {
	amount := rapid.Int64Range(1, 200).Draw(rt, "amount")
	from := rapid.IntRange(0, 2).Draw(rt, "from")
	a, b, c := owners[from], owners[(from+1)%3], owners[(from+2)%3]
	if rapid.Bool().Draw(rt, "three legs") {
		more := rapid.Int64Range(1, 200).Draw(rt, "more")
		return ledger.Request{Account: shop, Currency: "CNY", Legs: []ledger.Leg{
			{Wallet: a, Amount: -amount}, {Wallet: c, Amount: amount + more}, {Wallet: b, Amount: -more}}}
	}
	return move("", a, b, amount)
}

// sumIsZero holds even in the middle: transfers sum to zero by construction.
func sumIsZero(rt *rapid.T, l *ledger.Ledger, owners []string) {
	for _, name := range owners {
		history, _, err := l.History(context.Background(), shop, "CNY", name, 100, "")
		if err != nil {
			rt.Fatal(err)
		}
		for _, transfer := range history {
			var sum int64
			for _, leg := range transfer.Legs {
				sum += leg.Amount
			}
			if sum != 0 {
				rt.Fatalf("transfer %s sums to %d", transfer.ID, sum)
			}
		}
	}
}

// TestManyWorkersFinishATransferOnce lets as many workers as like to go on with
// what a crash has left.
func TestManyWorkersFinishATransferOnce(t *testing.T) {
	t.Parallel()
	db, engine := crashtest.Open(t, ledger.Schemas()...)
	for writes := 1; writes < 8; writes++ {
		clock := newClock()
		l := ledger.New(db, clock.now)
		name := fmt.Sprint("ann", writes)
		if _, err := l.Transfer(t.Context(), move("grant"+name, ledger.Issue, name, 100)); err != nil {
			t.Fatal(err)
		}
		engine.CrashAfter(writes, true)
		_, _ = l.Transfer(t.Context(), move("pay"+name, name, "sales"+name, 60))
		engine.Restart()
		clock.pass(time.Minute)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, _ = l.Recover(t.Context())
				_, _ = l.Transfer(t.Context(), move("pay"+name, name, "sales"+name, 60))
			})
		}
		group.Wait()
		clock.pass(time.Minute)
		if _, err := l.Transfer(t.Context(), move("pay"+name, name, "sales"+name, 60)); err != nil {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		if got := balance(t, l, name); got != 40 {
			t.Errorf("after %d writes %s has %d, want 40", writes, name, got)
		}
	}
	if err := ledger.New(db, newClock().now).Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

// TestASleeperCannotMoveMoneyAgain is about a worker that falls asleep before
// any of its writes, is taken over, and wakes up when all is done and cleared.
func TestASleeperCannotMoveMoneyAgain(t *testing.T) {
	t.Parallel()
	db, engine := crashtest.Open(t, ledger.Schemas()...)
	for writes := 1; writes < 8; writes++ {
		clock := newClock()
		l := ledger.New(db, clock.now)
		name, sales := fmt.Sprint("ann", writes), fmt.Sprint("sales", writes)
		for _, owner := range []string{name, sales} {
			if _, err := l.Transfer(t.Context(), move("grant"+owner, ledger.Issue, owner, 100)); err != nil {
				t.Fatal(err)
			}
		}
		asleep, wake := engine.Sleep(writes)
		done := make(chan error, 1)
		go func() {
			_, err := l.Transfer(t.Context(), move("pay"+name, name, sales, 30))
			done <- err
		}()
		select {
		case <-asleep:
		case err := <-done: // fewer writes than that
			wake()
			if writes < 7 || err != nil {
				t.Errorf("done in fewer than %d writes: %v", writes, err)
			}
			continue
		}
		clock.pass(time.Minute)
		if _, err := l.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := balance(t, l, name); got != 70 {
			t.Errorf("taken over before write %d: %d, want 70", writes, got)
		}
		wake()
		<-done
		clock.pass(time.Minute)
		if _, err := l.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := balance(t, l, name), balance(t, l, sales); a != 70 || b != 130 {
			t.Errorf("awake again before write %d: %d and %d, want 70 and 130", writes, a, b)
		}
		if err := l.Audit(t.Context(), shop); err != nil {
			t.Error(err)
		}
	}
}
