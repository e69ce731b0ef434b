package mandate

import (
	"context"
	"errors"
	"slices"

	"plaza/shop/pay"
	"plaza/store"
)

// owner is how payments tell mandates what became of them.
type owner struct{ service *Service }

// PaymentPaid settles a period, once. Other money, and money for a mandate that
// was called off meanwhile, is not wanted and goes back.
func (o owner) PaymentPaid(ctx context.Context, payment pay.Payment) (bool, error) {
	s := o.service
	period, err := s.period(ctx, payment.Account, payment.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || period.Payment == payment.TradeNo {
		return period.Payment == payment.TradeNo, err
	}
	m, err := s.Mandate(ctx, payment.Account, period.Mandate)
	if err != nil {
		return false, err
	}
	settled := s.settleCharge
	if payment.Recurring {
		settled = s.begun
	}
	m, err = s.again(ctx, m, func(m Mandate) (Mandate, error) { return settled(ctx, m, period, payment) })
	if err != nil {
		return false, err
	}
	if m.Number != period.Number || !slices.Contains(m.Payments, payment.TradeNo) {
		return s.unwanted(ctx, m, payment)
	}
	if err := s.settlePeriod(ctx, m, payment); err != nil {
		return false, err
	}
	s.follow(ctx, m)
	return true, nil
}

// begun makes a mandate run that was agreed to and has now been paid for.
func (s *Service) begun(ctx context.Context, m Mandate, period Period, payment pay.Payment) (Mandate, error) {
	if m.State != Agreeing || m.Number != period.Number || payment.Mandate == "" {
		return m, nil
	}
	there, err := s.seated(ctx, m.Account, seatID(m.Account, m.Plan, m.Payer), m.Plan)
	if err != nil || (there.ID != "" && there.ID != m.ID && there.State != Ended) {
		return m, err // they have another by now
	}
	next := Active
	if m.Number == 0 {
		next = Trial
	}
	return s.turn(ctx, m, to(next).Set("provider", payment.Provider).Set("token", payment.Mandate).
		Set("payments", []string{payment.TradeNo}).Set("tell", tell(m, "begun")).Set("due", s.now()))
}

// settleCharge ends the charging of the running period.
func (s *Service) settleCharge(ctx context.Context, m Mandate, period Period, payment pay.Payment) (Mandate, error) {
	if !m.State.Charged() || m.Number != period.Number || m.Open == nil {
		return m, nil
	}
	sources := []string{payment.TradeNo}
	if m.Credit > 0 || m.Open.Credit > 0 { // what went before is not used up
		sources = append(slices.Clone(m.Payments), payment.TradeNo)
	}
	return s.turn(ctx, m, to(Active).Unset("open").Set("payments", sources).
		Set("tell", tell(m, "receipt:"+payment.TradeNo)).Set("due", s.now()))
}

// settlePeriod marks the running period as paid. Repeatable.
func (s *Service) settlePeriod(ctx context.Context, m Mandate, payment pay.Payment) error {
	return s.settle(ctx, m.Account, m.Account+":"+payment.Subject,
		store.Set("state", Settled).Set("payment", payment.TradeNo).Set("paid_at", s.now()))
}

// settle changes a period that is not settled: one that is may have been given
// back since.
func (s *Service) settle(ctx context.Context, account, period string, update store.Update) error {
	err := periods.In(s.DB, account).Update(ctx, period, update, store.Eq("state", Unsettled))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// unwanted sends money back, and the mandate that may have come with it. Where
// there is no money there is nothing to send back.
func (s *Service) unwanted(ctx context.Context, m Mandate, payment pay.Payment) (bool, error) {
	if payment.Recurring && payment.Mandate != "" && payment.Mandate != m.Token {
		err := s.Payments.EndMandate(ctx, payment.Account, payment.Provider, payment.Mandate)
		if _, ok := definite(err); err != nil && !ok {
			return false, err
		}
	}
	if m.State == Agreeing && payment.Mandate == "" {
		// The provider has taken money and given no mandate: there is nothing to go on.
		if _, err := s.again(ctx, m, func(m Mandate) (Mandate, error) {
			if m.State != Agreeing {
				return m, nil
			}
			return s.end(ctx, m, AtProvider, "", 0)
		}); err != nil {
			return false, err
		}
	}
	return payment.Amount.IsZero(), nil
}

// PaymentRefunded counts what was given back of a period.
func (o owner) PaymentRefunded(ctx context.Context, payment pay.Payment, refund pay.Refund) error {
	s := o.service
	period, err := s.period(ctx, payment.Account, payment.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := s.Mandate(ctx, payment.Account, period.Mandate)
	if err != nil {
		return err
	}
	if period.Payment == "" && m.Number == period.Number && slices.Contains(m.Payments, payment.TradeNo) {
		// The money is back before the period says that it was paid.
		if err := s.settlePeriod(ctx, m, payment); err != nil {
			return err
		}
		period.Payment = payment.TradeNo
	}
	if period.Payment == payment.TradeNo && payment.GivenBack() > 0 {
		if err := s.countBack(ctx, period, payment); err != nil {
			return err
		}
	}
	if refund.State != pay.RefundSuccess {
		return nil
	}
	return s.sayRefunded(ctx, m, payment, refund)
}

// countBack notes what of a period was given back, unless more was noted already.
func (s *Service) countBack(ctx context.Context, period Period, payment pay.Payment) error {
	state := PartlyBack
	if payment.GivenBack() >= payment.Amount.Minor {
		state = GivenBack
	}
	err := periods.In(s.DB, period.Account).Update(ctx, period.ID,
		store.Set("refunded", payment.GivenBack()).Set("state", state), store.Lt("refunded", payment.GivenBack()))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}
