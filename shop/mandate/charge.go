package mandate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// maxAttempts bounds the payments of one period; a provider that leaves so many
// open, or a payer who wishes for so many tries, has had enough of them.
const maxAttempts = 60

// goOnCharging does the next thing for a period that is not settled: it asks for
// the money, finds out what became of that, or waits for the next try.
func (s *Service) goOnCharging(ctx context.Context, m Mandate) (Mandate, error) {
	if err := s.open(ctx, m); err != nil {
		return m, err
	}
	if !m.Open.Asked {
		if s.now().Before(m.Open.Next) {
			return m, nil
		}
		asked := *m.Open
		asked.Asked, asked.Attempt = true, asked.Attempt+1
		var err error
		if m, err = s.turn(ctx, m, store.Set("open", asked)); err != nil {
			return m, err
		}
	}
	payment, err := s.attempt(ctx, m)
	if refused, ok := definite(err); ok && payment.TradeNo == "" { // nothing was asked for: no contract any more
		return s.failed(ctx, m, refused.Code)
	}
	if err != nil {
		return m, err
	}
	switch payment.State {
	case pay.Paid:
		return s.Mandate(ctx, m.Account, m.ID) // its owner, we, has been told
	case pay.Failed:
		return s.failed(ctx, m, payment.Reason)
	case pay.Closed:
		if payment.Guarded == pay.Held { // no member has looked at it in time
			return s.failed(ctx, m, pay.ErrHeld.Code)
		}
		return s.missed(ctx, m)
	}
	return m, nil
}

// attempt asks for the money of the running try, once, or finds out what became
// of it.
func (s *Service) attempt(ctx context.Context, m Mandate) (pay.Payment, error) {
	front, err := s.Directory.Front(ctx, m.Account)
	if err != nil {
		return pay.Payment{}, err
	}
	tradeNo := tradeNoOf(m)
	payment, err := s.Payments.Get(ctx, m.Account, tradeNo)
	switch {
	case errors.Is(err, pay.ErrNoPayment), err == nil && payment.State == pay.Created && !payment.Asked && payment.Guarded != pay.Held:
		request := s.request(m, front, m.Open.Amount)
		request.Mandate, request.Attempt, request.ExpiresAt = m.Token, m.Open.Attempt, s.in(heldFor)
		payment, err = s.Payments.ChargeMandate(ctx, request)
		if _, ok := definite(err); ok {
			again, lost := s.Payments.Get(ctx, m.Account, tradeNo)
			if errors.Is(lost, pay.ErrNoPayment) {
				return pay.Payment{}, err
			}
			return again, lost
		}
	case err != nil || payment.State.Final() || payment.Guarded == pay.Held:
	case s.now().Before(payment.At.Add(openFor)):
		payment, err = s.Payments.Check(ctx, m.Account, tradeNo)
	default:
		payment, err = s.Payments.Close(ctx, m.Account, tradeNo)
	}
	if errors.Is(err, pay.ErrOutcomeOpen) {
		err = nil // looked at again
	}
	return payment, err
}

// tradeNoOf is the number of the running try's payment, as pay makes it.
func tradeNoOf(m Mandate) string {
	return fmt.Sprintf("%s%02d", subjectOf(m.ID, m.Number), m.Open.Attempt)
}

// failed notes that the provider has refused: the next try of the schedule comes,
// or the mandate ends. A refusal for good is one whose mandate is over, or that
// was stopped for safety: asking again would overrule whoever stopped it.
func (s *Service) failed(ctx context.Context, m Mandate, reason string) (Mandate, error) {
	if reason == pay.ErrStopped.Code {
		return s.end(ctx, m, reason, "stopped", 0)
	}
	stands, err := s.Payments.MandateStands(ctx, m.Account, m.Provider, m.Token)
	if err == nil && !stands {
		return s.end(ctx, m, AtProvider, "provider", 0)
	}
	now, charge := s.now(), *m.Open
	charge.Asked, charge.Reason = false, reason
	if charge.FailedAt == nil {
		charge.FailedAt = &now
	}
	if !charge.ByPayer || charge.Failures == 0 {
		charge.Failures++
	}
	charge.ByPayer = false
	if charge.Failures > len(s.Retry) || charge.Attempt >= maxAttempts {
		return s.end(ctx, m, Unpaid, "unpaid", 0)
	}
	charge.Next = s.retryAt(m, charge)
	return s.turn(ctx, m, to(PastDue).Set("open", charge).
		Set("tell", tell(m, fmt.Sprintf("failed:%d.%d", m.Number, charge.Attempt))))
}

// retryAt is when a charge that has failed is tried again: some days after it
// failed first, at the hour of charges.
func (s *Service) retryAt(m Mandate, charge Charge) time.Time {
	first := DateOf(*charge.FailedAt, m.zone())
	return Date{first.AddDate(0, 0, s.Retry[charge.Failures-1])}.In(m.zone())
}

// missed tries again soon what was called off without an answer: nobody has
// refused it.
func (s *Service) missed(ctx context.Context, m Mandate) (Mandate, error) {
	charge := *m.Open
	charge.Asked, charge.Next = false, s.in(lookAgain)
	if charge.Attempt >= maxAttempts {
		return s.end(ctx, m, Unpaid, "unpaid", 0)
	}
	return s.turn(ctx, m, store.Set("open", charge))
}

// TryNow tries a charge that has failed once more, because its payer says that
// there is money now. It takes nothing from the schedule. Errors: ErrNoMandate,
// ErrState.
func (s *Service) TryNow(ctx context.Context, person message.Person, id string) (Mandate, error) {
	m, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return m, err
	}
	tried, err := s.again(ctx, m, func(m Mandate) (Mandate, error) {
		if m.State != PastDue || m.Open == nil {
			return m, ErrState
		}
		if m.Open.Asked {
			return m, nil
		}
		charge := *m.Open
		charge.ByPayer, charge.Next = true, s.now()
		return s.turn(ctx, m, store.Set("open", charge).Set("due", s.now()))
	})
	if err != nil {
		return tried, err
	}
	return s.follow(ctx, tried), nil
}
