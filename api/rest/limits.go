package rest

import (
	"context"

	"plaza/account"
	"plaza/money"
	"plaza/shop/pay/wallet"
)

// limitRoutes are about what balances may do.
func (s *surface) limitRoutes() {
	see, write := needs{account.ReadShop}, needs{account.Settings}
	add(s, read("/wallet/limits", "get-wallet-limits", "Get what balances of each level may do in a currency", see), s.getLimits)
	add(s, change(put, "/wallet/limits", "set-wallet-limits", "Replace what balances of each level may do in a currency", write, "limits.changed"), s.setLimits)
	add(s, read("/subscribers/{subscriber}/wallet/limits", "get-subscriber-limits", "Get what a subscriber may do with their balance, and what is left today", see), s.getSubscriberLimits)
}

// InCurrency chooses a currency; empty: the account's own.
type InCurrency struct {
	Currency string `query:"currency" maxLength:"3" doc:"ISO 4217; empty: the account's own."`
}

func (s *surface) currency(ctx context.Context, who account.Access, in InCurrency) (string, error) {
	if in.Currency == "" {
		of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
		return of.Currency, err
	}
	if !money.Known(in.Currency) {
		return "", money.ErrCurrency.In("currency")
	}
	return in.Currency, nil
}

// limitsView is a policy with what is possible.
type limitsView struct {
	wallet.Policy
	Most map[string]wallet.Limits `json:"most" nullable:"false" doc:"The most that each level can be allowed."`
}

func (s *surface) viewLimits(of wallet.Policy, err error) (limitsView, error) {
	view := limitsView{Policy: of, Most: map[string]wallet.Limits{}}
	for _, level := range wallet.Levels() {
		view.Most[level.String()] = s.Wallet.Policies.MostOf(level, of.Currency)
	}
	return view, err
}

func (s *surface) getLimits(ctx context.Context, who account.Access, in *InCurrency) (limitsView, error) {
	currency, err := s.currency(ctx, who, *in)
	if err != nil {
		return limitsView{}, err
	}
	return s.viewLimits(s.Wallet.Policies.Of(ctx, who.Account, currency))
}

type setLimitsInput struct {
	InCurrency
	Body struct {
		Basic    wallet.Limits `json:"basic"`
		Verified wallet.Limits `json:"verified"`
		Version  int64         `json:"version" minimum:"0" doc:"The one that was read; 0 where nothing was changed yet."`
	}
}

func (s *surface) setLimits(ctx context.Context, who account.Access, in *setLimitsInput) (limitsView, error) {
	currency, err := s.currency(ctx, who, in.InCurrency)
	if err != nil {
		return limitsView{}, err
	}
	return s.viewLimits(s.Wallet.Policies.Save(ctx, who.Account, wallet.Policy{Currency: currency,
		Basic: in.Body.Basic, Verified: in.Body.Verified, Version: in.Body.Version}))
}

// todayView is how a subscriber stands towards their limits.
type todayView struct {
	Level    string        `json:"level" enum:"basic,verified"`
	Currency string        `json:"currency"`
	Limits   wallet.Limits `json:"limits"`
	Send     int64         `json:"send_left" doc:"What can still be sent to others today, in minor units."`
	Pay      int64         `json:"pay_left" doc:"What can still be paid out of the balance today; means nothing where limits.pay_day is 0."`
	Room     int64         `json:"room" doc:"How much more the balance may hold."`
}

func (s *surface) getSubscriberLimits(ctx context.Context, who account.Access, in *OneSubscriber) (todayView, error) {
	person, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber)
	if err != nil {
		return todayView{}, err
	}
	of, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return todayView{}, err
	}
	today, err := s.Wallet.Today(ctx, person.Person(), of.Currency)
	return todayView{Level: today.Level.String(), Currency: of.Currency, Limits: today.Limits,
		Send: today.Send, Pay: today.Pay, Room: today.Room}, err
}
