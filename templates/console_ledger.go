package templates

import (
	"time"

	"plaza/money"
)

// Ledger lists the transfers of one of the account's own wallets, and what was
// asked to be corrected.
//
//	GET /console/{slug}/books/ledger?wallet=&cursor=
type Ledger struct {
	Base
	Tabs        []Tab
	Wallet      string // "sales" or "issue"
	Balance     money.Amount
	Rows        []LedgerRow
	Pager       Pager
	Corrections []CorrectionRow
	CheckedAt   time.Time // the latest check of all balances
	Sound       bool      // that found nothing wrong
}

// LedgerRow is a transfer as one wallet sees it.
type LedgerRow struct {
	URL    string
	Kind   string // texts page.statement.movement.{kind}
	Memo   string
	Amount money.Amount
	State  string // texts page.ledger.state.{state}
	At     time.Time
}

// CorrectionRow is a correction in the list.
type CorrectionRow struct {
	URL, Reason string
	State       string // texts page.ledger.correction.{state}
	Asked       string // by whom
	At          time.Time
}

// LedgerTransfer is one transfer with its correction.
//
//	GET  /console/{slug}/books/ledger/t/{key}
//	POST .../correct (reason) .../decide (agree)
type LedgerTransfer struct {
	Base
	LedgerRow
	Path        string
	Key         string
	Legs        []LedgerLeg
	Correction  *CorrectionRow
	Decided     string // by whom
	DecidedAt   time.Time
	Problem     string
	MayAsk      bool
	MayAgree    bool
	MayDecline  bool
	WaitsFor    bool   // for a second person
	Alone       bool   // there is no second person
	TypedReason string // when it had errors
}

// LedgerLeg is what a transfer does to one wallet.
type LedgerLeg struct {
	Name   string
	URL    string // of the subscriber; empty: the account's own wallet
	Amount money.Amount
}

// Template names the file that draws the page.
func (*Ledger) Template() string { return "console/ledger" }

// Template names the file that draws the page.
func (*LedgerTransfer) Template() string { return "console/ledger-transfer" }
