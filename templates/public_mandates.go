package templates

import "plaza/money"

// PlanCard is a plan as it is offered.
type PlanCard struct {
	URL, Name, Text string
	Price           string // in words: "¥30.00 every month"
	Trial           string // in words; empty: none
}

// OfferedPlans lists what can be agreed to.
//
//	GET /plan/{slug}
type OfferedPlans struct {
	Base
	Nav      ShopNav
	Rows     []PlanCard
	MinePath string
}

// PlanPage is a plan to agree to, or to change to.
//
//	GET  /plan/{slug}/{plan}
//	POST to the same                             quote, consent
//	GET  /mandates/{slug}/{mandate}/change/{plan}
//	POST to the same                             quote, consent
type PlanPage struct {
	Base
	Nav      ShopNav
	Plan     PlanCard
	BackPath string
	BackText string
	Action   string
	Quote    string // what the figures are known by
	Consent  string
	Today    money.Amount
	Next     money.Amount
	On       string       // the day of Next
	Credit   money.Amount // that is left
	Used     money.Amount // credit that Today was made cheaper by
	Free     bool         // a trial comes first
	Change   bool
	HavePath string // where they see the one they have; empty: none
	Problem  string // why it can't be agreed to
}

// MyMandates lists what somebody pays again and again.
//
//	GET /mandates/{slug}
type MyMandates struct {
	Base
	Nav       ShopNav
	Rows      []MandateRow
	PlansPath string
}

// MandateRow is a mandate in a list.
type MandateRow struct {
	URL, Name, Price string
	State, StateText string
	Line             string // what comes next, in words
	Person           string
	PersonURL        string
	Way              string
}

// PeriodRow is a period of a mandate.
type PeriodRow struct {
	From, Until      string // days
	State, StateText string
	Amount           money.Amount
	Refunded         money.Amount
	Payment          string
	PayPath          string // where its payment is seen
}

// MandatePage is one's own mandate.
//
//	GET  /mandates/{slug}/{mandate}
//	POST /mandates/{slug}/{mandate}/cancel
//	POST /mandates/{slug}/{mandate}/try
type MandatePage struct {
	Base
	Nav       ShopNav
	ListPath  string
	Path      string
	Row       MandateRow
	Reason    string // why it has ended, in words
	Credit    money.Amount
	MayCancel bool
	CancelAsk string
	MayTry    bool
	Changes   []PlanCard // plans to change to
	Periods   []PeriodRow
	Consent   string
	ConsentOn string
}

// Template names the file that draws the page.
func (*OfferedPlans) Template() string { return "public/plans" }

// Template names the file that draws the page.
func (*PlanPage) Template() string { return "public/plan" }

// Template names the file that draws the page.
func (*MyMandates) Template() string { return "public/mandates" }

// Template names the file that draws the page.
func (*MandatePage) Template() string { return "public/mandate" }
