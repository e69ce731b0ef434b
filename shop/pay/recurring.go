package pay

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/store"
)

// ErrNotRecurring is the fault of a mandate with a provider that has none.
var ErrNotRecurring = fault.New(fault.Invalid, "payment_not_recurring", "This way of paying can't charge again by itself.")

// Recurring names the ways of paying that an account has now for a currency and
// that can charge again without the payer. Errors: ErrNoWayToPay.
func (s *Service) Recurring(ctx context.Context, account, currency string) ([]string, error) {
	offered, err := s.Offered(ctx, account, currency)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range offered {
		recurring, ok := s.providers[name].(Recurring)
		if !ok {
			continue
		}
		contract, err := s.contract(ctx, account, name)
		if err != nil {
			return nil, err
		}
		if recurring.TakesMandates(contract) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, ErrNoWayToPay
	}
	return names, nil
}

// underMandate says whether a payment is charged without its payer.
func (p Payment) underMandate() bool { return p.Mandate != "" && !p.Recurring }

// ChargeMandate asks for money under a mandate, without the payer. The provider
// is called once for an Attempt at a Subject; a silence is resolved by Query,
// never by a second call. A held charge waits for a member. Errors:
// ErrNotRecurring, the provider's definite faults (a mandate that is over, too
// little money), ErrOutcomeOpen, ErrStopped.
func (s *Service) ChargeMandate(ctx context.Context, request Request) (Payment, error) {
	if _, ok := s.providers[request.Provider].(Recurring); !ok || request.Mandate == "" {
		return Payment{}, ErrNotRecurring
	}
	written := s.written(request, max(request.Attempt, 1))
	payment, err := s.of(written).Get(ctx, written.ID)
	if errors.Is(err, store.ErrNotFound) {
		if err := s.check(ctx, request); err != nil {
			return Payment{}, err
		}
		payment, _, err = s.of(written).InsertIfAbsent(ctx, written)
	}
	if err != nil || payment.State != Created {
		return payment, err
	}
	if payment, err = s.guarded(ctx, payment, request, ""); err != nil || payment.Guarded == Held {
		return payment, err
	}
	return s.charge(ctx, payment)
}

// charge tells the provider to charge, unless that has been done: no provider
// need have a key that makes a repetition harmless (KakaoPay has none).
func (s *Service) charge(ctx context.Context, payment Payment) (Payment, error) {
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	if marking, ok := provider.(Marking); ok {
		if charge.Mark, err = marking.MandateMark(ctx, charge); err != nil {
			return payment, ErrOutcomeOpen.Because(err) // nothing was asked for yet
		}
	}
	asking, err := s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("asked", true).Set("mark", charge.Mark).Set("due", s.in(lease)),
		store.Eq("state", Created), store.Exists("asked", false))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	if err != nil {
		return payment, err
	}
	outcome, err := provider.(Recurring).ChargeMandate(ctx, charge)
	if err != nil {
		s.lookSoon(ctx, asking)
		return s.refusedOrOpen(ctx, asking, err)
	}
	return s.settle(ctx, asking, outcome)
}

// EndMandate calls a mandate off at its provider. Repeatable.
func (s *Service) EndMandate(ctx context.Context, account, provider, mandate string) error {
	recurring, contract, err := s.recurring(ctx, account, provider)
	if err != nil {
		return err
	}
	return recurring.EndMandate(ctx, contract, mandate)
}

// MandateStands asks a provider whether a mandate is still there.
func (s *Service) MandateStands(ctx context.Context, account, provider, mandate string) (bool, error) {
	recurring, contract, err := s.recurring(ctx, account, provider)
	if err != nil {
		return false, err
	}
	return recurring.MandateStands(ctx, contract, mandate)
}

func (s *Service) recurring(ctx context.Context, account, provider string) (Recurring, []byte, error) {
	recurring, ok := s.providers[provider].(Recurring)
	if !ok {
		return nil, nil, ErrNotRecurring
	}
	contract, err := s.contract(ctx, account, provider)
	return recurring, contract, err
}
