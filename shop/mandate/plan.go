package mandate

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
)

// The faults of plans.
var (
	ErrNoPlan     = fault.New(fault.NotFound, "plan_not_found", "There is no such plan.")
	ErrNotOffered = fault.New(fault.Conflict, "plan_not_offered", "This plan is not offered at the moment.")
	ErrRetired    = fault.New(fault.Conflict, "plan_retired", "This plan has been withdrawn for good.")
	ErrName       = fault.New(fault.Invalid, "plan_name", "A plan needs a name of at most 40 characters.")
	ErrText       = fault.New(fault.Invalid, "plan_text", "A description has at most 500 characters.")
	ErrFree       = fault.New(fault.Invalid, "plan_free", "A plan costs more than nothing.")
	ErrTrial      = fault.New(fault.Invalid, "plan_trial", "A trial has 0 to 365 days.")
	ErrRemind     = fault.New(fault.Invalid, "plan_remind", "People are reminded 1 to 30 days before a charge.")
	ErrEnding     = fault.New(fault.Invalid, "plan_ending", "Please choose what happens when somebody cancels.")
	ErrCurrency   = fault.New(fault.Invalid, "plan_currency", "A plan is priced in the account's currency.")
	ErrPlanState  = fault.New(fault.Invalid, "plan_state", "A plan is offered, paused or withdrawn.")
)

// Ending is what a cancelled mandate's last period comes to.
type Ending string

// The endings.
const (
	AtPeriodEnd  Ending = "period_end" // it runs until the end of what is paid
	AtOnceRefund Ending = "refund"     // it ends at once, and the days that are left are paid back
)

// Terms are what a subscriber agrees to. A mandate keeps its own: whatever the
// merchant changes of a plan is for those who agree afterwards.
type Terms struct {
	Name   string       `bson:"name" json:"name"`
	Amount money.Amount `bson:"amount" json:"amount"` // of a period
	// First is what the first period costs instead; nil: the same as the others,
	// or its part of that where it is a short one.
	First  *money.Amount `bson:"first,omitempty" json:"first,omitempty"`
	Every  Interval      `bson:"every" json:"every"`
	Trial  int           `bson:"trial" json:"trial,omitempty"` // days before the first period
	Remind int           `bson:"remind" json:"remind"`         // days before a charge that it is announced
	Ending Ending        `bson:"ending" json:"ending"`
}

// PlanState says whether a plan can be agreed to.
type PlanState string

// The states. A retired plan stays so.
const (
	Offered PlanState = "offered"
	Paused  PlanState = "paused"
	Retired PlanState = "retired"
)

// Plan is what a merchant offers.
type Plan struct {
	ID      string    `bson:"_id" json:"id"`
	Account string    `bson:"account" json:"-"`
	Terms   Terms     `bson:"terms" json:"terms"`
	Text    string    `bson:"text,omitempty" json:"text,omitempty"`
	State   PlanState `bson:"state" json:"state"`
	// Version grows with each change of the terms: who has read others agrees to
	// others.
	Version   int64     `bson:"version" json:"version"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// Bounds of what a merchant types.
const (
	maxName   = 40
	maxText   = 500
	maxTrial  = 365
	maxRemind = 30
)

// Check refuses terms that can't be meant and completes them. Errors: those
// above, with the field at fault.
func (t Terms) Check() (Terms, error) {
	t.Name = strings.TrimSpace(t.Name)
	var wrongEvery error
	t.Every, wrongEvery = t.Every.Check()
	return t, fault.All(
		fault.If(t.Name == "" || len([]rune(t.Name)) > maxName, ErrName.In("name")),
		fault.If(t.Trial < 0 || t.Trial > maxTrial, ErrTrial.In("trial")),
		fault.If(t.Remind < 1 || t.Remind > maxRemind, ErrRemind.In("remind")),
		fault.If(t.Ending != AtPeriodEnd && t.Ending != AtOnceRefund, ErrEnding.In("ending")),
		t.checkAmount(),
		t.checkFirst(),
		wrongEvery,
	)
}

func (t Terms) checkAmount() error {
	if err := t.Amount.Check(); err != nil {
		return in(err, "amount")
	}
	return fault.If(t.Amount.IsZero(), ErrFree.In("amount"))
}

func (t Terms) checkFirst() error {
	if t.First == nil {
		return nil
	}
	if err := t.First.Check(); err != nil {
		return in(err, "first")
	}
	return fault.If(t.First.Currency != t.Amount.Currency, money.ErrMixed.In("first"))
}

// in names the field at fault.
func in(err error, field string) error {
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return refused.In(field)
	}
	return err
}

// SavePlan makes a plan, or changes the one that has the id; those who have
// agreed to it keep their terms. Errors: ErrNoPlan, ErrRetired, ErrCurrency,
// what is wrong with the terms.
func (s *Service) SavePlan(ctx context.Context, account, id string, terms Terms, text string) (Plan, error) {
	plan, err := Plan{}, error(nil)
	if id != "" {
		if plan, err = s.Plan(ctx, account, id); err != nil {
			return plan, err
		}
	}
	if terms, err = terms.Check(); err != nil {
		return plan, err
	}
	if text = strings.TrimSpace(text); len([]rune(text)) > maxText {
		return plan, ErrText.In("text")
	}
	front, err := s.Directory.Front(ctx, account)
	if err != nil {
		return plan, err
	}
	now := s.now()
	switch {
	case terms.Amount.Currency != front.Currency:
		return plan, ErrCurrency.In("amount")
	case id == "":
		plan, _, err = plans.In(s.DB, account).InsertIfAbsent(ctx, Plan{ID: store.FreshID(ctx, "plan"), Account: account,
			Terms: terms, Text: text, State: Offered, Version: 1, CreatedAt: now, UpdatedAt: now})
		return plan, err
	case plan.State == Retired:
		return plan, ErrRetired
	}
	return plans.In(s.DB, account).UpdateAndGet(ctx, id,
		store.Set("terms", terms).Set("text", text).Set("updated_at", now).Inc("version", 1), store.Ne("state", Retired))
}

// TurnPlan offers, pauses or retires a plan. Mandates that there are go on.
// Errors: ErrNoPlan, ErrPlanState, ErrRetired.
func (s *Service) TurnPlan(ctx context.Context, account, id string, to PlanState) (Plan, error) {
	if to != Offered && to != Paused && to != Retired {
		return Plan{}, ErrPlanState.In("state")
	}
	turned, err := plans.In(s.DB, account).UpdateAndGet(ctx, id,
		store.Set("state", to).Set("updated_at", s.now()), store.In("state", Offered, Paused, to))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Plan{}, ErrNoPlan
	case errors.Is(err, store.ErrConditionFailed):
		return Plan{}, ErrRetired
	}
	return turned, err
}

// Plan finds a plan. Errors: ErrNoPlan.
func (s *Service) Plan(ctx context.Context, account, id string) (Plan, error) {
	plan, err := plans.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Plan{}, ErrNoPlan
	}
	return plan, err
}

// Plans lists an account's plans in a state, newest first; an empty state is
// any.
func (s *Service) Plans(ctx context.Context, account string, state PlanState, limit int, after store.Cursor) ([]Plan, store.Cursor, error) {
	query := store.Query{}.By("-_id")
	if state != "" {
		query = store.Where(store.Eq("state", state)).By("-_id")
	}
	return plans.In(s.DB, account).Find(ctx, query.Top(limit).From(after))
}

// OfferedPlans are those that somebody can agree to now.
func (s *Service) OfferedPlans(ctx context.Context, account string) ([]Plan, error) {
	found, _, err := s.Plans(ctx, account, Offered, 0, "")
	return found, err
}
