package wallet

import (
	"context"
	"errors"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/ledger"
)

// purse is one subscriber's share of a person's balance. Linking moves no
// money: a payment draws on several purses in one transfer, and whoever is
// unlinked has their own again.
type purse struct {
	owner   string
	balance int64
}

// owners are the subscribers who are a person, themselves first.
func (w *Wallet) owners(ctx context.Context, person message.Person) ([]string, error) {
	if w.Identities == nil {
		return []string{person.ID}, nil
	}
	return w.Identities.Linked(ctx, person.Account, person.ID)
}

// purses are those of a person, their own first.
func (w *Wallet) purses(ctx context.Context, person message.Person, currency string) ([]purse, error) {
	owners, err := w.owners(ctx, person)
	if err != nil {
		return nil, err
	}
	purses := make([]purse, len(owners))
	for i, owner := range owners {
		balance, err := w.ledger.Balance(ctx, person.Account, currency, owner)
		if err != nil {
			return nil, err
		}
		purses[i] = purse{owner, balance.Minor}
	}
	return purses, nil
}

// draw takes an amount out of purses, from the front.
func draw(purses []purse, amount int64) (legs []ledger.Leg, enough bool) {
	for _, purse := range purses {
		if take := min(purse.balance, amount); take > 0 {
			legs = append(legs, ledger.Leg{Wallet: purse.owner, Amount: -take})
			amount -= take
		}
	}
	return legs, amount == 0
}

// give moves an amount from a person's balance to another subscriber's, once for
// a key. Errors: ledger.ErrInsufficient, ErrPayeeFull, ledger.ErrVoid.
func (w *Wallet) give(ctx context.Context, from, to message.Person, key string, amount money.Amount, memo string) error {
	purses, err := w.purses(ctx, from, amount.Currency)
	if err != nil {
		return err
	}
	legs, enough := draw(purses, amount.Minor)
	if !enough {
		return ledger.ErrInsufficient
	}
	most, err := w.holds(ctx, to, amount.Currency)
	if err != nil {
		return err
	}
	_, err = w.ledger.Transfer(ctx, ledger.Request{Account: from.Account, Key: key, Currency: amount.Currency, Memo: memo,
		Legs: append(legs, ledger.Leg{Wallet: to.ID, Amount: amount.Minor, Most: most})})
	if errors.Is(err, ledger.ErrFull) {
		return ErrPayeeFull
	}
	return err
}
