package wallet

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// The faults of limits.
var (
	ErrLimit       = fault.New(fault.Conflict, "transfer_limit", "This is more than can be sent at once.")
	ErrDayLimit    = fault.New(fault.Conflict, "transfer_day_limit", "This is more than can still be sent today.")
	ErrPayLimit    = fault.New(fault.Conflict, "pay_limit", "This is more than can be paid out of the balance at once.")
	ErrPayDayLimit = fault.New(fault.Conflict, "pay_day_limit", "This is more than can still be paid out of the balance today.")
	ErrTopUpLimit  = fault.New(fault.Conflict, "top_up_limit", "This is more than can be topped up at once.")
	ErrPayeeFull   = fault.New(fault.Conflict, "payee_full", "Their balance may not hold this much more.")
	ErrRoom        = room(money.Amount{})
)

func room(left money.Amount) *fault.Error {
	return fault.New(fault.Conflict, "top_up_room", "Your balance may hold {0} more.", left)
}

// Level is how well somebody is known, which decides how much they may do with
// their balance.
type Level int

// The levels.
const (
	Basic    Level = iota // reachable on a messenger, no more
	Verified              // has a PIN that answers doubt
)

// Levels lists them, the lowest first.
func Levels() []Level { return []Level{Basic, Verified} }

// String is the level's name outside.
func (l Level) String() string {
	if l == Verified {
		return "verified"
	}
	return "basic"
}

// For are the limits of a level.
func (p Policy) For(level Level) Limits { return *p.Level(level) }

// Level are those of a level, to be changed.
func (p *Policy) Level(level Level) *Limits {
	if level == Verified {
		return &p.Verified
	}
	return &p.Basic
}

// spent is what somebody has sent, or paid, in a day of the account's; or one
// payment that is counted there.
type spent struct {
	// account + ":" + person + ":" + currency + ":" + day, and ":pay" for what was
	// paid, and ":" + trade number for a payment.
	ID        string    `bson:"_id"`
	Account   string    `bson:"account"`
	Amount    int64     `bson:"amount"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var spending = store.Declare[spent](store.Schema{Name: "wallet_spending", KeyedByAccount: true, ExpiresAt: "expires_at",
	ShardKey: []string{"account", "_id"}})

// dayOf is the key of a person's day at an instant. Whoever is several
// subscribers has one.
func (w *Wallet) dayOf(ctx context.Context, person message.Person, currency string, at time.Time) (string, error) {
	owners, err := w.owners(ctx, person)
	if err != nil {
		return "", err
	}
	zone, err := w.Policies.zone(ctx, person.Account)
	if err != nil {
		return "", err
	}
	return person.Account + ":" + slices.Min(owners) + ":" + currency + ":" + at.In(zone).Format(time.DateOnly), nil
}

// count counts an amount against a day. It says whether it was within the day's
// bound.
func (w *Wallet) count(ctx context.Context, account, day string, amount, most int64) (within bool, err error) {
	return store.AddWithin(ctx, spending.In(w.Policies.DB, account), w.spent(account, day, 0), day, "amount", amount, most)
}

// uncount gives back what was counted against a day.
func (w *Wallet) uncount(ctx context.Context, account, day string, amount int64) error {
	return spending.In(w.Policies.DB, account).Update(ctx, day, store.Inc("amount", -amount), store.Gte("amount", amount))
}

func (w *Wallet) spent(account, id string, amount int64) spent {
	return spent{ID: id, Account: account, Amount: amount, ExpiresAt: w.Policies.Now().UTC().Add(72 * time.Hour)}
}

// spend counts a transfer against the sender's day. Errors: ErrLimit,
// ErrDayLimit.
func (t *Transfers) spend(ctx context.Context, transfer Transfer) error {
	limits, err := t.LimitsFor(ctx, transfer.From, transfer.Amount.Currency)
	if err != nil {
		return err
	}
	if transfer.Amount.Minor > limits.Once {
		return ErrLimit.In("amount")
	}
	day, err := t.Wallet.dayOf(ctx, transfer.From, transfer.Amount.Currency, transfer.At)
	if err != nil {
		return err
	}
	within, err := t.Wallet.count(ctx, transfer.Account, day, transfer.Amount.Minor, limits.Day)
	if err == nil && !within {
		err = ErrDayLimit.In("amount")
	}
	return err
}

// unspend gives back what a declined transfer has counted. Should it fail, the
// sender may send less today than they could: a nuisance, not a loss.
func (t *Transfers) unspend(ctx context.Context, transfer Transfer) {
	day, err := t.Wallet.dayOf(ctx, transfer.From, transfer.Amount.Currency, transfer.At)
	if err == nil {
		err = t.Wallet.uncount(ctx, transfer.Account, day, transfer.Amount.Minor)
	}
	if err != nil {
		t.Logger.WarnContext(ctx, "wallet: a declined transfer counts against the day", "transfer", transfer.ID, "error", err)
	}
}

// LimitsFor are what somebody may do.
func (t *Transfers) LimitsFor(ctx context.Context, person message.Person, currency string) (Limits, error) {
	_, limits, err := t.Wallet.Policies.For(ctx, person, currency)
	return limits, err
}

// Today is what somebody's level lets them do, and how much of it is left.
type Today struct {
	Level  Level
	Limits Limits
	// Next are the limits of the level above; nil at the highest.
	Next *Limits
	// Send and Pay are what can still be sent to others, and paid out of the
	// balance, today. Pay means nothing where Limits.PayDay is 0: any.
	Send, Pay int64
	// Room is how much more the balance may hold.
	Room int64
}

// Today tells how somebody stands towards their limits.
func (w *Wallet) Today(ctx context.Context, person message.Person, currency string) (Today, error) {
	policy, err := w.Policies.Of(ctx, person.Account, currency)
	if err != nil {
		return Today{}, err
	}
	level, err := w.Policies.level(ctx, person)
	if err != nil {
		return Today{}, err
	}
	today := Today{Level: level, Limits: policy.For(level)}
	if level < Verified {
		next := policy.For(level + 1)
		today.Next = &next
	}
	day, err := w.dayOf(ctx, person, currency, w.Policies.Now())
	if err != nil {
		return today, err
	}
	counted, err := spending.In(w.Policies.DB, person.Account).GetMany(ctx, day, payDay(day))
	if err != nil {
		return today, err
	}
	today.Send, today.Pay = today.Limits.Day, today.Limits.PayDay
	for _, one := range counted {
		if one.ID == day {
			today.Send = max(today.Send-one.Amount, 0)
		} else {
			today.Pay = max(today.Pay-one.Amount, 0)
		}
	}
	balance, err := w.Balance(ctx, person, currency)
	today.Room = max(today.Limits.Balance-balance.Minor, 0)
	return today, err
}

// payDay is the key of what is paid in a day.
func payDay(day string) string { return day + ":pay" }

// permits counts a payment out of the balance against the payer's limits, where
// there are any. The same payment counts once. Errors: ErrPayLimit,
// ErrPayDayLimit.
func (w *Wallet) permits(ctx context.Context, charge pay.Charge) error {
	_, limits, err := w.Policies.For(ctx, charge.Payer, charge.Amount.Currency)
	if err != nil {
		return err
	}
	if limits.Pay > 0 && charge.Amount.Minor > limits.Pay {
		return ErrPayLimit
	}
	if limits.PayDay == 0 {
		return nil
	}
	day, err := w.dayOf(ctx, charge.Payer, charge.Amount.Currency, charge.At)
	if err != nil {
		return err
	}
	return w.permitDay(ctx, charge, payDay(day), limits.PayDay)
}

// permitDay counts a payment first and marks it then: a crash in between, or the
// same yes twice at one moment, makes the day's rest smaller, never larger.
func (w *Wallet) permitDay(ctx context.Context, charge pay.Charge, day string, most int64) error {
	marks, id, amount := spending.In(w.Policies.DB, charge.Account), day+":"+charge.TradeNo, charge.Amount.Minor
	if _, err := marks.Get(ctx, id); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	within, err := w.count(ctx, charge.Account, day, amount, most)
	if err != nil {
		return err
	}
	if !within {
		return ErrPayDayLimit
	}
	_, marked, err := marks.InsertIfAbsent(ctx, w.spent(charge.Account, id, amount))
	if err == nil && !marked { // the same yes has counted it
		err = w.uncount(ctx, charge.Account, day, amount)
	}
	return err
}

// unpermit gives back what permits has counted for a payment that was not made.
func (w *Wallet) unpermit(ctx context.Context, charge pay.Charge) error {
	if w.Policies.DB == nil {
		return nil
	}
	day, err := w.dayOf(ctx, charge.Payer, charge.Amount.Currency, charge.At)
	if err != nil {
		return err
	}
	err = spending.In(w.Policies.DB, charge.Account).Delete(ctx, payDay(day)+":"+charge.TradeNo)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.uncount(ctx, charge.Account, payDay(day), charge.Amount.Minor)
}

// holds is what a person's own purse may hold, so that all of theirs together
// stay within their limit, as a ledger.Leg has it. Purses of one person that
// grow at the same moment are each bounded by what the others held before.
func (w *Wallet) holds(ctx context.Context, person message.Person, currency string) (int64, error) {
	_, limits, err := w.Policies.For(ctx, person, currency)
	if err != nil {
		return 0, err
	}
	purses, err := w.purses(ctx, person, currency)
	most := limits.Balance
	for _, purse := range purses {
		if purse.owner != person.ID {
			most -= purse.balance
		}
	}
	if most <= 0 {
		most = -1 // nothing comes in
	}
	return most, err
}
