package pay_test

import (
	"context"
	"encoding/json"
	"sync"

	"plaza/fault"
	"plaza/shop/pay"
)

// platform is a payment platform that remembers, and can be made to fall
// silent after it has done what it was asked.
type platform struct {
	mu      sync.Mutex
	status  map[string]pay.Status
	refunds map[string]int64
	asked   int // how often money was really given back
	silent  bool
	refuse  *fault.Error
}

func newPlatform() *platform {
	return &platform{status: map[string]pay.Status{}, refunds: map[string]int64{}}
}

func (p *platform) answer(tradeNo string) (pay.Outcome, error) {
	if p.silent {
		return pay.Outcome{}, context.DeadlineExceeded
	}
	return pay.Outcome{Status: p.status[tradeNo], Amount: price, ProviderRef: "T" + tradeNo}, nil
}

func (p *platform) Name() string { return "platform" }

func (p *platform) Create(_ context.Context, charge pay.Charge) (pay.Step, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return pay.Step{}, p.refuse
	}
	if p.status[charge.TradeNo] == "" {
		p.status[charge.TradeNo] = pay.Waiting
	}
	if p.silent {
		return pay.Step{}, context.DeadlineExceeded
	}
	return pay.Step{Kind: pay.ScanStep, QR: "weixin://" + charge.TradeNo}, nil
}

func (p *platform) Confirm(_ context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status[charge.TradeNo] == pay.Waiting {
		p.status[charge.TradeNo] = pay.Success
	}
	return p.answer(charge.TradeNo)
}

func (p *platform) Query(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer(charge.TradeNo)
}

func (p *platform) Close(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status[charge.TradeNo] != pay.Success {
		p.status[charge.TradeNo] = pay.Ended
	}
	return p.answer(charge.TradeNo)
}

// Refund has no idempotency of its own, as KakaoPay's: every call gives back.
func (p *platform) Refund(_ context.Context, _ pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return pay.RefundOutcome{}, p.refuse
	}
	p.refunds[refund.Number] += refund.Amount
	p.asked++
	if p.silent {
		return pay.RefundOutcome{}, context.DeadlineExceeded
	}
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}

func (p *platform) QueryRefund(_ context.Context, _ pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent {
		return pay.RefundOutcome{}, context.DeadlineExceeded
	}
	if p.refunds[refund.Number] == 0 {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}

func (p *platform) Notification(_ context.Context, _ string, request pay.Notification) (pay.Notice, error) {
	var notice pay.Notice
	return notice, json.Unmarshal(request.Body, &notice)
}

func (p *platform) quiet(silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = silent
}
