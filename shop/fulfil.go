package shop

import (
	"context"
	"errors"
	"strings"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// ErrRefundAmount is the fault of a refund of nothing or of too much.
var ErrRefundAmount = fault.New(fault.Invalid, "refund_amount", "A refund is more than nothing and at most what is left of the payment.")

// Ship marks an order as sent. Errors: ErrOrderState unless it is paid.
func (s *Service) Ship(ctx context.Context, account, id, carrier, tracking, by string) (Order, error) {
	carrier, tracking = strings.TrimSpace(carrier), strings.TrimSpace(tracking)
	if err := checkText("carrier", carrier, 40); err != nil {
		return Order{}, err
	}
	if err := checkText("tracking", tracking, 60); err != nil {
		return Order{}, err
	}
	return s.change(ctx, account, id, Shipped, by,
		store.Set("carrier", carrier).Set("tracking", tracking).Set("until", s.in(completeAfter)), store.Eq("state", Paid))
}

// Complete ends a shipped order before it ends by itself, and a paid one of which
// nothing is sent.
func (s *Service) Complete(ctx context.Context, account, id, by string) (Order, error) {
	return s.change(ctx, account, id, Completed, by, nil, store.In("state", Shipped, Paid))
}

// Cancel calls an unpaid order off. The payment is called off first: if the
// money turns out to be here already the answer is a paid order, to be
// refunded. While a provider does not answer it stays Closing and Recover goes
// on. Errors: ErrOrderState unless it is unpaid.
func (s *Service) Cancel(ctx context.Context, account, id, by string) (Order, error) {
	order, err := s.change(ctx, account, id, Closing, by, store.Set("ending", Cancelled), store.Eq("state", Placed))
	if errors.Is(err, ErrOrderState) && (order.State == Cancelled || order.State == Closing) {
		return order, nil // once more
	}
	return order, err
}

// CancelOwn is Cancel by the buyer.
func (s *Service) CancelOwn(ctx context.Context, person message.Person, id string) (Order, error) {
	if _, err := s.OrderOf(ctx, person, id); err != nil {
		return Order{}, err
	}
	return s.Cancel(ctx, person.Account, id, "customer")
}

// Refund gives back part or all (amount 0) of a paid order, in minor units. The
// key makes repeating it harmless. One refund at a time: while one is under way
// another is ErrOrderState. Errors: ErrRefundAmount, ErrOrderState.
func (s *Service) Refund(ctx context.Context, account, id, key string, amount int64, memo, by string) (Order, error) {
	if key == "" {
		return Order{}, pay.ErrRefundNumber.In("key")
	}
	if err := checkText("memo", memo, 200); err != nil {
		return Order{}, err
	}
	for {
		order, seen, err := s.refund(ctx, account, id, OrderRefund{Number: key, Amount: amount, Memo: memo}, by)
		if !errors.Is(err, ErrOrderState) || order.Version == seen {
			return order, err
		}
		// It changed under our hands, perhaps by this very refund: decide again.
	}
}

// refund is one attempt of Refund; seen is the version that it was decided on.
func (s *Service) refund(ctx context.Context, account, id string, refund OrderRefund, by string) (order Order, seen int64, err error) {
	order, err = s.Order(ctx, account, id)
	if err != nil {
		return order, order.Version, err
	}
	if order.Payment == "" {
		return order, order.Version, ErrOrderState
	}
	payment, err := s.Payments.Get(ctx, account, order.Payment)
	if err != nil {
		return order, order.Version, err
	}
	if _, asked := payment.Refunds[refund.Number]; asked || (order.Refund != nil && order.Refund.Number == refund.Number) {
		return order, order.Version, nil
	}
	left := payment.Left()
	if refund.Amount == 0 {
		refund.Amount = left
	}
	if refund.Amount <= 0 || refund.Amount > left {
		return order, order.Version, ErrRefundAmount.In("amount")
	}
	// Not the state: a refund that came and went since we looked leaves it as it
	// was, and asking for the same one again would wait for an end that was told.
	seen = order.Version
	order, err = s.change(ctx, account, id, Refunding, by,
		store.Set("refund", refund).Set("before", order.State), store.Eq("version", seen))
	return order, seen, err
}

// change turns an order and does what follows. With ErrOrderState the order
// comes along as it is.
func (s *Service) change(ctx context.Context, account, id string, to OrderState, by string, update store.Update, condition store.Clause) (Order, error) {
	order, err := s.Order(ctx, account, id)
	if err != nil {
		return order, err
	}
	turned, err := s.turn(ctx, order, to, by, update, condition)
	if errors.Is(err, store.ErrConditionFailed) {
		if order, err = s.Order(ctx, account, id); err == nil {
			err = ErrOrderState
		}
		return order, err
	}
	if err != nil {
		return order, err
	}
	return s.follow(ctx, turned), nil
}
