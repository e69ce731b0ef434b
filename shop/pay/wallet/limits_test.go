package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
)

const many = 50 // who try at the same moment

// allow has a member change what the lower level may do.
func (h *house) allow(t testing.TB, change func(*wallet.Limits)) {
	t.Helper()
	policy, err := h.wallet.Policies.Of(t.Context(), "01SHOP", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	change(&policy.Basic)
	if _, err := h.wallet.Policies.Save(t.Context(), "01SHOP", policy); err != nil {
		t.Fatal(err)
	}
}

// atOnce does something many times at the same moment, and counts how often it
// went; any error but refusal fails the test.
func atOnce(t testing.TB, refusal error, do func(i int) error) int64 {
	t.Helper()
	var went atomic.Int64
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			switch err := do(i); {
			case err == nil:
				went.Add(1)
			case !errors.Is(err, refusal):
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	group.Wait()
	return went.Load()
}

func TestManyTransfersAtOnceStayWithinTheDayThatAMemberHasSet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 100_000)
	h.allow(t, func(limits *wallet.Limits) { limits.Once, limits.Day = 300, 2050 })
	went := atOnce(t, wallet.ErrDayLimit, func(i int) error {
		_, err := h.Transfers.Send(t.Context(), send("ann", fmt.Sprint("bob", i), fmt.Sprint("k", i), 100))
		return err
	})
	if went != 20 || h.has(t, "ann") != 98_000 {
		t.Errorf("%d went and %d are left, of a day that allows 20.5", went, h.has(t, "ann"))
	}
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "large", 301)); !errors.Is(err, wallet.ErrLimit) {
		t.Errorf("more than goes at once: %v", err)
	}
	// What a member changes counts at once.
	h.allow(t, func(limits *wallet.Limits) { limits.Once, limits.Day = 400, 2500 })
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "now", 301)); err != nil {
		t.Errorf("after the limits were raised: %v", err)
	}
}

func TestMoneyFromManyAtOnceNeverFillsABalanceBeyondItsLimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.allow(t, func(limits *wallet.Limits) { limits.Balance, limits.TopUp = 1050, 1050 })
	for i := range many {
		h.grant(t, fmt.Sprint("friend", i), 100)
	}
	went := atOnce(t, wallet.ErrPayeeFull, func(i int) error {
		_, err := h.Transfers.Send(t.Context(), send(fmt.Sprint("friend", i), "bob", "gift", 100))
		return err
	})
	if went != 10 || h.has(t, "bob") != 1000 {
		t.Errorf("%d gifts came, bob has %d, and may hold 1050", went, h.has(t, "bob"))
	}
	var kept int64
	for i := range many {
		kept += h.has(t, fmt.Sprint("friend", i))
	}
	if kept != 100*(many-10) {
		t.Errorf("the friends have %d left", kept)
	}
	if err := h.ledger.Audit(t.Context(), "01SHOP"); err != nil {
		t.Error(err)
	}
	// Who was refused may send as much today as before.
	today, err := h.wallet.Today(t.Context(), person("friend0"), "CNY")
	other, err2 := h.wallet.Today(t.Context(), person("friend1"), "CNY")
	if err != nil || err2 != nil || (today.Send-today.Limits.Day)%100 != 0 || (other.Send-other.Limits.Day)%100 != 0 {
		t.Errorf("%+v %+v, %v, %v", today, other, err, err2)
	}
}

func TestATopUpThatTheBalanceMayNotHoldIsNotTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.payments.Contracts().Sign(t.Context(), "01SHOP", "agency", map[string]string{"key": "k"}); err != nil {
		t.Fatal(err)
	}
	h.allow(t, func(limits *wallet.Limits) { limits.TopUp, limits.Balance = 600, 1000 })
	ask := func(key string, amount int64) error {
		_, err := h.TopUp(t.Context(), topUp("ann", key, amount))
		return err
	}
	if err := ask("much", 601); !errors.Is(err, wallet.ErrTopUpLimit) {
		t.Errorf("more than at once: %v", err)
	}
	h.grant(t, "ann", 500)
	if err := ask("full", 501); !errors.Is(err, wallet.ErrRoom) {
		t.Errorf("more than it holds: %v", err)
	}
	// All of these fit when they are asked for, and only some when they are paid.
	payments := make([]pay.Payment, many)
	for i := range payments {
		payment, err := h.TopUp(t.Context(), topUp("ann", fmt.Sprint("k", i), 60))
		if err != nil {
			t.Fatal(err)
		}
		payments[i] = payment
	}
	atOnce(t, nil, func(i int) error {
		_, err := h.payments.Confirm(t.Context(), "01SHOP", payments[i].TradeNo, map[string]string{"token": "yes"})
		return err
	})
	returned := 0
	for _, payment := range payments {
		now, err := h.payments.Find(t.Context(), payment.TradeNo)
		if err != nil {
			t.Fatal(err)
		}
		if now.Refunded == 60 {
			returned++
		}
	}
	if have := h.has(t, "ann"); have != 500+8*60 || returned != many-8 {
		t.Errorf("ann has %d and may hold 1000; %d of %d payments went back", have, returned, many)
	}
}

// topUp asks for money of the agency's.
func topUp(name, key string, amount int64) wallet.TopUpRequest {
	return wallet.TopUpRequest{Person: person(name), Key: key, Amount: money.Of(amount, "CNY"), Way: pay.Way{Provider: "agency"}}
}

func TestManyPaymentsAtOnceStayWithinWhatADayPays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 100_000)
	h.allow(t, func(limits *wallet.Limits) { limits.Pay, limits.PayDay = 200, 1050 })
	charge := func(no string, amount int64) pay.Charge {
		return pay.Charge{Account: "01SHOP", TradeNo: no, Amount: money.Of(amount, "CNY"), Payer: person("ann"), At: h.now()}
	}
	if _, err := h.wallet.Confirm(t.Context(), charge("large", 201), nil); !errors.Is(err, wallet.ErrPayLimit) {
		t.Errorf("more than at once: %v", err)
	}
	confirm := func(i int) error {
		outcome, err := h.wallet.Confirm(t.Context(), charge(fmt.Sprint("T", i), 100), nil)
		if err == nil && outcome.Status != pay.Success {
			t.Errorf("%d: %+v", i, outcome)
		}
		return err
	}
	if went := atOnce(t, wallet.ErrPayDayLimit, confirm); went != 10 || h.has(t, "ann") != 99_000 {
		t.Errorf("%d were paid, of a day that pays 10.5; ann has %d", went, h.has(t, "ann"))
	}
	// Saying yes again to what is paid takes nothing more of the day.
	h.allow(t, func(limits *wallet.Limits) { limits.PayDay = 1100 })
	paidAgain := atOnce(t, wallet.ErrPayDayLimit, confirm)
	if today, err := h.wallet.Today(t.Context(), person("ann"), "CNY"); err != nil || paidAgain < 10 || today.Pay != 0 || h.has(t, "ann") != 98_900 {
		t.Errorf("%d answers, %+v, %v; ann has %d", paidAgain, today, err, h.has(t, "ann"))
	}
}

func TestADayIsTheAccountsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t) // at 11 in the morning, eight hours east
	h.grant(t, "ann", 100_000)
	h.allow(t, func(limits *wallet.Limits) { limits.Once, limits.Day = 100, 100 })
	sends := func(key string) error {
		_, err := h.Transfers.Send(t.Context(), send("ann", "bob", key, 100))
		return err
	}
	for i, want := range []error{nil, wallet.ErrDayLimit} {
		if err := sends(fmt.Sprint("morning", i)); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", i, err, want)
		}
	}
	h.pass(12*time.Hour + 59*time.Minute)
	if err := sends("late"); !errors.Is(err, wallet.ErrDayLimit) {
		t.Errorf("a minute before midnight: %v", err)
	}
	h.pass(time.Minute)
	if err := sends("midnight"); err != nil {
		t.Errorf("at midnight, which is still the same day in UTC: %v", err)
	}
}

func TestWhoIsKnownBetterMayDoMoreAndSeesWhatTheNextLevelBrings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 30_000)
	basic, err := h.wallet.Today(t.Context(), person("ann"), "CNY")
	if err != nil || basic.Level != wallet.Basic || basic.Next == nil || basic.Next.Once != 500_000 || basic.Room != 70_000 {
		t.Errorf("%+v, %v", basic, err)
	}
	verified, err := h.wallet.Today(t.Context(), person("verified"), "CNY")
	if err != nil || verified.Level != wallet.Verified || verified.Next != nil || verified.Limits != *basic.Next {
		t.Errorf("%+v, %v", verified, err)
	}
}

func TestTwoNamesOfOnePersonShareADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.wallet.Identities = both{}
	h.allow(t, func(limits *wallet.Limits) { limits.Once, limits.Day = 100, 150 })
	h.grant(t, "ann", 500)
	if _, err := h.Transfers.Send(t.Context(), send("ann", "cleo", "k", 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Transfers.Send(t.Context(), send("bob", "cleo", "k", 100)); !errors.Is(err, wallet.ErrDayLimit) {
		t.Errorf("as the other: %v", err)
	}
}

// both says that ann and bob are one person.
type both struct{}

func (both) Linked(_ context.Context, account, subscriber string) ([]string, error) {
	one, other := person("ann").ID, person("bob").ID
	switch subscriber {
	case one:
		return []string{one, other}, nil
	case other:
		return []string{other, one}, nil
	}
	return []string{subscriber}, nil
}

func TestMembersStayWithinWhatIsPossible(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	standard, err := h.wallet.Policies.Of(t.Context(), "01SHOP", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*wallet.Policy)
		want   error
		field  string
	}{
		"nothing":                {func(p *wallet.Policy) { p.Basic.Once = 0 }, wallet.ErrPolicyNothing, "basic.once"},
		"less":                   {func(p *wallet.Policy) { p.Basic.Pay = -1 }, wallet.ErrPolicyNothing, "basic.pay"},
		"2^63":                   {func(p *wallet.Policy) { p.Verified.Day = 1<<63 - 1 }, wallet.ErrPolicyMost, "verified.day"},
		"above the law":          {func(p *wallet.Policy) { p.Basic.Balance = 100_001 }, wallet.ErrPolicyMost, "basic.balance"},
		"a day below one":        {func(p *wallet.Policy) { p.Basic.Day = p.Basic.Once - 1 }, wallet.ErrPolicyDay, "basic.day"},
		"a paying day below one": {func(p *wallet.Policy) { p.Basic.Pay, p.Basic.PayDay = 500, 499 }, wallet.ErrPolicyDay, "basic.pay_day"},
		"a paying day, any once": {func(p *wallet.Policy) { p.Basic.PayDay = 499 }, wallet.ErrPolicyDay, "basic.pay_day"},
		"a large top-up":         {func(p *wallet.Policy) { p.Basic.Balance = p.Basic.TopUp - 1 }, wallet.ErrPolicyTopUp, "basic.top_up"},
		"less with a PIN":        {func(p *wallet.Policy) { p.Verified.Once = 99_999 }, wallet.ErrPolicyLevel, "verified.once"},
		"a bound with a PIN":     {func(p *wallet.Policy) { p.Verified.Pay = 100 }, wallet.ErrPolicyLevel, "verified.pay"},
		"no currency":            {func(p *wallet.Policy) { p.Currency = "XXX" }, money.ErrCurrency, "currency"},
	} {
		policy := standard
		c.change(&policy)
		_, err := h.wallet.Policies.Save(t.Context(), "01SHOP", policy)
		if !errors.Is(err, c.want) || fieldOf(err) != c.field {
			t.Errorf("%s: %v in %q", name, err, fieldOf(err))
		}
	}
}

func TestOfTwoWhoChangeLimitsAtOnceOneIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for round := range 2 {
		policy, err := h.wallet.Policies.Of(t.Context(), "01SHOP", "CNY")
		if err != nil || policy.Version != int64(round) {
			t.Fatalf("version %d, %v", policy.Version, err)
		}
		policy.Basic.Once = 1000
		saved := atOnce(t, wallet.ErrPolicyVersion, func(int) error {
			_, err := h.wallet.Policies.Save(t.Context(), "01SHOP", policy)
			return err
		})
		if saved != 1 {
			t.Errorf("%d saved the same version", saved)
		}
	}
	other, err := h.wallet.Policies.Of(t.Context(), "01OTHER", "CNY")
	if err != nil || other.Version != 0 {
		t.Errorf("another account: %+v, %v", other, err)
	}
}

func TestALowerCeilingHoldsForLimitsThatWereSetBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.allow(t, func(limits *wallet.Limits) { limits.Once = 90_000 })
	ceilings, err := wallet.ReadCeilings([]string{"CNY=300/400", "EUR=100/150.50"})
	if err != nil {
		t.Fatal(err)
	}
	h.wallet.Policies.Ceilings = ceilings
	limits, err := h.LimitsFor(t.Context(), person("ann"), "CNY")
	if err != nil || limits.Once != 30_000 || limits.Balance != 30_000 || limits.Day != 150_000 {
		t.Errorf("%+v, %v", limits, err)
	}
	for _, wrong := range []string{"CNY", "CNY=", "CNY=1", "CNY=2/1", "CNY=0/1", "XXX=1/2", "CNY=-1/2", "CNY=1/2.345"} {
		if _, err := wallet.ReadCeilings([]string{wrong}); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}

// fieldOf is the field that a refusal is about.
func fieldOf(err error) string {
	refused, _ := errors.AsType[*fault.Error](err)
	if refused == nil {
		return ""
	}
	return refused.Field
}
