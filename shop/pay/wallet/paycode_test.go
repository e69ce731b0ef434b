package wallet_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// till wants every sale.
type till struct{ refunded atomic.Int64 }

func (*till) PaymentPaid(context.Context, pay.Payment) (bool, error) { return true, nil }

func (s *till) PaymentRefunded(_ context.Context, _ pay.Payment, refund pay.Refund) error {
	s.refunded.Add(refund.Amount)
	return nil
}

func (h *house) sale(amount int64) pay.Request {
	return pay.Request{Account: "01SHOP", Purpose: pay.ForCounter, Subject: store.NewID(), Amount: money.Of(amount, "CNY"),
		ExpiresAt: h.now().Add(time.Minute)}
}

func (h *house) code(t *testing.T, name string) string {
	t.Helper()
	code, err := h.wallet.PayCode(t.Context(), person(name))
	if err != nil || len(code.Digits) != 18 || code.For != 30*time.Second {
		t.Fatalf("%+v, %v", code, err)
	}
	return code.Digits
}

func TestACodeAtTheCounterPaysOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payments.Own(pay.ForCounter, &till{})
	h.grant(t, "ann", 1000)
	code := h.code(t, "ann")
	var paid atomic.Int64
	var group sync.WaitGroup
	for range 20 { // twenty tills have a photograph of it
		group.Go(func() {
			payment, err := h.payments.Take(t.Context(), h.sale(300), code)
			switch {
			case err == nil && payment.State == pay.Paid && payment.Payer.ID == person("ann").ID:
				paid.Add(1)
			case !errors.Is(err, wallet.ErrPayCode):
				t.Errorf("%+v, %v", payment, err)
			}
		})
	}
	group.Wait()
	if paid.Load() != 1 || h.has(t, "ann") != 700 {
		t.Errorf("paid %d times, ann has %d", paid.Load(), h.has(t, "ann"))
	}
}

func TestACodeIsOverAfterHalfAMinuteWhateverThePhonesClockSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payments.Own(pay.ForCounter, &till{})
	h.grant(t, "ann", 1000)
	good, late := h.code(t, "ann"), h.code(t, "ann")
	h.pass(29 * time.Second)
	if payment, err := h.payments.Take(t.Context(), h.sale(300), good); err != nil || payment.State != pay.Paid {
		t.Errorf("%s, %v", payment.State, err)
	}
	h.pass(time.Second)
	for _, code := range []string{late, "800000000000000000"} {
		if _, err := h.payments.Take(t.Context(), h.sale(300), code); !errors.Is(err, wallet.ErrPayCode) {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{"", "80", "8000000000000000001", "13000000000000000", "８０0000000000000000"} {
		if _, err := h.payments.Take(t.Context(), h.sale(300), code); !errors.Is(err, pay.ErrUnknownCode) {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestACodeOfAnotherAccountIsNothingHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payments.Own(pay.ForCounter, &till{})
	h.grant(t, "ann", 1000)
	other := h.sale(300)
	other.Account = "02OTHER"
	if _, err := h.payments.Take(t.Context(), other, h.code(t, "ann")); !errors.Is(err, wallet.ErrPayCode) {
		t.Errorf("%v", err)
	}
}

func TestTooLittleInTheBalanceIsSaidAtTheCounter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payments.Own(pay.ForCounter, &till{})
	h.grant(t, "ann", 100)
	payment, err := h.payments.Take(t.Context(), h.sale(300), h.code(t, "ann"))
	if !errors.Is(err, ledger.ErrInsufficient) {
		t.Errorf("%s, %v", payment.State, err)
	}
}

func TestASaleWhoseAnswerWasLostKnowsItsPayerAndGivesBackToThem(t *testing.T) {
	t.Parallel()
	paid := 0
	for writes := range 16 { // a crash after each
		h, owner := newHouse(t), &till{}
		h.payments.Own(pay.ForCounter, owner)
		h.grant(t, "ann", 1000)
		request, code := h.sale(300), h.code(t, "ann")
		h.plug.CrashAfter(writes, true)
		_, _ = h.payments.Take(t.Context(), request, code)
		h.plug.Restart()
		for range 6 {
			h.pass(30 * time.Second)
			if _, err := h.ledger.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := h.payments.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		found, err := h.payments.Of(t.Context(), "01SHOP", request.Subject)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 || found[0].State != pay.Paid {
			if h.has(t, "ann") != 1000 {
				t.Errorf("after %d writes the money is gone: %+v", writes, found)
			}
			continue
		}
		paid++
		if h.has(t, "ann") != 700 {
			t.Errorf("after %d writes: paid, and ann has %d", writes, h.has(t, "ann"))
		}
		if _, err := h.payments.Refund(t.Context(), "01SHOP", found[0].TradeNo, "R1", 300, ""); err != nil || h.has(t, "ann") != 1000 || owner.refunded.Load() != 300 {
			t.Errorf("after %d writes, given back: %v; ann has %d", writes, err, h.has(t, "ann"))
		}
	}
	if paid == 0 || paid == 16 {
		t.Errorf("%d of 16 crashes came after the money had moved: the test tests nothing", paid)
	}
}
