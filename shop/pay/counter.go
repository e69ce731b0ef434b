package pay

import (
	"context"

	"plaza/fault"
	"plaza/store"
)

// ErrUnknownCode is the fault of a code that no way of paying of the account
// has given out.
var ErrUnknownCode = fault.New(fault.Invalid, "payment_code_unknown", "This is not a payment code of a way to pay that is set up here.")

// Issuer names the way of paying whose app shows a code, among those that the
// account has for the currency. Errors: ErrUnknownCode.
func (s *Service) Issuer(ctx context.Context, account, currency, code string) (string, error) {
	offered, err := s.Offered(ctx, account, currency)
	if err != nil {
		return "", err
	}
	for _, name := range offered {
		if counter, ok := s.providers[name].(Counter); ok && counter.Shows(code) {
			return name, nil
		}
	}
	return "", ErrUnknownCode.In("code")
}

// Take asks for the money of whoever shows a code at the counter. The code is
// used here and never kept: after a crash in the middle the payment is looked
// up, and called off when its time is over. While the payer types a password it
// is Pending; ask Check how it went on. Errors: ErrUnknownCode, the provider's
// definite faults, ErrOutcomeOpen, ErrStopped.
func (s *Service) Take(ctx context.Context, request Request, code string) (Payment, error) {
	issuer, err := s.Issuer(ctx, request.Account, request.Amount.Currency, code)
	if err != nil {
		return Payment{}, err
	}
	request.Provider, request.Scene = issuer, AtCounter
	if err := s.check(ctx, request); err != nil {
		return Payment{}, err
	}
	payment, err := s.write(ctx, request)
	if err != nil || payment.State != Created {
		return payment, err // taken before, or under way
	}
	if payment, err = s.guarded(ctx, payment, request, code); err != nil || payment.State != Created {
		return payment, err
	}
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.(Counter).Take(ctx, charge, code)
	if err != nil {
		s.lookSoon(ctx, payment)
		return s.refusedOrOpen(ctx, payment, err)
	}
	if outcome.Status != Waiting {
		return s.settle(ctx, payment, outcome)
	}
	return s.pend(ctx, payment, store.Set("provider_ref", outcome.ProviderRef))
}
