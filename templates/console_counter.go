package templates

import (
	"time"

	"plaza/money"
)

// Counter is the till: a sale to begin, or one that is open, and those before.
//
//	GET  /console/{slug}/counter?cursor=
//	POST /console/{slug}/counter                 key, amount (decimal), note
//	GET  /console/{slug}/counter/{sale}
//	POST /console/{slug}/counter/{sale}          code
//	POST /console/{slug}/counter/{sale}/cancel
//	POST /console/{slug}/counter/{sale}/refund   key, amount (decimal)
type Counter struct {
	Base
	Key          string
	Amount, Note string // as typed, when they had errors
	Open         *SaleRow
	Waiting      bool   // the customer is asked for a password just now
	Problem      string // why the last code was refused
	Code         string // as typed, when it had errors
	MayRefund    bool
	Left         money.Amount // of the open sale, after refunds
	Rows         []SaleRow
	Pager        Pager
}

// SaleRow is a sale.
type SaleRow struct {
	ID, URL, State, Way, Note, By string
	Amount, Refunded              money.Amount
	At                            time.Time
}

// Template names the file that draws the page.
func (*Counter) Template() string { return "console/counter" }
