package pay

import (
	"context"

	"plaza/fault"
)

// ErrNotRecurring is the fault of a mandate with a provider that has none.
var ErrNotRecurring = fault.New(fault.Invalid, "payment_not_recurring", "This way of paying can't charge again by itself.")

// Recurring says whether a provider can charge again without the payer.
func (s *Service) Recurring(provider string) bool {
	_, ok := s.providers[provider].(Recurring)
	return ok
}

// ChargeMandate asks for money under a mandate, without the payer. The provider
// is called once for a Subject; a silence is resolved by Query, never by a second
// call. Errors: ErrNotRecurring, the provider's definite faults (a mandate
// that is over, too little money), ErrOutcomeOpen.
func (s *Service) ChargeMandate(ctx context.Context, request Request) (Payment, error) {
	recurring, ok := s.providers[request.Provider].(Recurring)
	if !ok || request.Mandate == "" {
		return Payment{}, ErrNotRecurring
	}
	if err := s.check(ctx, request); err != nil {
		return Payment{}, err
	}
	payment, inserted, err := s.writeOnce(ctx, request)
	if err != nil || !inserted {
		return payment, err
	}
	_, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := recurring.ChargeMandate(ctx, charge)
	if err != nil {
		s.lookSoon(ctx, payment)
		return s.refusedOrOpen(ctx, payment, err)
	}
	return s.settle(ctx, payment, outcome)
}

// EndMandate calls a mandate off at its provider. Repeatable.
func (s *Service) EndMandate(ctx context.Context, account, provider, mandate string) error {
	recurring, ok := s.providers[provider].(Recurring)
	if !ok {
		return ErrNotRecurring
	}
	contract, err := s.contract(ctx, account, provider)
	if err != nil {
		return err
	}
	return recurring.EndMandate(ctx, contract, mandate)
}

// writeOnce writes the first payment of a subject, or finds it.
func (s *Service) writeOnce(ctx context.Context, request Request) (Payment, bool, error) {
	written := s.written(request, 1)
	return s.of(written).InsertIfAbsent(ctx, written)
}
