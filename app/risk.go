package app

import (
	"context"
	"time"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/wallet"
)

// guard is risk with what the wallet knows: how much of a balance an attempt
// takes out.
type guard struct {
	*risk.Service
	wallet *wallet.Wallet
}

func (g guard) Assess(ctx context.Context, a risk.Attempt) (risk.Assessment, error) {
	if a.Method == wallet.Name && a.Kind == risk.Payment && a.Subscriber != "" {
		balance, err := g.wallet.Balance(ctx, message.Person{ID: a.Subscriber, Account: a.Account}, a.Amount.Currency)
		if err != nil {
			return risk.Assessment{}, err
		}
		a.Balance = balance.Minor
	}
	return g.Service.Assess(ctx, a)
}

// guardMoney has risk look at all money before it moves.
func (a *App) guardMoney(directory directory, subscribers *outbox) {
	a.Risk = risk.New(risk.Dependencies{
		DB:     a.DB,
		Zones:  directory,
		Places: a.Places,
		Log:    a.Log,
		Now:    a.Now,
		Logger: a.Logger,
	})
	payments := pay.HeldPayments{Service: a.Payments}
	a.Risk.Move(risk.Payment, payments)
	a.Risk.Move(risk.TopUp, payments)
	a.Risk.Move(risk.Refund, pay.HeldRefunds{Service: a.Payments})
	a.PINs = a.pins(subscribers, directory)
	a.Wallet.Codes.StepUp = a.PINs
	a.Payments.Watch(guard{a.Risk, a.Wallet}, a.PINs)
}

// learnRisks keeps what risk learns, and carries reviews out.
func (a *App) learnRisks(ctx context.Context) { a.Risk.Run(ctx, 3*time.Second) }
