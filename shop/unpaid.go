package shop

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// maxUnpaid is how many orders of one subscriber may wait for their money:
// enough for somebody who changes their mind, too few to hold a shop's stock.
const maxUnpaid = 5

// ErrTooManyUnpaid refuses an order of somebody who has too many open ones.
var ErrTooManyUnpaid = fault.New(fault.Limited, "too_many_unpaid",
	"You have {0} orders that are not paid yet. Please pay or cancel one first.", maxUnpaid)

// unpaidShare is an order's share of what its subscriber may have open: lent by
// a stock of the subscriber's own, until the order is paid or over. So it is
// counted right however many check out at once and wherever a process dies.
// Errors: ErrTooManyUnpaid.
func (s *Service) unpaidShare(ctx context.Context, person message.Person) (Reservation, error) {
	share := Reservation{Stock: "unpaid/" + person.ID, Count: 1, Lent: true}
	scope := stocks.In(s.DB, person.Account)
	stock, err := scope.Get(ctx, share.Stock)
	if errors.Is(err, store.ErrNotFound) {
		stock, _, err = scope.InsertIfAbsent(ctx, newStock(person.Account, share.Stock, maxUnpaid))
	}
	if err == nil && stock.Available < share.Count {
		err = ErrTooManyUnpaid
	}
	return share, err
}
