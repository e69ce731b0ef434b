package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/shop/crashtest"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// TestTheAuditIsRightWhileMoneyMoves audits again and again under transfers of
// many, with some that have died halfway.
func TestTheAuditIsRightWhileMoneyMoves(t *testing.T) {
	t.Parallel()
	db, engine := crashtest.Open(t, ledger.Schemas()...)
	clock := newClock()
	l := ledger.New(db, clock.now)
	for i := range 8 {
		if _, err := l.Transfer(t.Context(), move(fmt.Sprint("grant", i), ledger.Issue, fmt.Sprint("w", i), 1000)); err != nil {
			t.Fatal(err)
		}
	}
	for writes := range 5 {
		engine.CrashAfter(writes, true)
		_, _ = l.Transfer(t.Context(), move(fmt.Sprint("died", writes), "w1", "w2", 7))
		engine.Restart()
	}
	clock.pass(10 * time.Minute) // those are old now, and nobody has recovered them
	done := make(chan struct{})
	var workers sync.WaitGroup
	for worker := range 4 {
		workers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				_, _ = l.Transfer(t.Context(), move(fmt.Sprintf("m%d-%d", worker, i), fmt.Sprint("w", (i+worker)%8), fmt.Sprint("w", (i+worker+3)%8), 3))
				clock.pass(time.Second)
			}
		})
	}
	for range 8 {
		if err := l.Audit(t.Context(), shop); err != nil {
			t.Error(err)
		}
	}
	close(done)
	workers.Wait()
	clock.pass(10 * time.Minute)
	if _, err := l.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}

// TestTheNightlyCheckIsLoud changes a balance behind the ledger's back.
func TestTheNightlyCheckIsLoud(t *testing.T) {
	t.Parallel()
	db, _ := crashtest.Open(t, ledger.Schemas()...)
	clock := newClock()
	l := ledger.New(db, clock.now)
	if _, err := l.Transfer(t.Context(), move("grant", ledger.Issue, "ann", 100)); err != nil {
		t.Fatal(err)
	}
	if err := l.Nightly(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	if check, err := l.Checked(t.Context(), shop); err != nil || check.Problem != "" || check.Transfers != 1 {
		t.Errorf("%+v, %v", check, err)
	}
	stolen := store.Declare[ledger.Wallet](store.Schema{Name: "wallets"})
	if err := stolen.In(db, shop).Update(t.Context(), shop+":CNY:ann", store.Inc("balance", 1)); err != nil {
		t.Fatal(err)
	}
	if err := l.Nightly(t.Context(), shop); err != nil {
		t.Errorf("a second time on one day: %v", err)
	}
	clock.pass(24 * time.Hour)
	err := l.Nightly(t.Context(), shop)
	if err == nil || !strings.Contains(err.Error(), "holds 101, its history says 100") {
		t.Errorf("nobody is told: %v", err)
	}
	if check, err := l.Checked(t.Context(), shop); err != nil || check.Problem == "" {
		t.Errorf("%+v, %v", check, err)
	}
}

func TestACorrectionNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	db, _ := crashtest.Open(t, ledger.Schemas()...)
	l := ledger.New(db, newClock().now)
	ask := func(key, reason string) error {
		_, err := l.AskCorrection(t.Context(), shop, key, "m1", "Mei", reason)
		return err
	}
	decide := func(key, member string, agree, alone bool) (ledger.Correction, error) {
		return l.DecideCorrection(t.Context(), shop, key, member, member, agree, alone)
	}
	for _, key := range []string{"grant:1", "grant:2", "grant:3", "grant:4", "pay:1"} {
		if _, err := l.Transfer(t.Context(), move(key, ledger.Issue, "ann"+key, 50)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Transfer(t.Context(), move("send:1", "anngrant:3", "bob", 20)); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct {
		key, reason string
		err         error
	}{{"grant:1", " ", ledger.ErrCorrectionReason}, {"grant:9", "why", ledger.ErrNoTransfer}, {"pay:1", "why", ledger.ErrUncorrectable}} {
		if err := ask(wrong.key, wrong.reason); !errors.Is(err, wrong.err) {
			t.Errorf("%s: %v", wrong.key, err)
		}
	}
	for _, key := range []string{"grant:1", "grant:2", "grant:3", "grant:4"} {
		if err := ask(key, "twice by mistake"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := decide("grant:1", "m1", true, false); !errors.Is(err, ledger.ErrOwnCorrection) {
		t.Errorf("one person alone: %v", err)
	}
	var agreeing sync.WaitGroup
	for range 8 {
		agreeing.Go(func() { _, _ = decide("grant:1", "m2", true, false) })
	}
	agreeing.Wait()
	if made, err := l.Correction(t.Context(), shop, "grant:1"); err != nil || made.State != ledger.Made || made.Decided.Name != "m2" || balance(t, l, "anngrant:1") != 0 {
		t.Errorf("%+v, %v", made, err)
	}
	if _, err := decide("grant:1", "m3", false, false); !errors.Is(err, ledger.ErrCorrectionOver) {
		t.Errorf("decided twice: %v", err)
	}
	if declined, err := decide("grant:2", "m1", false, false); err != nil || declined.State != ledger.Declined || balance(t, l, "anngrant:2") != 50 {
		t.Errorf("taken back by who asked: %+v, %v", declined, err)
	}
	if failed, err := decide("grant:3", "m2", true, false); err != nil || failed.State != ledger.Failed || failed.Problem != ledger.ErrInsufficient.Code {
		t.Errorf("the money has gone on: %+v, %v", failed, err)
	}
	if made, err := decide("grant:4", "m1", true, true); err != nil || made.State != ledger.Made {
		t.Errorf("nobody else could: %+v, %v", made, err)
	}
	if err := l.Audit(t.Context(), shop); err != nil {
		t.Error(err)
	}
}
