package templates

import "time"

// Rates lists what the account's currency is worth in others, day by day.
//
//	GET  /console/{slug}/settings/payments/rates?cursor=
//	POST to the same   to, value, day (empty: today)
//	POST .../{currency}/{day}/remove
//	POST .../rules   published ("true"), days (1 to 7)
type Rates struct {
	Base
	From       string
	Rows       []RateRow
	Pager      Pager
	Currencies []Option // to choose from
	Value, Day string   // as they were typed

	Published Published
	Days      []Option // how old a rate may be
	Stale     string   // the day of the last rate, where it is too old; empty: it is not
}

// Published is how the rates stand that the European Central Bank publishes.
type Published struct {
	Offered, Taken bool
	Day            string // of the last sheet; empty: none yet
	ReadAt         time.Time
	Failing        bool // the last attempt to read one failed
}

// RateRow is a rate of a day.
type RateRow struct {
	To, Value, Day, Source string
	Used                   bool // payments are converted by it now
	Path                   string
}

// Template names the file that draws the page.
func (*Rates) Template() string { return "console/rates" }
