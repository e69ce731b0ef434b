package rest

import (
	"context"

	"plaza/account"
	"plaza/money"
	"plaza/shop/mandate"
)

// mandateRoutes are about plans and what is charged again and again.
func (s *surface) mandateRoutes() {
	see, write, cancel := needs{account.ReadShop}, needs{account.WriteShop}, needs{account.WriteOrders}
	add(s, read("/plans", "list-plans", "List plans, newest first", see), s.listPlans)
	add(s, create("/plans", "create-plan", "Offer a plan", write, "plan.created"), s.createPlan)
	add(s, read("/plans/{plan}", "get-plan", "Get a plan", see), s.getPlan)
	add(s, change(put, "/plans/{plan}", "change-plan", "Replace a plan's terms, for those who agree from now on", write, "plan.changed"), s.changePlan)
	add(s, change(patch, "/plans/{plan}", "turn-plan", "Offer a plan, pause it, or withdraw it for good", write, "plan.turned"), s.turnPlan)

	add(s, read("/mandates", "list-mandates", "List mandates, newest first", see), s.listMandates)
	add(s, read("/mandates/totals", "get-mandate-totals", "Count mandates, and what they bring in a month", see), s.mandateTotals)
	add(s, read("/mandates/{mandate}", "get-mandate", "Get a mandate with its consents", see), s.getMandate)
	add(s, read("/mandates/{mandate}/periods", "list-periods", "List a mandate's periods, newest first", see), s.listPeriods)
	add(s, change(post, "/mandates/{mandate}/cancel", "cancel-mandate", "Cancel a mandate", cancel, "mandate.cancelled"), s.cancelMandate)
}

type listPlansInput struct {
	State mandate.PlanState `query:"state" enum:"offered,paused,retired"`
	Paging
}

func (s *surface) listPlans(ctx context.Context, who account.Access, in *listPlansInput) (page[mandate.Plan], error) {
	return pageOf(s.Mandates.Plans(ctx, who.Account, in.State, in.Limit, in.at()))
}

// offeredPlan is what a plan is made of.
type offeredPlan struct {
	Terms mandate.Terms `json:"terms"`
	Text  string        `json:"text,omitempty" maxLength:"500"`
}

type createPlanInput struct{ Body offeredPlan }

func (s *surface) createPlan(ctx context.Context, who account.Access, in *createPlanInput) (mandate.Plan, error) {
	return s.Mandates.SavePlan(ctx, who.Account, "", in.Body.Terms, in.Body.Text)
}

// OnePlan names a plan in a path.
type OnePlan struct {
	Plan string `path:"plan" maxLength:"64"`
}

func (s *surface) getPlan(ctx context.Context, who account.Access, in *OnePlan) (mandate.Plan, error) {
	return s.Mandates.Plan(ctx, who.Account, in.Plan)
}

type changePlanInput struct {
	OnePlan
	Body offeredPlan
}

func (s *surface) changePlan(ctx context.Context, who account.Access, in *changePlanInput) (mandate.Plan, error) {
	return s.Mandates.SavePlan(ctx, who.Account, in.Plan, in.Body.Terms, in.Body.Text)
}

type turnPlanInput struct {
	OnePlan
	Body struct {
		State mandate.PlanState `json:"state" enum:"offered,paused,retired"`
	}
}

func (s *surface) turnPlan(ctx context.Context, who account.Access, in *turnPlanInput) (mandate.Plan, error) {
	return s.Mandates.TurnPlan(ctx, who.Account, in.Plan, in.Body.State)
}

// mandateView is a mandate with the charge ahead of it.
type mandateView struct {
	mandate.Mandate
	NextOn     string        `json:"next_on,omitempty" doc:"Day of the next charge, in the mandate's zone. Absent: none will come."`
	NextAmount *money.Amount `json:"next_amount,omitempty"`
}

func viewMandate(of mandate.Mandate, err error) (mandateView, error) {
	view := mandateView{Mandate: of}
	if on, amount, ok := of.Upcoming(); ok {
		view.NextOn, view.NextAmount = on.String(), &amount
	}
	return view, err
}

type listMandatesInput struct {
	State      mandate.State `query:"state" enum:"agreeing,trial,active,past_due,leaving,ended"`
	Plan       string        `query:"plan" maxLength:"64" doc:"Of this plan; state does not count then."`
	Subscriber string        `query:"subscriber" maxLength:"400" doc:"Of this subscriber; plan and state do not count then."`
	Paging
}

func (s *surface) listMandates(ctx context.Context, who account.Access, in *listMandatesInput) (page[mandateView], error) {
	found, next, err := s.Mandates.Mandates(ctx, who.Account,
		mandate.Filter{State: in.State, Plan: in.Plan, Subscriber: in.Subscriber}, in.Limit, in.at())
	views := page[mandateView]{Items: make([]mandateView, len(found)), Next: string(next)}
	for i, one := range found {
		views.Items[i], _ = viewMandate(one, nil)
	}
	return views, err
}

// mandateTotals are the account's numbers.
type mandateTotals struct {
	States  map[mandate.State]int64 `json:"states" nullable:"false" doc:"Mandates in each state."`
	Revenue money.Amount            `json:"revenue" doc:"What those that go on bring in a month."`
}

func (s *surface) mandateTotals(ctx context.Context, who account.Access, _ *none) (mandateTotals, error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return mandateTotals{}, err
	}
	found, err := s.Mandates.Totals(ctx, who.Account)
	totals := mandateTotals{States: map[mandate.State]int64{}, Revenue: found.Revenue(of.Currency)}
	for state, count := range found.States {
		totals.States[state] = count
	}
	return totals, err
}

// OneMandate names a mandate in a path.
type OneMandate struct {
	Mandate string `path:"mandate" maxLength:"64"`
}

func (s *surface) getMandate(ctx context.Context, who account.Access, in *OneMandate) (mandateView, error) {
	return viewMandate(s.Mandates.Mandate(ctx, who.Account, in.Mandate))
}

type listPeriodsInput struct {
	OneMandate
	Paging
}

func (s *surface) listPeriods(ctx context.Context, who account.Access, in *listPeriodsInput) (page[mandate.Period], error) {
	if _, err := s.Mandates.Mandate(ctx, who.Account, in.Mandate); err != nil {
		return page[mandate.Period]{}, err
	}
	return pageOf(s.Mandates.Periods(ctx, who.Account, in.Mandate, in.Limit, in.at()))
}

type cancelMandateInput struct {
	OneMandate
	Body struct {
		Ending mandate.Ending `json:"ending,omitempty" enum:"period_end,refund" doc:"More generous than the terms, if wanted. Paying back needs the permission to refund."`
	}
}

func (s *surface) cancelMandate(ctx context.Context, who account.Access, in *cancelMandateInput) (mandateView, error) {
	if in.Body.Ending == mandate.AtOnceRefund {
		if err := who.Require(account.Refund); err != nil {
			return mandateView{}, err
		}
	}
	return viewMandate(s.Mandates.CancelFor(ctx, who.Account, in.Mandate, in.Body.Ending))
}
