package reconcile_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/store"
)

// lease is more than a node has anything for.
const lease = 5 * time.Minute

// newPressed is a kit with a press, with which it is enrolled on the fourth.
func newPressed(t *testing.T) (*kit, *press) {
	p := newPress()
	k := newKit(t, func(*kit) []pay.Provider { return []pay.Provider{p} })
	k.pass(24 * time.Hour)
	must(t, k.Enrol(t.Context()))
	k.pass(-24 * time.Hour)
	return k, p
}

// sold is a payment that is paid here.
func (k *kit) sold(t testing.TB, p *press) pay.Payment {
	t.Helper()
	payment := k.create(t, p.Name())
	p.says(payment.TradeNo, pay.Success)
	payment, err := k.payments.Check(t.Context(), shop, payment.TradeNo)
	must(t, err)
	return payment
}

func lineOf(payment pay.Payment, amount int64) pay.BillLine {
	return pay.BillLine{TradeNo: payment.TradeNo, ProviderRef: "P" + payment.TradeNo, Amount: money.Of(amount, "CNY"), At: payment.At}
}

// until lets it be a time of a day of May.
func (k *kit) until(day, hour int) {
	k.at.Store(time.Date(2026, 5, day, hour, 0, 0, 0, time.UTC).UnixMilli())
}

// TestMoneyThatCameAfterClosingIsFoundOnTheBill: nobody told us, and the order is
// long gone; so the money goes back by itself.
func TestMoneyThatCameAfterClosingIsFoundOnTheBill(t *testing.T) {
	t.Parallel()
	k, p := newPressed(t)
	late, gone, unsure := k.create(t, "press"), k.create(t, "press"), k.create(t, "press")
	for _, payment := range []pay.Payment{late, gone, unsure} {
		_, err := k.payments.Close(t.Context(), shop, payment.TradeNo)
		must(t, err)
		p.book("2026-05-04", lineOf(payment, 1000))
	}
	p.says(late.TradeNo, pay.Success)
	p.says(gone.TradeNo, pay.Ended) // paid, and called off by the payer's bank
	k.until(5, 3)
	must(t, k.Work(t.Context()))
	run := k.run(t, "press", "2026-05-04")
	if run.Settled != 2 || run.Matched != 2 || !maps.Equal(k.open(t), map[string]reconcile.Kind{"press:" + unsure.TradeNo: reconcile.StateKind}) {
		t.Errorf("%+v, open %v", run, k.open(t))
	}
	if found, err := k.payments.Get(t.Context(), shop, late.TradeNo); err != nil || found.State != pay.Paid || found.Billed != "2026-05-04" {
		t.Errorf("%+v, %v", found, err)
	}
	name := "press:" + unsure.TradeNo
	if asked, err := k.Ask(t.Context(), shop, name); err != nil || asked.State != reconcile.Open {
		t.Errorf("asked too early: %s, %v", asked.State, err)
	}
	p.says(unsure.TradeNo, pay.Success)
	if asked, err := k.Ask(t.Context(), shop, name); err != nil || asked.State != reconcile.Resolved {
		t.Errorf("asked: %s, %v", asked.State, err)
	}
	if _, err := k.Ask(t.Context(), shop, name); !errors.Is(err, reconcile.ErrNotAskable) {
		t.Errorf("asked once more: %v", err)
	}
}

func TestWhatDiffersIsSaidOnceAndGoesWhenBothAgree(t *testing.T) {
	t.Parallel()
	k, p := newPressed(t)
	fine, other, missing := k.sold(t, p), k.sold(t, p), k.sold(t, p)
	k.at.Store(time.Date(2026, 5, 4, 23, 55, 0, 0, time.UTC).UnixMilli())
	midnight := k.sold(t, p) // it stands on the bill of the fifth
	p.book("2026-05-04", lineOf(fine, 1000))
	p.book("2026-05-04", lineOf(other, 999))
	p.book("2026-05-05", lineOf(midnight, 1000))
	k.until(5, 3)
	must(t, k.Work(t.Context()))
	want := map[string]reconcile.Kind{"press:" + other.TradeNo: reconcile.AmountKind, "press:" + missing.TradeNo: reconcile.MissingThere}
	if got := k.open(t); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if _, err := k.Settle(t.Context(), shop, "press:"+other.TradeNo, "Mei", " "); !errors.Is(err, reconcile.ErrNote) {
		t.Errorf("without a note: %v", err)
	}
	settled, err := k.Settle(t.Context(), shop, "press:"+other.TradeNo, "Mei", "one fen of rounding")
	must(t, err)
	if settled.State != reconcile.ByHand || settled.SettledBy != "Mei" || settled.SettledAt == nil {
		t.Errorf("%+v", settled)
	}
	if _, err := k.Settle(t.Context(), shop, "press:"+other.TradeNo, "Mei", "again"); !errors.Is(err, reconcile.ErrNotOpen) {
		t.Errorf("settled twice: %v", err)
	}
	p.book("2026-05-05", lineOf(missing, 1000)) // the provider was late with it
	must(t, k.Again(t.Context(), shop, "press", "2026-05-04"))
	k.until(6, 3)
	must(t, k.Work(t.Context()))
	if got := k.open(t); len(got) != 0 {
		t.Errorf("still open: %v", got)
	}
	if byHand, err := k.Difference(t.Context(), shop, "press:"+other.TradeNo); err != nil || byHand.State != reconcile.ByHand {
		t.Errorf("what was settled by hand is %s, %v", byHand.State, err)
	}
	if k.told.events.Load() == 0 {
		t.Error("no page was told")
	}
}

func TestDaysThatWereMissedAreReconciledOneAfterAnother(t *testing.T) {
	t.Parallel()
	k, p := newPressed(t)
	for day := 4; day < 8; day++ {
		k.until(day, 12)
		p.book(fmt.Sprintf("2026-05-%02d", day), lineOf(k.sold(t, p), 1000))
	}
	p.late["2026-05-06"] = 3
	k.until(8, 9) // the server was down until now
	for range 3 {
		must(t, k.Work(t.Context()))
	}
	if waiting := k.run(t, "press", "2026-05-06"); waiting.State != reconcile.Waiting || waiting.Problem != pay.ErrNoBill.Code {
		t.Errorf("the sixth is %+v", waiting)
	}
	for range 8 {
		k.pass(time.Hour)
		must(t, k.Work(t.Context()))
	}
	found, _, err := k.Runs(t.Context(), shop, "", 10)
	must(t, err)
	var days []string
	for _, run := range found {
		days = append(days, run.Day)
		if run.State != reconcile.Done || run.Matched != 1 || run.Problem != "" {
			t.Errorf("%+v", run)
		}
	}
	if want := []string{"2026-05-07", "2026-05-06", "2026-05-05", "2026-05-04"}; !slices.Equal(days, want) || len(k.open(t)) != 0 {
		t.Errorf("days %v, open %v", days, k.open(t))
	}
	p.broken = errors.New("the contract is gone")
	k.at.Store(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	must(t, k.Work(t.Context()))
	if lost := k.run(t, "press", "2026-05-08"); lost.State != reconcile.Missed {
		t.Errorf("a bill that can't be had any more: %+v", lost)
	}
	if recent := k.run(t, "press", "2026-05-31"); recent.State != reconcile.Failing || recent.Problem != "books_problem" {
		t.Errorf("a bill that may still be had: %+v", recent)
	}
}

// TestACrashCostsNothingOfTheCounts kills the process at any write, over and
// over, while a bill of some stretches is read by two nodes.
func TestACrashCostsNothingOfTheCounts(t *testing.T) {
	t.Parallel()
	k, p := newPressed(t)
	var want reconcile.Tally
	for i := range 1300 {
		line := pay.BillLine{TradeNo: fmt.Sprintf("TILL-%05d", i), Amount: price, At: k.now()}
		want.Foreign++
		switch {
		case i%40 == 0:
			line, want.Foreign = lineOf(k.sold(t, p), 1000), want.Foreign-1
			want.Matched++
		case i%67 == 0:
			line.TradeNo, want.Foreign = store.NewID()+"01", want.Foreign-1
		}
		p.book("2026-05-04", line)
	}
	missing := k.sold(t, p)
	k.until(5, 3)
	for round := range 12 {
		if round > 0 {
			must(t, k.Again(t.Context(), shop, "press", "2026-05-04"))
		}
		for try := 0; ; try++ {
			k.plug.CrashAfter((round*5+try*11)%(8+8*try), try%2 == 0)
			var nodes sync.WaitGroup
			for range 2 {
				nodes.Go(func() { _ = k.Work(t.Context()) })
			}
			nodes.Wait()
			k.plug.Restart()
			k.pass(lease)
			run, err := k.RunOf(t.Context(), shop, "press", "2026-05-04")
			if err == nil && run.State == reconcile.Done && run.Tries > int64(round) {
				break
			}
		}
		run := k.run(t, "press", "2026-05-04")
		if run.Lines != 1300 || run.Foreign != want.Foreign || run.Matched != want.Matched ||
			run.Found[reconcile.MissingHere] != 1300-want.Foreign-want.Matched || run.Found[reconcile.MissingThere] != 1 {
			t.Fatalf("round %d: %+v", round, run)
		}
		open := k.open(t)
		if int64(len(open)) != run.Differs() || open["press:"+missing.TradeNo] != reconcile.MissingThere {
			t.Fatalf("round %d: %d open, %d counted", round, len(open), run.Differs())
		}
	}
	if run := k.run(t, "press", "2026-05-04"); run.Tries < 24 {
		t.Errorf("only %d tries: too few crashes to tell", run.Tries)
	}
}
