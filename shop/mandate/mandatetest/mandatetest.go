// Package mandatetest makes a mandate for tests of what shows them.
package mandatetest

import (
	"testing"

	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
)

// World is what a mandate is agreed to and paid in.
type World struct {
	Mandates *mandate.Service
	Payments *pay.Service
	Wallet   *wallet.Wallet
}

// Agreed is a monthly plan of 30 and a mandate to it that somebody has agreed
// to, with its first period paid from their balance.
func (w World) Agreed(t testing.TB, person message.Person, currency, name string) (mandate.Plan, mandate.Mandate) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	plan, err := w.Mandates.SavePlan(ctx, person.Account, "", mandate.Terms{Name: name, Amount: money.Of(3000, currency),
		Every: mandate.Interval{Unit: mandate.Month, Count: 1}, Remind: 3, Ending: mandate.AtPeriodEnd}, name)
	must(err)
	_, quote, err := w.Mandates.Quote(ctx, person.Account, plan.ID)
	must(err)
	agreed, err := w.Mandates.Agree(ctx, person, mandate.Yes{Plan: plan.ID, Given: true, Quote: quote.Key()})
	must(err)
	must(w.Wallet.Grant(ctx, person, "grant-"+agreed.ID, plan.Terms.Amount))
	payment, err := w.Mandates.Pay(ctx, person, agreed.ID, pay.Way{Provider: wallet.Name})
	must(err)
	_, err = w.Payments.Confirm(ctx, person.Account, payment.TradeNo, nil)
	must(err)
	agreed, err = w.Mandates.Mandate(ctx, person.Account, agreed.ID)
	must(err)
	return plan, agreed
}
