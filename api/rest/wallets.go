package rest

import (
	"context"
	"strings"
	"time"

	"plaza/account"
	"plaza/money"
	"plaza/shop/pay/ledger"
)

type balance struct {
	Balance money.Amount `json:"balance"`
}

// transfer is one line of a wallet's history.
type transfer struct {
	ID     string       `json:"id"`
	Amount money.Amount `json:"amount" doc:"What the wallet gained; negative for what it gave."`
	State  ledger.State `json:"state"`
	Memo   string       `json:"memo,omitempty"`
	At     time.Time    `json:"at"`
}

func viewTransfers(of []ledger.Transfer, owner string, next string) page[transfer] {
	views := page[transfer]{Items: make([]transfer, len(of)), Next: next}
	for i, one := range of {
		views.Items[i] = transfer{ID: strings.TrimPrefix(one.ID, one.Account+":"), Amount: money.Of(0, one.Currency),
			State: one.State, Memo: one.Memo, At: one.At}
		for _, leg := range one.Legs {
			if leg.Wallet == owner {
				views.Items[i].Amount.Minor += leg.Amount
			}
		}
	}
	return views
}

// wallet reads a balance of the account in its own currency.
func (s *surface) wallet(ctx context.Context, account, owner string) (balance, error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, account)
	if err != nil {
		return balance{}, err
	}
	found, err := s.Ledger.Balance(ctx, account, of.Currency, owner)
	return balance{found}, err
}

func (s *surface) transfers(ctx context.Context, account, owner string, in Paging) (page[transfer], error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, account)
	if err != nil {
		return page[transfer]{}, err
	}
	found, next, err := s.Ledger.History(ctx, account, of.Currency, owner, in.Limit, in.at())
	return viewTransfers(found, owner, string(next)), err
}

func (s *surface) getSales(ctx context.Context, who account.Access, _ *none) (balance, error) {
	return s.wallet(ctx, who.Account, ledger.Sales)
}

func (s *surface) listSales(ctx context.Context, who account.Access, in *Paging) (page[transfer], error) {
	return s.transfers(ctx, who.Account, ledger.Sales, *in)
}

func (s *surface) getWallet(ctx context.Context, who account.Access, in *OneSubscriber) (balance, error) {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return balance{}, err
	}
	return s.wallet(ctx, who.Account, in.Subscriber)
}

type listTransfersInput struct {
	OneSubscriber
	Paging
}

func (s *surface) listTransfers(ctx context.Context, who account.Access, in *listTransfersInput) (page[transfer], error) {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return page[transfer]{}, err
	}
	return s.transfers(ctx, who.Account, in.Subscriber, in.Paging)
}

type grantInput struct {
	OneSubscriber
	Body struct {
		Amount money.Amount `json:"amount"`
	}
}

// grant gives test money, where the operator allows it.
func (s *surface) grant(ctx context.Context, who account.Access, in *grantInput) (balance, error) {
	person, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber)
	if err != nil {
		return balance{}, err
	}
	if err := s.Wallet.Grant(ctx, person.Person(), ownKey(ctx), in.Body.Amount); err != nil {
		return balance{}, err
	}
	return s.wallet(ctx, who.Account, in.Subscriber)
}
