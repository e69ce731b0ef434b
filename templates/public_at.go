package templates

import "plaza/money"

// At is where the code that a shop shows leads: pay what it asks for, or type it.
//
//	GET  /at/{code}
//	POST /at/{code}   key, amount (decimal; not where the code has one)
//	GET  /request/{request}
//	POST /request/{request}
type At struct {
	Base
	Nav      ShopNav
	Path     string
	Label    string // of the code
	Asked    money.Amount
	Amount   string // as typed, when it had errors
	Key      string
	Problem  string
	Over     string        // why it can no longer be paid
	Offers   []SignInOffer // messengers to sign in with
	SignedIn string        // channel
	Balance  money.Amount  // of whoever is known
}

// Template names the file that draws the page.
func (*At) Template() string { return "public/at" }

// SaleCodes are the codes that the shop shows to be paid with.
//
//	GET  /console/{slug}/counter/codes?cursor=
//	POST /console/{slug}/counter/codes   label, amount (decimal, empty: the payer types it)
type SaleCodes struct {
	Base
	Label, Amount string // as typed, when they had errors
	Rows          []SaleCodeRow
	Pager         Pager
}

// SaleCodeRow is one of them.
type SaleCodeRow struct {
	Code, URL, Label, By string
	State                string // "active" or "revoked"
	Amount               money.Amount
}

// SaleCode shows one, to print and to be scanned.
//
//	GET  /console/{slug}/counter/codes/{code}
//	GET  /console/{slug}/counter/codes/{code}/poster.pdf
//	POST /console/{slug}/counter/codes/{code}/revoke
type SaleCode struct {
	Base
	Row  SaleCodeRow
	Link string // that any phone's camera opens
	Text string // as merchants' codes are written, for apps that read those
}

// Template names the file that draws the page.
func (*SaleCodes) Template() string { return "console/sale-codes" }

// Template names the file that draws the page.
func (*SaleCode) Template() string { return "console/sale-code" }
