package templates

import "plaza/money"

// TopUp fills a balance.
//
//	GET  /wallet/{slug}/top-up
//	POST /wallet/{slug}/top-up   key, amount (decimal), provider
type TopUp struct {
	Base
	Nav        ShopNav
	Path       string
	WalletPath string
	Balance    money.Amount
	Most       money.Amount // at once
	Amount     string       // as typed, when it had errors
	Chosen     string       // provider
	Providers  []Option     // none: the account has no way of paying but the balance
	Key        string
	Problem    string
}

// Template names the file that draws the page.
func (*TopUp) Template() string { return "public/top-up" }
