package shop

import (
	"context"
	"errors"
	"fmt"

	"plaza/fault"
	"plaza/store"
)

// ErrSoldOut is the fault of an order that wants more than there is.
var ErrSoldOut = fault.New(fault.Conflict, "sold_out", "Not enough of “{0}” is left.")

// Stock counts what there is of something that can run out: a variant, the uses
// of a coupon. An order holds its share until it is paid or over. What is
// there, what is held and what is sold change together, in one update whose
// condition makes repeating it harmless.
type Stock struct {
	ID        string           `bson:"_id"` // variant id, or a coupon's key
	Account   string           `bson:"account"`
	Available int64            `bson:"available"`
	Holds     map[string]int64 `bson:"holds"` // by order id; 0 bars an order that was given up
	Sold      int64            `bson:"sold"`
	// Low is true once it was told that this runs low, until there is more.
	Low bool `bson:"low,omitempty"`
	// Capacity is what a time that can be booked was opened with.
	Capacity int64 `bson:"capacity,omitempty"`
}

var stocks = store.Declare[Stock](store.Schema{Name: "stocks", Indexes: []store.Index{{Fields: []string{"low"}, Sparse: true}}})

func newStock(account, key string, available int64) Stock {
	return Stock{ID: key, Account: account, Available: available, Holds: map[string]int64{}}
}

// Reservation is a share of a stock that an order holds.
type Reservation struct {
	Stock string `bson:"stock" json:"-"`
	Count int64  `bson:"count" json:"-"`
	// Lent is given back when the order is paid, instead of being sold.
	Lent bool `bson:"lent,omitempty" json:"-"`
	// Spent is not sold again once it is: whoever had it has seen it.
	Spent bool `bson:"spent,omitempty" json:"-"`
}

// errShort says that a stock has too little left.
var errShort = errors.New("too little left")

// reserving is what holds r for an order, once.
func (r Reservation) reserving(order string) (store.Update, []store.Clause) {
	hold := "holds." + order
	return store.Inc("available", -r.Count).Set(hold, r.Count),
		[]store.Clause{store.Gte("available", r.Count), store.Exists(hold, false)}
}

// reserveTogether holds what an order wants in one trip to the store, up to the
// first that can't be held, and tells how many are.
func (s *Service) reserveTogether(ctx context.Context, order Order) (held int, err error) {
	operations := make([]store.Operation, len(order.Reservations))
	for i, r := range order.Reservations {
		update, conditions := r.reserving(order.ID)
		operations[i] = store.Guarding(stocks.In(s.DB, order.Account).Updating(r.Stock, update, conditions...))
	}
	results, err := s.DB.Apply(ctx, operations...)
	if results == nil {
		return 0, err
	}
	for held < len(results) && results[held].Err == nil {
		held++
	}
	return held, nil
}

// reserve holds one thing for an order: once, however often it is called.
// Errors: errShort.
func (s *Service) reserve(ctx context.Context, account, order string, r Reservation) error {
	update, conditions := r.reserving(order)
	err := stocks.In(s.DB, account).Update(ctx, r.Stock, update, conditions...)
	if !errors.Is(err, store.ErrConditionFailed) {
		return missing(err)
	}
	stock, err := stocks.In(s.DB, account).Get(ctx, r.Stock)
	if err != nil {
		return missing(err)
	}
	if stock.Holds[order] == r.Count && r.Count > 0 {
		return nil // held already
	}
	return errShort
}

// release gives back what an order holds, once.
func (s *Service) release(ctx context.Context, account, order string, r Reservation) error {
	hold := "holds." + order
	return done(stocks.In(s.DB, account).Update(ctx, r.Stock,
		store.Inc("available", r.Count).Unset(hold), store.Eq(hold, r.Count)))
}

// commit turns what an order holds into sold, once, or gives it back if it was
// only lent.
func (s *Service) commit(ctx context.Context, account, order string, r Reservation) error {
	if r.Lent {
		return s.release(ctx, account, order, r)
	}
	hold := "holds." + order
	return done(stocks.In(s.DB, account).Update(ctx, r.Stock,
		store.Inc("sold", r.Count).Unset(hold), store.Eq(hold, r.Count)))
}

// unsell turns what was sold to an order back into a hold, which bar then gives
// back. Two steps, with a mark in the order between them, because a
// single one could not tell whether it has been done.
func (s *Service) unsell(ctx context.Context, account, order string, r Reservation) error {
	if r.Lent || r.Spent {
		return nil
	}
	hold := "holds." + order
	return done(stocks.In(s.DB, account).Update(ctx, r.Stock,
		store.Inc("sold", -r.Count).Set(hold, r.Count), store.Exists(hold, false)))
}

// bar gives back what an order holds and keeps it from holding anything later:
// for an order that is given up while its buyer's request may still be running
// somewhere, or that is refunded while another still goes on with it. unbar tidies up when that is no longer possible.
func (s *Service) bar(ctx context.Context, account, order string, r Reservation) error {
	hold := "holds." + order
	if err := done(stocks.In(s.DB, account).Update(ctx, r.Stock, store.Set(hold, int64(0)), store.Exists(hold, false))); err != nil {
		return err
	}
	return done(stocks.In(s.DB, account).Update(ctx, r.Stock,
		store.Inc("available", r.Count).Set(hold, int64(0)), store.Eq(hold, r.Count)))
}

func (s *Service) unbar(ctx context.Context, account, order string, r Reservation) error {
	hold := "holds." + order
	return done(stocks.In(s.DB, account).Update(ctx, r.Stock, store.Unset(hold), store.Eq(hold, int64(0))))
}

// Stock tells how much there is of a variant. Errors: ErrNoVariant.
func (s *Service) Stock(ctx context.Context, account, variant string) (Stock, error) {
	stock, err := stocks.In(s.DB, account).Get(ctx, variant)
	return stock, missing(err)
}

// SetStock says how many pieces can be bought now. What orders hold is not
// part of it.
func (s *Service) SetStock(ctx context.Context, account, variant string, available int64) error {
	if available < 0 || available > maxStock {
		return ErrStockRange.In("stock")
	}
	if err := s.countedByHand(ctx, account, variant); err != nil {
		return err
	}
	if err := missing(stocks.In(s.DB, account).Update(ctx, variant, store.Set("available", available))); err != nil {
		return err
	}
	return s.watchStock(ctx, account, variant)
}

// AddStock changes how many pieces can be bought by a delivery (or a loss: by
// is negative, and never makes it less than nothing).
func (s *Service) AddStock(ctx context.Context, account, variant string, by int64) error {
	if by < -maxStock || by > maxStock {
		return ErrStockRange.In("stock")
	}
	if err := s.countedByHand(ctx, account, variant); err != nil {
		return err
	}
	err := stocks.In(s.DB, account).Update(ctx, variant, store.Inc("available", by),
		store.Gte("available", -by), store.Lte("available", maxStock-by))
	if errors.Is(err, store.ErrConditionFailed) {
		return ErrStockRange.In("stock")
	}
	if err != nil {
		return missing(err)
	}
	return s.watchStock(ctx, account, variant)
}

// countedByHand refuses to count what is counted by its keys. Errors:
// ErrStockOfKeys.
func (s *Service) countedByHand(ctx context.Context, account, variant string) error {
	product, err := s.Product(ctx, account, productOf(variant))
	if err == nil && !product.Is(Goods) {
		return ErrStockOfKeys.In("stock")
	}
	if errors.Is(err, ErrNoProduct) {
		return nil // the stock of anything else, such as a coupon, or none
	}
	return err
}

// done takes a condition that does not hold as "has been done".
func done(err error) error {
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoVariant
	}
	if err != nil {
		return fmt.Errorf("shop: stock: %w", err)
	}
	return nil
}
