package pay

import (
	"context"
	"errors"
	"slices"

	"plaza/store"
)

// habit is how somebody paid last, which is offered to them first the next time.
type habit struct {
	ID       string `bson:"_id"` // the subscriber's id
	Account  string `bson:"account"`
	Provider string `bson:"provider"`
}

var habits = store.Declare[habit](store.Schema{Name: "payment_habits", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// noteHabit remembers how a payment was paid. Failing costs its payer one tap
// the next time, no more.
func (s *Service) noteHabit(ctx context.Context, payment Payment) {
	if payment.Payer.ID == "" || payment.Scene == AtCounter || payment.Mandate != "" || payment.Purpose == ForTopUp {
		return // not chosen on a page, or not among all ways
	}
	_, err := habits.In(s.DB, payment.Account).Upsert(ctx, payment.Payer.ID, store.Set("provider", payment.Provider))
	if err != nil {
		s.Logger.WarnContext(ctx, "pay: how somebody pays was not noted", "payment", payment.TradeNo, "error", err)
	}
}

// usual puts the way that somebody paid last before the others.
func (s *Service) usual(ctx context.Context, account, payer string, offered []string) ([]string, error) {
	if payer == "" {
		return offered, nil
	}
	last, err := habits.In(s.DB, account).Get(ctx, payer)
	if errors.Is(err, store.ErrNotFound) {
		return offered, nil
	}
	if at := slices.Index(offered, last.Provider); err == nil && at > 0 {
		offered = slices.Concat([]string{last.Provider}, offered[:at], offered[at+1:])
	}
	return offered, err
}
