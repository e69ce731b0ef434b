package mandate_test

import (
	"context"
	"sync"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
)

// bank is a provider without any key that would make a repeated charge harmless,
// as KakaoPay is: it counts every call. Its mandates can be ended on its own side.
type bank struct {
	mu       sync.Mutex
	now      func() time.Time
	paid     map[string]pay.Status // by trade number
	charged  map[string]int        // calls that took money, by trade number
	back     map[string]int64      // refunded, by trade number and refund number
	mandates map[string]bool       // stands
	refuse   func(charge pay.Charge) error
	silent   func(charge pay.Charge) bool // the money moves and nobody hears of it
	deaf     func(charge pay.Charge) bool // nothing moves and nobody hears of it
	late     []lateCharge                 // after the mandate was ended
}

type lateCharge struct{ mandate, tradeNo string }

var (
	_ pay.Recurring = (*bank)(nil)
	_ pay.Provider  = (*bank)(nil)
)

var errNoMoney = fault.New(fault.Conflict, "bank_no_money", "The account is empty.")

func newBank() *bank {
	return &bank{paid: map[string]pay.Status{}, charged: map[string]int{}, back: map[string]int64{}, mandates: map[string]bool{},
		refuse: func(pay.Charge) error { return nil },
		silent: func(pay.Charge) bool { return false }, deaf: func(pay.Charge) bool { return false }}
}

func (*bank) Name() string { return "bank" }

func (b *bank) Create(_ context.Context, charge pay.Charge) (pay.Step, error) {
	return pay.Step{Kind: pay.RedirectStep, URL: "https://bank.example/" + charge.TradeNo, ProviderRef: "B" + charge.TradeNo}, nil
}

func (b *bank) Confirm(_ context.Context, charge pay.Charge, proof map[string]string) (pay.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if proof["token"] == "yes" && b.paid[charge.TradeNo] == "" {
		b.paid[charge.TradeNo] = pay.Success
		b.charged[charge.TradeNo]++
		if charge.Recurring {
			b.mandates["S"+charge.TradeNo] = true
		}
	}
	return b.outcome(charge), nil
}

func (b *bank) outcome(charge pay.Charge) pay.Outcome {
	outcome := pay.Outcome{Status: b.paid[charge.TradeNo], Amount: charge.Amount, ProviderRef: "B" + charge.TradeNo}
	if outcome.Status == "" {
		outcome.Status = pay.Waiting
	}
	if charge.Recurring && outcome.Status == pay.Success {
		outcome.Mandate = "S" + charge.TradeNo
	}
	return outcome
}

func (b *bank) Query(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.outcome(charge), nil
}

func (b *bank) Close(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paid[charge.TradeNo] == "" {
		b.paid[charge.TradeNo] = pay.Ended
	}
	return b.outcome(charge), nil
}

func (b *bank) ChargeMandate(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mandates[charge.Mandate] {
		b.late = append(b.late, lateCharge{charge.Mandate, charge.TradeNo})
		return pay.Outcome{}, errNoMoney
	}
	if err := b.refuse(charge); err != nil {
		return pay.Outcome{}, err
	}
	if b.deaf(charge) {
		return pay.Outcome{}, context.DeadlineExceeded
	}
	if b.paid[charge.TradeNo] == pay.Ended {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	b.paid[charge.TradeNo] = pay.Success
	b.charged[charge.TradeNo]++
	if b.silent(charge) {
		return pay.Outcome{}, context.DeadlineExceeded
	}
	return b.outcome(charge), nil
}

func (b *bank) EndMandate(_ context.Context, _ []byte, mandate string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mandates[mandate] = false
	return nil
}

func (b *bank) MandateStands(_ context.Context, _ []byte, mandate string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mandates[mandate], nil
}

func (*bank) TakesMandates([]byte) bool { return true }

func (b *bank) Refund(_ context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.back[charge.TradeNo+":"+refund.Number] = refund.Amount
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}

func (b *bank) QueryRefund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
}

func (*bank) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{}, pay.ErrNoNotifications
}

// calls counts the charges that took money, first payments included.
func (b *bank) calls() (sum int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.charged {
		sum += n
	}
	return sum
}
