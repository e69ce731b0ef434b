package shop_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"plaza/shop/pay"
)

// outside is a provider with a will of its own: payments by redirect,
// notifications whenever it likes, refunds remembered by number.
type outside struct {
	mu      sync.Mutex
	refunds map[string]int64
	said    map[string]pay.Outcome // what it has notified, which it also answers
	silent  bool                   // it does, and does not answer
}

func newOutside() *outside {
	return &outside{refunds: map[string]int64{}, said: map[string]pay.Outcome{}}
}

func (o *outside) Name() string { return "outside" }

func (o *outside) Create(context.Context, pay.Charge) (pay.Step, error) {
	return pay.Step{Kind: pay.RedirectStep, URL: "https://outside.example/pay", ProviderRef: "T1"}, nil
}

func (o *outside) Confirm(context.Context, pay.Charge, map[string]string) (pay.Outcome, error) {
	return pay.Outcome{Status: pay.Waiting}, nil
}

func (o *outside) Query(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if said, ok := o.said[charge.TradeNo]; ok {
		return said, nil
	}
	return pay.Outcome{Status: pay.Waiting}, nil
}

func (o *outside) Close(context.Context, pay.Charge) (pay.Outcome, error) {
	return pay.Outcome{Status: pay.Ended}, nil
}

func (o *outside) Refund(_ context.Context, _ pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refunds[refund.Number] = refund.Amount
	if o.silent {
		return pay.RefundOutcome{}, context.DeadlineExceeded
	}
	return pay.RefundOutcome{Status: pay.RefundWaiting}, nil
}

func (o *outside) QueryRefund(_ context.Context, _ pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.refunds[refund.Number]; !known {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	return pay.RefundOutcome{Status: pay.RefundSuccess, ProviderRef: "R1"}, nil
}

func (o *outside) refunded() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	var sum int64
	for _, amount := range o.refunds {
		sum += amount
	}
	return sum
}

func (o *outside) Notification(_ context.Context, _ string, request pay.Notification) (pay.Notice, error) {
	var notice pay.Notice
	err := json.Unmarshal(request.Body, &notice)
	notice.Reply = pay.Reply{Status: 200, Body: "success"}
	return notice, err
}

// notify is the provider's notification arriving.
func (o *outside) notify(t *testing.T, k *kit, tradeNo string, outcome pay.Outcome) {
	t.Helper()
	o.mu.Lock()
	o.said[tradeNo] = outcome
	o.mu.Unlock()
	body, err := json.Marshal(pay.Notice{TradeNo: tradeNo, Outcome: outcome})
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := k.Payments.Notify(t.Context(), "outside", account, pay.Notification{Body: body}); err != nil || reply.Status != 200 {
		t.Fatalf("notify: %+v, %v", reply, err)
	}
}
