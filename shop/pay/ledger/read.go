package ledger

import (
	"context"
	"iter"
	"time"

	"plaza/money"
	"plaza/store"
)

// Between walks the transfers of one wallet that were begun from one instant
// until before another, the earliest first, whatever became of them.
func (l *Ledger) Between(ctx context.Context, account, currency, owner string, from, to time.Time) iter.Seq2[Transfer, error] {
	return transfers.In(l.db, account).Each(ctx, store.Where(store.Eq("wallets", walletID(account, currency, owner)),
		store.Gte("at", from.UTC()), store.Lt("at", to.UTC())).By("at"))
}

// Currencies are those in which an owner has a wallet.
func (l *Ledger) Currencies(ctx context.Context, account, owner string) ([]string, error) {
	all := money.Currencies()
	ids := make([]string, len(all))
	for i, currency := range all {
		ids[i] = walletID(account, currency, owner)
	}
	found, err := wallets.In(l.db, account).GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	used := make([]string, len(found))
	for i, wallet := range found {
		used[i] = wallet.Currency
	}
	return used, nil
}

// Key names a transfer within its account.
func (t Transfer) Key() string { return t.ID[len(t.Account)+1:] }

// Of is what a transfer changes in a wallet, in minor units.
func (t Transfer) Of(owner string) int64 {
	var sum int64
	for _, leg := range t.Legs {
		if leg.Wallet == owner {
			sum += leg.Amount
		}
	}
	return sum
}
