package pay

import (
	"context"

	"plaza/message"
)

// Receipts are written for every movement of a payment's money, before its owner
// is told. All calls may come more than once for the same fact.
type Receipts interface {
	Paid(ctx context.Context, payment Payment) error
	Refunded(ctx context.Context, payment Payment, refund Refund) error
	// OfPayment and OfRefund are the receipts as messages for the payer.
	OfPayment(ctx context.Context, payment Payment) (message.Outbound, error)
	OfRefund(ctx context.Context, payment Payment, refund Refund) (message.Outbound, error)
}

// Record sets who writes receipts. Call it before the Service is used; without,
// payers are told in words.
func (s *Service) Record(receipts Receipts) { s.receipts = receipts }

// recorded is an owner who is told when the receipt is written.
type recorded struct {
	Owner
	receipts Receipts
}

func (r recorded) PaymentPaid(ctx context.Context, payment Payment) (bool, error) {
	if err := r.receipts.Paid(ctx, payment); err != nil {
		return false, err
	}
	return r.Owner.PaymentPaid(ctx, payment)
}

func (r recorded) PaymentRefunded(ctx context.Context, payment Payment, refund Refund) error {
	if err := r.receipts.Refunded(ctx, payment, refund); err != nil {
		return err
	}
	return r.Owner.PaymentRefunded(ctx, payment, refund)
}

// TellPaid is what a payer hears of a payment: its receipt, or these words where
// nobody writes receipts.
func (s *Service) TellPaid(ctx context.Context, payment Payment, words string) (message.Outbound, error) {
	if s.receipts == nil {
		return message.Text(words), nil
	}
	return s.receipts.OfPayment(ctx, payment)
}

// TellRefunded is what a payer hears of a refund.
func (s *Service) TellRefunded(ctx context.Context, payment Payment, refund Refund, words string) (message.Outbound, error) {
	if s.receipts == nil {
		return message.Text(words), nil
	}
	return s.receipts.OfRefund(ctx, payment, refund)
}
