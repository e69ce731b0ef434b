package templates

import (
	"time"

	"plaza/money"
)

// Products is the catalogue.
//
//	GET  /console/{slug}/products?state=&cursor=
type Products struct {
	Base
	Tabs  []Tab
	Rows  []ProductRow
	Pager Pager
}

// ProductRow is a product in the list.
type ProductRow struct {
	ID, URL  string
	Name     string
	Picture  string
	Category string
	State    string // "draft", "active", "archived"
	Price    money.Amount
	More     bool // there are variants with other prices
	Counted  bool // there is a stock: files and bookings have none
	Stock    int
	Sold     int
}

// ProductEditor makes or changes a product.
//
//	GET  /console/{slug}/products/new?kind=, /console/{slug}/products/{id}
//	POST to the same   name.en, description.en, name.zh, ..., category, state, position, tax_rate, low_stock, version,
//	                   pictures (ids, repeated, in order), files (uploads),
//	                   and for each variant N from 0: variants.N.id, .label.en,
//	                   .label.zh, .label.ko, .price (decimal), .weight (grams), .low_stock, .stock (a new
//	                   count; empty: as it is), .remove; of digital also .files
//	                   (uploads), .kept (ids of files, repeated), .keys (on), .add (keys, one a line);
//	                   of a booking see CalendarForm
//	POST .../archive
type ProductEditor struct {
	Base
	ID, Action  string
	Kind        string // "goods", "digital", "booking"
	Kinds       []Tab  // of a new one: leads to the editor of each kind
	Downloads   string // of digital: how often a file
	Calendar    CalendarForm
	Name        Localized
	Description Localized
	Category    string
	Categories  []string
	States      []Option
	Position    int
	LowStock    string
	TaxRate     string // in percent; empty: the shop's
	Version     int64  // of what is being edited; goes into the form
	Pictures    []Picture
	Variants    []VariantRow
	PublicURL   string
}

// VariantRow is a variant being edited.
type VariantRow struct {
	ID    string
	Label Localized
	Price string // decimal
	Stock string
	// Weight is in grams.
	Weight   string
	LowStock string // empty: the product's
	// Of digital: files that are there, and whether pieces get keys of the list.
	Files []SoldFile
	Keys  bool
	Held  int // reserved by unpaid orders
	Sold  int
}

// Orders is the list of orders. Live topic: orders.
//
//	GET  /console/{slug}/orders?state=&cursor=
type Orders struct {
	Base
	SlipsURL string // prints the packing slips of those shown that wait; empty: none
	Tabs     []Tab
	Rows     []OrderLine
	Pager    Pager
}

// OrderLine is an order in a list.
type OrderLine struct {
	ID, URL string
	Number  string
	Person  string
	Summary string // "Milk 1 l ×2, Bread"
	// State is "reserving", "placed", "paid", "shipped", "completed", "cancelled",
	// "expired", "refunding", "refunded": texts page.state.{state}.
	State string
	Total money.Amount
	At    time.Time
}

// Order is one order. Live topic: orders.
//
//	GET  /console/{slug}/orders/{id}
//	POST .../ship (carrier, tracking) .../complete .../cancel (reason)
//	POST .../notes (text)
//	POST .../refund (amount (decimal), reason, key)
type Order struct {
	Base
	Line       OrderLine
	Path       string // actions are below it
	Bought     Bought
	Refundable money.Amount
	Person     SubscriberCard
	To         []string // where it is delivered to
	PickedUp   bool     // at the shop
	Note       string   // from the buyer
	Notes      []NoteLine
	SlipsURL   string
	Invoice    *InvoiceRow // nil: none was asked for
	Carrier    string
	Tracking   string
	Payments   []PaymentLine
	History    []HistoryLine
	Actions    []string // "ship", "complete", "cancel", "refund"
	Key        string   // makes a refund sent twice harmless
}

// ItemLine is a line of an order or cart.
type ItemLine struct {
	VariantID string
	Name      string
	Variant   string
	Picture   string
	URL       string
	Quantity  int
	Limit     int // most that may be chosen
	Price     money.Amount
	Amount    money.Amount
	Problem   string // "only 2 left"; empty: none
}

// PaymentLine is a payment or refund of an order.
type PaymentLine struct {
	Kind     string // "payment" or "refund"
	Provider string // texts page.provider.{provider}
	State    string // texts page.state.{state}
	Number   string // out_trade_no or out_refund_no
	Amount   money.Amount
	At       time.Time
	Reason   string // of a refund: why it failed, or what has to be done for it
}

// HistoryLine is something that happened.
type HistoryLine struct {
	At        time.Time
	Text, Who string
}

// Coupons are codes for money off.
//
//	GET  /console/{slug}/coupons
//	POST /console/{slug}/coupons    code, label, percent | amount (decimal), limit, per_person, from, until (2006-01-02), automatic, first_order, tag, product, minimum (decimal)
//	POST /console/{slug}/coupons/{code}/disable
type Coupons struct {
	Base
	Rows  []CouponRow
	Pager Pager
	// What was typed, when it had errors.
	Code, Label, Percent, Amount, Limit, PerPerson, From, Until string
	Automatic, FirstOrder                                       bool
	Tag, Minimum                                                string
	Products                                                    []Option // that one can be for
}

// CouponRow is a coupon in the list.
type CouponRow struct {
	Code, Label string
	Off         string // "10 %", "¥5.00"
	Used, Limit int    // Limit 0: none
	From, Until time.Time
	Active      bool
	Automatic   bool
	For         string // whom and what it is for, in words
	CodeURL     string // page of its QR code, if it has one
}
