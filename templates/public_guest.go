package templates

import "plaza/money"

// Deliver asks somebody whom nobody knows where an order is to be delivered. No
// address is shown but the one that is typed here.
//
//	GET  /deliver/{pass}?country=
//	POST /deliver/{pass}
type Deliver struct {
	Base
	Path     string
	Lines    []ItemLine
	Goods    money.Amount
	Discount money.Amount
	Shipping money.Amount
	Total    money.Amount
	Taxes    []TaxLine

	Country   string
	Countries []Option
	Fields    []AddressField
	// Asked: the address is typed, and its Ways are to be chosen from.
	Asked bool
	Ways  []WayChoice
}

// Template names the file that draws the page.
func (*Deliver) Template() string { return "public/deliver" }

// Has says whether the page asks for a part of an address.
func (d *Deliver) Has(field string) bool {
	for _, one := range d.Fields {
		if one.Name == field {
			return true
		}
	}
	return false
}
