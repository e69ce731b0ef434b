package pay

import (
	"context"
	"errors"
	"slices"
)

// Way says how a payer wants to pay, and where they are.
type Way struct {
	Provider string // empty: what Payer used last, or else the first that is offered
	Payer    string // the subscriber's id; empty: nobody known
	Scene    Scene
	ClientIP string
	Device   string // what tells the payer's browser from others
	// Page is the address of the page that the payer pays on; empty: the payment's
	// own.
	Page string
}

// By is a request in a way of paying.
func (r Request) By(way Way) Request {
	r.Provider, r.Scene, r.ClientIP, r.Device = way.Provider, way.Scene, way.ClientIP, way.Device
	if way.Page != "" {
		r.ReturnURL = func(tradeNo string) string { return way.Page + "/return/" + tradeNo }
	}
	return r
}

// Choose puts the provider that its payer used last, or else the first that is
// offered, into a way without one; those that take the currency itself come
// before those that need a rate. What is to be paid can rule some out. Errors:
// ErrNoWayToPay.
func (s *Service) Choose(ctx context.Context, account string, purpose Purpose, currency string, way Way, ruledOut ...string) (Way, error) {
	if way.Provider != "" {
		return way, nil
	}
	offered, err := s.Offered(ctx, account, currency)
	if errors.Is(err, ErrNoWayToPay) {
		offered, err = s.OfferedFor(ctx, account, purpose, currency)
	}
	if err != nil {
		return way, err
	}
	if offered, err = s.usual(ctx, account, way.Payer, offered); err != nil {
		return way, err
	}
	for _, name := range offered {
		if !slices.Contains(ruledOut, name) {
			way.Provider = name
			return way, nil
		}
	}
	return way, ErrNoWayToPay
}
