package templates

import (
	"time"

	"plaza/money"
)

// Books lists what providers' bills and the account's own books do not agree
// on, with the latest days that were compared.
//
//	GET /console/{slug}/books?state=&kind=&cursor=
//	GET /console/{slug}/books.csv?state=&kind=
type Books struct {
	Base
	Tabs      []Tab
	Kinds     []Option
	State     string // "open", "settled" or "all"
	Rows      []BooksRow
	Pager     Pager
	ExportURL string
	Runs      []BooksRun
}

// BooksRow is a difference in the list.
type BooksRow struct {
	URL          string
	Provider     string
	Number       string // out_trade_no
	Refund       string // out_refund_no; empty: the payment itself
	Day          string
	Kind         string // texts page.books.kind.{kind}
	State        string // texts page.books.state.{state}
	Ours, Theirs money.Amount
	At           time.Time
}

// BooksRun is a day that was compared, or is to be.
type BooksRun struct {
	Provider, Day    string
	State            string // texts page.books.run.{state}
	Problem          string // in words
	Lines            int64
	Matched, Settled int64
	Foreign, Differs int64
	Sums             []BooksSum
	EndedAt          time.Time
	Again            string // path to post to
}

// BooksSum is what a bill adds up to in one currency.
type BooksSum struct{ Taken, Given, Fees money.Amount }

// BooksRuns lists all days that were compared.
//
//	GET  /console/{slug}/books/days?cursor=
//	POST /console/{slug}/books/days/{provider}/{day}/again
type BooksRuns struct {
	Base
	Rows  []BooksRun
	Pager Pager
}

// BooksDifference is one difference, in words.
//
//	GET  /console/{slug}/books/d/{name}
//	POST .../ask .../settle (note)
type BooksDifference struct {
	Base
	BooksRow
	Path        string // actions are below it
	Explanation string
	Advice      string
	OurState    string // texts page.state.{state}; empty: not there
	TheirNumber string
	FoundAt     time.Time
	SettledAt   time.Time
	SettledBy   string
	Note        string
	MayAsk      bool
	MaySettle   bool
}

// Template names the file that draws the page.
func (*Books) Template() string { return "console/books" }

// Template names the file that draws the page.
func (*BooksRuns) Template() string { return "console/books-days" }

// Template names the file that draws the page.
func (*BooksDifference) Template() string { return "console/books-difference" }
