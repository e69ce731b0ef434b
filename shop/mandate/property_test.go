package mandate_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/store"
)

// mishaps lets a bank refuse, keep silent and be deaf, as drawn.
func (k *kit) mishaps(rt *rapid.T) {
	likely := func(name string) func() bool {
		one := rapid.IntRange(0, 9).Draw(rt, name)
		count := 0
		return func() bool { count++; return one > 0 && count%(11-one) == 0 }
	}
	refuse, silent, deaf := likely("refuse"), likely("silent"), likely("deaf")
	k.bank.refuse = func(pay.Charge) error {
		if refuse() {
			return errNoMoney
		}
		return nil
	}
	k.bank.silent = func(pay.Charge) bool { return silent() }
	k.bank.deaf = func(pay.Charge) bool { return deaf() }
}

// crashes lets the workers of some nodes run at the same time, and perhaps pulls
// their plug.
func (k *kit) crashes(rt *rapid.T, nodes int) {
	ctx := context.Background()
	if rapid.IntRange(0, 2).Draw(rt, "crash") == 0 {
		k.plug.CrashAfter(rapid.IntRange(0, 12).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
	}
	var group sync.WaitGroup
	for range nodes {
		group.Go(func() {
			_, _ = k.Payments.Recover(ctx)
			_, _ = k.Recover(ctx)
		})
	}
	group.Wait()
	k.plug.Restart()
}

// TestEachPeriodIsChargedOnceWhateverHappens takes mandates through many periods
// with refusals, silences, crashes, several nodes and a clock that jumps.
func TestEachPeriodIsChargedOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	k, round := newKit(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		k.t = rt
		name := fmt.Sprint("ann", round)
		k.zone = rapid.SampledFrom([]string{"Asia/Seoul", "Asia/Shanghai", "America/New_York", "UTC"}).Draw(rt, "zone")
		terms := monthly()
		terms.Every = mandate.Interval{Unit: rapid.SampledFrom([]mandate.Unit{mandate.Day, mandate.Week, mandate.Month}).Draw(rt, "unit"),
			Count: rapid.IntRange(1, 3).Draw(rt, "count")}
		terms.Trial = rapid.SampledFrom([]int{0, 0, 7}).Draw(rt, "trial")
		if rapid.Bool().Draw(rt, "refund") {
			terms.Ending = mandate.AtOnceRefund
		}
		m := k.agree(name, k.plan(terms), "bank")
		k.mishaps(rt)
		cancelAt := rapid.IntRange(0, 20).Draw(rt, "cancel")
		cancelled := false
		for step := range 12 {
			if step == cancelAt {
				if _, err := k.CancelOwn(context.Background(), person(name), m.ID); err == nil {
					cancelled = true
				}
			}
			k.pass(time.Duration(rapid.SampledFrom([]int{1, 20, 60, 24 * 60, 3 * 24 * 60, 12 * 24 * 60}).Draw(rt, "minutes")) * time.Minute)
			k.crashes(rt, 2)
		}
		k.bank.refuse = func(pay.Charge) error { return nil }
		k.bank.silent = func(pay.Charge) bool { return false }
		k.bank.deaf = k.bank.silent
		m = k.upToDate(rt, m.ID)
		k.verify(rt, m, cancelled)
		if _, err := k.CancelFor(context.Background(), account, m.ID, mandate.AtOnceRefund); err != nil {
			rt.Fatal(err)
		}
	})
}

// upToDate lets the workers go on in peace, from one thing that is due to the
// next, until the mandate waits for a day to come.
func (k *kit) upToDate(rt *rapid.T, id string) mandate.Mandate {
	for range 500 {
		m := k.look(id)
		until, err := mandate.ParseDate(m.Until)
		if err != nil {
			rt.Fatal(err)
		}
		runs := m.State == mandate.Leaving || m.State.Charged() && m.Open == nil
		if m.Due == nil || runs && len(m.Tell) == 0 && until.After(k.now()) {
			return m
		}
		k.pass(max(m.Due.Sub(k.now()), time.Minute))
		if _, err := k.Payments.Recover(context.Background()); err != nil {
			rt.Fatal(err)
		}
		if _, err := k.Recover(context.Background()); err != nil {
			rt.Fatal(err)
		}
	}
	rt.Fatalf("never comes to rest: %+v", k.look(id))
	return mandate.Mandate{}
}

// verify checks what was charged against the periods there were.
func (k *kit) verify(rt *rapid.T, m mandate.Mandate, cancelled bool) {
	if cancelled && m.State != mandate.Ended && m.State != mandate.Leaving {
		rt.Fatalf("cancelled, and %s", m.State)
	}
	found, _, err := k.Periods(context.Background(), account, m.ID, 500, "")
	if err != nil {
		rt.Fatal(err)
	}
	until := ""
	for i := len(found) - 1; i >= 0; i-- {
		period := found[i]
		if until != "" && (period.From != until || period.Number != found[i+1].Number+1) {
			rt.Fatalf("period %d begins on %s, the one before ends on %s", period.Number, period.From, until)
		}
		until = period.Until
		k.verifyPeriod(rt, m, period, i == 0)
	}
	// Nothing is left undone.
	if m.State == mandate.Ended && (m.Open != nil || m.Due != nil) {
		rt.Fatalf("ended, and something is left to do: %+v", m)
	}
	k.verifyTotals(rt)
}

// verifyTotals checks the account's numbers against the mandates there are.
func (k *kit) verifyTotals(rt *rapid.T) {
	numbers, err := k.Totals(context.Background(), account)
	if err != nil {
		rt.Fatal(err)
	}
	states, monthly := map[mandate.State]int64{}, int64(0)
	for after, more := store.Cursor(""), true; more; {
		var found []mandate.Mandate
		if found, after, err = k.Mandates(context.Background(), account, mandate.Filter{}, 500, after); err != nil {
			rt.Fatal(err)
		}
		more = after != ""
		for _, m := range found {
			states[m.State]++
			if m.State == mandate.Active || m.State == mandate.PastDue {
				monthly += m.Terms.Every.Monthly(m.Terms.Amount.Minor)
			}
		}
	}
	for state, count := range numbers.States {
		if count != states[state] {
			rt.Fatalf("the numbers tell of %d %s mandates, there are %d", count, state, states[state])
		}
	}
	if got := numbers.Revenue("CNY"); got != money.Of(monthly, "CNY") {
		rt.Fatalf("the numbers tell of %s a month, want %d", got, monthly)
	}
}

// verifyPeriod checks that a period cost what it costs, once: money of further
// attempts has gone back.
func (k *kit) verifyPeriod(rt fataler, m mandate.Mandate, period mandate.Period, last bool) {
	k.bank.mu.Lock()
	defer k.bank.mu.Unlock()
	var kept int64
	for tradeNo, times := range k.bank.charged {
		if !strings.HasPrefix(tradeNo, period.Subject) {
			continue
		}
		if times != 1 {
			rt.Fatalf("payment %s was charged %d times", tradeNo, times)
		}
		net := period.Amount.Minor
		for key, back := range k.bank.back {
			if strings.HasPrefix(key, tradeNo+":") {
				net -= back
			}
		}
		if net < 0 {
			rt.Fatalf("more than was paid by %s has gone back", tradeNo)
		}
		if tradeNo != period.Payment && net != 0 {
			rt.Fatalf("%s was charged beside %s for period %d, and %d of it were kept", tradeNo, period.Payment, period.Number, net)
		}
		kept += net
	}
	whole := period.State == mandate.Settled && kept != period.Amount.Minor
	never := period.State == mandate.NeverPaid && kept != 0
	early := period.State == mandate.Unsettled && !last
	if whole || never || early || kept > period.Amount.Minor {
		rt.Fatalf("period %d is %s and has brought %d of %d", period.Number, period.State, kept, period.Amount.Minor)
	}
	if period.State == mandate.Unsettled && m.Open == nil {
		rt.Fatalf("period %d is not settled, and nothing is under way", period.Number)
	}
}

// TestNothingIsAskedForAfterCancelling: what was cancelled in peace is not charged
// again, not even to be given back.
func TestNothingIsAskedForAfterCancelling(t *testing.T) {
	t.Parallel()
	k, round := newKit(t), 0
	plan := k.plan(monthly())
	rapid.Check(t, func(rt *rapid.T) {
		round++
		k.t = rt
		name := fmt.Sprint("ann", round)
		m := k.agree(name, plan, "bank")
		for range rapid.IntRange(0, 30).Draw(rt, "steps") {
			k.pass(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour)
			k.work()
		}
		if _, err := k.CancelOwn(context.Background(), person(name), m.ID); err != nil {
			rt.Fatal(err)
		}
		calls := k.bank.calls()
		for range 5 {
			k.pass(9 * 24 * time.Hour)
			k.work()
		}
		if k.bank.calls() != calls || len(k.bank.late) != 0 {
			rt.Fatalf("charged after the end: %d calls, before %d; %v", k.bank.calls(), calls, k.bank.late)
		}
		if m = k.look(m.ID); m.State != mandate.Ended || m.Due != nil {
			rt.Fatalf("%s, due %v", m.State, m.Due)
		}
	})
}

// TestARestoredStoreChargesNobody until an operator has looked.
func TestARestoredStoreChargesNobody(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	m := k.agree("ann", k.plan(monthly()), "bank")
	if err := k.db.MarkRestored(t.Context(), k.now()); err != nil {
		t.Fatal(err)
	}
	k.until("2026-03-02")
	k.want(m.ID, mandate.Active, 1)
	if err := k.db.ClearRestored(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.until("2026-03-04") // announced first, a day before
	k.want(m.ID, mandate.Active, 2)
}
