package templates

import (
	"time"

	"plaza/money"
)

// Statement is what a month has brought the account.
//
//	GET /console/{slug}/books/statement?month=&line=
type Statement struct {
	Base
	MonthName string // in words
	Months    []Option
	From, To  time.Time
	Running   bool // the month is not over
	Sections  []StatementSection
	Chosen    *StatementLine // shown day by day; nil: none
}

// StatementSection is a part of it.
type StatementSection struct {
	Name             string // texts page.statement.section.{name}
	Opening, Closing money.Amount
	Lines            []StatementLine
}

// StatementLine is a line with its days.
type StatementLine struct {
	Flow     string // texts page.statement.flow.{flow}
	Provider string
	Count    int64
	Amount   money.Amount
	URL      string // shows its days
	Days     []StatementDay
}

// StatementDay is a line's part of one day.
type StatementDay struct {
	Day    string
	Count  int64
	Amount money.Amount
}

// WalletMonth is what a month has done to a person's balance, for both pages
// that show it.
type WalletMonth struct {
	MonthName        string
	Months           []Option
	Address          string // of the page, without the month
	From, To         time.Time
	Running          bool
	Opening, Closing money.Amount
	In, Out          money.Amount
	Rows             []WalletMovement
	More             int
}

// WalletMovement is a line of it.
type WalletMovement struct {
	Kind          string // texts page.statement.movement.{kind}
	Memo          string
	Amount, After money.Amount
	At            time.Time
}

// SubscriberStatement shows a member a subscriber's month.
//
//	GET /console/{slug}/subscribers/{id}/statement?month=
type SubscriberStatement struct {
	Base
	Name string
	Back string
	WalletMonth
}

// BalanceStatement shows somebody their own month.
//
//	GET /wallet/{slug}/statement?month=
type BalanceStatement struct {
	Base
	Nav  ShopNav
	Path string // of the balance
	WalletMonth
}

// Template names the file that draws the page.
func (*Statement) Template() string { return "console/statement" }

// Template names the file that draws the page.
func (*SubscriberStatement) Template() string { return "console/subscriber-statement" }

// Template names the file that draws the page.
func (*BalanceStatement) Template() string { return "public/statement" }
