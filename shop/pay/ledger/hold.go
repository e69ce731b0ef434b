package ledger

import (
	"context"
	"errors"

	"plaza/fault"
)

// The faults of holds and corrections.
var (
	ErrNoHold    = fault.New(fault.NotFound, "hold_not_found", "There is no money set aside under this key.")
	ErrHoldOver  = fault.New(fault.Conflict, "hold_over", "The money set aside has already been taken or given back.")
	ErrHoldShort = fault.New(fault.Conflict, "hold_short", "This is more than was set aside.")
	ErrNotPosted = fault.New(fault.Conflict, "transfer_not_posted", "Only a transfer that has happened can be corrected.")
)

// held is the wallet that an owner's money waits in while it is set aside. One
// for each owner, so that holds of many do not queue at one document.
func held(owner string) string { return "@held:" + owner }

// Hold sets money aside: out of the wallets of from, whose amounts are negative,
// into one that nobody draws on. Then it is captured or released, exactly one of
// the two, once: both are the one transfer that may follow under the hold's
// key. Errors: those of Transfer.
func (l *Ledger) Hold(ctx context.Context, account, key, currency string, from []Leg, memo string) (Transfer, error) {
	legs := make([]Leg, 0, len(from)+1)
	var sum int64
	for _, leg := range from {
		if leg.Amount >= 0 {
			return Transfer{}, ErrUnbalanced
		}
		legs = append(legs, leg)
		sum -= leg.Amount
	}
	if len(from) == 0 {
		return Transfer{}, ErrUnbalanced
	}
	legs = append(legs, Leg{Wallet: held(from[0].Wallet), Amount: sum})
	return l.Transfer(ctx, Request{Account: account, Key: key, Currency: currency, Legs: legs, Memo: memo})
}

// Capture moves an amount of what is set aside on to another wallet, and the rest
// back to where it came from. The same capture again is the same. Errors:
// ErrNoHold, ErrHoldShort, ErrHoldOver.
func (l *Ledger) Capture(ctx context.Context, account, key, to string, amount int64) (Transfer, error) {
	hold, sum, err := l.hold(ctx, account, key)
	if err != nil {
		return Transfer{}, err
	}
	if amount <= 0 || amount > sum {
		return Transfer{}, ErrHoldShort
	}
	legs := []Leg{{Wallet: to, Amount: amount}}
	rest := sum - amount
	for _, leg := range hold.Legs { // what came first is given back last
		if leg.Amount >= 0 {
			continue
		}
		if back := min(rest, -leg.Amount); back > 0 {
			legs = append(legs, Leg{Wallet: leg.Wallet, Amount: back})
			rest -= back
		}
	}
	return l.endHold(ctx, hold, sum, legs)
}

// Release gives back what is set aside. Errors: ErrNoHold, ErrHoldOver.
func (l *Ledger) Release(ctx context.Context, account, key string) (Transfer, error) {
	hold, sum, err := l.hold(ctx, account, key)
	if err != nil {
		return Transfer{}, err
	}
	var legs []Leg
	for _, leg := range hold.Legs {
		if leg.Amount < 0 {
			legs = append(legs, Leg{Wallet: leg.Wallet, Amount: -leg.Amount})
		}
	}
	return l.endHold(ctx, hold, sum, legs)
}

// hold finds a hold and how much it set aside.
func (l *Ledger) hold(ctx context.Context, account, key string) (Transfer, int64, error) {
	found, err := l.Find(ctx, account, key)
	if notThere(err) {
		return found, 0, ErrNoHold
	}
	if err != nil {
		return found, 0, err
	}
	if found, err = l.resume(ctx, found); err != nil {
		return found, 0, err
	}
	for _, leg := range found.Legs {
		if leg.Amount > 0 && found.State == Posted && leg.Wallet == held(first(found)) {
			return found, leg.Amount, nil
		}
	}
	return found, 0, ErrNoHold
}

// first is the wallet that a hold was drawn on first.
func first(hold Transfer) string {
	for _, leg := range hold.Legs {
		if leg.Amount < 0 {
			return leg.Wallet
		}
	}
	return ""
}

// endHold is the one transfer that may follow a hold.
func (l *Ledger) endHold(ctx context.Context, hold Transfer, sum int64, legs []Leg) (Transfer, error) {
	key := hold.Key()
	ended, err := l.Transfer(ctx, Request{Account: hold.Account, Key: "end:" + key, Currency: hold.Currency, Memo: hold.Memo,
		Legs: append([]Leg{{Wallet: held(first(hold)), Amount: -sum}}, legs...)})
	if errors.Is(err, ErrKeyReused) { // it was ended otherwise
		return ended, ErrHoldOver
	}
	return ended, err
}

// Correct undoes a transfer by a new one the other way round, once: nothing that
// was written down is ever changed. It fails with ErrInsufficient if the money
// has gone on. Errors: store.ErrNotFound, ErrNotPosted.
func (l *Ledger) Correct(ctx context.Context, account, key, memo string) (Transfer, error) {
	wrong, err := l.Find(ctx, account, key)
	if err != nil {
		return Transfer{}, err
	}
	if wrong.State != Posted {
		return Transfer{}, ErrNotPosted
	}
	legs := make([]Leg, len(wrong.Legs))
	for i, leg := range wrong.Legs {
		legs[i] = Leg{Wallet: leg.Wallet, Amount: -leg.Amount}
	}
	return l.Transfer(ctx, Request{Account: account, Key: "correct:" + key, Currency: wrong.Currency, Legs: legs, Memo: memo})
}
