package pay

import "context"

// Notify takes a provider's notification and returns what to answer it.
func (s *Service) Notify(ctx context.Context, provider, account string, request Notification) (Reply, error) {
	decoder, ok := s.providers[provider]
	if !ok {
		return Reply{}, ErrNoProvider
	}
	contract, err := s.contract(ctx, account, provider)
	if err != nil {
		return Reply{}, err
	}
	request.Contract = contract
	notice, err := decoder.Notification(ctx, account, request)
	if err != nil {
		return Reply{}, err
	}
	s.heard(ctx, account, provider)
	payment, err := s.Get(ctx, account, notice.TradeNo)
	if err != nil {
		return Reply{}, err
	}
	if payment.Provider != provider {
		return Reply{}, ErrNoPayment
	}
	if notice.RefundNo != "" {
		_, err = s.settleRefund(ctx, payment, notice.RefundNo, notice.Refund)
	} else {
		err = s.hear(ctx, payment, notice.Outcome)
	}
	return notice.Reply, err
}

// hear settles what a notification says. It tells of a moment: money that came
// for a payment which is over may have gone back since, when it was called off,
// so the provider is asked how it stands now.
func (s *Service) hear(ctx context.Context, payment Payment, outcome Outcome) error {
	if outcome.Status == Success && (payment.State == Closed || payment.State == Failed) {
		provider, charge, err := s.reach(ctx, payment)
		if err != nil {
			return err
		}
		if outcome, err = provider.Query(ctx, charge); err != nil {
			return ErrOutcomeOpen.Because(err)
		}
	}
	_, err := s.settle(ctx, payment, outcome)
	return err
}
