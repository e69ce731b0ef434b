package statement

import (
	"cmp"
	"context"
	"slices"
	"time"

	"plaza/shop/pay/ledger"
)

// maxMovements bounds the movements that a wallet's statement lists; its sums
// are of all.
const maxMovements = 2000

// Movement is a transfer as it changed a balance.
type Movement struct {
	Key    string    `json:"id"`
	Amount int64     `json:"amount"`
	Memo   string    `json:"memo,omitempty"`
	After  int64     `json:"after"` // the balance
	At     time.Time `json:"at"`
}

// WalletStatement is what a month has done to the balance of a person, in minor
// units of one currency.
type WalletStatement struct {
	Month     string     `json:"month"`
	Currency  string     `json:"currency"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Opening   int64      `json:"opening"`
	In        int64      `json:"in"`
	Out       int64      `json:"out"` // negative
	Closing   int64      `json:"closing"`
	Movements []Movement `json:"movements"`
	// More is how many movements are not listed.
	More int `json:"more,omitempty"`
}

// Wallet is the month of a person's balance: of all wallets of theirs together,
// between which nothing counts. Errors: ErrMonth.
func (s *Service) Wallet(ctx context.Context, account string, owners []string, name string) (WalletStatement, error) {
	month, err := s.month(ctx, account, name)
	if err != nil {
		return WalletStatement{}, err
	}
	made := WalletStatement{Month: month.name, Currency: month.Currency, From: month.from, To: month.to}
	moved := map[string]ledger.Transfer{}
	for _, owner := range owners {
		for transfer, err := range s.Ledger.Between(ctx, account, month.Currency, owner, time.Unix(0, 0), month.to) {
			if err != nil {
				return made, err
			}
			switch {
			case transfer.State != ledger.Posted:
			case transfer.At.Before(month.from):
				made.Opening += transfer.Of(owner)
			default:
				moved[transfer.ID] = transfer
			}
		}
	}
	made.Closing = made.Opening
	all := make([]ledger.Transfer, 0, len(moved))
	for _, transfer := range moved {
		all = append(all, transfer)
	}
	slices.SortFunc(all, func(a, b ledger.Transfer) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	for _, transfer := range all {
		var amount int64
		for _, owner := range owners {
			amount += transfer.Of(owner)
		}
		if amount == 0 {
			continue
		}
		made.Closing += amount
		if amount > 0 {
			made.In += amount
		} else {
			made.Out += amount
		}
		if len(made.Movements) == maxMovements {
			made.More++
			continue
		}
		made.Movements = append(made.Movements, Movement{transfer.Key(), amount, transfer.Memo, made.Closing, transfer.At})
	}
	return made, nil
}
