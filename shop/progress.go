package shop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/shop/pay"
	"plaza/store"
)

// How long things wait.
const (
	barFor        = time.Hour           // beyond any request's life
	completeAfter = 14 * 24 * time.Hour // a shipped order is completed by itself
	closeAgain    = 5 * time.Second     // when a provider did not answer
)

// follow does the steps that a change of state has made due. Failing is not the
// caller's problem: the change is made, and Recover does the rest.
func (s *Service) follow(ctx context.Context, order Order) Order {
	next, err := s.advance(ctx, order)
	if err != nil {
		s.Logger.WarnContext(ctx, "shop: order; will be gone on with", "order", order.ID, "state", order.State, "error", err)
	}
	return next
}

// advance does everything that is due for an order now, and sets when it is to
// be looked at next. Each step can be done again.
func (s *Service) advance(ctx context.Context, order Order) (Order, error) {
	for _, step := range []func(context.Context, Order) (Order, error){
		s.endInTime, s.finishClosing, s.settleStock, s.askRefund, s.tell, s.handOver, s.rest,
	} {
		var err error
		if order, err = step(ctx, order); err != nil {
			return order, err
		}
	}
	return order, nil
}

// endInTime ends what has waited long enough.
func (s *Service) endInTime(ctx context.Context, order Order) (Order, error) {
	switch {
	case order.State == Reserving:
		// Only Recover comes here: whoever was placing it is dead or far too slow.
		return s.unlessChanged(ctx, order)(s.turn(ctx, order, Rejected, "system", nil, store.Eq("state", Reserving)))
	case order.State == Placed && !s.now().Before(order.ExpiresAt):
		return s.unlessChanged(ctx, order)(s.turn(ctx, order, Closing, "system",
			store.Set("ending", Expired), store.Eq("state", Placed)))
	case order.State == Paid && order.Handed == handed && order.has(Booking) && !order.NeedsHands() && !s.now().Before(order.lastEnd()):
		return s.unlessChanged(ctx, order)(s.turn(ctx, order, Completed, "system", nil, store.Eq("state", Paid)))
	case order.State == Shipped && !s.now().Before(order.Until):
		return s.unlessChanged(ctx, order)(s.turn(ctx, order, Completed, "system", nil, store.Eq("state", Shipped)))
	}
	return order, nil
}

// unlessChanged takes the order as it is now if somebody else was faster.
func (s *Service) unlessChanged(ctx context.Context, order Order) func(Order, error) (Order, error) {
	return func(changed Order, err error) (Order, error) {
		if errors.Is(err, store.ErrConditionFailed) {
			return s.Order(ctx, order.Account, order.ID)
		}
		if err != nil {
			return order, err
		}
		return changed, nil
	}
}

// finishClosing calls off the payments and then ends the order, unless one of
// them turns out to have been paid: then the order is paid.
func (s *Service) finishClosing(ctx context.Context, order Order) (Order, error) {
	if order.State != Closing {
		return order, nil
	}
	payments, err := s.Payments.Of(ctx, order.Account, order.ID)
	if err != nil {
		return order, err
	}
	for _, payment := range payments {
		closed, err := s.Payments.Close(ctx, order.Account, payment.TradeNo)
		if err != nil {
			return order, err
		}
		if !closed.State.Final() || (closed.State == pay.Paid && !closed.Told) {
			return order, pay.ErrOutcomeOpen
		}
	}
	return s.unlessChanged(ctx, order)(s.turn(ctx, order, order.Ending, "system", nil, store.Eq("state", Closing)))
}

// settleStock gives back, or counts as sold, what the order holds.
func (s *Service) settleStock(ctx context.Context, order Order) (Order, error) {
	over := order.State == Cancelled || order.State == Expired || order.State == Rejected
	switch {
	case order.State == Rejected && order.Stock == Unsettled:
		return s.eachStock(ctx, order, s.bar, Barred)
	case order.Stock == Barred && !s.now().Before(order.Until):
		return s.eachStock(ctx, order, s.unbar, Released)
	case over && order.Stock == Held:
		return s.eachStock(ctx, order, s.release, Released)
	case order.Payment != "" && order.Stock == Held, order.State == Paid && order.Stock == Held:
		return s.eachStock(ctx, order, s.sell, Sold)
	case order.State == Refunded && order.Stock == Sold && order.Before == Paid:
		// Never shipped: the goods are still there.
		order, err := s.eachStock(ctx, order, s.unsell, Returning)
		if err != nil {
			return order, err
		}
		return s.settleStock(ctx, order)
	case order.Stock == Returning:
		// Barred for a while: whoever stood still before unsell would do it again.
		return s.eachStock(ctx, order, s.bar, Barred)
	}
	return order, nil
}

type stockStep func(ctx context.Context, account, order string, r Reservation) error

func (s *Service) eachStock(ctx context.Context, order Order, step stockStep, to StockState) (Order, error) {
	for _, reservation := range order.Reservations {
		if err := step(ctx, order.Account, order.ID, reservation); err != nil {
			return order, err
		}
	}
	update := store.Set("stock", to)
	if to == Barred {
		update = update.Set("until", s.in(barFor))
	}
	return s.unlessChanged(ctx, order)(orders.In(s.DB, order.Account).UpdateAndGet(ctx, order.ID, update,
		store.Eq("stock", order.Stock)))
}

// askRefund hands a refund that is written down to the payments.
func (s *Service) askRefund(ctx context.Context, order Order) (Order, error) {
	if order.State != Refunding || order.Refund == nil {
		return order, nil
	}
	_, err := s.Payments.Refund(ctx, order.Account, order.Payment, order.Refund.Number, order.Refund.Amount, order.Refund.Memo)
	if _, refused := asFault(err); refused {
		s.Logger.ErrorContext(ctx, "shop: refund refused", "order", order.ID, "error", err)
		return s.unlessChanged(ctx, order)(s.turn(ctx, order, order.Before, "system", store.Unset("refund"),
			store.Eq("refund.number", order.Refund.Number)))
	}
	if err != nil {
		return order, err
	}
	// The payments may have told us already (PaymentRefunded): look again.
	return s.Order(ctx, order.Account, order.ID)
}

// rest sets when the order is looked at next, unless it has changed meanwhile.
func (s *Service) rest(ctx context.Context, order Order) (Order, error) {
	if len(order.Tell) > 0 {
		return order, nil // due when the lease is over
	}
	update := store.Unset("due")
	switch {
	case order.State == Placed:
		update = store.Set("due", order.ExpiresAt)
	case order.State == Closing:
		update = store.Set("due", s.in(closeAgain))
	case order.State == Shipped, order.Stock == Barred:
		update = store.Set("due", order.Until)
	default:
		if at := s.waits(order); !at.IsZero() {
			update = store.Set("due", at)
		}
	}
	return s.unlessChanged(ctx, order)(orders.In(s.DB, order.Account).UpdateAndGet(ctx, order.ID, update,
		store.Eq("version", order.Version), store.Eq("stock", order.Stock)))
}

// recoverOrders takes the orders that are due, one by one, and goes on with
// them.
func (s *Service) recoverOrders(ctx context.Context) (taken int, err error) {
	return store.TakeDue(ctx, orders.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(order Order) error {
		if _, err := s.advance(ctx, order); err != nil && !errors.Is(err, pay.ErrOutcomeOpen) {
			return fmt.Errorf("shop: recover order %s: %w", order.ID, err)
		}
		return nil
	})
}
