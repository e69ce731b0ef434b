package pay_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/fault"
	"plaza/live"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
)

type utc struct{}

func (utc) Zone(context.Context, string) (*time.Location, error) { return time.UTC, nil }

type quietLog struct{}

func (quietLog) Append(context.Context, ...live.Event) error { return nil }

// guardedKit is a kit with a guard whose one rule takes an action about
// everything of some kinds.
type guardedKit struct {
	*kit
	guard *risk.Service
}

func watched(t testing.TB, action risk.Action, stepUp pay.StepUp, kinds ...risk.Kind) *guardedKit {
	k := &guardedKit{kit: open(t)}
	db, _ := crashtest.Open(t, risk.Schemas()...)
	k.guard = risk.New(risk.Dependencies{DB: db, Zones: utc{}, Log: quietLog{}, Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.guard.Move(risk.Payment, pay.HeldPayments{Service: k.Service})
	k.guard.Move(risk.Refund, pay.HeldRefunds{Service: k.Service})
	policy := risk.StandardPolicy()
	policy.WithoutModel = true
	policy.Rules = []risk.Rule{{ID: "all", Names: map[string]string{"en": "All"}, Enabled: true, Kinds: kinds,
		When: []risk.Condition{{Signal: risk.AmountSize, Compare: risk.AtLeast, Value: 0}}, Action: action}}
	if action != risk.Allow {
		if err := k.guard.SavePolicy(t.Context(), account, policy, 0); err != nil {
			t.Fatal(err)
		}
	}
	k.Watch(k.guard, stepUp)
	return k
}

func (k *guardedKit) queued(t testing.TB) int {
	t.Helper()
	waiting, err := k.guard.Waiting(t.Context(), account, 10)
	if err != nil {
		t.Fatal(err)
	}
	return waiting
}

func (k *guardedKit) resolve(t testing.TB, key string, approve bool) {
	t.Helper()
	if _, err := k.guard.Resolve(t.Context(), account, key, approve, "Kim", ""); err != nil {
		t.Fatal(err)
	}
}

func (k *guardedKit) final(t testing.TB, tradeNo string) pay.Payment {
	t.Helper()
	payment, err := k.Get(t.Context(), account, tradeNo)
	if err != nil {
		t.Fatal(err)
	}
	return payment
}

func TestAStoppedPaymentNeverReachesTheProvider(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Block, nil, risk.Payment)
	payment, err := k.Create(t.Context(), k.request())
	if !errors.Is(err, pay.ErrStopped) {
		t.Fatalf("got %v", err)
	}
	if final := k.final(t, payment.TradeNo); final.State != pay.Failed || final.Reason != pay.ErrStopped.Code {
		t.Errorf("%s because of %q", final.State, final.Reason)
	}
	if len(k.platform.status) != 0 {
		t.Error("the provider has heard of it")
	}
	found, err := k.guard.Get(t.Context(), account, "payment:"+payment.TradeNo)
	if err != nil || found.Outcome != risk.Stopped {
		t.Errorf("the guard knows %q, %v", found.Outcome, err)
	}
}

func TestAHeldPaymentGoesOnByItselfWhenAMemberAgrees(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Payment)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil || payment.Step.Kind != pay.WaitStep || payment.State != pay.Created {
		t.Fatalf("%+v, %v", payment, err)
	}
	if _, err := k.Confirm(t.Context(), account, payment.TradeNo, nil); !errors.Is(err, pay.ErrHeld) {
		t.Errorf("the yes: %v", err)
	}
	k.at.Add(time.Minute.Milliseconds())
	if _, err := k.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(k.platform.status) != 0 {
		t.Error("the provider has heard of it before a member agreed")
	}
	k.resolve(t, "payment:"+payment.TradeNo, true)
	if final := k.final(t, payment.TradeNo); final.State != pay.Paid || k.owner.paidBy[payment.Subject] != payment.TradeNo {
		t.Errorf("%+v", final)
	}
	if found, err := k.guard.Get(t.Context(), account, "payment:"+payment.TradeNo); err != nil || found.Outcome != risk.Succeeded {
		t.Errorf("the guard knows %q, %v", found.Outcome, err)
	}
}

func TestAnApprovedPaymentWithoutAYesWaitsForTheBuyer(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Payment)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	k.resolve(t, "payment:"+payment.TradeNo, true)
	if final := k.final(t, payment.TradeNo); final.State != pay.Pending || final.Step.Kind != pay.ScanStep {
		t.Errorf("%s with step %+v", final.State, final.Step)
	}
}

func TestARefusedPaymentFailsAndOneNobodyLooksAtRunsOut(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Payment)
	refused, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	late, err := k.Create(t.Context(), k.request())
	if err != nil || k.queued(t) != 2 {
		t.Fatalf("%d in the queue, %v", k.queued(t), err)
	}
	k.resolve(t, "payment:"+refused.TradeNo, false)
	k.settle(t)
	if state := k.final(t, refused.TradeNo).State; state != pay.Failed {
		t.Errorf("refused: %s", state)
	}
	if state := k.final(t, late.TradeNo).State; state != pay.Closed {
		t.Errorf("late: %s", state)
	}
	if k.queued(t) != 0 || len(k.owner.paidBy) != 0 {
		t.Errorf("%d in the queue, paid %v", k.queued(t), k.owner.paidBy)
	}
}

func TestAHeldRefundGivesNothingBackBeforeAMemberAgrees(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Refund)
	payment := k.paid(t)
	for number, approve := range map[string]bool{"R1": true, "R2": false} {
		refund, err := k.Refund(t.Context(), account, payment.TradeNo, number, 400, "")
		if err != nil || refund.State != pay.RefundHeld {
			t.Fatalf("%+v, %v", refund, err)
		}
		asked := k.platform.asked
		k.settle(t)
		if again, err := k.Refund(t.Context(), account, payment.TradeNo, number, 400, ""); err != nil || again.State != pay.RefundHeld || k.platform.asked != asked {
			t.Fatalf("while it is held: %+v, %v", again, err)
		}
		k.resolve(t, "refund:"+payment.TradeNo+":"+number, approve)
	}
	final := k.final(t, payment.TradeNo)
	if k.platform.asked != 1 || final.Refunded != 400 || final.GivenBack() != 400 {
		t.Errorf("asked %d times, %d refunded, %d given back", k.platform.asked, final.Refunded, final.GivenBack())
	}
	if k.owner.refunded["R1"] != pay.RefundSuccess || k.owner.refunded["R2"] != pay.RefundFailure {
		t.Errorf("the owner heard %v", k.owner.refunded)
	}
}

func TestAStoppedRefundFailsAndTheMoneyStaysRefundable(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Block, nil, risk.Refund)
	payment := k.paid(t)
	refund, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 400, "")
	if err != nil || refund.State != pay.RefundFailure || refund.Reason != pay.ErrStopped.Code {
		t.Fatalf("%+v, %v", refund, err)
	}
	if final := k.final(t, payment.TradeNo); final.Refunded != 0 || k.platform.asked != 0 || k.owner.refunded["R1"] != pay.RefundFailure {
		t.Errorf("%d refunded, asked %d times, the owner heard %v", final.Refunded, k.platform.asked, k.owner.refunded)
	}
}

func TestMoneyThatNobodyWantsGoesBackWithoutAMember(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Refund)
	first := k.paid(t)
	request := k.request()
	request.Subject = first.Subject
	k.owner.paidBy[first.Subject] = "another"
	k.settle(t)
	second, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	k.owner.paidBy[second.Subject] = "another"
	if _, err := k.Confirm(t.Context(), account, second.TradeNo, nil); err != nil {
		t.Fatal(err)
	}
	if final := k.final(t, second.TradeNo); !final.Unwanted || final.GivenBack() != price.Minor {
		t.Errorf("%+v", final)
	}
}

// pin is a StepUp that knows one proof.
type pin string

var errWrongPIN = fault.New(fault.Forbidden, "wrong_pin", "Wrong.")

func (p pin) Prove(_ context.Context, _ pay.Consent, proof map[string]string) error {
	if proof["pin"] != string(p) {
		return errWrongPIN
	}
	return nil
}

// asking is a platform whose payments are confirmed on our own page.
type asking struct{ *platform }

func (a asking) Name() string { return "asking" }

func (a asking) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	step, err := a.platform.Create(ctx, charge)
	step.Kind = pay.ConfirmStep
	return step, err
}

func TestADoubtedPaymentNeedsAProofOnOurOwnPage(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.StepUp, pin("1234"), risk.Payment)
	own := &guardedKit{kit: open(t, asking{newPlatform()}), guard: k.guard}
	own.Watch(k.guard, pin("1234"))
	request := own.request()
	request.Provider = "asking"
	payment, err := own.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range []map[string]string{nil, {"pin": "4321"}} {
		if _, err := own.Confirm(t.Context(), account, payment.TradeNo, proof); !errors.Is(err, errWrongPIN) {
			t.Errorf("with %v: %v", proof, err)
		}
	}
	if _, err := own.Confirm(t.Context(), account, payment.TradeNo, map[string]string{"pin": "1234"}); err != nil {
		t.Error(err)
	}
	if state := own.final(t, payment.TradeNo).State; state != pay.Paid {
		t.Errorf("with the proof: %s", state)
	}
	elsewhere, err := k.Create(t.Context(), k.request()) // whose provider asks for its own password
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Confirm(t.Context(), account, elsewhere.TradeNo, nil); err != nil {
		t.Errorf("at a provider that asks itself: %v", err)
	}
}

// TestHeldMoneyNeverMovesWithoutAMember plays news, reviews and crashes in
// random orders.
func TestHeldMoneyNeverMovesWithoutAMember(t *testing.T) {
	t.Parallel()
	k := watched(t, risk.Hold, nil, risk.Payment)
	rapid.Check(t, func(rt *rapid.T) {
		payment, err := k.Create(t.Context(), k.request())
		if err != nil {
			rt.Fatal(err)
		}
		no, approved, resolved, willing := payment.TradeNo, false, false, false
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if rapid.IntRange(0, 3).Draw(rt, "crash") == 0 {
				k.plug.CrashAfter(rapid.IntRange(0, 4).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
			}
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				_, _ = k.Confirm(t.Context(), account, no, nil)
				willing = true
			case 1:
				_, _ = k.Check(t.Context(), account, no)
			case 2:
				_, _ = k.Close(t.Context(), account, no)
			case 3:
				approve := rapid.Bool().Draw(rt, "approve")
				if _, err := k.guard.Resolve(t.Context(), account, "payment:"+no, approve, "Kim", ""); err == nil {
					approved, resolved = approve, true
				}
			case 4:
				k.at.Add(time.Minute.Milliseconds())
				_, _ = k.Recover(t.Context())
				_, _ = k.guard.Recover(t.Context())
			case 5:
				_, _ = k.Create(t.Context(), pay.Request{Account: account, Purpose: pay.ForOrder, Subject: payment.Subject,
					Provider: "platform", Amount: price, Payer: payment.Payer, ExpiresAt: payment.ExpiresAt})
			}
			k.plug.Restart()
		}
		for range 12 {
			k.at.Add((11 * time.Minute).Milliseconds())
			if _, err := k.guard.Recover(t.Context()); err != nil {
				rt.Fatal(err)
			}
			if _, err := k.Recover(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		final, err := k.Get(t.Context(), account, no)
		if err != nil || !final.State.Final() {
			rt.Fatalf("%s, %v", final.State, err)
		}
		if final.State == pay.Paid && !approved {
			rt.Fatalf("paid; resolved %v, approved %v, willing %v", resolved, approved, willing)
		}
		if truth, _ := k.platform.Query(t.Context(), pay.Charge{TradeNo: no}); (truth.Status == pay.Success) != (final.State == pay.Paid) {
			rt.Fatalf("the platform says %s, we say %s", truth.Status, final.State)
		}
		if k.queued(t) != 0 {
			rt.Fatal("something that is over still waits for a member")
		}
	})
}
