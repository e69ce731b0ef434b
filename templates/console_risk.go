package templates

import (
	"time"

	"plaza/money"
)

// Risks lists movements of money that wait for a member, or the latest that
// were assessed.
//
//	GET /console/{slug}/risk?list=&cursor=
type Risks struct {
	Base
	Tabs  []Tab
	List  string // "waiting" or "latest"
	Rows  []RiskRow
	Pager Pager
}

// RiskRow is an assessment in the list.
type RiskRow struct {
	URL    string
	Kind   string // texts page.risk.kind.{kind}
	Name   string // of the subscriber
	Amount money.Amount
	Score  int
	Action string // texts page.risk.action.{action}
	Review string // texts page.risk.review.{review}; empty: nobody had to look
	Label  string // "genuine", "fraud" or empty
	Why    string // the first reason
	At     time.Time
}

// Risk is one assessment.
//
//	GET  /console/{slug}/risk/a/{key}
//	POST .../resolve (approve, note) .../label (label)
type Risk struct {
	Base
	RiskRow
	Path      string // actions are below it
	Attempt   string
	Outcome   string // texts page.risk.outcome.{outcome}
	PersonURL string
	Reasons   []RiskReason
	Signals   [][2]string // label and value
	Reviewer  string
	Note      string
	MayReview bool
	Typed     string // the note, when it had errors
}

// RiskReason is one part of a score.
type RiskReason struct {
	Text   string
	Points int
	Share  int    // of the points of all reasons, in percent
	Rule   string // the name of the rule; empty: the model
	Rare   bool   // counted because it is rare in this account
}

// RiskRules are an account's rules and thresholds.
//
//	GET  /console/{slug}/risk/rules
//	POST /console/{slug}/risk/rules (version, step_up, hold, block, without_model) .../try (the same)
type RiskRules struct {
	Base
	Rows                []RiskRuleRow
	Version             int64
	StepUp, Hold, Block string
	WithoutModel        bool
	Trial               *RiskTrial
}

// RiskRuleRow is a rule in the list.
type RiskRuleRow struct {
	URL, Name string
	When      []string
	Kinds     []string
	Weight    int
	Action    string
	Enabled   bool
}

// RiskTrial is what rules would have done in the past.
type RiskTrial struct {
	Attempts int
	Rows     []RiskTrialRow
	Applies  string // how often the edited rule applies, in words
}

// RiskTrialRow is one action of a trial.
type RiskTrialRow struct {
	Action                    string
	Now, Then, Fraud, Genuine int
}

// RiskRuleEditor makes or changes a rule.
//
//	GET  /console/{slug}/risk/rules/new, /console/{slug}/risk/rules/{id}
//	POST to the same  version, name.en, ..., kinds (repeated), when.N.signal, when.N.compare,
//	                  when.N.value, weight, action, enabled
//	POST .../try (the same) .../delete (version)
type RiskRuleEditor struct {
	Base
	ID, Path string
	Version  int64
	Title    string
	Names    Localized
	Kinds    []Option
	When     []RiskCondition
	Weight   string
	Actions  []Option
	Enabled  bool
	Trial    *RiskTrial
}

// RiskCondition is one line of a rule being edited.
type RiskCondition struct {
	Signals, Compare []Option
	Value            string
}

// Template names the file that draws the page.
func (*Risks) Template() string { return "console/risks" }

// Template names the file that draws the page.
func (*Risk) Template() string { return "console/risk" }

// Template names the file that draws the page.
func (*RiskRules) Template() string { return "console/risk-rules" }

// Template names the file that draws the page.
func (*RiskRuleEditor) Template() string { return "console/risk-rule" }
