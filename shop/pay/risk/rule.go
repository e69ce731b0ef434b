package risk

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
)

// Comparison compares a signal with a value.
type Comparison string

// The comparisons.
const (
	AtLeast Comparison = "at_least"
	Below   Comparison = "below"
)

// Condition is one thing that has to hold.
type Condition struct {
	Signal  Signal     `bson:"signal" json:"signal"`
	Compare Comparison `bson:"compare" json:"compare"`
	Value   float64    `bson:"value" json:"value"`
}

func (c Condition) holds(signals Signals) bool {
	if c.Compare == Below {
		return signals[c.Signal] < c.Value
	}
	return signals[c.Signal] >= c.Value
}

// Rule is what a member has decided about attempts of which all conditions
// hold: points more or less, or an action that is taken at least.
type Rule struct {
	ID string `bson:"id" json:"id"`
	// Names by language; one is enough, the others fall back to it.
	Names   map[string]string `bson:"names" json:"names"`
	Enabled bool              `bson:"enabled" json:"enabled"`
	Kinds   []Kind            `bson:"kinds,omitempty" json:"kinds,omitempty"` // none: all
	When    []Condition       `bson:"when" json:"when"`
	Weight  int               `bson:"weight" json:"weight"` // -1000 to 1000 points
	Action  Action            `bson:"action,omitempty" json:"action,omitempty"`
}

func (r Rule) applies(kind Kind, signals Signals) bool {
	if !r.Enabled || len(r.When) == 0 || len(r.Kinds) > 0 && !slices.Contains(r.Kinds, kind) {
		return false
	}
	return !slices.ContainsFunc(r.When, func(c Condition) bool { return !c.holds(signals) })
}

// Name is the rule's name in a language, or in another that it has.
func (r Rule) Name(language string) string {
	if name := r.Names[language]; name != "" {
		return name
	}
	for _, other := range message.Languages {
		if name := r.Names[other]; name != "" {
			return name
		}
	}
	return r.ID
}

// Thresholds are the scores from which on something is done.
type Thresholds struct {
	StepUp int `bson:"step_up" json:"step_up"`
	Hold   int `bson:"hold" json:"hold"`
	Block  int `bson:"block" json:"block"`
}

// of are the thresholds of a kind. A refund that would need a proof is held
// instead, which is more trouble: only from halfway to holding on.
func (t Thresholds) of(kind Kind) Thresholds {
	if kind == Refund {
		t.StepUp = (t.StepUp + t.Hold) / 2
	}
	return t
}

func (t Thresholds) action(score int) Action {
	switch {
	case score >= t.Block:
		return Block
	case score >= t.Hold:
		return Hold
	case score >= t.StepUp:
		return StepUp
	}
	return Allow
}

// Policy is all that an account has decided about risk.
type Policy struct {
	Rules      []Rule     `bson:"rules" json:"rules"`
	Thresholds Thresholds `bson:"thresholds" json:"thresholds"`
	// WithoutModel lets rules alone decide.
	WithoutModel bool `bson:"without_model,omitempty" json:"without_model,omitempty"`
}

// The limits of a policy.
const (
	MaxRules      = 50
	MaxConditions = 5
	maxName       = 60 // characters
)

// The faults of policies.
var (
	ErrRuleID        = fault.New(fault.Invalid, "risk_rule_id", "A rule's id has 1 to 40 small letters, digits and hyphens, and no other rule has it.")
	ErrRuleName      = fault.New(fault.Invalid, "risk_rule_name", "Give the rule a name of at most 60 characters in one language at least.")
	ErrRuleKind      = fault.New(fault.Invalid, "risk_rule_kind", "There is no such kind of attempt.")
	ErrRuleWhen      = fault.New(fault.Invalid, "risk_rule_conditions", "A rule has one to five conditions.")
	ErrRuleCondition = fault.New(fault.Invalid, "risk_rule_condition", "Choose what to compare, how, and with which number.")
	ErrRuleEffect    = fault.New(fault.Invalid, "risk_rule_effect", "A rule gives between -1000 and 1000 points or takes an action; it has to do one of them.")
	ErrTooManyRules  = fault.New(fault.Invalid, "risk_rules_too_many", "There can be 50 rules at most.")
	ErrThresholds    = fault.New(fault.Invalid, "risk_thresholds", "The thresholds have to rise from the PIN over looking at it to blocking, between 1 and 1001.")
)

var ruleID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Check refuses a policy that cannot be. Errors: the faults of policies, with
// the field in which it is, such as "rules.2.when".
func (p Policy) Check() error {
	if len(p.Rules) > MaxRules {
		return ErrTooManyRules.In("rules")
	}
	known := map[string]bool{}
	for i, rule := range p.Rules {
		field, wrong := rule.check()
		if known[rule.ID] {
			field, wrong = "id", ErrRuleID
		}
		if wrong != nil {
			return wrong.In(fmt.Sprintf("rules.%d.%s", i, field))
		}
		known[rule.ID] = true
	}
	t := p.Thresholds
	if t.StepUp < 1 || t.Hold < t.StepUp || t.Block < t.Hold || t.Block > MaxScore+1 {
		return ErrThresholds.In("thresholds")
	}
	return nil
}

// Check refuses a rule that cannot be, naming the field.
func (r Rule) Check() error {
	if field, wrong := r.check(); wrong != nil {
		return wrong.In(field)
	}
	return nil
}

func (r Rule) check() (field string, wrong *fault.Error) {
	switch {
	case !ruleID.MatchString(r.ID):
		return "id", ErrRuleID
	case !r.named():
		return "names", ErrRuleName
	case slices.ContainsFunc(r.Kinds, func(k Kind) bool { return !k.Valid() }):
		return "kinds", ErrRuleKind
	case len(r.When) == 0 || len(r.When) > MaxConditions:
		return "when", ErrRuleWhen
	case slices.ContainsFunc(r.When, func(c Condition) bool { return !c.valid() }):
		return "when", ErrRuleCondition
	case r.Weight < -MaxScore || r.Weight > MaxScore || r.Action != "" && !r.Action.Valid():
		return "weight", ErrRuleEffect
	case r.Weight == 0 && (r.Action == "" || r.Action == Allow):
		return "weight", ErrRuleEffect
	}
	return "", nil
}

func (r Rule) named() bool {
	some := false
	for language, name := range r.Names {
		if !slices.Contains(message.Languages[:], language) || utf8.RuneCountInString(name) > maxName {
			return false
		}
		some = some || strings.TrimSpace(name) != ""
	}
	return some
}

func (c Condition) valid() bool {
	return c.Signal.Valid() && (c.Compare == AtLeast || c.Compare == Below) &&
		!math.IsNaN(c.Value) && !math.IsInf(c.Value, 0) && math.Abs(c.Value) <= 1e12
}
