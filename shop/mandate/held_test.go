package mandate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
)

// watchedKit are mandates whose charges a guard looks at.
type watchedKit struct {
	*kit
	guard *risk.Service
}

func newWatchedKit(t testing.TB) *watchedKit {
	t.Helper()
	k := &watchedKit{kit: newKit(t)}
	k.guard = risk.New(risk.Dependencies{DB: k.db, Zones: k, Log: k.sent, Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.guard.Move(risk.Payment, pay.HeldPayments{Service: k.Payments})
	k.Payments.Watch(k.guard, nil)
	return k
}

// Zone is UTC: the guard's idea of the time of day is nothing to mandates.
func (k *watchedKit) Zone(context.Context, string) (*time.Location, error) { return time.UTC, nil }

// rule makes the account do so with all payments from now on.
func (k *watchedKit) rule(action risk.Action) {
	k.t.Helper()
	policy := risk.StandardPolicy()
	policy.WithoutModel = true
	policy.Rules = nil
	if action != risk.Allow {
		policy.Rules = []risk.Rule{{ID: "all", Names: map[string]string{"en": "All"}, Enabled: true, Kinds: []risk.Kind{risk.Payment},
			When: []risk.Condition{{Signal: risk.AmountSize, Compare: risk.AtLeast, Value: 0}}, Action: action}}
	}
	_, version, err := k.guard.PolicyVersion(context.Background(), account)
	if err == nil {
		err = k.guard.SavePolicy(context.Background(), account, policy, version)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// held is a mandate whose second month waits for a member, and its attempt.
func (k *watchedKit) held(name string) (mandate.Mandate, string) {
	k.t.Helper()
	m, calls := k.agree(name, k.plan(monthly()), "bank"), k.bank.calls()
	k.rule(risk.Hold)
	for k.pass(24 * 24 * time.Hour); m.Open == nil; m = k.look(m.ID) {
		k.pass(12 * time.Hour)
		k.work()
	}
	queue, _, err := k.guard.Queue(context.Background(), account, 10, "")
	if err != nil || len(queue) != 1 || k.bank.calls() != calls {
		k.t.Fatalf("%d wait for a member, the bank was called %d times, %v", len(queue), k.bank.calls()-calls, err)
	}
	return k.want(m.ID, mandate.Active, 2), queue[0].Key()
}

func (k *watchedKit) resolve(key string, approve bool) {
	k.t.Helper()
	if _, err := k.guard.Resolve(context.Background(), account, key, approve, "Kim", ""); err != nil {
		k.t.Fatal(err)
	}
}

func (k *watchedKit) waiting() int {
	k.t.Helper()
	waiting, err := k.guard.Waiting(context.Background(), account, 10)
	if err != nil {
		k.t.Fatal(err)
	}
	return waiting
}

func TestAHeldChargeGoesOnOnceWhenAMemberAllowsIt(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m, key := k.held("ann")
	k.resolve(key, true)
	if k.bank.calls() != 2 { // at once, not when the worker comes by
		t.Errorf("the bank was called %d times", k.bank.calls())
	}
	if _, err := k.guard.Resolve(t.Context(), account, key, true, "Lee", ""); !errors.Is(err, risk.ErrReviewed) {
		t.Errorf("allowed again: %v", err)
	}
	k.rule(risk.Allow)
	k.until("2026-04-01")
	k.want(m.ID, mandate.Active, 3)
	if k.bank.calls() != 3 || k.waiting() != 0 {
		t.Errorf("the bank was called %d times, %d wait", k.bank.calls(), k.waiting())
	}
	if got, want := k.history(m.ID), "1 2026-01-31 2026-02-28 3000 paid\n2 2026-02-28 2026-03-31 3000 paid\n3 2026-03-31 2026-04-30 3000 paid"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestManyMembersAllowOneChargeOnce, with the workers of two nodes between them
// and a bank that never answers.
func TestManyMembersAllowOneChargeOnce(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m, key := k.held("ann")
	k.bank.silent = func(pay.Charge) bool { return true }
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			_, err := k.guard.Resolve(context.Background(), account, key, true, "Kim", "")
			if err != nil && !errors.Is(err, risk.ErrReviewed) {
				t.Error(err)
			}
			if i%5 == 0 {
				_, _ = k.Payments.Recover(context.Background())
				_, _ = k.Recover(context.Background())
				_, _ = k.guard.Recover(context.Background())
			}
		})
	}
	group.Wait()
	k.until("2026-03-02")
	k.want(m.ID, mandate.Active, 2)
	if k.bank.calls() != 2 {
		t.Errorf("the bank was called %d times", k.bank.calls())
	}
}

func TestAHeldChargeThatIsRefusedEndsTheMandate(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m, key := k.held("ann")
	k.resolve(key, false)
	k.until("2026-03-20")
	if m = k.want(m.ID, mandate.Ended, 2); m.Reason != pay.ErrStopped.Code || k.bank.calls() != 1 || k.bank.mandates[m.Token] {
		t.Errorf("ended for %s, the bank was called %d times", m.Reason, k.bank.calls())
	}
	if heard := k.sent.heard(m.ID, "stopped"); len(heard) != 1 {
		t.Errorf("heard %q", heard)
	}
	if got, want := k.history(m.ID), "1 2026-01-31 2026-02-28 3000 paid\n2 2026-02-28 2026-03-31 3000 unpaid"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestABlockedChargeNeverReachesTheProvider(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m := k.agree("ann", k.plan(monthly()), "bank")
	k.rule(risk.Block)
	k.until("2026-03-20")
	if m = k.want(m.ID, mandate.Ended, 2); m.Reason != pay.ErrStopped.Code || k.bank.calls() != 1 {
		t.Errorf("ended for %s, the bank was called %d times", m.Reason, k.bank.calls())
	}
}

// TestAHeldChargeThatNobodyLooksAtIsAFailedTry: it is tried again on its days, and
// what comes of a late yes is nothing.
func TestAHeldChargeThatNobodyLooksAtIsAFailedTry(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m, key := k.held("ann")
	k.rule(risk.Allow)
	for range 8 { // more than a week
		k.pass(22 * time.Hour)
		k.work()
	}
	m = k.want(m.ID, mandate.PastDue, 2)
	if k.waiting() != 0 || m.Open.Reason != pay.ErrHeld.Code {
		t.Errorf("%d wait, failed for %s", k.waiting(), m.Open.Reason)
	}
	if _, err := k.guard.Resolve(t.Context(), account, key, true, "Kim", ""); !errors.Is(err, risk.ErrReviewed) {
		t.Errorf("allowed too late: %v", err)
	}
	k.until("2026-03-09")
	k.want(m.ID, mandate.Active, 2)
	if k.bank.calls() != 2 {
		t.Errorf("the bank was called %d times", k.bank.calls())
	}
}

func TestWhoCancelsWhileTheirChargeIsHeldPaysNothing(t *testing.T) {
	t.Parallel()
	k := newWatchedKit(t)
	m, key := k.held("ann")
	if _, err := k.CancelOwn(t.Context(), person("ann"), m.ID); err != nil {
		t.Fatal(err)
	}
	if k.waiting() != 0 {
		t.Errorf("%d wait for a member still", k.waiting())
	}
	if _, err := k.guard.Resolve(t.Context(), account, key, true, "Kim", ""); !errors.Is(err, risk.ErrReviewed) {
		t.Errorf("allowed after the end: %v", err)
	}
	k.until("2026-04-10")
	k.want(m.ID, mandate.Ended, 2)
	if k.bank.calls() != 1 || len(k.bank.late) != 0 {
		t.Errorf("the bank was called %d times, and for an ended mandate %v", k.bank.calls(), k.bank.late)
	}
}

// TestACrashWhileAMemberDecidesChargesOnceOrNot pulls the plug after each number
// of writes that allowing a held charge takes.
func TestACrashWhileAMemberDecidesChargesOnceOrNot(t *testing.T) {
	t.Parallel()
	for _, allow := range []bool{true, false} {
		k := newWatchedKit(t)
		for writes, crashed := 0, true; crashed; writes++ {
			k.rule(risk.Allow)
			name := fmt.Sprint("ann", writes)
			m, key := k.held(name)
			state, calls := mandate.Ended, k.bank.calls()
			if allow {
				state, calls = mandate.Active, calls+1
			}
			k.plug.CrashAfter(writes, writes%2 == 0)
			_, decided := k.guard.Resolve(t.Context(), account, key, allow, "Kim", "")
			if crashed = k.plug.Restart(); decided != nil && k.waiting() == 1 {
				k.resolve(key, allow) // it was not taken, and they saw that
			}
			for range 6 {
				k.pass(30 * time.Second)
				k.work()
				if _, err := k.guard.Recover(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if m = k.look(m.ID); m.State != state || k.bank.calls() != calls || m.Open != nil {
				t.Errorf("allowed %v, after %d writes: %s, the bank was called %d times, want %d; open %+v", allow, writes, m.State, k.bank.calls(), calls, m.Open)
			}
			if _, err := k.CancelFor(t.Context(), account, m.ID, mandate.AtOnceRefund); err != nil {
				t.Fatal(err)
			}
		}
	}
}
