package shop

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/address"
	"plaza/shop/booking"
	"plaza/shop/tax"
	"plaza/store"
)

// The faults of orders.
var (
	ErrNoOrder       = fault.New(fault.NotFound, "order_not_found", "There is no such order.")
	ErrOrderState    = fault.New(fault.Conflict, "order_state", "The order is no longer, or not yet, in a state that allows this.")
	ErrOrderUnderWay = fault.New(fault.Conflict, "order_under_way", "This order is just being placed. Please look again in a moment.")
	ErrOrderExpired  = fault.New(fault.Conflict, "order_expired", "The time to pay this order is over.")
	ErrCheckoutKey   = fault.New(fault.Invalid, "checkout_key", "A checkout needs a key of 1 to 100 characters.")
)

// OrderState is where an order stands.
type OrderState string

// The states. What leads where stands in orderTransitions.
const (
	Reserving OrderState = "reserving" // written down; stock is being reserved
	Rejected  OrderState = "rejected"  // could not be placed; nobody but us sees it
	Placed    OrderState = "placed"    // waiting for the money
	Closing   OrderState = "closing"   // being cancelled or expired: payments are called off
	Cancelled OrderState = "cancelled"
	Expired   OrderState = "expired"
	Paid      OrderState = "paid"
	Shipped   OrderState = "shipped"
	Completed OrderState = "completed"
	Refunding OrderState = "refunding" // a refund, whole or in part, is under way
	Refunded  OrderState = "refunded"  // wholly; after a part the order goes on as before
)

// orderTransitions is the state machine: from each state to those it may lead to.
// A race (cancel and pay) is decided by whose update comes first.
var orderTransitions = map[OrderState][]OrderState{
	Reserving: {Placed, Paid, Rejected}, // Paid at once if a coupon covers it all
	Placed:    {Paid, Closing},
	Closing:   {Paid, Cancelled, Expired},
	Paid:      {Shipped, Completed, Refunding}, // Completed if nothing is to be sent
	Shipped:   {Completed, Refunding},
	Completed: {Refunding},
	Refunding: {Refunded, Paid, Shipped, Completed},
	Rejected:  {},
	Cancelled: {},
	Expired:   {},
	Refunded:  {},
}

// May says whether the state machine has the step.
func (s OrderState) May(to OrderState) bool { return slices.Contains(orderTransitions[s], to) }

// StockState says what has become of an order's reservations.
type StockState string

// The states of stock.
const (
	Unsettled StockState = ""         // some may be held
	Held      StockState = "held"     // none will be added any more
	Barred    StockState = "barred"   // given back, and kept from being held late
	Sold      StockState = "sold"     // paid for
	Returning StockState = "returned" // held again after a refund, to be given back
	Released  StockState = "released" // given back
)

// Order is what a subscriber has bought or is about to.
type Order struct {
	ID           string         `bson:"_id" json:"id"`
	Account      string         `bson:"account" json:"-"`
	Number       string         `bson:"number" json:"number"` // for people: date and five characters
	Subscriber   string         `bson:"subscriber" json:"subscriber"`
	Person       message.Person `bson:"person" json:"person"`
	Lines        []OrderLine    `bson:"lines" json:"lines"`
	Subtotal     money.Amount   `bson:"subtotal" json:"subtotal"`
	Discount     money.Amount   `bson:"discount" json:"discount"`
	Shipping     *Shipping      `bson:"shipping,omitempty" json:"shipping,omitempty"`
	Total        money.Amount   `bson:"total" json:"total"`                     // subtotal less discount, with shipping
	Taxes        []tax.Line     `bson:"taxes,omitempty" json:"taxes,omitempty"` // that Total includes, by rate
	Coupon       string         `bson:"coupon,omitempty" json:"coupon,omitempty"`
	Delivery     Delivery       `bson:"delivery" json:"delivery"`
	State        OrderState     `bson:"state" json:"state"`
	Ending       OrderState     `bson:"ending,omitempty" json:"-"` // what Closing leads to
	Before       OrderState     `bson:"before,omitempty" json:"-"` // where Refunding came from
	Stock        StockState     `bson:"stock" json:"-"`
	Reservations []Reservation  `bson:"reservations" json:"-"`
	Payment      string         `bson:"payment,omitempty" json:"payment,omitempty"` // trade number of what paid it
	Refund       *OrderRefund   `bson:"refund,omitempty" json:"-"`                  // under way
	Refunded     int64          `bson:"refunded" json:"refunded"`                   // minor units given back
	Handed       handing        `bson:"handed,omitempty" json:"-"`                  // what became of digital goods and bookings
	Notes        []OrderNote    `bson:"notes,omitempty" json:"notes,omitempty"`     // of members, for members
	Carrier      string         `bson:"carrier,omitempty" json:"carrier,omitempty"`
	Tracking     string         `bson:"tracking,omitempty" json:"tracking,omitempty"`
	InChat       bool           `bson:"in_chat,omitempty" json:"-"` // placed by an answer that says so itself
	Tell         []string       `bson:"tell" json:"-"`              // what the customer has yet to hear
	History      []Change       `bson:"history" json:"history"`
	PlacedAt     *time.Time     `bson:"placed_at,omitempty" json:"placed_at,omitempty"`
	ExpiresAt    time.Time      `bson:"expires_at" json:"expires_at"` // when it must be paid
	Until        time.Time      `bson:"until" json:"-"`               // when Barred or Shipped ends by itself
	Due          *time.Time     `bson:"due,omitempty" json:"-"`       // when Recover looks next
	Version      int64          `bson:"version" json:"-"`             // rises with every change of state
}

// OrderLine is a line of an order, as it was when ordered.
type OrderLine struct {
	Product  string        `bson:"product" json:"product"`
	Kind     Kind          `bson:"kind,omitempty" json:"kind,omitempty"`
	Variant  string        `bson:"variant" json:"variant"`
	Name     string        `bson:"name" json:"name"` // in the buyer's language
	Label    string        `bson:"label,omitempty" json:"label,omitempty"`
	Picture  string        `bson:"picture,omitempty" json:"picture,omitempty"`
	Price    money.Amount  `bson:"price" json:"price"`
	Quantity int           `bson:"quantity" json:"quantity"`
	Amount   money.Amount  `bson:"amount" json:"amount"`
	Slot     *booking.Slot `bson:"slot,omitempty" json:"slot,omitempty"` // of a booking
	// Of digital, as it was when ordered.
	Files     []string `bson:"files,omitempty" json:"-"`
	Keys      bool     `bson:"keys,omitempty" json:"-"`
	Downloads int      `bson:"downloads,omitempty" json:"-"`
}

// Title is the line's name with its label.
func (l OrderLine) Title() string {
	if l.Label == "" {
		return l.Name
	}
	return l.Name + " (" + l.Label + ")"
}

// Delivery is where the goods go. All of it may be empty.
type Delivery struct {
	Name    string `bson:"name,omitempty" json:"name,omitempty"`
	Phone   string `bson:"phone,omitempty" json:"phone,omitempty"`
	Address string `bson:"address,omitempty" json:"address,omitempty"`
	Note    string `bson:"note,omitempty" json:"note,omitempty"`
	// To is Address in its parts, where it was chosen from the address book.
	To *address.Address `bson:"to,omitempty" json:"to,omitempty"`
}

func (d Delivery) check() error {
	for _, part := range []struct {
		field, text string
		limit       int
	}{{"name", d.Name, 80}, {"phone", d.Phone, 40}, {"address", d.Address, 400}, {"note", d.Note, 400}} {
		if err := checkText(part.field, part.text, part.limit); err != nil {
			return err
		}
	}
	return nil
}

// OrderRefund is a refund that the merchant has asked for.
type OrderRefund struct {
	Number string `bson:"number"`
	Amount int64  `bson:"amount"`
	Memo   string `bson:"memo,omitempty"`
}

// Change is an entry of an order's history. By is "customer", "shop" or
// "system", or the member who did it.
type Change struct {
	State OrderState `bson:"state" json:"state"`
	At    time.Time  `bson:"at" json:"at"`
	By    string     `bson:"by" json:"by"`
}

var orders = store.Declare[Order](store.Schema{
	Name: "orders",
	Indexes: []store.Index{
		{Fields: []string{"number"}, Unique: true},
		{Fields: []string{"-placed_at"}},
		{Fields: []string{"state", "-placed_at"}},
		{Fields: []string{"subscriber", "-placed_at"}},
		{Fields: []string{"due"}, Across: true, Sparse: true},
	},
})

// turn takes an order to another state, if the state machine has that step from
// where it is now. Errors: store.ErrConditionFailed.
func (s *Service) turn(ctx context.Context, order Order, to OrderState, by string, update store.Update, conditions ...store.Clause) (Order, error) {
	var from []OrderState
	for state := range orderTransitions {
		if state.May(to) {
			from = append(from, state)
		}
	}
	update = update.Set("state", to).Push("history", Change{State: to, At: s.now(), By: by}).
		AddToSet("tell", string(to)).Set("due", s.in(lease)).Inc("version", 1)
	return orders.In(s.DB, order.Account).UpdateAndGet(ctx, order.ID, update,
		append(conditions, store.In("state", from...))...)
}

// lease is how long whoever has changed an order has for the steps that follow,
// before Recover looks after it.
const lease = 20 * time.Second

// Order finds an order of an account. Errors: ErrNoOrder.
func (s *Service) Order(ctx context.Context, account, id string) (Order, error) {
	order, err := orders.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Order{}, ErrNoOrder
	}
	return order, err
}

// OrderOf finds an order of one subscriber. Errors: ErrNoOrder, also for other
// people's.
func (s *Service) OrderOf(ctx context.Context, person message.Person, id string) (Order, error) {
	order, err := s.Order(ctx, person.Account, id)
	if err != nil {
		return Order{}, err
	}
	if err := s.mustBeThem(ctx, person, order.Subscriber, ErrNoOrder); err != nil {
		return Order{}, err
	}
	return order, nil
}

// OrderByNumber finds an order by the number people know. Errors: ErrNoOrder.
func (s *Service) OrderByNumber(ctx context.Context, account, number string) (Order, error) {
	order, err := orders.In(s.DB, account).First(ctx, store.Where(store.Eq("number", strings.ToUpper(strings.TrimSpace(number)))))
	if errors.Is(err, store.ErrNotFound) {
		return Order{}, ErrNoOrder
	}
	return order, err
}

// everPlaced leaves out orders that were never placed.
var everPlaced = store.Gt("placed_at", time.Unix(0, 0).UTC())

// Orders lists an account's orders, newest first; state narrows it down unless
// empty.
func (s *Service) Orders(ctx context.Context, account string, state OrderState, limit int, after store.Cursor) ([]Order, store.Cursor, error) {
	query := store.Where(everPlaced)
	if state != "" {
		query = store.Where(store.Eq("state", state), everPlaced)
	}
	return orders.In(s.DB, account).Find(ctx, query.By("-placed_at").Top(limit).From(after))
}
