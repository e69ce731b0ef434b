package templates

import "plaza/money"

// Plans are the plans of a console, and what they bring.
//
//	GET  /console/{slug}/plans?cursor=
//	POST /console/{slug}/plans/{plan}/turn     state
type Plans struct {
	Base
	Revenue money.Amount // of a month
	Running int
	Rows    []PlanRow
	Pager   Pager
}

// PlanRow is a plan in the list.
type PlanRow struct {
	ID, URL, Name, Price string
	State, StateText     string
}

// PlanEditor makes or changes a plan.
//
//	GET  /console/{slug}/plans/new, /console/{slug}/plans/{plan}
//	POST to the same    name, text, amount, first (decimals), unit, count, anchor, month_end, trial, remind, ending
type PlanEditor struct {
	Base
	Action, Title                string
	Name, Text, Amount, First    string
	Count, Anchor, Trial, Remind string
	Units, MonthEnds, Endings    []Option
	Retired                      bool
}

// Mandates are the mandates of a console.
//
//	GET /console/{slug}/mandates?state=&plan=&cursor=
type Mandates struct {
	Base
	Tabs  []Tab
	Rows  []MandateRow
	Pager Pager
}

// Mandate is one of them.
//
//	GET  /console/{slug}/mandates/{mandate}
//	POST /console/{slug}/mandates/{mandate}/cancel     ending
type Mandate struct {
	Base
	Row       MandateRow
	Path      string
	Reason    string
	Credit    money.Amount
	Periods   []PeriodRow
	Consent   string
	ConsentOn string
	MayCancel bool
	Endings   []Option
}

// Template names the file that draws the page.
func (*Plans) Template() string { return "console/plans" }

// Template names the file that draws the page.
func (*PlanEditor) Template() string { return "console/plan-editor" }

// Template names the file that draws the page.
func (*Mandates) Template() string { return "console/mandates" }

// Template names the file that draws the page.
func (*Mandate) Template() string { return "console/mandate" }
