package templates

import (
	"time"

	"plaza/money"
)

// Balance is what somebody has with an account, and what they can do with it.
//
//	GET  /wallet/{slug}?cursor=
//	GET  /wallet/{slug}/code          shows a code to pay with at the counter
//	POST /wallet/{slug}/ask           amount (decimal, empty: whoever pays types it), note
type Balance struct {
	Base
	Nav       ShopNav
	Path      string
	Balance   money.Amount
	Limits    BalanceLimits
	Sendable  money.Amount // today: what is there, within the limits
	Receive   string       // address that lets others pay
	Asked     money.Amount // of that address; zero: whoever pays types it
	Note      string
	Rows      []MovementRow
	CodePath  string
	TopUpPath string
	// DevicesPath is where its owner sees where they are signed in.
	DevicesPath string
	Pager       Pager
}

// MovementRow is a change of a balance.
type MovementRow struct {
	Text   string
	Amount money.Amount
	At     time.Time
}

// PayCode is a code to show at the counter, and then what it has paid.
//
//	GET /wallet/{slug}/code?after=    the number of the latest sale's receipt at the first look
type PayCode struct {
	Base
	Nav     ShopNav
	Path    string // of the balance
	Here    string // of this page, for another code
	Paid    *PaidSale
	Balance money.Amount
	Digits  string
	Grouped string // for reading aloud
	Seconds int    // that it is good for
	// Unlocked: it pays any amount. UnlockPath leads to such a one; empty: there is
	// nothing to unlock.
	Unlocked   bool
	UnlockPath string
}

// PaidSale is what a code has just paid. There is no code on the page then.
type PaidSale struct {
	Amount      money.Amount
	To          string
	At          time.Time
	ReceiptPath string
}

// PayTo sends money to somebody.
//
//	GET  /pay-to/{code}
//	POST /pay-to/{code}   key, amount (decimal), note
type PayTo struct {
	Base
	Nav          ShopNav
	Path         string
	Name         string // whom
	Asked        money.Amount
	Note, Amount string
	Balance      money.Amount
	Key          string
	Sent         bool
	Problem      string
	Over         string // why it can't be paid any more
	WalletPath   string
}

// Template names the file that draws the page.
func (*Balance) Template() string { return "public/balance" }

// Template names the file that draws the page.
func (*PayCode) Template() string { return "public/pay-code" }

// Template names the file that draws the page.
func (*PayTo) Template() string { return "public/pay-to" }
