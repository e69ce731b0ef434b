package templates

import "plaza/money"

// Bought is what somebody buys, with what it adds up to. The part "bought" draws
// it, the same on every page.
type Bought struct {
	Lines    []ItemLine
	Goods    money.Amount // what the lines cost
	Discount money.Amount
	Coupon   string // that gave the discount
	Way      string // of delivery; empty: none was chosen
	Shipping money.Amount
	Total    money.Amount // without a currency: the lines say it all
	Taxes    []TaxLine    // that Total includes
	// Paid is Total in another currency, in which it is paid, and Rate how the one
	// became the other, as a sentence; empty: it is paid as it is.
	Paid     money.Amount
	Rate     string
	Refunded money.Amount
}
