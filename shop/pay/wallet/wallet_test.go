package wallet_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
)

func person(name string) message.Person {
	return message.Person{ID: "01SHOP:webchat:" + name, Account: "01SHOP"}
}

func TestTestMoneyIsForDemosOnly(t *testing.T) {
	t.Parallel()
	db, _ := crashtest.Open(t, ledger.Schemas()...)
	serious := wallet.New(ledger.New(db, time.Now), false)
	if err := serious.Grant(t.Context(), person("ann"), "k", money.Of(100, "CNY")); !errors.Is(err, wallet.ErrNoTestMoney) {
		t.Errorf("outside a demo: %v", err)
	}
	demo := wallet.New(ledger.New(db, time.Now), true)
	for _, amount := range []money.Amount{money.Of(0, "CNY"), money.Of(-5, "CNY"), money.Of(1_000_000_000, "CNY"), money.Of(5, "XXX")} {
		if err := demo.Grant(t.Context(), person("ann"), "k", amount); err == nil {
			t.Errorf("granted %v", amount)
		}
	}
	for range 2 {
		if err := demo.Grant(t.Context(), person("ann"), "k", money.Of(100, "CNY")); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := demo.Balance(t.Context(), person("ann"), "CNY"); err != nil || have.Minor != 100 {
		t.Errorf("%v, %v", have, err)
	}
}

func TestAPaymentThatEmptiedTheBalanceIsStillPaidWhenAskedAgain(t *testing.T) {
	t.Parallel()
	db, _ := crashtest.Open(t, ledger.Schemas()...)
	w := wallet.New(ledger.New(db, time.Now), true)
	if err := w.Grant(t.Context(), person("ann"), "k", money.Of(100, "CNY")); err != nil {
		t.Fatal(err)
	}
	charge := pay.Charge{Account: "01SHOP", TradeNo: "T1", Amount: money.Of(100, "CNY"), Payer: person("ann")}
	for range 3 {
		if outcome, err := w.Confirm(t.Context(), charge, nil); err != nil || outcome.Status != pay.Success {
			t.Fatalf("%+v, %v", outcome, err)
		}
	}
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Success {
		t.Errorf("closing what is paid: %+v, %v", outcome, err)
	}
	other := charge
	other.TradeNo = "T2"
	if _, err := w.Confirm(t.Context(), other, nil); !errors.Is(err, ledger.ErrInsufficient) {
		t.Errorf("another one: %v", err)
	}
}

// BenchmarkPayments is payments a second from balances of many people into one
// shop, each durable in four steps, from 64 goroutines.
func BenchmarkPayments(b *testing.B) {
	db, _ := crashtest.Open(b, ledger.Schemas()...)
	w := wallet.New(ledger.New(db, time.Now), true)
	const people = 1000
	for i := range people {
		if err := w.Grant(b.Context(), person(fmt.Sprint(i)), fmt.Sprint(i), money.Of(100_000_000, "CNY")); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1)
			outcome, err := w.Confirm(b.Context(), pay.Charge{Account: "01SHOP", TradeNo: fmt.Sprint(n),
				Amount: money.Of(1, "CNY"), Payer: person(fmt.Sprint(n % people))}, nil)
			if err != nil || outcome.Status != pay.Success {
				b.Fatalf("%+v, %v", outcome, err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	b.StopTimer()
	if err := ledger.New(db, time.Now).Audit(b.Context(), "01SHOP"); err != nil {
		b.Error(err)
	}
}
