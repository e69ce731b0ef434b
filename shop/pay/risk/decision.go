package risk

import (
	"cmp"
	"slices"
)

// Action is what is done about an attempt.
type Action string

// The actions, from the mildest.
const (
	Allow  Action = "allow"
	StepUp Action = "step_up" // the subscriber has to prove who they are: the PIN
	Hold   Action = "hold"    // a member looks at it first
	Block  Action = "block"
)

// Actions lists the actions, from the mildest.
func Actions() []Action { return []Action{Allow, StepUp, Hold, Block} }

func (a Action) rank() int { return slices.Index(Actions(), a) }

// Valid says whether the action exists.
func (a Action) Valid() bool { return a.rank() >= 0 }

// stricter is the stricter of two actions.
func stricter(a, b Action) Action {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// possible is the action as this kind of attempt can take it. Nobody can prove
// who they are with a PIN while typing the PIN, nor wait for a member; and who
// gets a refund is not there to prove anything.
func (a Action) possible(of Attempt) Action {
	switch {
	case of.Kind == PIN && a == StepUp:
		return Allow
	case of.Kind == Refund && a == StepUp:
		return Hold
	case (of.Kind == PIN || of.AtOnce) && a == Hold:
		return Block
	}
	return a
}

// MaxScore is the highest score.
const MaxScore = 1000

// Reason is one part of a score.
type Reason struct {
	// Signal and With (where two go together) say what was seen, Value how much
	// of Signal.
	Signal Signal  `bson:"signal" json:"signal"`
	With   Signal  `bson:"with,omitempty" json:"with,omitempty"`
	Value  float64 `bson:"value" json:"value"`
	// WithValue is how much of With.
	WithValue float64 `bson:"with_value,omitempty" json:"with_value,omitempty"`
	Points    int     `bson:"points" json:"points"`
	// Rule is the id of the rule that gave the points; empty: the model did.
	Rule string `bson:"rule,omitempty" json:"rule,omitempty"`
	// Action is what the rule demands besides, if it does.
	Action Action `bson:"action,omitempty" json:"action,omitempty"`
	// Strange: the model counts it because it is rare in this account.
	Strange bool `bson:"strange,omitempty" json:"strange,omitempty"`
}

// Decision is what is to be done about an attempt, and why.
type Decision struct {
	Score   int      `bson:"score" json:"score"` // 0 to MaxScore
	Action  Action   `bson:"action" json:"action"`
	Reasons []Reason `bson:"reasons" json:"reasons"` // what demands an action, then by points
}

// Opinion is what the model says of an attempt.
type Opinion struct {
	Points  int // 0 to MaxScore
	Reasons []Reason
}

// Decide joins the model's opinion and the rules.
func (p Policy) Decide(a Attempt, signals Signals, opinion Opinion) Decision {
	decision := Decision{Action: Allow, Reasons: slices.Clone(opinion.Reasons)}
	points := 0
	if !p.WithoutModel {
		points = opinion.Points
	} else {
		decision.Reasons = nil
	}
	forced := Allow
	for _, rule := range p.Rules {
		if !rule.applies(a.Kind, signals) {
			continue
		}
		points += rule.Weight
		if rule.Action != "" {
			forced = stricter(forced, rule.Action)
		}
		first := rule.When[0].Signal
		decision.Reasons = append(decision.Reasons,
			Reason{Signal: first, Value: signals[first], Points: rule.Weight, Rule: rule.ID, Action: rule.Action})
	}
	decision.Score = min(max(points, 0), MaxScore)
	decision.Action = stricter(p.Thresholds.of(a.Kind).action(decision.Score), forced).possible(a)
	slices.SortStableFunc(decision.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Action.rank(), a.Action.rank()), cmp.Compare(b.Points, a.Points))
	})
	return decision
}
