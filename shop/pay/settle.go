package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// settle applies what a provider said. Whoever comes first wins, everybody gets
// the same payment back, and the owner is told until it has listened.
func (s *Service) settle(ctx context.Context, payment Payment, outcome Outcome) (Payment, error) {
	switch outcome.Status {
	case Success:
		return s.settlePaid(ctx, payment, outcome)
	case Failure:
		return s.end(ctx, payment, Failed, outcome.Reason)
	case Ended:
		return s.end(ctx, payment, Closed, outcome.Reason)
	}
	return payment, nil
}

func (s *Service) settlePaid(ctx context.Context, payment Payment, outcome Outcome) (Payment, error) {
	if outcome.Amount != payment.Amount {
		s.Logger.ErrorContext(ctx, "pay: amount differs from what was asked; left as it is", "payment", payment.TradeNo,
			"asked", payment.Amount.String(), "reported", outcome.Amount.String())
		return payment, ErrWrongAmount
	}
	update := store.Set("state", Paid).Set("paid_at", s.now()).Set("due", s.in(lease)).Set("tries", 0)
	if outcome.ProviderRef != "" {
		update = update.Set("provider_ref", outcome.ProviderRef)
	}
	if outcome.Payer != nil {
		update = update.Set("payer", *outcome.Payer)
	}
	if outcome.Mandate != "" {
		update = update.Set("mandate", outcome.Mandate)
	}
	paid, err := s.of(payment).UpdateAndGet(ctx, payment.ID, update, store.In("state", before(Paid)...))
	if errors.Is(err, store.ErrConditionFailed) { // settled before
		if paid, err = s.Get(ctx, payment.Account, payment.TradeNo); err == nil && paid.Told {
			s.noteSecond(ctx, paid, outcome)
			return paid, nil
		}
	}
	if err != nil {
		return payment, err
	}
	s.learned(ctx, paid)
	s.noteHabit(ctx, paid)
	return s.tellPaid(ctx, paid)
}

// noteSecond says aloud that a payment was paid a second time under another
// number of the provider's, which no provider but one that is paid by link
// allows: only a person can give that money back.
func (s *Service) noteSecond(ctx context.Context, paid Payment, outcome Outcome) {
	if outcome.ProviderRef != "" && paid.ProviderRef != "" && outcome.ProviderRef != paid.ProviderRef {
		s.Logger.ErrorContext(ctx, "pay: paid twice; give the second back on the provider's pages", "payment", paid.TradeNo,
			"first", paid.ProviderRef, "second", outcome.ProviderRef)
	}
}

// tellPaid hands the money to the owner, or back. The owner's failure is not
// the payer's: the payment is paid, and Recover tells again.
func (s *Service) tellPaid(ctx context.Context, payment Payment) (Payment, error) {
	owner, err := s.owner(payment)
	if err != nil {
		return payment, err
	}
	wanted, err := owner.PaymentPaid(ctx, payment)
	if err != nil {
		s.Logger.ErrorContext(ctx, "pay: telling the owner; will be told again", "payment", payment.TradeNo, "error", err)
		return payment, nil
	}
	if wanted {
		told, err := s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("told", true).Unset("due"))
		if err != nil {
			return payment, err
		}
		if !told.waits() {
			return told, nil
		}
		return s.rest(ctx, told)
	}
	returned, err := s.giveBack(ctx, payment)
	if err != nil {
		s.Logger.ErrorContext(ctx, "pay: giving back unwanted money; will be tried again", "payment", payment.TradeNo, "error", err)
		return payment, nil
	}
	return returned, nil
}

// end closes or fails a payment that has not been paid.
func (s *Service) end(ctx context.Context, payment Payment, to State, reason string) (Payment, error) {
	from := before(to)
	if to == Failed {
		// A provider that says no while we close has closed it.
		if payment.State == Closing {
			to, from = Closed, before(Closed)
		}
	}
	ended, err := s.of(payment).UpdateAndGet(ctx, payment.ID,
		store.Set("state", to).Set("reason", reason).Unset("due"), store.In("state", from...))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	if err == nil {
		s.learned(ctx, ended)
	}
	return ended, err
}

// rest sets when the payment is to be looked at next, by what is left to do.
func (s *Service) rest(ctx context.Context, payment Payment) (Payment, error) {
	update := store.Unset("due")
	if payment.waits() {
		update = store.Set("due", s.in(pollAfter(payment.Tries)))
	}
	// Not if something was begun meanwhile: that has set a time of its own.
	next, err := s.of(payment).UpdateAndGet(ctx, payment.ID, update,
		store.Eq("state", payment.State), store.Eq("refunded", payment.Refunded))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	return next, err
}

// pollAfter is the gap before the next look: it grows to ten minutes.
func pollAfter(tries int64) time.Duration {
	gap := 5 * time.Second << min(tries, 7)
	return min(gap, 10*time.Minute)
}

// Recover finishes what crashes and silent providers have left, of all
// accounts, and returns how many payments it looked at. Any number of nodes
// may call it, every few seconds.
func (s *Service) Recover(ctx context.Context) (looked int, err error) {
	lease := store.Lease{Now: s.now, For: lease, Also: store.Inc("tries", 1)}
	return store.TakeDue(ctx, payments.Across(s.DB), lease, func(payment Payment) error {
		if err := s.goOn(ctx, payment); err != nil {
			return fmt.Errorf("pay: recover %s: %w", payment.TradeNo, err)
		}
		return nil
	})
}

// goOn does the next thing for one payment.
func (s *Service) goOn(ctx context.Context, payment Payment) error {
	var err error
	switch {
	case payment.State == Closing,
		!payment.State.Final() && !s.now().Before(payment.ExpiresAt):
		payment, err = s.Close(ctx, payment.Account, payment.TradeNo)
	case payment.waitsForMember(s.now()):
		_, err = s.inState(ctx, payment, store.Set("due", payment.ExpiresAt), store.Eq("guarded", Held))
		return err
	case !payment.State.Final():
		payment, err = s.Check(ctx, payment.Account, payment.TradeNo)
	case payment.State == Paid && !payment.Told:
		payment, err = s.tellPaid(ctx, payment)
	default:
		payment, err = s.goOnRefunding(ctx, payment)
	}
	if err != nil {
		return err
	}
	if payment.State == Paid && !payment.Told {
		return nil // the lease runs on: told again when it is over
	}
	_, err = s.rest(ctx, payment)
	return err
}
