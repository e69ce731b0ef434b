package wallet

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// The faults of limits.
var (
	ErrLimit    = fault.New(fault.Conflict, "transfer_limit", "This is more than can be sent at once.")
	ErrDayLimit = fault.New(fault.Conflict, "transfer_day_limit", "This is more than can still be sent today.")
)

// Level is how well somebody is known, which decides how much they may send.
type Level int

// The levels.
const (
	Basic    Level = iota // reachable on a messenger, no more
	Verified              // has set a PIN
)

// Limits are bounds in minor units.
type Limits struct{ Once, Day int64 }

// LimitsOf are what a level may send in a currency. They are modest because a
// balance is closed-loop and cannot be called back once it is spent.
func LimitsOf(level Level, currency string) Limits {
	once := int64(20_000) // 200.00 of most currencies
	switch currency {
	case "CNY", "TWD", "THB", "HKD":
		once = 100_000
	case "KRW":
		once = 200_000
	case "JPY":
		once = 20_000
	case "VND", "IDR":
		once = 3_000_000
	}
	if level == Verified {
		once *= 5
	}
	return Limits{Once: once, Day: 5 * once}
}

// spent is what somebody has sent in a day (UTC).
type spent struct {
	ID        string    `bson:"_id"` // account + ":" + person + ":" + currency + ":" + day
	Account   string    `bson:"account"`
	Amount    int64     `bson:"amount"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var spending = store.Declare[spent](store.Schema{Name: "wallet_spending", KeyedByAccount: true, ExpiresAt: "expires_at",
	ShardKey: []string{"account", "_id"}})

func spentID(transfer Transfer) string {
	return transfer.Account + ":" + transfer.From.ID + ":" + transfer.Amount.Currency + ":" + transfer.At.Format(time.DateOnly)
}

// spend counts a transfer against the sender's day, under a condition, so that
// many at once never exceed it. Errors: ErrLimit, ErrDayLimit.
func (t *Transfers) spend(ctx context.Context, transfer Transfer) error {
	limits, err := t.LimitsFor(ctx, transfer.From, transfer.Amount.Currency)
	if err != nil {
		return err
	}
	amount := transfer.Amount.Minor
	if amount > limits.Once {
		return ErrLimit.In("amount")
	}
	days, id := spending.In(t.DB, transfer.Account), spentID(transfer)
	for {
		err := days.Update(ctx, id, store.Inc("amount", amount), store.Lte("amount", limits.Day-amount))
		switch {
		case errors.Is(err, store.ErrConditionFailed):
			return ErrDayLimit.In("amount")
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		_, _, err = days.InsertIfAbsent(ctx, spent{ID: id, Account: transfer.Account, ExpiresAt: transfer.At.Add(48 * time.Hour)})
		if err != nil {
			return err
		}
	}
}

// unspend gives back what a declined transfer has counted. Should it fail, the
// sender may send less today than they could: a nuisance, not a loss.
func (t *Transfers) unspend(ctx context.Context, transfer Transfer) {
	err := spending.In(t.DB, transfer.Account).Update(ctx, spentID(transfer),
		store.Inc("amount", -transfer.Amount.Minor), store.Gte("amount", transfer.Amount.Minor))
	if err != nil {
		t.Logger.WarnContext(ctx, "wallet: a declined transfer counts against the day", "transfer", transfer.ID, "error", err)
	}
}

// LimitsFor are what somebody may send.
func (t *Transfers) LimitsFor(ctx context.Context, person message.Person, currency string) (Limits, error) {
	level := Basic
	if t.Level != nil {
		var err error
		if level, err = t.Level(ctx, person); err != nil {
			return Limits{}, err
		}
	}
	return LimitsOf(level, currency), nil
}

// LeftToday is how much somebody may still send today.
func (t *Transfers) LeftToday(ctx context.Context, person message.Person, currency string) (money.Amount, error) {
	limits, err := t.LimitsFor(ctx, person, currency)
	if err != nil {
		return money.Amount{}, err
	}
	day, err := spending.In(t.DB, person.Account).Get(ctx, spentID(Transfer{Account: person.Account, From: person, Amount: money.Of(0, currency), At: t.now()}))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return money.Amount{}, err
	}
	return money.Of(max(limits.Day-day.Amount, 0), currency), nil
}
