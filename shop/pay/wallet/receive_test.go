package wallet_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/wallet"
)

func (h *house) asks(t testing.TB, name string, amount int64) wallet.ReceiveCode {
	t.Helper()
	code, err := h.Receive(t.Context(), person(name), money.Of(amount, "CNY"), "dinner")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestARefusedRequestDoesNotUseUpACode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	h.grant(t, "bob", 1000)
	code := h.asks(t, "bob", 500)
	for name, c := range map[string]struct {
		request wallet.SendRequest
		want    error
	}{
		"their own code": {send("bob", "", "k", 1), wallet.ErrSelf},
		"no key":         {send("ann", "", "", 1), wallet.ErrTransferKey},
	} {
		if _, err := h.SendByCode(t.Context(), code.Code, c.request); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.SendByCode(t.Context(), code.Code, send("ann", "", "k", 1)); err != nil || h.has(t, "bob") != 1500 {
		t.Errorf("%v; bob has %d", err, h.has(t, "bob"))
	}
	if _, err := h.SendByCode(t.Context(), code.Code, send("ann", "", "k", 1)); err != nil || h.has(t, "bob") != 1500 {
		t.Errorf("the same payment again: %v; bob has %d", err, h.has(t, "bob"))
	}
}

func TestFiftyWhoPayACodeAtOncePayItOnce(t *testing.T) {
	t.Parallel()
	const payers = 50
	h := newHouse(t)
	code := h.asks(t, "bob", 500)
	for i := range payers {
		h.grant(t, fmt.Sprint("p", i), 1000)
	}
	var paid atomic.Int64
	var group sync.WaitGroup
	for i := range payers {
		group.Go(func() {
			switch _, err := h.SendByCode(t.Context(), code.Code, send(fmt.Sprint("p", i), "", "k", 1)); {
			case err == nil:
				paid.Add(1)
			case !errors.Is(err, wallet.ErrCodePaid) && !errors.Is(err, wallet.ErrCodeBusy):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if paid.Load() != 1 || h.has(t, "bob") != 500 {
		t.Errorf("paid %d times, bob has %d", paid.Load(), h.has(t, "bob"))
	}
}

// TestACodeIsPaidOnceWhereverItsFirstPayerDied kills the first payer after each of
// the writes of a transfer; whoever pays next either pays or learns that it is
// paid.
func TestACodeIsPaidOnceWhereverItsFirstPayerDied(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		for writes := 0; ; writes++ {
			if !payerDies(t, writes, lost) {
				if writes < 4 {
					t.Errorf("only %d writes were tried", writes)
				}
				break
			}
		}
	}
}

func payerDies(t *testing.T, writes int, lost bool) (crashed bool) {
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	h.grant(t, "cleo", 1000)
	code := h.asks(t, "bob", 500)
	h.plug.CrashAfter(writes, lost)
	_, _ = h.SendByCode(t.Context(), code.Code, send("ann", "", "k", 1))
	crashed = h.plug.Restart()
	// Cleo is faster than whoever cleans up, and tries again afterwards.
	_, hasty := h.SendByCode(t.Context(), code.Code, send("cleo", "", "k1", 1))
	for range 3 {
		h.pass(30 * time.Second)
		if _, err := h.ledger.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, patient := h.SendByCode(t.Context(), code.Code, send("cleo", "", "k2", 1))
	if hasty != nil && !errors.Is(hasty, wallet.ErrCodeBusy) && !errors.Is(hasty, wallet.ErrCodePaid) && !errors.Is(hasty, ledger.ErrUnderWay) {
		t.Errorf("after %d writes, at once: %v", writes, hasty)
	}
	if patient != nil && !errors.Is(patient, wallet.ErrCodePaid) {
		t.Errorf("after %d writes, later: %v", writes, patient)
	}
	if h.has(t, "bob") != 500 || h.has(t, "ann")+h.has(t, "cleo") != 1500 {
		t.Errorf("after %d writes (lost %t): ann %d, bob %d, cleo %d", writes, lost, h.has(t, "ann"), h.has(t, "bob"), h.has(t, "cleo"))
	}
	return crashed
}

func TestWhoeverBeganToPayACodeGoesOnWithThat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	h.grant(t, "cleo", 1000)
	code := h.asks(t, "bob", 500)
	h.action = risk.StepUp
	begun, err := h.SendByCode(t.Context(), code.Code, send("ann", "", "k1", 1))
	if !errors.Is(err, errNotThem) {
		t.Fatal(err)
	}
	if _, err := h.SendByCode(t.Context(), code.Code, send("cleo", "", "k", 1)); !errors.Is(err, wallet.ErrCodeBusy) {
		t.Errorf("somebody else meanwhile: %v", err)
	}
	again := send("ann", "", "k2", 1)
	if asked, err := h.SendByCode(t.Context(), code.Code, again); !errors.Is(err, errNotThem) || asked.Key() != "k1" || asked.ID != begun.ID {
		t.Errorf("%+v, %v", asked, err)
	}
	again.Proof = map[string]string{"pin": "right"}
	if _, err := h.SendByCode(t.Context(), code.Code, again); err != nil || h.has(t, "bob") != 500 || h.has(t, "ann") != 500 {
		t.Errorf("%v; bob has %d", err, h.has(t, "bob"))
	}
}
