package rest

import (
	"context"

	"plaza/account"
	"plaza/shop/pay/statement"
)

// Month names a month.
type Month struct {
	Month string `query:"month" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"Such as 2026-05, in the account's time zone; without one, the month that runs."`
}

func (s *surface) getStatement(ctx context.Context, who account.Access, in *Month) (statement.Statement, error) {
	return s.Statements.Of(ctx, who.Account, in.Month)
}

type walletStatementInput struct {
	OneSubscriber
	Month
}

func (s *surface) getWalletStatement(ctx context.Context, who account.Access, in *walletStatementInput) (statement.WalletStatement, error) {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return statement.WalletStatement{}, err
	}
	owners, err := s.Identity.Linked(ctx, who.Account, in.Subscriber)
	if err != nil {
		return statement.WalletStatement{}, err
	}
	return s.Statements.Wallet(ctx, who.Account, owners, in.Month.Month)
}
