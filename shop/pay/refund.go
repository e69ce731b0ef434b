package pay

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/store"
)

// Refund gives back part or all of a payment: amount in minor units of what was
// asked for, number chosen by the caller; the same number again continues the same refund. It
// returns once the refund is written down and has been asked for; if the
// provider is slow or silent its State is still RefundWaiting, and Recover
// finishes it. With RefundHeld a member looks at it first. Errors: ErrNotPaid, ErrRefundTooMuch, ErrRefundReused.
func (s *Service) Refund(ctx context.Context, account, tradeNo, number string, amount int64, memo string) (Refund, error) {
	if !refundNumber.MatchString(number) {
		return Refund{}, ErrRefundNumber.In("number")
	}
	for {
		refund, err := s.refundOnce(ctx, account, tradeNo, Refund{Number: number, Amount: amount, State: RefundWaiting, Memo: memo, At: s.now()})
		if !errors.Is(err, errRefundedMeanwhile) {
			return refund, err
		}
	}
}

// errRefundedMeanwhile: what a refund comes to has to be counted again, because
// another one was written down since the payment was read. It happens only as
// often as refunds are written down.
var errRefundedMeanwhile = errors.New("pay: another refund was written meanwhile")

// refundOnce is one attempt of Refund, with the amount as it was asked for.
func (s *Service) refundOnce(ctx context.Context, account, tradeNo string, refund Refund) (Refund, error) {
	number, stopped := refund.Number, false
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil {
		return Refund{}, err
	}
	if refund.Amount <= 0 || refund.Amount > payment.AskedFor().Minor {
		return Refund{}, ErrRefundTooMuch.In("amount")
	}
	if earlier, asked := payment.Refunds[number]; asked {
		if earlier.AskedFor() != refund.Amount {
			return Refund{}, ErrRefundReused
		}
		refund.Amount, refund.OfPrice = earlier.Amount, earlier.OfPrice
	} else {
		if refund, err = payment.inPayersMoney(refund); err != nil {
			return Refund{}, err
		}
		if refund.State, stopped, err = s.guardRefund(ctx, payment, refund); err != nil {
			return Refund{}, err
		}
	}
	written, err := s.giveRefund(ctx, payment, refund)
	if err != nil || !stopped {
		return written, err
	}
	err = HeldRefunds{s}.Refuse(ctx, account, refundAttempt(tradeNo, number))
	if err != nil {
		return written, err
	}
	payment, err = s.Get(ctx, account, tradeNo)
	return payment.Refunds[number], err
}

// giveRefund writes a refund down and asks for it, unless it is held.
func (s *Service) giveRefund(ctx context.Context, payment Payment, refund Refund) (Refund, error) {
	payment, err := s.writeRefund(ctx, payment, refund)
	if err != nil {
		return Refund{}, err
	}
	if refund = payment.Refunds[refund.Number]; refund.State != RefundWaiting {
		return refund, nil
	}
	asked, err := s.askRefund(ctx, payment, refund)
	if err != nil {
		// Written down: it will happen. Whoever asked need not ask again.
		s.Logger.WarnContext(ctx, "pay: refund; will be tried again", "payment", payment.TradeNo, "refund", refund.Number, "error", err)
		return refund, nil
	}
	return asked.Refunds[refund.Number], nil
}

// writeRefund takes the amount off what is left, in the update that writes the
// refund down: refunds at the same time never give back more than was paid.
func (s *Service) writeRefund(ctx context.Context, payment Payment, refund Refund) (Payment, error) {
	number, amount := refund.Number, refund.Amount
	seen := payment.Refunded
	fits := store.Lte("refunded", payment.Amount.Minor-amount)
	if payment.Price != nil { // what it comes to was counted by what there was
		fits = store.Eq("refunded", seen)
	}
	written, err := s.of(payment).UpdateAndGet(ctx, payment.ID,
		store.Inc("refunded", amount).Set("refunds."+number, refund).Set("due", s.in(lease)).Set("tries", 0),
		store.Eq("state", Paid), store.Exists("refunds."+number, false), fits)
	if !errors.Is(err, store.ErrConditionFailed) {
		return written, err
	}
	if payment, err = s.Get(ctx, payment.Account, payment.TradeNo); err != nil {
		return payment, err
	}
	earlier, exists := payment.Refunds[number]
	switch {
	case exists && earlier.AskedFor() == refund.AskedFor():
		return payment, nil
	case exists:
		return payment, ErrRefundReused
	case payment.State != Paid:
		return payment, ErrNotPaid
	case payment.Price != nil && payment.Refunded != seen:
		return payment, errRefundedMeanwhile
	}
	return payment, ErrRefundTooMuch.In("amount")
}

// askRefund asks the provider for a refund that is written down.
func (s *Service) askRefund(ctx context.Context, payment Payment, refund Refund) (Payment, error) {
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.Refund(ctx, charge, refund)
	if refused, definite := definiteNo(err); definite {
		outcome, err = RefundOutcome{Status: RefundFailure, Reason: refused.Code, ReasonArgs: refused.Words()}, nil
	}
	if err != nil {
		return payment, err
	}
	return s.settleRefund(ctx, payment, refund.Number, outcome)
}

// settleRefund applies what a provider said about a refund, once, and tells the
// owner.
func (s *Service) settleRefund(ctx context.Context, payment Payment, number string, outcome RefundOutcome) (Payment, error) {
	refund, ok := payment.Refunds[number]
	if !ok {
		return payment, ErrNoPayment
	}
	field := "refunds." + number
	if outcome.Status != RefundSuccess && outcome.Status != RefundFailure {
		return s.noteWaiting(ctx, payment, refund, outcome)
	}
	now := s.now()
	update := store.Set(field+".state", outcome.Status).Set(field+".reason", outcome.Reason).Set(field+".reason_args", outcome.ReasonArgs).
		Set(field+".provider_ref", outcome.ProviderRef)
	if outcome.Status == RefundSuccess {
		update = update.Set(field+".made_at", now).AddToSet("refund_days", now.Format(time.DateOnly))
	} else {
		update = update.Inc("refunded", -refund.Amount)
		if payment.returns(number) { // it has to go back all the same
			update = update.Set("told", false)
		}
	}
	settled, err := s.of(payment).UpdateAndGet(ctx, payment.ID, update, store.In(field+".state", RefundWaiting, RefundHeld))
	if errors.Is(err, store.ErrConditionFailed) {
		settled, err = s.Get(ctx, payment.Account, payment.TradeNo)
	}
	if err != nil {
		return payment, err
	}
	return s.tellRefunded(ctx, settled, number)
}

// noteWaiting keeps why a refund that is under way does not go on: what the
// merchant has to do for it is known from nowhere else.
func (s *Service) noteWaiting(ctx context.Context, payment Payment, refund Refund, outcome RefundOutcome) (Payment, error) {
	if outcome.Status != RefundWaiting || refund.State != RefundWaiting ||
		(outcome.Reason == refund.Reason && slices.Equal(outcome.ReasonArgs, refund.ReasonArgs)) {
		return payment, nil
	}
	field := "refunds." + refund.Number
	return s.inState(ctx, payment, store.Set(field+".reason", outcome.Reason).Set(field+".reason_args", outcome.ReasonArgs),
		store.Eq(field+".state", RefundWaiting))
}

func (s *Service) tellRefunded(ctx context.Context, payment Payment, number string) (Payment, error) {
	refund := payment.Refunds[number]
	if refund.Told || refund.State == RefundWaiting || refund.State == RefundHeld {
		return payment, nil
	}
	s.learnedRefund(ctx, payment, refund)
	owner, err := s.owner(payment)
	if err != nil {
		return payment, err
	}
	if err := owner.PaymentRefunded(ctx, payment, refund); err != nil {
		s.Logger.ErrorContext(ctx, "pay: telling the owner of a refund; will be told again",
			"payment", payment.TradeNo, "refund", number, "error", err)
		return payment, nil
	}
	told, err := s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("refunds."+number+".told", true))
	if err != nil {
		return payment, err
	}
	return s.rest(ctx, told)
}

// goOnRefunding continues the refunds of a payment that a crash or a slow
// provider has left.
func (s *Service) goOnRefunding(ctx context.Context, payment Payment) (Payment, error) {
	for number, refund := range payment.Refunds {
		if refund.Told || refund.State == RefundHeld {
			continue
		}
		var err error
		if refund.State != RefundWaiting {
			payment, err = s.tellRefunded(ctx, payment, number)
		} else {
			payment, err = s.goOnWithRefund(ctx, payment, refund)
		}
		if err != nil {
			return payment, err
		}
	}
	return payment, nil
}

func (s *Service) goOnWithRefund(ctx context.Context, payment Payment, refund Refund) (Payment, error) {
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, err
	}
	outcome, err := provider.QueryRefund(ctx, charge, refund)
	if err != nil {
		return payment, err
	}
	if outcome.Status == RefundUnknown {
		return s.askRefund(ctx, payment, refund)
	}
	return s.settleRefund(ctx, payment, refund.Number, outcome)
}
