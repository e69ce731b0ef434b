package paytest

import (
	"context"
	"sync"

	"plaza/shop/pay"
)

// Owner counts what it is told of payments; a subject is wanted once, or not at
// all.
type Owner struct {
	mu       sync.Mutex
	unwanted bool
	paidBy   map[string]string
}

// NewOwner makes an Owner who wants each subject paid.
func NewOwner() *Owner {
	return &Owner{paidBy: map[string]string{}}
}

// WantNothing makes it send all money back.
func (o *Owner) WantNothing() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unwanted = true
}

// PaidBy says which payment has paid a subject; empty for none.
func (o *Owner) PaidBy(subject string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.paidBy[subject]
}

// PaymentPaid takes the first payment of a subject.
func (o *Owner) PaymentPaid(_ context.Context, payment pay.Payment) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unwanted {
		return false, nil
	}
	if o.paidBy[payment.Subject] == "" {
		o.paidBy[payment.Subject] = payment.TradeNo
	}
	return o.paidBy[payment.Subject] == payment.TradeNo, nil
}

// PaymentRefunded takes note of nothing.
func (o *Owner) PaymentRefunded(context.Context, pay.Payment, pay.Refund) error { return nil }
