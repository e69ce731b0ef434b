package pay

import (
	"context"
	"errors"
	"slices"

	"plaza/fault"
	"plaza/money"
)

// Price is what the owner of a payment has asked for, in the account's own
// currency, where the payer pays in another one, and the rate by which the one
// became the other. Both are kept: nobody has to know later what a rate was.
type Price struct {
	Amount money.Amount `bson:"amount" json:"amount"`
	Rate   money.Rate   `bson:"rate" json:"rate"`
}

// Rates knows what the account's currency is worth in others. See Convert.
type Rates interface {
	// Into gives the rates out of a currency that may be used now, the best known
	// first; none is no error.
	Into(ctx context.Context, account, from string) ([]money.Rate, error)
	// Lapsed gives the latest rates out of a currency that are too old to be used,
	// where there is no newer one, the freshest first; none is no error.
	Lapsed(ctx context.Context, account, from string) ([]money.Rate, error)
}

// ErrTooSmall refuses a refund that is less than the smallest unit of the
// payer's currency.
var ErrTooSmall = fault.New(fault.Invalid, "refund_too_small", "This is less than the smallest amount that can be given back in the payer's currency.")

// Convert lets payments be made in currencies that the account does not count
// in, by dated rates. Call it before the Service is used; without it there are
// no such payments.
func (s *Service) Convert(rates Rates) { s.rates = rates }

// converted is a request in a currency that its provider takes, by the best rate
// there is. Where there is none it stays as it is, and is refused as such.
// Only orders: a mandate's charges are agreed as they are, a top-up would change
// money by itself, and at the counter nobody is shown a rate.
func (s *Service) converted(ctx context.Context, request Request) (Request, error) {
	contracted, ok := s.providers[request.Provider].(Contracted)
	if !ok || s.rates == nil || request.Purpose != ForOrder || contracted.Takes(request.Amount.Currency) {
		return request, nil
	}
	if err := request.Amount.Check(); err != nil {
		return request, err
	}
	rates, err := s.rates.Into(ctx, request.Account, request.Amount.Currency)
	if err != nil {
		return request, err
	}
	for _, rate := range rates {
		if !contracted.Takes(rate.To) {
			continue
		}
		amount, err := rate.Convert(request.Amount)
		if err != nil {
			return request, err
		}
		if amount.Minor > 0 {
			request.Amount, request.price = amount, &Price{request.Amount, rate}
		}
		break
	}
	return request, nil
}

// OfferedFor names the ways of paying something, also those that take it in
// another currency by a dated rate. Errors: ErrNoWayToPay if there is none.
func (s *Service) OfferedFor(ctx context.Context, account string, purpose Purpose, currency string) ([]string, error) {
	if s.rates == nil || purpose != ForOrder {
		return s.Offered(ctx, account, currency)
	}
	rates, err := s.rates.Into(ctx, account, currency)
	if err != nil {
		return nil, err
	}
	return s.offered(ctx, account, currency, rates)
}

// Quote is what a request would be of its provider, for showing it before it is
// made; a nil Price: the provider takes it as it is.
func (s *Service) Quote(ctx context.Context, request Request) (money.Amount, *Price, error) {
	quoted, err := s.converted(ctx, request)
	return quoted.Amount, quoted.price, err
}

// Lapsed is the rate by which one more way of paying would be offered, were it
// not too old. Ways can be ruled out.
func (s *Service) Lapsed(ctx context.Context, account string, purpose Purpose, currency string, ruledOut ...string) (rate money.Rate, found bool, _ error) {
	if s.rates == nil || purpose != ForOrder {
		return rate, false, nil
	}
	lapsed, err := s.rates.Lapsed(ctx, account, currency)
	if err != nil || len(lapsed) == 0 {
		return rate, false, err
	}
	offered, err := s.OfferedFor(ctx, account, purpose, currency)
	if err != nil && !errors.Is(err, ErrNoWayToPay) {
		return rate, false, err
	}
	ruledOut = append(slices.Clone(ruledOut), offered...)
	for _, rate := range lapsed {
		more, err := s.offered(ctx, account, currency, []money.Rate{rate})
		if err != nil && !errors.Is(err, ErrNoWayToPay) {
			return rate, false, err
		}
		if slices.ContainsFunc(more, func(name string) bool { return !slices.Contains(ruledOut, name) }) {
			return rate, true, nil
		}
	}
	return rate, false, nil
}

// takes says whether a provider can take money that is asked for in a currency,
// perhaps by one of the rates out of it.
func takes(contracted Contracted, currency string, rates []money.Rate) bool {
	if contracted.Takes(currency) {
		return true
	}
	for _, rate := range rates {
		if contracted.Takes(rate.To) {
			return true
		}
	}
	return false
}

// AskedFor is what the owner has asked for: Amount, or what that was before it was
// converted.
func (p Payment) AskedFor() money.Amount {
	if p.Price != nil {
		return p.Price.Amount
	}
	return p.Amount
}

// Left is how much of what was asked for is not given back, nor being given
// back.
func (p Payment) Left() int64 {
	left := p.AskedFor().Minor
	for _, refund := range p.Refunds {
		if refund.State != RefundFailure {
			left -= refund.AskedFor()
		}
	}
	return left
}

// AskedFor is how much of what was asked for is given back, in minor units.
func (r Refund) AskedFor() int64 {
	if r.OfPrice != 0 {
		return r.OfPrice
	}
	return r.Amount
}

// inPayersMoney turns a refund of what was asked for into one of what was paid:
// as much as is missing to the part that is then given back in all, so that the
// refunds of everything are everything. Errors: ErrRefundTooMuch, ErrTooSmall.
func (p Payment) inPayersMoney(refund Refund) (Refund, error) {
	if p.Price == nil {
		return refund, nil
	}
	asked, left := refund.Amount, p.Left()
	if asked > left {
		return refund, ErrRefundTooMuch.In("amount")
	}
	total := p.Price.Amount.Minor
	then, err := p.Amount.Part(total-left+asked, total)
	if err != nil {
		return refund, err
	}
	refund.OfPrice, refund.Amount = asked, then.Minor-p.Refunded
	if refund.Amount <= 0 {
		return refund, ErrTooSmall.In("amount")
	}
	return refund, nil
}
