// Package wallet is the built-in way of paying: a balance that a subscriber has
// with one account, kept in the ledger. It is closed-loop: money in it can be
// spent in that account's shop and nowhere else.
package wallet

import (
	"context"
	"errors"
	"net/http"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// Name of this provider.
const Name = "wallet"

// maxGrant bounds one grant of test money, in minor units.
const maxGrant = 100_000_000

// The faults of wallets.
var (
	ErrNoTestMoney = fault.New(fault.Forbidden, "test_money_off", "Test money is only available in the demo.")
	ErrGrantSize   = fault.New(fault.Invalid, "test_money_amount", "This amount of test money is not possible.")
)

// Identities says which subscribers are the same person: their balances are one.
type Identities interface {
	// Linked are the ids of all who are this subscriber, who comes first.
	Linked(ctx context.Context, account, subscriber string) ([]string, error)
}

// Wallet is a pay.Provider over a ledger.
type Wallet struct {
	ledger    *ledger.Ledger
	testMoney bool
	// Identities may be set until the Wallet is used; nil: everybody is alone.
	Identities Identities
	// Codes are what subscribers show at the counter; they too may be set until
	// the Wallet is used.
	Codes Codes
	// Mandates are permissions to charge balances again; without a store there
	// are none. They too may be set until the Wallet is used.
	Mandates Mandates
	// Policies are accounts' limits; without a store all have those that are
	// there by default. They too may be set until the Wallet is used.
	Policies Policies
}

var (
	_ pay.Provider = (*Wallet)(nil)
	_ pay.Counter  = (*Wallet)(nil)
)

// New makes the provider. testMoney allows Grant: money out of nothing, for
// demos and trials only.
func New(ledger *ledger.Ledger, testMoney bool) *Wallet {
	return &Wallet{ledger: ledger, testMoney: testMoney}
}

// Name is "wallet".
func (w *Wallet) Name() string { return Name }

// Personal: a balance is its owner's.
func (w *Wallet) Personal(pay.Scene) bool { return true }

// Balance is what a subscriber has with the account they follow, on all the
// channels on which they are the same person.
func (w *Wallet) Balance(ctx context.Context, person message.Person, currency string) (money.Amount, error) {
	purses, err := w.purses(ctx, person, currency)
	sum := money.Of(0, currency)
	for _, purse := range purses {
		sum.Minor += purse.balance
	}
	return sum, err
}

// Change is what a transfer did to a balance.
type Change struct {
	Amount money.Amount // negative: it went out
	Memo   string
	At     time.Time
}

// Past lists what happened to a subscriber's own balance, newest first.
func (w *Wallet) Past(ctx context.Context, person message.Person, currency string, limit int, after store.Cursor) ([]Change, store.Cursor, error) {
	transfers, next, err := w.ledger.History(ctx, person.Account, currency, person.ID, limit, after)
	var past []Change
	for _, transfer := range transfers {
		for _, leg := range transfer.Legs {
			if leg.Wallet == person.ID && transfer.State == ledger.Posted {
				past = append(past, Change{money.Of(leg.Amount, currency), transfer.Memo, transfer.At})
			}
		}
	}
	return past, next, err
}

// TestMoney says whether Grant works.
func (w *Wallet) TestMoney() bool { return w.testMoney }

// Grant gives a subscriber test money. The same key twice gives it once.
func (w *Wallet) Grant(ctx context.Context, person message.Person, key string, amount money.Amount) error {
	if !w.testMoney {
		return ErrNoTestMoney
	}
	if err := amount.Check(); err != nil {
		return err
	}
	if amount.Minor == 0 || amount.Minor > maxGrant {
		return ErrGrantSize.In("amount")
	}
	_, err := w.ledger.Transfer(ctx, ledger.Request{
		Account: person.Account, Key: "grant:" + key, Currency: amount.Currency, Memo: "grant",
		Legs: []ledger.Leg{{Wallet: ledger.Issue, Amount: -amount.Minor}, {Wallet: person.ID, Amount: amount.Minor}},
	})
	return err
}

// Create moves nothing: the buyer has to say yes.
func (w *Wallet) Create(context.Context, pay.Charge) (pay.Step, error) {
	return pay.Step{Kind: pay.ConfirmStep}, nil
}

// Confirm moves the money from the buyer to the shop. Too little in the balance
// leaves the payment open, so that the buyer can top up and say yes again.
func (w *Wallet) Confirm(ctx context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	if free(charge) {
		return w.agree(ctx, charge)
	}
	purses, err := w.purses(ctx, charge.Payer, charge.Amount.Currency)
	if err != nil {
		return pay.Outcome{}, err
	}
	legs, enough := draw(purses, charge.Amount.Minor)
	if !enough {
		// Unless it is this very payment that has emptied the balance.
		if outcome, err := w.Query(ctx, charge); err != nil || outcome.Status != pay.Waiting {
			return outcome, err
		}
		return pay.Outcome{}, ledger.ErrInsufficient
	}
	if err := w.permits(ctx, charge); err != nil {
		return pay.Outcome{}, err
	}
	transfer, err := w.ledger.Transfer(ctx, ledger.Request{
		Account: charge.Account, Key: payKey(charge), Currency: charge.Amount.Currency, Memo: charge.Description,
		Legs: append(legs, ledger.Leg{Wallet: ledger.Sales, Amount: charge.Amount.Minor}),
	})
	switch {
	case errors.Is(err, ledger.ErrKeyReused):
		// The same yes before, when the balances stood otherwise.
		return w.Query(ctx, charge)
	case errors.Is(err, ledger.ErrVoid):
		return pay.Outcome{Status: pay.Ended}, w.unpermit(ctx, charge)
	case errors.Is(err, ledger.ErrInsufficient):
		// The balance went elsewhere at the same moment: final for this number.
		return pay.Outcome{Status: pay.Failure, Reason: ledger.ErrInsufficient.Code}, w.unpermit(ctx, charge)
	case err != nil:
		return pay.Outcome{}, err
	}
	return w.permitted(ctx, charge, outcome(charge, transfer))
}

// Query looks the transfer up in the ledger.
func (w *Wallet) Query(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	if free(charge) {
		return w.askAgreed(ctx, charge)
	}
	transfer, err := w.ledger.Find(ctx, charge.Account, payKey(charge))
	if errors.Is(err, store.ErrNotFound) {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	return w.permitted(ctx, charge, outcome(charge, transfer))
}

// Close takes the payment's place in the ledger, so that exactly one of paying
// and closing happens.
func (w *Wallet) Close(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	if free(charge) {
		return w.disagree(ctx, charge)
	}
	transfer, err := w.ledger.Void(ctx, charge.Account, payKey(charge))
	if err != nil {
		return pay.Outcome{}, err
	}
	return w.permitted(ctx, charge, outcome(charge, transfer))
}

// Refund moves the money back from the shop to the buyer.
func (w *Wallet) Refund(ctx context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	transfer, err := w.ledger.Transfer(ctx, ledger.Request{
		Account: charge.Account, Key: refundKey(charge, refund), Currency: charge.Amount.Currency, Memo: refund.Memo,
		Legs: []ledger.Leg{
			{Wallet: ledger.Sales, Amount: -refund.Amount},
			{Wallet: charge.Payer.ID, Amount: refund.Amount},
		},
	})
	if errors.Is(err, ledger.ErrInsufficient) {
		return pay.RefundOutcome{Status: pay.RefundFailure, Reason: ledger.ErrInsufficient.Code}, nil
	}
	return refundOutcome(transfer), err
}

// QueryRefund looks the transfer up in the ledger.
func (w *Wallet) QueryRefund(ctx context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	transfer, err := w.ledger.Find(ctx, charge.Account, refundKey(charge, refund))
	if errors.Is(err, store.ErrNotFound) {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	return refundOutcome(transfer), err
}

// Notification: there is nobody outside who could notify.
func (w *Wallet) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{Reply: pay.Reply{Status: http.StatusNotFound}}, pay.ErrNoNotifications
}

func payKey(charge pay.Charge) string { return "pay:" + charge.TradeNo }

func refundKey(charge pay.Charge, refund pay.Refund) string {
	return "refund:" + charge.TradeNo + ":" + refund.Number
}

func outcome(charge pay.Charge, transfer ledger.Transfer) pay.Outcome {
	switch {
	case transfer.State == ledger.Posted:
		return pay.Outcome{Status: pay.Success, Amount: charge.Amount, ProviderRef: transfer.Mark, Payer: payerOf(charge, transfer)}
	case transfer.Void:
		return pay.Outcome{Status: pay.Ended}
	case transfer.State == ledger.Refused:
		return pay.Outcome{Status: pay.Failure, Reason: ledger.ErrInsufficient.Code}
	}
	return pay.Outcome{Status: pay.Waiting}
}

func refundOutcome(transfer ledger.Transfer) pay.RefundOutcome {
	switch transfer.State {
	case ledger.Posted:
		return pay.RefundOutcome{Status: pay.RefundSuccess, ProviderRef: transfer.Mark}
	case ledger.Refused:
		return pay.RefundOutcome{Status: pay.RefundFailure, Reason: ledger.ErrInsufficient.Code}
	}
	return pay.RefundOutcome{Status: pay.RefundWaiting}
}
