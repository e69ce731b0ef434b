package simulate

import (
	"time"

	"plaza/shop/pay/risk"
)

// Verdict is an event with what the engine decided and what came of it.
type Verdict struct {
	Event
	Signals  risk.Signals
	Opinion  risk.Opinion
	Decision risk.Decision
	Outcome  risk.Outcome
	// Took is how long deciding took, without any store.
	Took time.Duration
	// Sample is the attempt as the model saw it, when samples were wanted.
	Sample risk.Sample
}

// Settings of a run.
type Settings struct {
	Prior  risk.Prior
	Policy risk.Policy
	// Samples keeps what the model saw, for training.
	Samples bool
	// Unlabelled: no member ever says what was fraud.
	Unlabelled bool
}

// office is what is kept of one account.
type office struct {
	profiles risk.Profiles
	model    *risk.Model
}

// Members find out about fraud late and not always: a complaint comes after two
// days about half of what went through, and what was held is looked at after
// three hours and judged rightly in nineteen of twenty cases.
const (
	complaintAfter = 48 * time.Hour
	reviewAfter    = 3 * time.Hour
)

type label struct {
	due     time.Time
	verdict *Verdict
	label   risk.Label
}

// Run puts events through the engine, one after another as time goes on, with
// profiles and models in memory, and plays the members' part.
func Run(events []Event, s Settings) []Verdict {
	r := runner{Settings: s, engine: risk.NewEngine(s.Prior), offices: map[string]*office{}}
	verdicts := make([]Verdict, len(events))
	for i, event := range events {
		r.label(event.At)
		verdicts[i] = r.play(event)
		r.remember(&verdicts[i])
	}
	return verdicts
}

type runner struct {
	Settings
	engine  risk.Engine
	offices map[string]*office
	waiting []label // by due time, as the two queues of it are each in order
	reviews []label
	count   int
}

func (r *runner) office(account string) *office {
	found := r.offices[account]
	if found == nil {
		found = &office{risk.Profiles{}, risk.NewModel()}
		r.offices[account] = found
	}
	return found
}

func (r *runner) play(event Event) Verdict {
	o := r.office(event.Account)
	began := time.Now()
	v := Verdict{Event: event}
	v.Signals, v.Opinion, v.Decision = r.engine.Assess(r.Policy, o.model, event.Attempt, o.profiles)
	v.Took = time.Since(began)
	if r.Samples {
		v.Sample = o.model.Sample(event.Kind, v.Signals, event.Pattern != "")
	}
	o.profiles.Try(event.Attempt)
	v.Outcome = outcome(event, v.Decision.Action)
	o.profiles.Learn(event.Attempt, v.Outcome)
	if v.Outcome == risk.Succeeded {
		o.model.See(v.Signals)
	}
	return v
}

// outcome is what becomes of an event after an action. What is held goes on if
// it is genuine: the member finds out.
func outcome(event Event, action risk.Action) risk.Outcome {
	switch {
	case action == risk.Block, action == risk.Hold && event.Pattern != "":
		return risk.Stopped
	case action == risk.StepUp && !event.Proves, event.Fails:
		return risk.Failed
	}
	return risk.Succeeded
}

// remember lets members learn of what happened, later.
func (r *runner) remember(v *Verdict) {
	if r.Unlabelled || v.Kind == risk.PIN || v.Uncounted {
		return
	}
	r.count++
	truth := risk.Genuine
	if v.Pattern != "" {
		truth = risk.Fraud
	}
	switch {
	case v.Decision.Action == risk.Hold || v.Decision.Action == risk.Block && v.Pattern == "":
		if r.count%20 == 0 { // the twentieth is misjudged
			truth = map[risk.Label]risk.Label{risk.Fraud: risk.Genuine, risk.Genuine: risk.Fraud}[truth]
		}
		r.reviews = append(r.reviews, label{v.At.Add(reviewAfter), v, truth})
	case v.Pattern != "" && v.Outcome == risk.Succeeded && r.count%2 == 0:
		r.waiting = append(r.waiting, label{v.At.Add(complaintAfter), v, risk.Fraud})
	}
}

// label tells the models what members have found out by now.
func (r *runner) label(now time.Time) {
	for _, queue := range []*[]label{&r.reviews, &r.waiting} {
		for len(*queue) > 0 && !(*queue)[0].due.After(now) {
			first := (*queue)[0]
			*queue = (*queue)[1:]
			v := first.verdict
			r.engine.Label(r.office(v.Account).model, v.Kind, v.Signals, first.label)
		}
	}
}
