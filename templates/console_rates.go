package templates

// Rates lists what the account's currency is worth in others, day by day.
//
//	GET  /console/{slug}/settings/payments/rates?cursor=
//	POST to the same   to, value, day (empty: today)
//	POST .../{currency}/{day}/remove
type Rates struct {
	Base
	From       string
	Rows       []RateRow
	Pager      Pager
	Currencies []Option // to choose from
	Value, Day string   // as they were typed
}

// RateRow is a rate of a day.
type RateRow struct {
	To, Value, Day, Source string
	Used                   bool // payments are converted by it now
	Path                   string
}

// Template names the file that draws the page.
func (*Rates) Template() string { return "console/rates" }
