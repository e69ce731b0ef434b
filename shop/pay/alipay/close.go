package alipay

import (
	"context"
	"errors"
	"time"

	"plaza/shop/pay"
)

// inFlight is how long after a payment at the counter was asked for a call that
// nobody waits for any more may still be on its way.
const inFlight = 15 * time.Second

var errTooEarly = errors.New("alipay: the payment was asked for just now; it is called off a little later")

// Close calls a payment off, so that no money can come any more.
func (p *Provider) Close(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	if charge.Scene == pay.AtCounter && p.now().Before(charge.At.Add(inFlight)) {
		found, err := p.Query(ctx, charge)
		if err == nil && found.Status == pay.Waiting {
			err = errTooEarly
		}
		return found, err
	}
	return p.callOff(ctx, m, charge)
}

// callOff closes a trade (alipay.trade.close): Alipay does so only while nobody
// has paid, and moves no money. Cancelling (alipay.trade.cancel) gives back what
// was paid a moment before, unasked, so it is only for what closing can't reach:
// a code that nobody has scanned, or an order that Alipay keeps waiting.
func (p *Provider) callOff(ctx context.Context, m *merchant, charge pay.Charge) (pay.Outcome, error) {
	err := p.call(ctx, m, methodClose, tradeName{charge.TradeNo}, nil)
	if err == nil {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	no, ok := errors.AsType[*refusal](err)
	switch {
	case ok && no.is(tradeUnknown):
		return p.callOffUnknown(ctx, m, charge)
	case !ok || !no.is("ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.REASON_ILLEGAL_STATUS", "ACQ.TRADE_HAS_CLOSE", "ACQ.TRADE_HAS_SUCCESS"):
		return pay.Outcome{}, err
	}
	// Too late, says Alipay: only what it then says of the trade counts.
	found, findErr := p.find(ctx, m, charge.TradeNo)
	if findErr != nil {
		return pay.Outcome{}, findErr
	}
	outcome, findErr := found.outcome()
	if findErr == nil && outcome.Status == pay.Waiting {
		return p.cancel(ctx, m, charge.TradeNo)
	}
	return outcome, findErr
}

// callOffUnknown ends what Alipay has no trade of. Nobody can begin one after
// the order's time; before it, a code that was given out is cancelled. A page
// can't be: money that comes from one goes back, as any that comes too late.
func (p *Provider) callOffUnknown(ctx context.Context, m *merchant, charge pay.Charge) (pay.Outcome, error) {
	if m.product(charge.Scene) != "" || !p.now().Before(charge.ExpiresAt) && charge.Scene != pay.AtCounter {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	outcome, err := p.cancel(ctx, m, charge.TradeNo)
	// Not every product that gives out codes can be cancelled; closing was heard.
	if no, ok := errors.AsType[*refusal](err); ok && (no.code == codePermission || no.is(tradeUnknown, "ACQ.CANCEL_NOT_ALLOWED", "ACQ.ACCESS_FORBIDDEN")) {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	return outcome, err
}

// cancelTries is how often a cancellation is repeated when Alipay asks for it;
// then Recover goes on.
const cancelTries = 3

var errCancelAgain = errors.New("alipay: a payment is not cancelled yet")

// cancel cancels a trade. If it was paid the money has gone back: there is none.
func (p *Provider) cancel(ctx context.Context, m *merchant, tradeNo string) (pay.Outcome, error) {
	for range cancelTries {
		var answer struct {
			Again  string `json:"retry_flag"`
			Action string `json:"action"`
		}
		if err := p.call(ctx, m, methodCancel, tradeName{tradeNo}, &answer); err != nil {
			return pay.Outcome{}, err
		}
		if answer.Again != "Y" {
			if answer.Action == "refund" {
				p.logger.WarnContext(ctx, "alipay: a payment came while it was called off, and went back", "payment", tradeNo)
			}
			return pay.Outcome{Status: pay.Ended}, nil
		}
	}
	return pay.Outcome{}, errCancelAgain
}
