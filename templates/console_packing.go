package templates

import (
	"time"

	"plaza/money"
)

// PackingSlips is a page to print, a slip for each parcel, in the language of
// the shop and without prices.
//
//	GET  /console/{slug}/orders/slips?order=&order=
type PackingSlips struct {
	Base
	Shop  string
	Slips []PackingSlip
}

// PackingSlip is what goes into one parcel.
type PackingSlip struct {
	Number      string
	At          time.Time
	To          []string
	Way, Weight string
	Lines       []SlipLine
	Note        string // from the buyer
}

// SlipLine is a thing to pack.
type SlipLine struct {
	Name, Label string
	Quantity    int
}

// Invoices are the receipts for tax offices that buyers have asked for. Live
// topic: orders.
//
//	GET  /console/{slug}/invoices?state=&cursor=
//	GET  /console/{slug}/invoices.csv?state=
//	POST /console/{slug}/invoices/{order}    number, file (upload)
type Invoices struct {
	Base
	Tabs    []Tab
	Rows    []InvoiceRow
	Pager   Pager
	CSVPath string
}

// InvoiceRow is a receipt that was asked for.
type InvoiceRow struct {
	Path, OrderURL, OrderNumber string
	Person                      string
	Kind                        string // texts page.invoice.kind.{kind}
	Title, TaxNumber, Email     string
	Total                       money.Amount
	State                       string // texts page.state.{state}
	Number                      string // once it is issued
	At                          time.Time
}

// InvoiceForm is where a buyer asks for a receipt.
//
//	POST /shop/{slug}/orders/{id}/invoice    kind, title, number, email
//	GET  /shop/{slug}/orders/{id}/invoice    the file
type InvoiceForm struct {
	Path                    string
	State                   string // empty: not asked for yet
	Number                  string
	FileURL                 string
	Kinds                   []Option
	WithTitle               bool
	Title, TaxNumber, Email string
}

// NoteLine is what a member wrote about an order.
type NoteLine struct {
	Who, Text string
	At        time.Time
}

// Template names the file that draws the page.
func (*PackingSlips) Template() string { return "console/packing-slips" }

// Template names the file that draws the page.
func (*Invoices) Template() string { return "console/invoices" }
