package rest

import (
	"context"
	"strings"

	"plaza/account"
	"plaza/money"
	"plaza/shop/exchange"
)

func (s *surface) listRates(ctx context.Context, who account.Access, in *Paging) (page[rateView], error) {
	found, next, err := s.Exchange.List(ctx, who.Account, in.Limit, in.at())
	views := make([]rateView, len(found))
	for i, one := range found {
		views[i] = viewRate(one)
	}
	return pageOf(views, next, err)
}

type rateInput struct {
	Body struct {
		To    string `json:"to" pattern:"^[A-Z]{3}$" doc:"The other currency." example:"KRW"`
		Value string `json:"value" maxLength:"20" doc:"Units of the other currency for one of the account's, as a decimal number." example:"190.52"`
		Day   string `json:"day,omitempty" maxLength:"10" doc:"Left out: today, in the account's time zone." example:"2026-11-28"`
	}
}

func (s *surface) setRate(ctx context.Context, who account.Access, in *rateInput) (rateView, error) {
	of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return rateView{}, err
	}
	set, err := s.Exchange.Set(ctx, who.Account, money.Rate{From: of.Currency, To: in.Body.To, Value: in.Body.Value, Day: in.Body.Day, Source: "api"})
	return viewRate(set), err
}

// rateView is a rate with its name.
type rateView struct {
	ID string `json:"id" example:"CNY-KRW-2026-11-28"`
	exchange.Rate
}

func viewRate(of exchange.Rate) rateView {
	return rateView{of.From + "-" + of.To + "-" + of.Day, of}
}

// OneRate names a rate in a path.
type OneRate struct {
	Rate string `path:"rate" pattern:"^[A-Z]{3}-[A-Z]{3}-[0-9-]{10}$"`
}

func (s *surface) deleteRate(ctx context.Context, who account.Access, in *OneRate) error {
	from, rest, _ := strings.Cut(in.Rate, "-")
	to, day, _ := strings.Cut(rest, "-")
	return s.Exchange.Remove(ctx, who.Account, from, to, day)
}
