package shop

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// The faults of coupons.
var (
	ErrNoCoupon      = fault.New(fault.NotFound, "coupon_unknown", "There is no such coupon.")
	ErrCouponOver    = fault.New(fault.Conflict, "coupon_not_valid_now", "This coupon is not valid at the moment.")
	ErrCouponUsed    = fault.New(fault.Conflict, "coupon_used_up", "This coupon has been used up.")
	ErrCouponMinimum = fault.New(fault.Conflict, "coupon_minimum", "This coupon is for orders from {0}.")
	ErrCouponCode    = fault.New(fault.Invalid, "coupon_code_invalid", "A coupon code has 3 to 24 letters, digits or hyphens.")
	ErrCouponValue   = fault.New(fault.Invalid, "coupon_value", "A coupon takes off either 1 to 100 percent or an amount.")
	ErrCouponLimit   = fault.New(fault.Invalid, "coupon_limit", "A limit can't be negative.")
	ErrCouponDates   = fault.New(fault.Invalid, "coupon_dates", "The coupon must begin before it ends.")
	ErrCouponExists  = fault.New(fault.Conflict, "coupon_exists", "There is already a coupon with this code.")
)

// Coupon takes something off an order. Its uses are counted by stocks: one for
// all, one for each subscriber; an order holds its use as it holds its goods.
type Coupon struct {
	ID        string       `bson:"_id" json:"-"` // account + ":" + code
	Account   string       `bson:"account" json:"-"`
	Code      string       `bson:"code" json:"code"` // upper case
	Percent   int64        `bson:"percent,omitempty" json:"percent,omitempty"`
	Off       money.Amount `bson:"off" json:"off"`               // instead of Percent
	Minimum   int64        `bson:"minimum" json:"minimum"`       // smallest subtotal, in minor units
	Total     int64        `bson:"total" json:"total"`           // uses by everybody; 0: no limit
	PerPerson int64        `bson:"per_person" json:"per_person"` // uses by one subscriber; 0: no limit
	Starts    *time.Time   `bson:"starts,omitempty" json:"starts,omitempty"`
	Ends      *time.Time   `bson:"ends,omitempty" json:"ends,omitempty"`
	Active    bool         `bson:"active" json:"active"`
	CreatedAt time.Time    `bson:"created_at" json:"created_at"`
	// Automatic applies by itself, if it is the best. The conditions hold for any.
	Automatic  bool   `bson:"automatic,omitempty" json:"automatic,omitempty"`
	FirstOrder bool   `bson:"first_order,omitempty" json:"first_order,omitempty"`
	Tag        string `bson:"tag,omitempty" json:"tag,omitempty"`         // of the subscriber
	Product    string `bson:"product,omitempty" json:"product,omitempty"` // it is off this product alone
	// Offered is what carts look at: automatic, and switched on.
	Offered bool `bson:"offered,omitempty" json:"-"`
	// Mark is of the request that made it, which finds it when it is repeated.
	Mark string `bson:"mark,omitempty" json:"-"`
}

var coupons = store.Declare[Coupon](store.Schema{
	Name: "coupons", Indexes: []store.Index{{Fields: []string{"-created_at"}}, {Fields: []string{"offered", "-created_at"}}},
})

var couponCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{2,23}$`)

func couponID(account, code string) string {
	return account + ":" + strings.ToUpper(strings.TrimSpace(code))
}

func (c Coupon) check(currency string) error {
	switch {
	case !couponCode.MatchString(c.Code):
		return ErrCouponCode.In("code")
	case c.Percent < 0 || c.Percent > 100 || (c.Percent > 0) == (c.Off.Minor != 0):
		return ErrCouponValue.In("percent")
	case c.Total < 0 || c.PerPerson < 0 || c.Minimum < 0 || c.Total > maxStock || c.PerPerson > maxStock:
		return ErrCouponLimit
	case c.Starts != nil && c.Ends != nil && !c.Starts.Before(*c.Ends):
		return ErrCouponDates.In("ends")
	case c.Percent > 0:
		return nil
	case c.Off.Currency != currency:
		return fault.New(ErrOtherCurrency.Kind, ErrOtherCurrency.Code, ErrOtherCurrency.Text, currency).In("off")
	}
	return c.Off.Check()
}

// AddCoupon makes a coupon. Errors: the faults of coupons, ErrCouponExists.
func (s *Service) AddCoupon(ctx context.Context, coupon Coupon) (Coupon, error) {
	front, err := s.Directory.Storefront(ctx, coupon.Account)
	if err != nil {
		return Coupon{}, err
	}
	coupon.Code = strings.ToUpper(strings.TrimSpace(coupon.Code))
	if err := coupon.check(front.Currency); err != nil {
		return Coupon{}, err
	}
	if err := s.conditions(ctx, &coupon); err != nil {
		return Coupon{}, err
	}
	coupon.Offered = coupon.Automatic
	coupon.ID, coupon.CreatedAt, coupon.Active = couponID(coupon.Account, coupon.Code), s.now(), true
	coupon.Mark = store.FreshID(ctx, "coupon")
	if coupon.Total > 0 {
		_, _, err := stocks.In(s.DB, coupon.Account).InsertIfAbsent(ctx, newStock(coupon.Account, coupon.key(), coupon.Total))
		if err != nil {
			return Coupon{}, err
		}
	}
	kept, _, err := coupons.In(s.DB, coupon.Account).InsertIfAbsent(ctx, coupon)
	if err == nil && kept.Mark != coupon.Mark {
		return Coupon{}, ErrCouponExists.In("code")
	}
	return kept, err
}

// Coupon finds a coupon by its code. Errors: ErrNoCoupon.
func (s *Service) Coupon(ctx context.Context, account, code string) (Coupon, error) {
	coupon, err := coupons.In(s.DB, account).Get(ctx, couponID(account, code))
	if errors.Is(err, store.ErrNotFound) {
		return Coupon{}, ErrNoCoupon.In("coupon")
	}
	return coupon, err
}

// Coupons lists the coupons of an account, newest first.
func (s *Service) Coupons(ctx context.Context, account string, limit int, after store.Cursor) ([]Coupon, store.Cursor, error) {
	return coupons.In(s.DB, account).Find(ctx, store.Query{}.By("-created_at").Top(limit).From(after))
}

// EnableCoupon switches a coupon on or off.
func (s *Service) EnableCoupon(ctx context.Context, account, code string, active bool) error {
	coupon, err := s.Coupon(ctx, account, code)
	if err != nil {
		return err
	}
	err = coupons.In(s.DB, account).Update(ctx, coupon.ID, store.Set("active", active).Set("offered", active && coupon.Automatic))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoCoupon.In("coupon")
	}
	return err
}

// UseCoupon puts a coupon into the cart; an empty code takes it out. A coupon
// that does not exist is refused; one that does not apply yet is kept, and the
// cart says why it gives nothing.
func (s *Service) UseCoupon(ctx context.Context, person message.Person, code string) error {
	if code != "" {
		coupon, err := s.Coupon(ctx, person.Account, code)
		if err != nil {
			return err
		}
		code = coupon.Code
	}
	_, err := s.changeCart(ctx, person, func(cart *Cart) error { cart.Coupon = code; return nil })
	return err
}

// discount works out what a coupon takes off a cart. The fault says why it is
// nothing.
func (s *Service) discount(ctx context.Context, person message.Person, code string, view CartView) (money.Amount, *fault.Error, error) {
	coupon, err := s.Coupon(ctx, person.Account, code)
	if refused, ok := asFault(err); ok {
		return money.Of(0, view.Subtotal.Currency), refused, nil
	}
	if err != nil {
		return money.Amount{}, nil, err
	}
	return s.takenOff(ctx, coupon, person, view)
}

func (s *Service) takenOff(ctx context.Context, coupon Coupon, person message.Person, view CartView) (money.Amount, *fault.Error, error) {
	nothing := money.Of(0, view.Subtotal.Currency)
	err := s.usable(ctx, coupon, person, view.Subtotal)
	if err == nil {
		err = s.condition(ctx, coupon, person, view)
	}
	if refused, ok := asFault(err); ok {
		return nothing, refused, nil
	}
	if err != nil {
		return nothing, nil, err
	}
	base := coupon.base(view)
	off := coupon.Off.Minor
	if coupon.Percent > 0 {
		// Rounded down: the discount never exceeds what was promised.
		off = base.Minor / 100 * coupon.Percent
		off += base.Minor % 100 * coupon.Percent / 100
	}
	return money.Of(min(off, base.Minor), base.Currency), nil, nil
}

func (s *Service) usable(ctx context.Context, coupon Coupon, person message.Person, subtotal money.Amount) error {
	now := s.now()
	switch {
	case !coupon.Active, coupon.Starts != nil && now.Before(*coupon.Starts), coupon.Ends != nil && !now.Before(*coupon.Ends):
		return ErrCouponOver.In("coupon")
	case subtotal.Minor < coupon.Minimum:
		minimum := money.Of(coupon.Minimum, subtotal.Currency)
		return fault.New(ErrCouponMinimum.Kind, ErrCouponMinimum.Code, ErrCouponMinimum.Text, minimum).In("coupon")
	}
	var keys []string
	for _, use := range coupon.uses(person) {
		keys = append(keys, use.Stock)
	}
	left, err := stocks.In(s.DB, coupon.Account).GetMany(ctx, keys...)
	if err != nil {
		return err
	}
	for _, stock := range left { // a subscriber's is made at the first use
		if stock.Available < 1 {
			return ErrCouponUsed.In("coupon")
		}
	}
	return nil
}

func (c Coupon) key() string { return "coupon:" + c.ID }

// uses are the reservations that an order with this coupon needs, the
// subscriber's own before the one that all share.
func (c Coupon) uses(person message.Person) []Reservation {
	var uses []Reservation
	if c.PerPerson > 0 {
		uses = append(uses, Reservation{Stock: c.key() + "/" + person.ID, Count: 1})
	}
	if c.Total > 0 {
		uses = append(uses, Reservation{Stock: c.key(), Count: 1})
	}
	return uses
}

// couponUses prepares the reservations of a coupon for an order.
func (s *Service) couponUses(ctx context.Context, person message.Person, code string) ([]Reservation, error) {
	if code == "" {
		return nil, nil
	}
	coupon, err := s.Coupon(ctx, person.Account, code)
	if err != nil {
		return nil, err
	}
	if coupon.PerPerson > 0 {
		_, _, err = stocks.In(s.DB, person.Account).InsertIfAbsent(ctx,
			newStock(person.Account, coupon.key()+"/"+person.ID, coupon.PerPerson))
	}
	return coupon.uses(person), err
}

// CouponUses tells how often a coupon with a limit has been used, unpaid orders
// included; zero for one without.
func (s *Service) CouponUses(ctx context.Context, coupon Coupon) (int64, error) {
	if coupon.Total == 0 {
		return 0, nil
	}
	stock, err := s.Stock(ctx, coupon.Account, coupon.key())
	return coupon.Total - stock.Available, err
}
