package templates

import "plaza/money"

// ShopSettings are what holds for the whole shop: where it is, the tax in its
// prices, and the ways of delivery.
//
//	GET  /console/{slug}/settings/shop
//	POST /console/{slug}/settings/shop     country, tax_rate
type ShopSettings struct {
	Base
	Countries  []Option
	TaxRate    string // in percent; empty: nothing is told about tax
	Deliveries []ShippingRow
}

// ShippingRow is a way of delivery in the list.
type ShippingRow struct {
	URL, Name string
	Kind      string // texts page.delivery.{kind}
	Price     string // in words
	Regions   []string
	On        bool
}

// DeliveryEditor makes or changes a way of delivery.
//
//	GET  /console/{slug}/settings/shop/deliveries/new, .../{id}
//	POST to the same    name.en, note.en, ..., kind, price, free_from (decimals), tax_rate, regions, on,
//	                    and for each step N from 0: steps.N.up_to (grams or decimal), .price (decimal)
//	POST .../delete
type DeliveryEditor struct {
	Base
	ID, Action, Title        string
	Name, Note               Localized
	Kinds                    []Option
	Price, FreeFrom, TaxRate string
	Regions                  string // one a line
	Steps                    []DeliveryStep
	On                       bool
}

// DeliveryStep is a step of a price by weight or by amount.
type DeliveryStep struct{ UpTo, Price string }

// TaxLine is the tax that a sum includes at one rate.
type TaxLine struct {
	Rate string // "10%"
	Tax  money.Amount
}

// Template names the file that draws the page.
func (*ShopSettings) Template() string { return "console/shop-settings" }

// Template names the file that draws the page.
func (*DeliveryEditor) Template() string { return "console/delivery-editor" }
