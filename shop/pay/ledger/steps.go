package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// atOnce makes a new transfer and takes all its steps in one trip to the store,
// each on the condition that the one before was possible. Most transfers end
// here, as Posted; one that could not go on is returned Open, with what was done
// marked in its wallets, for run to go on step by step.
// Errors: store.ErrDuplicate.
func (l *Ledger) atOnce(ctx context.Context, transfer Transfer) (Transfer, error) {
	scope := transfers.In(l.db, transfer.Account)
	operations := []store.Operation{store.Guarding(scope.Inserting(transfer))}
	for i := range transfer.Legs {
		change, conditions := transfer.step(i)
		operations = append(operations, store.Guarding(wallets.In(l.db, transfer.Account).Updating(transfer.Wallets[i], change, conditions...)))
	}
	posted := len(operations)
	operations = append(operations, store.Guarding(scope.Updating(transfer.ID, store.Set("state", Posted), transfer.held()...)))
	results, err := l.db.Apply(ctx, append(operations, l.clearing(transfer)...)...)
	switch {
	case results == nil:
		return transfer, err
	case results[0].Err != nil:
		return transfer, results[0].Err
	case results[posted].Err == nil:
		transfer.State = Posted
	}
	return transfer, nil // why a step was not possible, run finds out
}

// run takes a transfer that this worker holds to its end.
func (l *Ledger) run(ctx context.Context, transfer Transfer) (Transfer, error) {
	var err error
	if transfer.State == Open {
		transfer, err = l.applyAll(ctx, transfer)
		if err != nil {
			return transfer, err
		}
	}
	if transfer.State == Refusing {
		if transfer, err = l.takeBack(ctx, transfer); err != nil {
			return transfer, err
		}
	}
	if transfer.State == Posted {
		// The money has moved and the caller must hear so. Should clearing the
		// marks fail, Recover does it.
		_ = l.clear(ctx, transfer)
	}
	return transfer, nil
}

// applyAll applies the legs and says Posted, or Refusing when one is short or
// would hold too much.
func (l *Ledger) applyAll(ctx context.Context, transfer Transfer) (Transfer, error) {
	for i := range transfer.Legs {
		err := l.apply(ctx, transfer, i)
		if errors.Is(err, ErrInsufficient) || errors.Is(err, ErrFull) {
			transfer.Full = errors.Is(err, ErrFull)
			return l.turn(ctx, transfer, Refusing)
		}
		if err != nil {
			return transfer, err
		}
	}
	return l.turn(ctx, transfer, Posted)
}

// turn changes the state, if this worker still holds the transfer.
func (l *Ledger) turn(ctx context.Context, transfer Transfer, to State) (Transfer, error) {
	update := store.Set("state", to)
	if to == Refusing && transfer.Full {
		update = update.Set("full", true)
	}
	if to == Refused {
		update = update.Unset("due")
	}
	next, err := transfers.In(l.db, transfer.Account).UpdateAndGet(ctx, transfer.ID, update, transfer.held()...)
	if errors.Is(err, store.ErrConditionFailed) {
		return transfer, ErrUnderWay
	}
	if err != nil {
		return transfer, err
	}
	return next, nil
}

// held are the conditions under which a transfer is still this worker's and in
// this state.
func (t Transfer) held() []store.Clause {
	return []store.Clause{store.Eq("state", t.State), store.Eq("due", *t.Due)}
}

// step is what a leg changes in its wallet, once: balance and mark in the same
// update.
func (t Transfer) step(i int) (store.Update, []store.Clause) {
	leg, mark := t.Legs[i], "pending."+t.Mark
	conditions := []store.Clause{store.Lt("fence", *t.Due), store.Exists(mark, false)}
	if leg.Amount < 0 && leg.Wallet != Issue {
		conditions = append(conditions, store.Gte("balance", -leg.Amount))
	}
	if leg.Amount > 0 && leg.Most != 0 {
		conditions = append(conditions, store.Lte("balance", leg.Most-leg.Amount))
	}
	return store.Inc("balance", leg.Amount).Set(mark, leg.Amount), conditions
}

// apply changes one wallet.
func (l *Ledger) apply(ctx context.Context, transfer Transfer, i int) error {
	change, conditions := transfer.step(i)
	for {
		err := wallets.In(l.db, transfer.Account).Update(ctx, transfer.Wallets[i], change, conditions...)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, store.ErrNotFound):
			err = l.open(ctx, transfer, i)
		case errors.Is(err, store.ErrConditionFailed):
			var applied bool
			if applied, err = l.whyNot(ctx, transfer, i); applied {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

// whyNot looks at a wallet that refused a leg. No error and not applied means
// that the wallet has changed meanwhile: try again.
func (l *Ledger) whyNot(ctx context.Context, transfer Transfer, i int) (applied bool, err error) {
	wallet, err := wallets.In(l.db, transfer.Account).Get(ctx, transfer.Wallets[i])
	if err != nil {
		return false, err
	}
	if _, applied := wallet.Pending[transfer.Mark]; applied {
		return true, nil
	}
	leg := transfer.Legs[i]
	switch {
	case !wallet.Fence.Before(*transfer.Due):
		return false, ErrUnderWay // somebody else has taken the transfer over
	case leg.Amount < 0 && leg.Wallet != Issue && wallet.Balance < -leg.Amount:
		return false, ErrInsufficient
	case leg.Amount > 0 && leg.Most != 0 && wallet.Balance > leg.Most-leg.Amount:
		return false, ErrFull
	}
	return false, nil
}

// open makes an empty wallet if there is none.
func (l *Ledger) open(ctx context.Context, transfer Transfer, i int) error {
	_, _, err := wallets.In(l.db, transfer.Account).InsertIfAbsent(ctx, Wallet{
		ID: transfer.Wallets[i], Account: transfer.Account, Owner: transfer.Legs[i].Wallet,
		Currency: transfer.Currency, Pending: map[string]int64{}, Fence: time.Unix(0, 0).UTC(),
	})
	return err
}

// takeBack undoes the legs that were applied and says Refused.
func (l *Ledger) takeBack(ctx context.Context, transfer Transfer) (Transfer, error) {
	mark := "pending." + transfer.Mark
	for i, leg := range transfer.Legs {
		err := wallets.In(l.db, transfer.Account).Update(ctx, transfer.Wallets[i],
			store.Inc("balance", -leg.Amount).Unset(mark), store.Exists(mark, true))
		if err != nil && !notThere(err) {
			return transfer, err
		}
	}
	return l.turn(ctx, transfer, Refused)
}

// clear removes the marks of a posted transfer, and then its deadline.
func (l *Ledger) clear(ctx context.Context, transfer Transfer) error {
	_, err := l.db.Apply(ctx, l.clearing(transfer)...)
	return err
}

// clearing are the operations of clear. One trip will do: a mark left behind by
// a half-done trip is found again because the deadline goes last.
func (l *Ledger) clearing(transfer Transfer) []store.Operation {
	mark := "pending." + transfer.Mark
	operations := make([]store.Operation, 0, len(transfer.Wallets)+1)
	for _, id := range transfer.Wallets {
		operations = append(operations,
			wallets.In(l.db, transfer.Account).Updating(id, store.Unset(mark)))
	}
	return append(operations, transfers.In(l.db, transfer.Account).Updating(transfer.ID,
		store.Unset("due"), store.Eq("state", Posted)))
}

// resume goes on with a transfer that somebody else began, if that one's time
// is over. A final transfer is returned as it is.
func (l *Ledger) resume(ctx context.Context, transfer Transfer) (Transfer, error) {
	if transfer.State == Posted || transfer.State == Refused {
		return transfer, nil
	}
	if transfer.Due == nil || l.now().Before(*transfer.Due) {
		return transfer, ErrUnderWay
	}
	transfer, err := l.takeOver(ctx, transfer)
	if err != nil {
		return transfer, err
	}
	return l.run(ctx, transfer)
}

// takeOver claims a transfer whose deadline has passed and fences off whoever
// had it.
func (l *Ledger) takeOver(ctx context.Context, transfer Transfer) (Transfer, error) {
	old := *transfer.Due
	due := l.now().UTC().Truncate(time.Millisecond).Add(lease)
	claimed, err := transfers.In(l.db, transfer.Account).UpdateAndGet(ctx, transfer.ID,
		store.Set("due", due), store.Eq("due", old))
	if errors.Is(err, store.ErrConditionFailed) {
		return transfer, ErrUnderWay
	}
	if err != nil {
		return transfer, err
	}
	for i, id := range claimed.Wallets {
		if err := l.open(ctx, claimed, i); err != nil {
			return claimed, err
		}
		if err := wallets.In(l.db, claimed.Account).Update(ctx, id, store.Max("fence", old)); err != nil {
			return claimed, err
		}
	}
	return claimed, nil
}

// Recover finishes transfers that a crash left half done, of all accounts, and
// returns how many. Call it every few seconds.
func (l *Ledger) Recover(ctx context.Context) (finished int, err error) {
	query := store.Where(store.Lte("due", l.now().UTC().Truncate(time.Millisecond))).By("due").Top(100)
	due, _, err := transfers.Across(l.db).Find(ctx, query)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, transfer := range due {
		if transfer.State == Posted {
			err = l.clear(ctx, transfer)
		} else {
			_, err = l.resume(ctx, transfer)
		}
		switch {
		case err == nil:
			finished++
		case !errors.Is(err, ErrUnderWay):
			failed = append(failed, fmt.Errorf("ledger: recover %s: %w", transfer.ID, err))
		}
	}
	return finished, errors.Join(failed...)
}

func notThere(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed)
}
