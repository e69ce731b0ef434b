package templates

import (
	"time"

	"plaza/money"
)

// Receipts are somebody's own, the newest first.
//
//	GET  /receipts/{slug}
type Receipts struct {
	Base
	Nav        ShopNav
	WalletPath string
	Rows       []ReceiptRow
}

// ReceiptRow is a receipt in the list.
type ReceiptRow struct {
	URL, Kind, About string
	Amount           money.Amount
	At               time.Time
}

// ReceiptPage is one receipt, to be kept and printed.
//
//	GET  /receipts/{slug}/{number}
type ReceiptPage struct {
	Base
	Nav       ShopNav
	ListPath  string
	Number    string
	Kind      string // "payment", "refund", "top_up", "sale", "sent", "received"
	Amount    money.Amount
	Method    string // the provider
	About     string
	Note      string
	Reference string
	At        time.Time
	Refunded  money.Amount // of what was paid
	Bought    Bought       // without lines: what it is of has none
	SplitPath string       // splits it among friends; empty: it can't be
}

// Template names the file that draws the page.
func (*Receipts) Template() string { return "public/receipts" }

// Template names the file that draws the page.
func (*ReceiptPage) Template() string { return "public/receipt" }
