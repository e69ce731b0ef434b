package templates

import "plaza/money"

// Limits are what balances of each level may do.
//
//	GET  /console/{slug}/settings/payments/limits
//	POST to the same   version, and for each level {level}.once, .day, .pay,
//	                   .pay_day, .top_up, .balance (decimal; pay and pay_day empty: any)
type Limits struct {
	Base
	Currency string
	Version  int64
	Levels   []LevelLimits
}

// LevelLimits are those of one level.
type LevelLimits struct {
	Name   string // "basic" or "verified"
	Fields []LimitField
}

// LimitField is one of them.
type LimitField struct {
	Name     string // "once" and the like
	Value    string // decimal, as it was typed
	Most     money.Amount
	Optional bool
}

// Template names the file that draws the page.
func (*Limits) Template() string { return "console/limits" }
