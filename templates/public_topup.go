package templates

import "plaza/money"

// TopUp fills a balance.
//
//	GET  /wallet/{slug}/top-up?for=   a payment of theirs that the balance is too small for
//	POST /wallet/{slug}/top-up        key, amount (decimal), provider, for
type TopUp struct {
	Base
	Nav        ShopNav
	Path       string
	WalletPath string
	Balance    money.Amount
	Most       money.Amount // at once
	Amount     string       // as typed, when it had errors; what is missing for the payment that waits
	For        string       // that payment's trade number; empty: none waits
	Chosen     string       // provider
	Providers  []Option     // none: the account has no way of paying but the balance
	Key        string
	Problem    string
}

// Template names the file that draws the page.
func (*TopUp) Template() string { return "public/top-up" }
