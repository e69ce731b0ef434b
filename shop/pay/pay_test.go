package pay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/account/vault"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/store"
)

const account = "01SHOP"

var price = money.Of(1000, "CNY")

// owner counts what it is told; a subject is wanted once.
type owner struct {
	mu       sync.Mutex
	paidBy   map[string]string
	refunded map[string]pay.RefundStatus
	fail     bool
}

func (o *owner) PaymentPaid(_ context.Context, payment pay.Payment) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail {
		return false, errors.New("not now")
	}
	if o.paidBy[payment.Subject] == "" {
		o.paidBy[payment.Subject] = payment.TradeNo
	}
	return o.paidBy[payment.Subject] == payment.TradeNo, nil
}

func (o *owner) PaymentRefunded(_ context.Context, _ pay.Payment, refund pay.Refund) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail {
		return errors.New("not now")
	}
	o.refunded[refund.Number] = refund.State
	return nil
}

type kit struct {
	*pay.Service
	platform *platform
	owner    *owner
	plug     *crashtest.Engine
	at       atomic.Int64
}

func open(t testing.TB, more ...pay.Provider) *kit {
	k := &kit{platform: newPlatform(), owner: &owner{paidBy: map[string]string{}, refunded: map[string]pay.RefundStatus{}}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	db, plug := crashtest.Open(t, append(pay.Schemas(), vault.Schemas()...)...)
	k.plug = plug
	k.Service = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), k.now), Providers: append([]pay.Provider{k.platform}, more...),
		Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.Own(pay.ForOrder, k.owner)
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *kit) request() pay.Request {
	return pay.Request{Account: account, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: "platform", Amount: price,
		Payer: message.Person{ID: "p", Account: account}, ExpiresAt: k.now().Add(15 * time.Minute)}
}

func (k *kit) settle(t fataler) {
	for range 12 {
		k.at.Add((11 * time.Minute).Milliseconds())
		if _, err := k.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

type fataler interface{ Fatal(...any) }

func notice(tradeNo string, outcome pay.Outcome) pay.Notification {
	body, _ := json.Marshal(pay.Notice{TradeNo: tradeNo, Outcome: outcome})
	return pay.Notification{Body: body}
}

// TestAPaymentIsSettledOnceInWhateverOrderTheNewsComes plays notifications,
// queries, confirmations and closing in random orders, with crashes.
func TestAPaymentIsSettledOnceInWhateverOrderTheNewsComes(t *testing.T) {
	t.Parallel()
	k := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		payment, err := k.Create(t.Context(), k.request())
		if err != nil {
			rt.Fatal(err)
		}
		no := payment.TradeNo
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if rapid.IntRange(0, 3).Draw(rt, "crash") == 0 {
				k.plug.CrashAfter(rapid.IntRange(0, 4).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
			}
			switch rapid.IntRange(0, 4).Draw(rt, "news") {
			case 0:
				_, _ = k.Confirm(t.Context(), account, no, nil)
			case 1:
				_, _ = k.Check(t.Context(), account, no)
			case 2:
				_, _ = k.Close(t.Context(), account, no)
			case 3: // late or early: a notification tells what is true
				outcome, _ := k.platform.Query(t.Context(), pay.Charge{TradeNo: no})
				_, _ = k.Notify(t.Context(), "platform", account, notice(no, outcome))
			case 4:
				k.at.Add(time.Minute.Milliseconds())
				_, _ = k.Recover(t.Context())
			}
			k.plug.Restart()
		}
		k.settle(rt)
		final, err := k.Get(t.Context(), account, no)
		if err != nil {
			rt.Fatal(err)
		}
		truth, _ := k.platform.Query(t.Context(), pay.Charge{TradeNo: no})
		if (truth.Status == pay.Success) != (final.State == pay.Paid) || !final.State.Final() {
			rt.Fatalf("the platform says %s, we say %s", truth.Status, final.State)
		}
		if (final.State == pay.Paid) != (k.owner.paidBy[final.Subject] == no) {
			rt.Fatalf("%s, and the owner heard %q", final.State, k.owner.paidBy[final.Subject])
		}
		if final.Due != nil {
			rt.Fatalf("still due: %+v", final)
		}
	})
}

func TestAnUnansweredRefundIsNotAskedForTwice(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.paid(t)
	k.platform.quiet(true)
	refund, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 400, "")
	if err != nil || refund.State != pay.RefundWaiting {
		t.Fatalf("%+v, %v", refund, err)
	}
	k.platform.quiet(false)
	k.settle(t)
	if k.platform.asked != 1 || k.owner.refunded["R1"] != pay.RefundSuccess {
		t.Errorf("asked %d times, the owner heard %q", k.platform.asked, k.owner.refunded["R1"])
	}
}

func TestARefusedRefundLeavesTheMoneyRefundable(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.paid(t)
	k.platform.refuse = fault.New(fault.Conflict, "platform_says_no", "No.")
	refund, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 1000, "")
	if err != nil || refund.State != pay.RefundFailure || refund.Reason != "platform_says_no" {
		t.Fatalf("%+v, %v", refund, err)
	}
	k.platform.refuse = nil
	if refund, err = k.Refund(t.Context(), account, payment.TradeNo, "R2", 1000, ""); err != nil || refund.State != pay.RefundSuccess {
		t.Errorf("again: %+v, %v", refund, err)
	}
}

func TestRefundsAtTheSameTimeNeverExceedThePayment(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.paid(t)
	var given atomic.Int64
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			amount := int64(70 + i)
			refund, err := k.Refund(t.Context(), account, payment.TradeNo, fmt.Sprint("R", i), amount, "")
			switch {
			case err == nil && refund.State == pay.RefundSuccess:
				given.Add(amount)
			case !errors.Is(err, pay.ErrRefundTooMuch):
				t.Errorf("%+v, %v", refund, err)
			}
		})
	}
	group.Wait()
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	if err != nil || final.Refunded != given.Load() || final.Refunded > 1000 || final.GivenBack() != final.Refunded || final.Refunded < 800 {
		t.Errorf("given %d, counted %d (%d), %v", given.Load(), final.Refunded, final.GivenBack(), err)
	}
	for number, refund := range final.Refunds {
		if _, err := k.Refund(t.Context(), account, payment.TradeNo, number, refund.Amount, ""); err != nil {
			t.Errorf("the same refund once more: %v", err)
		}
		if _, err := k.Refund(t.Context(), account, payment.TradeNo, number, refund.Amount+1, ""); err == nil {
			t.Error("the same number for another amount")
		}
	}
	if k.platform.asked != len(final.Refunds) {
		t.Errorf("%d refunds, asked %d times", len(final.Refunds), k.platform.asked)
	}
}

func TestAnOwnerThatFailsIsToldAgain(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	k.owner.fail = true
	confirmed, err := k.Confirm(t.Context(), account, payment.TradeNo, nil)
	if err != nil || confirmed.State != pay.Paid {
		t.Fatalf("the money is taken, so it is paid: %s, %v", confirmed.State, err)
	}
	k.owner.fail = false
	k.settle(t)
	if k.owner.paidBy[payment.Subject] != payment.TradeNo {
		t.Error("the owner never heard")
	}
}

func TestASilentPlatformIsAskedAgain(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	k.platform.quiet(true)
	if _, err := k.Confirm(t.Context(), account, payment.TradeNo, nil); !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Fatalf("no answer: %v", err)
	}
	k.platform.quiet(false)
	k.settle(t)
	if final, err := k.Get(t.Context(), account, payment.TradeNo); err != nil || final.State != pay.Paid {
		t.Errorf("%s, %v", final.State, err)
	}
}

func TestAWrongAmountChangesNothing(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	for _, amount := range []money.Amount{money.Of(1, "CNY"), money.Of(1000, "KRW"), {}} {
		_, err := k.Notify(t.Context(), "platform", account, notice(payment.TradeNo, pay.Outcome{Status: pay.Success, Amount: amount}))
		if !errors.Is(err, pay.ErrWrongAmount) {
			t.Errorf("%v instead of %v: %v", amount, price, err)
		}
	}
	if final, _ := k.Get(t.Context(), account, payment.TradeNo); final.State != pay.Pending {
		t.Errorf("the payment is %s", final.State)
	}
}

func TestARefusedPaymentFailsAndAnotherCanBeMade(t *testing.T) {
	t.Parallel()
	k := open(t)
	request := k.request()
	k.platform.refuse = fault.New(fault.Conflict, "platform_says_no", "No.")
	first, err := k.Create(t.Context(), request)
	if !errors.Is(err, k.platform.refuse) {
		t.Fatal(err)
	}
	k.platform.refuse = nil
	second, err := k.Create(t.Context(), request)
	if err != nil || second.TradeNo == first.TradeNo {
		t.Fatalf("%s, %s, %v", first.TradeNo, second.TradeNo, err)
	}
	if again, err := k.Create(t.Context(), request); err != nil || again.TradeNo != second.TradeNo {
		t.Errorf("asking again made another payment: %s, %v", again.TradeNo, err)
	}
	if found, err := k.Find(t.Context(), second.TradeNo); err != nil || found.Account != account {
		t.Errorf("by its number alone: %+v, %v", found.Account, err)
	}
}

func (k *kit) paid(t *testing.T) pay.Payment {
	t.Helper()
	payment, err := k.Create(t.Context(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	if payment, err = k.Confirm(t.Context(), account, payment.TradeNo, nil); err != nil || payment.State != pay.Paid {
		t.Fatalf("%s, %v", payment.State, err)
	}
	return payment
}

func TestUnwantedMoneyGoesBackHoweverOftenTheProviderRefuses(t *testing.T) {
	t.Parallel()
	k := open(t)
	request := k.request()
	k.owner.paidBy[request.Subject] = "somebody-elses" // the order was paid otherwise
	second, err := k.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	k.platform.refuse = fault.New(fault.Conflict, "merchant_short", "There is too little money at the merchant's.")
	if _, err := k.Confirm(t.Context(), account, second.TradeNo, nil); err != nil {
		t.Fatal(err)
	}
	k.settle(t)
	stuck, err := k.Get(t.Context(), account, second.TradeNo)
	if err != nil || stuck.GivenBack() != 0 || stuck.Due == nil || len(stuck.Refunds) > 4 {
		t.Fatalf("refused for two hours: %+v, %v", stuck, err)
	}
	k.platform.refuse = nil
	for range 4 {
		k.settle(t)
	}
	final, err := k.Get(t.Context(), account, second.TradeNo)
	if err != nil || final.GivenBack() != price.Minor || final.Due != nil || final.Refunded != price.Minor {
		t.Errorf("%+v, %v", final, err)
	}
	if k.platform.asked != 1 {
		t.Errorf("the money went back %d times", k.platform.asked)
	}
}
