// Package paytest is a payment provider for tests of what stands around
// providers: an account has a contract with it, its payers are sent to its page
// and come back with a token. The real platforms have strict stand-ins of their
// own.
package paytest

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
)

// ErrKey is the fault of a contract without a key.
var ErrKey = fault.New(fault.Invalid, "agency_key", "The key is missing.")

// Agency remembers what became of each payment. The zero value is ready.
type Agency struct {
	mu     sync.Mutex
	status map[string]pay.Status
	amount map[string]money.Amount
	// Down is what Check answers.
	Down error
	// Lines are on the agency's bill of every day.
	Lines []pay.BillLine
}

var _ pay.Billing = (*Agency)(nil)

// Name is "agency".
func (*Agency) Name() string { return "agency" }

// Fields are a merchant number and a key.
func (*Agency) Fields() []message.Field {
	return []message.Field{{Name: "merchant", Limit: 20}, {Name: "key", Secret: true, Limit: 100}}
}

// Validate wants a key.
func (*Agency) Validate(contract []byte) error {
	var values struct{ Key string }
	if err := json.Unmarshal(contract, &values); err != nil || values.Key == "" {
		return ErrKey.In("key")
	}
	return nil
}

// Check answers with Down.
func (a *Agency) Check(context.Context, string, []byte) error { return a.Down }

// Takes every currency.
func (*Agency) Takes(string) bool { return true }

// Bills are out two hours after the end of the account's day.
func (*Agency) Bills() pay.BillTimes {
	return pay.BillTimes{Out: "0 2 * * *", Kept: 30 * 24 * time.Hour}
}

// Bill hands Lines over.
func (a *Agency) Bill(_ context.Context, _ pay.BillDay, each func(pay.BillLine) error) error {
	for _, line := range a.Lines {
		if err := each(line); err != nil {
			return err
		}
	}
	return nil
}

// Create sends the payer to the agency's page.
func (a *Agency) Create(_ context.Context, charge pay.Charge) (pay.Step, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == nil {
		a.status, a.amount = map[string]pay.Status{}, map[string]money.Amount{}
	}
	if a.status[charge.TradeNo] == "" {
		a.status[charge.TradeNo], a.amount[charge.TradeNo] = pay.Waiting, charge.Amount
	}
	return pay.Step{Kind: pay.RedirectStep, URL: "https://agency.example/pay/" + charge.TradeNo, ProviderRef: "A" + charge.TradeNo}, nil
}

// Confirm moves the money if the payer brings the token "yes".
func (a *Agency) Confirm(_ context.Context, charge pay.Charge, proof map[string]string) (pay.Outcome, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if proof["token"] == "yes" && a.status[charge.TradeNo] == pay.Waiting {
		a.status[charge.TradeNo] = pay.Success
	}
	return a.outcome(charge), nil
}

// Query tells what became of a payment.
func (a *Agency) Query(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outcome(charge), nil
}

// Close calls a payment off unless it has been paid.
func (a *Agency) Close(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status[charge.TradeNo] != pay.Success {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	return a.outcome(charge), nil
}

func (a *Agency) outcome(charge pay.Charge) pay.Outcome {
	status := a.status[charge.TradeNo]
	if status == "" {
		status = pay.Waiting
	}
	return pay.Outcome{Status: status, Amount: a.amount[charge.TradeNo], ProviderRef: "A" + charge.TradeNo}
}

// Refund gives back at once.
func (a *Agency) Refund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}

// QueryRefund knows of none: the refund is asked for again.
func (a *Agency) QueryRefund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
}

// Notification: the agency never notifies.
func (a *Agency) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{}, pay.ErrNoNotifications
}
