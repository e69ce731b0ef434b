package templates

import "plaza/money"

// CartDelivery is the part of a cart about where to and how it is delivered.
//
//	POST /shop/{slug}/delivery    address, method
type CartDelivery struct {
	Path      string // empty: nothing is asked
	Ways      []WayChoice
	Addresses []AddressRow
	NewPath   string // where an address is written down; empty: none is needed
	BookPath  string
	Problem   string // why it cannot be delivered yet
}

// WayChoice is a way of delivery to choose.
type WayChoice struct {
	ID, Name, Note string
	Cost           money.Amount
	Chosen         bool
}

// AddressRow is an entry of an address book.
type AddressRow struct {
	ID, Path    string
	Name, Phone string
	Lines       []string
	Chosen      bool // for the cart
	Default     bool
}

// Addresses is a person's address book.
//
//	GET  /shop/{slug}/addresses
//	POST /shop/{slug}/addresses/{id}/default, .../delete
type Addresses struct {
	Base
	Nav     ShopNav
	Rows    []AddressRow
	NewPath string
}

// AddressEditor writes an address down, in the form of its country.
//
//	GET  /shop/{slug}/addresses/new?country=&then=, /shop/{slug}/addresses/{id}?country=
//	POST to the same    country, then ("cart": leads back there), default, and the parts that Fields names
type AddressEditor struct {
	Base
	Nav       ShopNav
	Action    string
	BookPath  string
	Title     string // empty: a new one
	Country   string
	Countries []Option
	Fields    []AddressField
	Default   bool
	Then      string
}

// AddressField is a part of an address as its country asks for it.
type AddressField struct {
	Name, Label, Value, Hint string
	Optional                 bool
	Autocomplete, InputMode  string
}

// Template names the file that draws the page.
func (*Addresses) Template() string { return "public/addresses" }

// Template names the file that draws the page.
func (*AddressEditor) Template() string { return "public/address" }
