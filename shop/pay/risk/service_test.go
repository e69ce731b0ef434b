package risk_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/live"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay/risk"
	"plaza/store"
)

const account = "01SHOP"

type zones struct{}

func (zones) Zone(context.Context, string) (*time.Location, error) {
	return time.FixedZone("CST", 8*3600), nil
}

// mover counts what it is told; it fails while it is told to.
type mover struct {
	mu                sync.Mutex
	released, refused map[string]int
	fail              bool
}

func (m *mover) Release(_ context.Context, _, attempt string) error {
	return m.note(m.released, attempt)
}
func (m *mover) Refuse(_ context.Context, _, attempt string) error {
	return m.note(m.refused, attempt)
}

func (m *mover) note(in map[string]int, attempt string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail {
		return errors.New("not now")
	}
	in[attempt]++
	return nil
}

type kit struct {
	*risk.Service
	places map[string]risk.Place // by network address
	told   told
	db     *store.DB
	mover  *mover
	clock  *atomic.Int64
}

func open(t testing.TB) *kit {
	db, _ := crashtest.Open(t, risk.Schemas()...)
	clock := &atomic.Int64{}
	clock.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	return node(db, clock)
}

// node is one more on the same store.
func node(db *store.DB, clock *atomic.Int64) *kit {
	k := &kit{db: db, clock: clock, mover: &mover{released: map[string]int{}, refused: map[string]int{}}}
	k.Service = risk.New(risk.Dependencies{DB: db, Zones: zones{}, Places: k, Log: k, Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.Move(risk.Payment, k.mover)
	return k
}

// Of is where an address is, for the Service under test.
func (k *kit) Of(address string) risk.Place { return k.places[address] }

// told is what members were told.
type told struct {
	sync.Mutex
	kinds []string
}

func (k *kit) Append(_ context.Context, events ...live.Event) error {
	k.told.Lock()
	defer k.told.Unlock()
	for _, event := range events {
		k.told.kinds = append(k.told.kinds, event.Topics[0]+" "+event.Kind)
	}
	return nil
}

func (k *kit) now() time.Time       { return time.UnixMilli(k.clock.Load()).UTC() }
func (k *kit) wait(d time.Duration) { k.clock.Add(d.Milliseconds()) }
func attempt(id, subscriber string) risk.Attempt {
	return risk.Attempt{ID: id, Account: account, Kind: risk.Payment, Subscriber: account + ":webchat:" + subscriber,
		Amount: money.Of(2000, "CNY"), Device: risk.FingerprintOf(account, "device", subscriber)}
}

// run lets the background work happen once.
func (k *kit) run(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k.Run(ctx, time.Hour)
}

// holdAll makes the account hold whatever has an amount.
func (k *kit) holdAll(t testing.TB) {
	t.Helper()
	policy := risk.StandardPolicy()
	policy.Rules = append(policy.Rules, risk.Rule{ID: "all", Names: map[string]string{"en": "All"}, Enabled: true,
		When: []risk.Condition{{Signal: risk.AmountSize, Compare: risk.AtLeast, Value: 1}}, Action: risk.Hold})
	if err := k.SavePolicy(t.Context(), account, policy, 0); err != nil {
		t.Fatal(err)
	}
}

func (k *kit) assess(t testing.TB, a risk.Attempt) risk.Assessment {
	t.Helper()
	made, err := k.Assess(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestAHundredAttemptsAtOnceOnTwoNodesAreAllCounted(t *testing.T) {
	t.Parallel()
	first := open(t)
	second := node(first.db, first.clock)
	var group sync.WaitGroup
	for i := range 100 {
		on := []*kit{first, second}[i%2]
		group.Go(func() {
			if _, err := on.Assess(t.Context(), attempt(fmt.Sprint("p", i), "ann")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	last := first.assess(t, attempt("last", "ann"))
	if got := last.Signals[risk.TriesRecently]; got < 99.9 || got > 100 {
		t.Errorf("the hundred are seen as %g", got)
	}
}

func TestAskingTwiceIsOneAttempt(t *testing.T) {
	t.Parallel()
	k := open(t)
	first := k.assess(t, attempt("p1", "ann"))
	k.wait(time.Minute)
	again := k.assess(t, attempt("p1", "ann"))
	if again.Score != first.Score || !again.At.Equal(first.At) {
		t.Errorf("first %+v, then %+v", first, again)
	}
	if got := k.assess(t, attempt("p2", "ann")).Signals[risk.TriesRecently]; got > 1 {
		t.Errorf("one attempt counts as %g", got)
	}
}

func TestAnOutcomeIsLearnedOnceHoweverOftenItIsTold(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.assess(t, attempt("p1", "ann"))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := k.Settle(t.Context(), account, risk.Payment, "p1", risk.Failed); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := k.assess(t, attempt("p2", "ann")).Signals[risk.FailedRecently]; got != 1 {
		t.Errorf("one failure counts as %g", got)
	}
	if err := k.Settle(t.Context(), account, risk.Payment, "never", risk.Succeeded); err != nil {
		t.Errorf("what was never assessed: %v", err)
	}
}

func TestADeviceIsKnownAfterItHasPaidAndNotBefore(t *testing.T) {
	t.Parallel()
	k := open(t)
	for i := range 3 {
		k.assess(t, attempt(fmt.Sprint("p", i), "ann"))
		if err := k.Settle(t.Context(), account, risk.Payment, fmt.Sprint("p", i), risk.Succeeded); err != nil {
			t.Fatal(err)
		}
		k.wait(24 * time.Hour)
	}
	other := attempt("other", "ann")
	other.Device = risk.FingerprintOf(account, "device", "new")
	if got := k.assess(t, other).Signals[risk.DeviceNew]; got != 1 {
		t.Errorf("a new device: %g", got)
	}
	other.ID = "again"
	if got := k.assess(t, other).Signals[risk.DeviceNew]; got != 1 {
		t.Errorf("a device that has only tried: %g", got)
	}
	if got := k.assess(t, attempt("own", "ann")).Signals[risk.DeviceNew]; got != 0 {
		t.Errorf("her own device: %g", got)
	}
}

func TestWhatIsHeldWaitsForAMemberAndThenGoesOn(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	for _, id := range []string{"good", "bad", "late"} {
		if held := k.assess(t, attempt(id, id)); held.Action != risk.Hold || held.Review != risk.Waiting {
			t.Fatalf("%+v", held)
		}
		k.wait(time.Minute)
	}
	queue, _, err := k.Queue(t.Context(), account, 10, "")
	if err != nil || len(queue) != 3 || queue[0].Attempt != "good" {
		t.Fatalf("%d in the queue, %v", len(queue), err)
	}
	if _, err := k.Resolve(t.Context(), account, "payment:good", true, "Kim", "knows her"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Resolve(t.Context(), account, "payment:bad", false, "Kim", ""); err != nil {
		t.Fatal(err)
	}
	if err := k.Forget(t.Context(), account, risk.Payment, "late"); err != nil {
		t.Fatal(err)
	}
	want := []string{"risk risk.held", "risk risk.held", "risk risk.held", "risk risk.reviewed", "risk risk.reviewed", "risk risk.reviewed"}
	if !slices.Equal(k.told.kinds, want) {
		t.Errorf("members were told %q", k.told.kinds)
	}
	if k.mover.released["good"] != 1 || k.mover.refused["bad"] != 1 || len(k.mover.refused) != 1 {
		t.Errorf("released %v, refused %v", k.mover.released, k.mover.refused)
	}
	if waiting, err := k.Waiting(t.Context(), account, 10); err != nil || waiting != 0 {
		t.Errorf("%d still wait, %v", waiting, err)
	}
	again := k.assess(t, attempt("good", "good"))
	if again.Review != risk.Approved || again.Reviewer != "Kim" || again.Note != "knows her" || again.Label != risk.Genuine {
		t.Errorf("asked again: %+v", again)
	}
	if _, err := k.Resolve(t.Context(), account, "payment:good", false, "Lee", ""); !errors.Is(err, risk.ErrReviewed) {
		t.Errorf("a second opinion: %v", err)
	}
}

func TestWhatIsOverByItselfLeavesTheQueueAlthoughNobodySaysSo(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	a := attempt("p", "ann")
	a.Until = k.now().Add(15 * time.Minute)
	k.assess(t, a)
	for _, after := range []struct {
		wait   time.Duration
		queued int
	}{{10 * time.Minute, 1}, {6 * time.Minute, 0}} {
		k.wait(after.wait)
		if _, err := k.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waiting, err := k.Waiting(t.Context(), account, 10); err != nil || waiting != after.queued {
			t.Errorf("%d wait, %v", waiting, err)
		}
	}
	if found, err := k.Get(t.Context(), account, "payment:p"); err != nil || found.Review != risk.Overtime || len(k.mover.refused) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestOfManyMembersOneDecides(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	k.assess(t, attempt("p", "ann"))
	var decided atomic.Int64
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			_, err := k.Resolve(t.Context(), account, "payment:p", i%2 == 0, "Kim", "")
			switch {
			case err == nil:
				decided.Add(1)
			case !errors.Is(err, risk.ErrReviewed):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if decided.Load() != 1 || k.mover.released["p"]+k.mover.refused["p"] != 1 {
		t.Errorf("%d decided; released %v, refused %v", decided.Load(), k.mover.released, k.mover.refused)
	}
}

func TestAReviewIsCarriedOutAlthoughTheMoneyCouldNotBeReachedAtOnce(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	k.assess(t, attempt("p", "ann"))
	k.mover.fail = true
	if _, err := k.Resolve(t.Context(), account, "payment:p", true, "Kim", ""); err != nil {
		t.Fatal(err)
	}
	k.mover.fail = false
	if looked, err := k.Recover(t.Context()); err != nil || looked != 0 {
		t.Errorf("somebody may still be at it: %d, %v", looked, err)
	}
	k.wait(time.Minute)
	for range 2 {
		if _, err := k.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if k.mover.released["p"] != 1 {
		t.Errorf("released %v", k.mover.released)
	}
}

func TestNodesTakeUpWhatTheOthersLearned(t *testing.T) {
	t.Parallel()
	first := open(t)
	second := node(first.db, first.clock)
	strange := func(k *kit, id string) int {
		a := attempt(id, id)
		a.Amount = money.Of(90000, "CNY")
		made := k.assess(t, a)
		return made.Model
	}
	before := strange(second, "before")
	for i := range 30 {
		id := fmt.Sprint("f", i)
		a := attempt(id, id)
		a.Amount = money.Of(90000, "CNY")
		first.assess(t, a)
		if _, err := first.Mark(t.Context(), account, "payment:"+id, risk.Fraud); err != nil {
			t.Fatal(err)
		}
	}
	first.run(t)
	first.wait(time.Minute)
	second.run(t)
	if after := strange(second, "after"); after <= before {
		t.Errorf("%d points before, %d after the other node has learned", before, after)
	}
	third := node(first.db, first.clock)
	if got, want := strange(third, "third"), strange(first, "fourth"); got < want-5 || got > want+5 {
		t.Errorf("a new node says %d, the one that learned %d", got, want)
	}
}

func TestRulesAreTriedOnWhatHasBeen(t *testing.T) {
	t.Parallel()
	k := open(t)
	for i := range 20 {
		a := attempt(fmt.Sprint("p", i), fmt.Sprint(i))
		a.Amount = money.Of(int64(1000*(i+1)), "CNY")
		k.assess(t, a)
		k.wait(time.Minute)
	}
	for i, label := range map[int]risk.Label{19: risk.Fraud, 18: risk.Fraud, 17: risk.Genuine, 0: risk.Genuine} {
		if _, err := k.Mark(t.Context(), account, fmt.Sprint("payment:p", i), label); err != nil {
			t.Fatal(err)
		}
	}
	policy := risk.StandardPolicy()
	policy.Rules = []risk.Rule{{ID: "large", Names: map[string]string{"ko": "큰 금액"}, Enabled: true,
		When: []risk.Condition{{Signal: risk.AmountSize, Compare: risk.AtLeast, Value: 150}}, Action: risk.Block}}
	trial, err := k.Try(t.Context(), account, policy, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Attempts != 20 || trial.Then[risk.Block] != 6 || trial.Now[risk.Block] != 0 ||
		trial.Fraud[risk.Block] != 2 || trial.Genuine[risk.Block] != 1 || trial.ByRule["large"] != (risk.RuleTrial{Applies: 6, Fraud: 2, Genuine: 1}) {
		t.Errorf("%+v", trial)
	}
	if last, err := k.Try(t.Context(), account, policy, 3); err != nil || last.Attempts != 3 || last.Then[risk.Block] != 3 {
		t.Errorf("of the last three: %+v, %v", last, err)
	}
	if got := k.assess(t, attempt("p3", "3")); got.Action == risk.Block {
		t.Error("trying has changed something")
	}
}

func TestOfTwoWhoChangeTheRulesTheSecondLooksAgain(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	if err := k.SavePolicy(t.Context(), account, risk.StandardPolicy(), 0); !errors.Is(err, risk.ErrPolicyChanged) {
		t.Errorf("over what exists: %v", err)
	}
	_, version, err := k.PolicyVersion(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.SavePolicy(t.Context(), account, risk.StandardPolicy(), version); err != nil {
		t.Fatal(err)
	}
	if err := k.SavePolicy(t.Context(), account, risk.StandardPolicy(), version); !errors.Is(err, risk.ErrPolicyChanged) {
		t.Errorf("the same version again: %v", err)
	}
	if held := k.assess(t, attempt("p", "ann")); held.Action == risk.Hold {
		t.Error("the new rules do not count at once on the node that saved them")
	}
}

func TestAnotherAccountSeesNothing(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.holdAll(t)
	k.assess(t, attempt("p", "ann"))
	if _, err := k.Get(t.Context(), "01OTHER", "payment:p"); !errors.Is(err, risk.ErrNoAssessment) {
		t.Errorf("got %v", err)
	}
	if _, err := k.Resolve(t.Context(), "01OTHER", "payment:p", true, "Eve", ""); !errors.Is(err, risk.ErrNoAssessment) {
		t.Errorf("resolved: %v", err)
	}
	if queue, _, err := k.Queue(t.Context(), "01OTHER", 10, ""); err != nil || len(queue) != 0 {
		t.Errorf("%d in the queue, %v", len(queue), err)
	}
	if risk.FingerprintOf(account, "device", "x") == risk.FingerprintOf("01OTHER", "device", "x") {
		t.Error("two accounts can tell that they have the same device")
	}
}

func TestAttemptsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	k := open(t)
	for name, change := range map[string]func(*risk.Attempt){
		"no number":         func(a *risk.Attempt) { a.ID = "" },
		"no kind":           func(a *risk.Attempt) { a.Kind = "gift" },
		"nobody":            func(a *risk.Attempt) { a.Subscriber, a.Device = "", 0 },
		"nothing":           func(a *risk.Attempt) { a.Amount.Minor = 0 },
		"less than nothing": func(a *risk.Attempt) { a.Amount.Minor = -1 << 63 },
		"no such currency":  func(a *risk.Attempt) { a.Amount.Currency = "XXX" },
		"not on earth":      func(a *risk.Attempt) { a.Place = risk.PlaceOf(120, 10) },
	} {
		a := attempt("p", "ann")
		change(&a)
		if _, err := k.Assess(t.Context(), a); !errors.Is(err, risk.ErrAttempt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := attempt("huge", "ann")
	huge.Amount.Minor = 1<<63 - 1
	if made := k.assess(t, huge); made.Score < 0 || made.Score > risk.MaxScore {
		t.Errorf("the largest amount there is: %+v", made.Decision)
	}
}
