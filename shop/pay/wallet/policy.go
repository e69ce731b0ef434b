package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// Limits are bounds in minor units.
type Limits struct {
	Once    int64 `bson:"once" json:"once" doc:"The most that can be sent to somebody at once, in minor units."`
	Day     int64 `bson:"day" json:"day" doc:"The most that can be sent in a day of the account's time zone."`
	Pay     int64 `bson:"pay" json:"pay" doc:"The most that can be paid out of the balance at once; 0: any."`
	PayDay  int64 `bson:"pay_day" json:"pay_day" doc:"The most that can be paid out of the balance in a day; 0: any."`
	TopUp   int64 `bson:"top_up" json:"top_up" doc:"The most that can be topped up at once."`
	Balance int64 `bson:"balance" json:"balance" doc:"The most that the balance may hold: top-ups and transfers that would exceed it do not come in."`
}

// Policy is what an account lets the balances of each level do in a currency.
type Policy struct {
	ID       string `bson:"_id" json:"-"` // account + ":" + currency
	Account  string `bson:"account" json:"-"`
	Currency string `bson:"currency" json:"currency"`
	Basic    Limits `bson:"basic" json:"basic" doc:"For subscribers who are reachable on a messenger, no more."`
	Verified Limits `bson:"verified" json:"verified" doc:"For subscribers with a PIN that answers doubt."`
	// Version rises with every change; 0: nobody has changed anything.
	Version int64 `bson:"version" json:"version" doc:"Rises with every change: send the one you have read, so that two changes at once don't undo one another."`
}

var policies = store.Declare[Policy](store.Schema{Name: "wallet_limits", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// The faults of changing limits.
var (
	ErrPolicyMost    = tooMuch(money.Amount{})
	ErrPolicyNothing = fault.New(fault.Invalid, "wallet_limit_nothing", "Please enter an amount above zero.")
	ErrPolicyDay     = fault.New(fault.Invalid, "wallet_limit_day", "A day has to allow at least what goes at once.")
	ErrPolicyTopUp   = fault.New(fault.Invalid, "wallet_limit_top_up", "A top-up can't be more than the balance may hold.")
	ErrPolicyLevel   = fault.New(fault.Invalid, "wallet_limit_level", "Who has a PIN can't be allowed less than who has none.")
	ErrPolicyVersion = fault.New(fault.Conflict, "wallet_limits_changed", "Somebody else has changed the limits meanwhile. Please look again.")
)

func tooMuch(most money.Amount) *fault.Error {
	return fault.New(fault.Invalid, "wallet_limit_most", "The most that is possible here is {0}.", most)
}

// check says what is wrong with a policy; the field is "basic.once" and the
// like.
func (c Ceilings) check(p Policy) error {
	if !money.Known(p.Currency) {
		return money.ErrCurrency.In("currency")
	}
	for _, level := range Levels() {
		limits, most := p.For(level), c.MostOf(level, p.Currency)
		for _, name := range LimitNames() {
			value, bound := *limits.Named(name), *most.Named(name)
			var wrong *fault.Error
			switch {
			case value < 0 || value == 0 && !OptionalLimit(name):
				wrong = ErrPolicyNothing
			case value > bound:
				wrong = tooMuch(money.Of(bound, p.Currency))
			case level > Basic && lowers(name, value, *p.Basic.Named(name)):
				wrong = ErrPolicyLevel
			}
			if wrong != nil {
				return wrong.In(level.String() + "." + name)
			}
		}
		switch {
		case limits.Day < limits.Once:
			return ErrPolicyDay.In(level.String() + ".day")
		case limits.PayDay > 0 && (limits.Pay == 0 || limits.PayDay < limits.Pay):
			return ErrPolicyDay.In(level.String() + ".pay_day")
		case limits.TopUp > limits.Balance:
			return ErrPolicyTopUp.In(level.String() + ".top_up")
		}
	}
	return nil
}

// lowers says whether a level is allowed less than the one below it.
func lowers(name string, value, below int64) bool {
	if OptionalLimit(name) {
		return value > 0 && (below == 0 || value < below)
	}
	return value < below
}

// LimitNames are the names of Limits' fields, in the order in which they are
// shown.
func LimitNames() []string { return []string{"once", "day", "pay", "pay_day", "top_up", "balance"} }

// OptionalLimit says whether a limit may be 0: any.
func OptionalLimit(name string) bool { return name == "pay" || name == "pay_day" }

// Named is a limit by its name.
func (l *Limits) Named(name string) *int64 {
	switch name {
	case "once":
		return &l.Once
	case "day":
		return &l.Day
	case "pay":
		return &l.Pay
	case "pay_day":
		return &l.PayDay
	case "top_up":
		return &l.TopUp
	}
	return &l.Balance
}

// Policies keeps accounts' limits. What a member changes counts from the next
// movement of money on.
type Policies struct {
	DB  *store.DB
	Now func() time.Time
	// Ceilings are the operator's; nil: LawfulCeilings.
	Ceilings Ceilings
	// Level tells how well somebody is known; nil: everybody is Basic.
	Level func(ctx context.Context, person message.Person) (Level, error)
	// Zone is where an account's days begin; nil: UTC.
	Zone func(ctx context.Context, account string) (*time.Location, error)
}

func (p Policies) level(ctx context.Context, person message.Person) (Level, error) {
	if p.Level == nil {
		return Basic, nil
	}
	return p.Level(ctx, person)
}

func (p Policies) zone(ctx context.Context, account string) (*time.Location, error) {
	if p.Zone == nil {
		return time.UTC, nil
	}
	return p.Zone(ctx, account)
}

func (p Policies) ceilings() Ceilings {
	if p.Ceilings == nil {
		return LawfulCeilings()
	}
	return p.Ceilings
}

// Of is an account's policy in a currency.
func (p Policies) Of(ctx context.Context, account, currency string) (Policy, error) {
	standard := p.ceilings().standard(account, currency)
	if p.DB == nil {
		return standard, nil
	}
	kept, err := policies.In(p.DB, account).Get(ctx, standard.ID)
	if errors.Is(err, store.ErrNotFound) {
		return standard, nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("wallet: limits of %s: %w", standard.ID, err)
	}
	return kept.within(p.ceilings()), nil
}

// within is a policy under ceilings that may be lower than when it was saved.
func (p Policy) within(ceilings Ceilings) Policy {
	for _, level := range Levels() {
		limits, most := p.Level(level), ceilings.MostOf(level, p.Currency)
		for _, name := range LimitNames() {
			*limits.Named(name) = min(*limits.Named(name), *most.Named(name))
		}
	}
	return p
}

// For is somebody's level and what it may do.
func (p Policies) For(ctx context.Context, person message.Person, currency string) (Level, Limits, error) {
	policy, err := p.Of(ctx, person.Account, currency)
	if err != nil {
		return Basic, Limits{}, err
	}
	level, err := p.level(ctx, person)
	return level, policy.For(level), err
}

// MostOf are the most that a member can allow a level.
func (p Policies) MostOf(level Level, currency string) Limits {
	return p.ceilings().MostOf(level, currency)
}

// Save puts a policy in the place of the one with its version. Errors:
// ErrPolicyMost and the other faults of changing limits.
func (p Policies) Save(ctx context.Context, account string, policy Policy) (Policy, error) {
	before := policy.Version
	policy.ID, policy.Account, policy.Version = account+":"+policy.Currency, account, before+1
	if err := p.ceilings().check(policy); err != nil {
		return Policy{}, err
	}
	scope := policies.In(p.DB, account)
	if before == 0 {
		_, inserted, err := scope.InsertIfAbsent(ctx, policy)
		if err == nil && !inserted {
			err = ErrPolicyVersion
		}
		return policy, err
	}
	saved, err := scope.UpdateAndGet(ctx, policy.ID,
		store.Set("basic", policy.Basic).Set("verified", policy.Verified).Set("version", policy.Version), store.Eq("version", before))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return Policy{}, ErrPolicyVersion
	}
	return saved, err
}
