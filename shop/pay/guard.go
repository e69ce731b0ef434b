package pay

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// Guard looks at money before it moves.
type Guard interface {
	// Assess says what is to be done about an attempt. The same attempt again
	// gets the same answer, with what a member has said of it meanwhile.
	Assess(ctx context.Context, attempt risk.Attempt) (risk.Assessment, error)
	// Settle tells what became of an attempt, so that the guard learns.
	Settle(ctx context.Context, account string, kind risk.Kind, attempt string, outcome risk.Outcome) error
	// Forget takes an attempt that waits for a member off their list.
	Forget(ctx context.Context, account string, kind risk.Kind, attempt string) error
}

// StepUp has a payer prove who they are: by their PIN.
type StepUp interface {
	// Prove errs with a fault unless the payer's yes needs no proof, or the proof
	// that came with it holds. Errors: ErrProofNeeded, ErrNoProof and its own.
	Prove(ctx context.Context, consent Consent, proof map[string]string) error
}

// Consent is a yes to a movement of money out of a balance.
type Consent struct {
	Kind   risk.Kind // Payment or Transfer
	ID     string    // the trade number, or the transfer's id
	Payer  message.Person
	Amount money.Amount
	// Doubted: the guard wants to know who this is.
	Doubted bool
	// Lasting: it permits to charge again.
	Lasting bool
}

// Guarded is what the guard said of a payment.
type Guarded string

// The guard's words.
const (
	Unguarded Guarded = ""        // not asked yet, or there is no guard
	Passed    Guarded = "passed"  // nothing wrong with it
	Doubted   Guarded = "doubted" // the payer has to prove who they are
	Held      Guarded = "held"    // a member looks at it first
)

// The faults of guarded money.
var (
	ErrStopped = fault.New(fault.Conflict, "payment_stopped", "This payment was stopped for safety. Please talk to the shop.")
	// ErrProofNeeded and ErrNoProof want the payer on a page: to type their PIN,
	// or to set one first.
	ErrProofNeeded = fault.New(fault.Conflict, "pin_needed", "Please confirm with your PIN.")
	ErrNoProof     = fault.New(fault.Conflict, "pin_none", "Please set a PIN first.")
	ErrHeld        = fault.New(fault.Conflict, "payment_held", "The shop looks at this payment first, to be safe. It goes on by itself when they agree.")
)

// Watch sets who looks at money before it moves and, unless it is nil, how
// payers prove who they are. Call it before the Service is used.
func (s *Service) Watch(guard Guard, stepUp StepUp) { s.guard, s.stepUp = guard, stepUp }

// guarded asks the guard about a payment that is written down and nothing more.
// What may go on comes back without an error; a held one comes back as such.
// code is what the payer shows at the counter; there, nobody can wait.
// Errors: ErrStopped.
func (s *Service) guarded(ctx context.Context, payment Payment, request Request, code string) (Payment, error) {
	if s.guard == nil || payment.State != Created || payment.Guarded != Unguarded || payment.Amount.IsZero() {
		return payment, nil // no money moves where a mandate is only agreed to
	}
	account := payment.Account
	found, err := s.guard.Assess(ctx, risk.Attempt{
		ID: payment.TradeNo, Account: account, Kind: payment.kind(), Subscriber: payment.Payer.ID, Amount: payment.Amount,
		Method: payment.Provider, Scene: string(payment.Scene), Coupon: request.Coupon, AtOnce: code != "",
		Device: risk.FingerprintOf(account, "device", request.Device), Address: payment.ClientIP,
		Code: risk.FingerprintOf(account, "code", code), At: payment.At, Until: payment.ExpiresAt,
	})
	if err != nil {
		return payment, err
	}
	word := Passed
	switch {
	case found.Action == risk.Block || found.Review == risk.Refused:
		if _, err := s.end(ctx, payment, Failed, ErrStopped.Code); err != nil {
			return payment, err
		}
		return payment, ErrStopped
	case found.Action == risk.Hold && found.Review != risk.Approved:
		word = Held
	case found.Action == risk.StepUp:
		word = Doubted
	}
	update := store.Set("guarded", word)
	if word == Held {
		update = update.Set("step", Step{Kind: WaitStep}).Set("due", payment.ExpiresAt)
	}
	return s.inState(ctx, payment, update, store.Eq("state", Created), store.Exists("guarded", false))
}

// inState updates a payment, or reads it again if it is no longer as it was.
func (s *Service) inState(ctx context.Context, payment Payment, update store.Update, conditions ...store.Clause) (Payment, error) {
	next, err := s.of(payment).UpdateAndGet(ctx, payment.ID, update, conditions...)
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, payment.Account, payment.TradeNo)
	}
	return next, err
}

// kind is what a payment is to the guard.
func (p Payment) kind() risk.Kind {
	if p.Purpose == ForTopUp {
		return risk.TopUp
	}
	return risk.Payment
}

// willing notes the yes to a payment that is held, so that it needs no second
// one when the member agrees.
func (s *Service) willing(ctx context.Context, payment Payment) (Payment, error) {
	noted, err := s.inState(ctx, payment, store.Set("willing", true), store.Eq("guarded", Held))
	if err == nil {
		err = ErrHeld
	}
	return noted, err
}

// prove has the payer prove who they are where the yes is said on our own page:
// other providers ask for a password themselves.
func (s *Service) prove(ctx context.Context, payment Payment, proof map[string]string) error {
	if s.stepUp == nil || payment.Step.Kind != ConfirmStep {
		return nil
	}
	return s.stepUp.Prove(ctx, Consent{Kind: risk.Payment, ID: payment.TradeNo, Payer: payment.Payer, Amount: payment.Amount,
		Doubted: payment.Guarded == Doubted, Lasting: payment.Recurring}, proof)
}

// learned tells the guard what became of a payment. Failing costs it one
// observation and the payer nothing.
func (s *Service) learned(ctx context.Context, payment Payment) {
	if s.guard == nil || payment.Guarded == Unguarded && payment.Reason != ErrStopped.Code {
		return
	}
	outcome := risk.Failed
	switch {
	case payment.State == Paid:
		outcome = risk.Succeeded
	case payment.State == Closed, payment.Reason == ErrStopped.Code:
		outcome = risk.Stopped
	}
	s.tellGuard(ctx, payment, payment.kind(), payment.TradeNo, outcome)
}

func (s *Service) tellGuard(ctx context.Context, payment Payment, kind risk.Kind, attempt string, outcome risk.Outcome) {
	err := s.guard.Settle(ctx, payment.Account, kind, attempt, outcome)
	if err == nil && outcome != risk.Succeeded {
		err = s.guard.Forget(ctx, payment.Account, kind, attempt)
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "pay: the guard was not told", "payment", payment.TradeNo, "error", err)
	}
}

// HeldPayments and HeldRefunds carry out what members decide about held money.
type (
	HeldPayments struct{ *Service }
	HeldRefunds  struct{ *Service }
)

var (
	_ risk.Mover = HeldPayments{}
	_ risk.Mover = HeldRefunds{}
	_ Guard      = (*risk.Service)(nil)
)

// Release goes on with a payment: the provider is asked for it, and if the
// payer has said yes already, that counts.
func (h HeldPayments) Release(ctx context.Context, account, tradeNo string) error {
	payment, err := h.Get(ctx, account, tradeNo)
	if err != nil || payment.State.Final() {
		return overIsDone(err)
	}
	payment, err = h.inState(ctx, payment, store.Set("guarded", Passed).Set("due", h.in(lease)), store.Eq("guarded", Held))
	if err != nil || payment.State != Created {
		return err
	}
	if payment.underMandate() {
		_, err = h.charge(ctx, payment)
		return overIsDone(err)
	}
	if payment, err = h.begin(ctx, payment); err != nil || !payment.Willing {
		return overIsDone(err)
	}
	_, err = h.Confirm(ctx, account, tradeNo, nil) // whose PIN is wanted types it then
	return overIsDone(err)
}

// overIsDone leaves out what no repetition would change: a definite fault has
// ended the payment, or the payer has to do something first.
func overIsDone(err error) error {
	if _, definite := definiteNo(err); definite {
		return nil
	}
	return err
}

// Refuse fails a payment.
func (h HeldPayments) Refuse(ctx context.Context, account, tradeNo string) error {
	payment, err := h.Get(ctx, account, tradeNo)
	if err != nil || payment.State.Final() {
		return overIsDone(err)
	}
	_, err = h.end(ctx, payment, Failed, ErrStopped.Code)
	return err
}

// refundAttempt is a refund's number to the guard.
func refundAttempt(tradeNo, number string) string { return tradeNo + ":" + number }

// guardRefund asks the guard about a refund that is not written down yet: the
// state in which to write it, and whether it is stopped.
func (s *Service) guardRefund(ctx context.Context, payment Payment, refund Refund) (state RefundStatus, stopped bool, err error) {
	if s.guard == nil || payment.State != Paid {
		return RefundWaiting, false, nil
	}
	found, err := s.guard.Assess(ctx, risk.Attempt{
		ID: refundAttempt(payment.TradeNo, refund.Number), Account: payment.Account, Kind: risk.Refund, Subscriber: payment.Payer.ID,
		Amount: money.Of(refund.Amount, payment.Amount.Currency), Method: payment.Provider, At: refund.At,
	})
	switch {
	case err != nil:
		return "", false, err
	case found.Action == risk.Block || found.Review == risk.Refused:
		return RefundHeld, true, nil
	case found.Action == risk.Hold && found.Review != risk.Approved:
		return RefundHeld, false, nil
	}
	return RefundWaiting, false, nil
}

func (s *Service) learnedRefund(ctx context.Context, payment Payment, refund Refund) {
	if s.guard == nil {
		return
	}
	outcome := risk.Succeeded
	switch {
	case refund.Reason == ErrStopped.Code:
		outcome = risk.Stopped
	case refund.State != RefundSuccess:
		outcome = risk.Failed
	}
	s.tellGuard(ctx, payment, risk.Refund, refundAttempt(payment.TradeNo, refund.Number), outcome)
}

// heldRefund finds the refund of an attempt.
func (h HeldRefunds) heldRefund(ctx context.Context, account, attempt string) (Payment, Refund, error) {
	tradeNo, number, _ := strings.Cut(attempt, ":")
	payment, err := h.Get(ctx, account, tradeNo)
	return payment, payment.Refunds[number], err
}

// Release goes on with a refund.
func (h HeldRefunds) Release(ctx context.Context, account, attempt string) error {
	payment, refund, err := h.heldRefund(ctx, account, attempt)
	if err != nil || refund.State != RefundHeld {
		return overIsDone(err)
	}
	field := "refunds." + refund.Number + ".state"
	payment, err = h.inState(ctx, payment, store.Set(field, RefundWaiting).Set("due", h.in(lease)), store.Eq(field, RefundHeld))
	if err != nil || payment.Refunds[refund.Number].State != RefundWaiting {
		return err
	}
	_, err = h.askRefund(ctx, payment, payment.Refunds[refund.Number])
	return err
}

// Refuse fails a refund; its owner is told.
func (h HeldRefunds) Refuse(ctx context.Context, account, attempt string) error {
	payment, refund, err := h.heldRefund(ctx, account, attempt)
	if err != nil || refund.State != RefundHeld {
		return overIsDone(err)
	}
	_, err = h.settleRefund(ctx, payment, refund.Number, RefundOutcome{Status: RefundFailure, Reason: ErrStopped.Code})
	return err
}

// waitsForMember says whether a payment is held and could still be paid.
func (p Payment) waitsForMember(now time.Time) bool {
	return p.Guarded == Held && p.State == Created && now.Before(p.ExpiresAt)
}
