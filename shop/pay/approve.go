package pay

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
)

// The faults of approvals.
var (
	ErrOtherAmount = fault.New(fault.Conflict, "payment_other_amount", "The amount has changed. Please open the payment again.")
	ErrOtherPayer  = fault.New(fault.Conflict, "payment_other_payer", "Somebody else is paying this just now.")
)

// ApprovalTime is how long a charge may be under way after Approve. Telegram
// publishes no limit; the payment companies' pages (3-D Secure) end after some
// minutes.
const ApprovalTime = 15 * time.Minute

// approvalSpare is how much of a payment's time has to be left when it is
// approved: whoever is charged then has some seconds to type a code.
const approvalSpare = 30 * time.Second

// Approve says whether a provider that asks before it charges (Telegram) may
// charge now, and writes the yes down, so that closing the payment waits until
// the provider has had its time and nobody else is charged for the same. payer
// is who pays, as the provider names them: they may try again with another card.
// Errors: ErrNoPayment, ErrPaymentOver, ErrOtherAmount, ErrOtherPayer, ErrHeld.
func (s *Service) Approve(ctx context.Context, provider, account, tradeNo, payer string, amount money.Amount) error {
	payment, err := s.Get(ctx, account, tradeNo)
	switch {
	case err != nil:
		return err
	case payment.Provider != provider:
		return ErrNoPayment
	case payment.State != Created && payment.State != Pending, s.now().Add(approvalSpare).After(payment.ExpiresAt):
		return ErrPaymentOver
	case payment.Amount != amount:
		return ErrOtherAmount
	case payment.Guarded == Held:
		return ErrHeld
	case payment.Approved != nil && payment.Approved.Payer != payer && s.now().Before(payment.Approved.At.Add(ApprovalTime)):
		return ErrOtherPayer
	}
	unchanged := store.Exists("approved", false)
	if payment.Approved != nil {
		unchanged = store.Eq("approved.at", payment.Approved.At)
	}
	err = s.of(payment).Update(ctx, payment.ID, store.Set("approved", Approval{Payer: payer, At: s.now()}), store.In("state", Created, Pending), unchanged)
	if errors.Is(err, store.ErrConditionFailed) {
		return ErrOtherPayer // or it was called off in this very moment: either way, not now
	}
	return err
}

// Approval is a yes to a provider that asks before it charges.
type Approval struct {
	Payer string    `bson:"payer"`
	At    time.Time `bson:"at"`
}

// Report applies what a provider has said elsewhere than in a notification of
// its own: in a messenger's call, which was verified there. Errors: ErrNoPayment,
// ErrWrongAmount.
func (s *Service) Report(ctx context.Context, provider, account, tradeNo string, outcome Outcome) error {
	s.heard(ctx, account, provider)
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil {
		return err
	}
	if payment.Provider != provider {
		return ErrNoPayment
	}
	_, err = s.settle(ctx, payment, outcome)
	return err
}
