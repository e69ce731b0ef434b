package bot

import (
	"context"

	"plaza/fault"
	"plaza/store"
)

// The faults of what a merchant teaches.
var (
	ErrNoRule       = fault.New(fault.NotFound, "no_such_rule", "There is no such rule.")
	ErrNoFlow       = fault.New(fault.NotFound, "no_such_flow", "There is no such dialogue.")
	ErrTooManyRules = fault.New(fault.Invalid, "too_many_rules", "An account can have {0} rules.", maxRules)
	ErrTooManyFlows = fault.New(fault.Invalid, "too_many_flows", "An account can have {0} dialogues.", maxFlows)
)

// Rules are what an account's bot was taught.
type Rules struct{ bot *Bot }

// Rules gives access to them.
func (b *Bot) Rules() Rules { return Rules{b} }

// List reads an account's rules in the order they are asked.
func (r Rules) List(ctx context.Context, account string) ([]Rule, error) {
	found, _, err := rules.In(r.bot.DB, account).Find(ctx, store.Query{}.By("priority").Top(maxRules))
	return found, err
}

// Get finds one. Errors: ErrNoRule.
func (r Rules) Get(ctx context.Context, account, id string) (Rule, error) {
	found, err := rules.In(r.bot.DB, account).Get(ctx, id)
	return found, missing(err, ErrNoRule)
}

// Save checks and keeps a rule: a new one when it has no id, else in place of
// the one it was. It counts from the next message on.
func (r Rules) Save(ctx context.Context, account string, rule Rule) (Rule, error) {
	b := r.bot
	rule.Account, rule.UpdatedAt = account, b.now()
	if _, err := compileRule(rule); err != nil {
		return rule, err
	}
	if rule.Flow != "" {
		if _, err := b.Flows().Get(ctx, account, rule.Flow); err != nil {
			return rule, ErrNoFlow.In("flow")
		}
	}
	defer b.Forget(account)
	scope := rules.In(b.DB, account)
	if rule.ID == "" {
		if n, err := scope.Count(ctx, store.Query{}, maxRules); err != nil || n >= maxRules {
			return rule, firstError(err, ErrTooManyRules)
		}
		rule.ID = store.FreshID(ctx, "rule")
		rule, _, err := scope.InsertIfAbsent(ctx, rule)
		return rule, err
	}
	return rule, missing(scope.Update(ctx, rule.ID, rule.update()), ErrNoRule)
}

func (r Rule) update() store.Update {
	return store.Set("name", r.Name).Set("enabled", r.Enabled).Set("priority", r.Priority).
		Set("on", r.On).Set("match", r.Match).Set("keywords", r.Keywords).
		Set("scene", r.Scene).Set("payload", r.Payload).Set("answers", r.Answers).
		Set("add_tag", r.AddTag).Set("flow", r.Flow).Set("updated_at", r.UpdatedAt)
}

// Delete removes a rule. Errors: ErrNoRule.
func (r Rules) Delete(ctx context.Context, account, id string) error {
	defer r.bot.Forget(account)
	return missing(rules.In(r.bot.DB, account).Delete(ctx, id), ErrNoRule)
}

// Flows are an account's dialogues.
type Flows struct{ bot *Bot }

// Flows gives access to them.
func (b *Bot) Flows() Flows { return Flows{b} }

// List reads an account's flows, the oldest first.
func (f Flows) List(ctx context.Context, account string) ([]Flow, error) {
	found, _, err := flows.In(f.bot.DB, account).Find(ctx, store.Query{}.Top(maxFlows))
	return found, err
}

// Get finds one. Errors: ErrNoFlow.
func (f Flows) Get(ctx context.Context, account, id string) (Flow, error) {
	found, err := flows.In(f.bot.DB, account).Get(ctx, id)
	return found, missing(err, ErrNoFlow)
}

// Save checks and keeps a flow: a new one when it has no id, else in place of
// the one it was. Dialogues under way go on by the new steps.
func (f Flows) Save(ctx context.Context, account string, flow Flow) (Flow, error) {
	b := f.bot
	flow.Account, flow.UpdatedAt = account, b.now()
	if _, err := compileFlow(flow); err != nil {
		return flow, err
	}
	defer b.Forget(account)
	scope := flows.In(b.DB, account)
	if flow.ID == "" {
		if n, err := scope.Count(ctx, store.Query{}, maxFlows); err != nil || n >= maxFlows {
			return flow, firstError(err, ErrTooManyFlows)
		}
		flow.ID = store.FreshID(ctx, "flow")
		flow, _, err := scope.InsertIfAbsent(ctx, flow)
		return flow, err
	}
	update := store.Set("name", flow.Name).Set("steps", flow.Steps).Set("done", flow.Done).
		Set("add_tag", flow.AddTag).Set("timeout_minutes", flow.TimeoutMinutes).Set("updated_at", flow.UpdatedAt)
	return flow, missing(scope.Update(ctx, flow.ID, update), ErrNoFlow)
}

// Delete removes a flow. Dialogues under way end. Errors: ErrNoFlow.
func (f Flows) Delete(ctx context.Context, account, id string) error {
	defer f.bot.Forget(account)
	return missing(flows.In(f.bot.DB, account).Delete(ctx, id), ErrNoFlow)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
