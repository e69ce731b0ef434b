package mandate

import (
	"context"
	"errors"

	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// CancelOwn calls somebody's mandate off, by the terms it was agreed on. From
// then on it is never charged: a charge that is under way goes back. Cancelling
// again changes nothing. Errors: ErrNoMandate.
func (s *Service) CancelOwn(ctx context.Context, person message.Person, id string) (Mandate, error) {
	m, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return m, err
	}
	return s.Cancel(ctx, m, ByPayer, m.Terms.Ending)
}

// CancelFor calls a mandate off in a member's name. They may choose to be more
// generous than the terms. Errors: ErrNoMandate, ErrEnding.
func (s *Service) CancelFor(ctx context.Context, account, id string, ending Ending) (Mandate, error) {
	m, err := s.Mandate(ctx, account, id)
	switch {
	case err != nil:
		return m, err
	case ending == "":
		ending = m.Terms.Ending
	case ending != AtPeriodEnd && ending != AtOnceRefund:
		return m, ErrEnding.In("ending")
	}
	return s.Cancel(ctx, m, ByMember, ending)
}

// Cancel calls a mandate off, here and with its provider. What is paid runs on
// until its end, or is given back by days; what is not paid ends at once.
func (s *Service) Cancel(ctx context.Context, m Mandate, by string, ending Ending) (Mandate, error) {
	cancelled, err := s.again(ctx, m, func(m Mandate) (Mandate, error) {
		if m.State == Ended || (m.State == Leaving && ending == AtPeriodEnd) {
			return m, nil
		}
		if m.State != Agreeing && m.Open == nil && ending == AtPeriodEnd {
			return s.turn(ctx, m, to(Leaving).Set("reason", by).Set("release", true).
				Set("tell", tell(m, "cancelled")).Set("due", s.now()))
		}
		back := int64(0)
		if m.State != Agreeing && m.Open == nil {
			from, until, err := m.dates()
			if err != nil {
				return m, err
			}
			back = m.rest(s.today(m.Zone), from, until)
		}
		return s.end(ctx, m, by, "cancelled", back)
	})
	if err != nil {
		return cancelled, err
	}
	return s.follow(ctx, cancelled), nil
}

// end ends a mandate and has what was paid and not used given back: back, and
// the credit.
func (s *Service) end(ctx context.Context, m Mandate, reason, say string, back int64) (Mandate, error) {
	update := to(Ended).Set("reason", reason).Set("ended_at", s.now()).Set("due", s.now()).Set("release", true)
	if m.State != Agreeing {
		update = update.Set("tell", tell(m, say))
	}
	if m.Open != nil || m.State == Agreeing {
		update = update.Set("closing", true)
	}
	if back += m.Credit; m.Open != nil {
		back += m.Open.Credit
	}
	if back > 0 && len(m.Payments) > 0 {
		update = update.Set("give_up", GiveUp{Payments: m.Payments, Amount: back}).Set("credit", int64(0))
	}
	return s.turn(ctx, m, update)
}

// giveBack refunds what a mandate that has ended had not used up. Each payment is
// refunded once at most, under the mandate's own number.
func (s *Service) giveBack(ctx context.Context, m Mandate) (Mandate, error) {
	left, number, currency := m.GiveUp.Amount, "M"+m.ID, m.Terms.Amount.Currency
	for i := len(m.GiveUp.Payments) - 1; i >= 0 && left > 0; i-- {
		payment, err := s.Payments.Get(ctx, m.Account, m.GiveUp.Payments[i])
		if err != nil {
			return m, err
		}
		part := min(payment.Amount.Minor-payment.Refunded, left)
		if before, asked := payment.Refunds[number]; asked {
			part = before.Amount
		} else if part > 0 {
			_, err := s.Payments.Refund(ctx, m.Account, payment.TradeNo, number, part, m.Terms.Name)
			if refused, ok := definite(err); ok { // somebody else has refunded it just now
				s.Logger.WarnContext(ctx, "mandate: not given back", "mandate", m.ID, "payment", payment.TradeNo, "reason", refused.Code)
				continue
			}
			if err != nil {
				return m, err
			}
		}
		left -= part
	}
	if left > 0 {
		s.Logger.InfoContext(ctx, "mandate: less is left of the payments than was to be given back", "mandate", m.ID, "left", money.Of(left, currency).String())
	}
	return s.turn(ctx, m, store.Unset("give_up"))
}

// release calls the mandate off with its provider. One that says no has none any
// more, or has to be asked on its own pages: the mandate is not charged anyway.
func (s *Service) release(ctx context.Context, m Mandate) (Mandate, error) {
	if m.Token != "" {
		err := s.Payments.EndMandate(ctx, m.Account, m.Provider, m.Token)
		if refused, ok := definite(err); ok {
			s.Logger.WarnContext(ctx, "mandate: the provider does not call it off", "mandate", m.ID, "provider", m.Provider, "reason", refused.Code)
			err = nil
		}
		if err != nil {
			return m, err
		}
	}
	return s.turn(ctx, m, store.Unset("release"))
}

// abandon closes what is left of the running period's payments: a mandate that
// has ended is not charged. Money that was faster goes back by itself.
func (s *Service) abandon(ctx context.Context, m Mandate) (Mandate, error) {
	subject := subjectOf(m.ID, m.Number)
	if m.Open != nil { // a worker that stands still before this would write it down as one to be paid
		if err := s.open(ctx, m); err != nil {
			return m, err
		}
	}
	payments, err := s.Payments.Of(ctx, m.Account, subject)
	if err != nil {
		return m, err
	}
	for _, payment := range payments {
		if payment.State.Final() {
			continue
		}
		closed, err := s.Payments.Close(ctx, m.Account, payment.TradeNo)
		if err != nil {
			return m, err
		}
		if !closed.State.Final() {
			return m, errOpenStill
		}
	}
	err = s.settle(ctx, m.Account, m.Account+":"+subject, store.Set("state", NeverPaid))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return m, err
	}
	return s.turn(ctx, m, store.Unset("open", "closing"))
}

// errOpenStill: a payment is being called off.
var errOpenStill = errors.New("mandate: a payment is still open")
