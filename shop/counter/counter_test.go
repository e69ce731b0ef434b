package counter_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/counter"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

const account = "01SHOP"

type kit struct {
	*counter.Service
	plug   *crashtest.Engine
	ledger *ledger.Ledger
	wallet *wallet.Wallet
	at     atomic.Int64
	mu     sync.Mutex
	heard  map[string]bool
}

func open(t *testing.T) *kit {
	t.Helper()
	k := &kit{heard: map[string]bool{}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	var schemas []*store.Schema
	for _, some := range [][]*store.Schema{ledger.Schemas(), pay.Schemas(), wallet.Schemas(), counter.Schemas()} {
		schemas = append(schemas, some...)
	}
	db, plug := crashtest.Open(t, schemas...)
	k.plug, k.ledger = plug, ledger.New(db, k.now)
	k.wallet = wallet.New(k.ledger, true)
	k.wallet.Codes = wallet.Codes{DB: db, Now: k.now}
	quiet := slog.New(slog.DiscardHandler)
	payments := pay.New(pay.Dependencies{DB: db, Providers: []pay.Provider{k.wallet}, Now: k.now, Logger: quiet})
	k.Service = counter.New(counter.Dependencies{DB: db, Payments: payments, Sender: k, Texts: k, Log: k,
		ShopName:  func(context.Context, string) (string, error) { return "Corner Store", nil },
		NotifyURL: func(string, string) string { return "" }, Now: k.now, Logger: quiet})
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *kit) Append(context.Context, ...live.Event) error { return nil }

func (k *kit) Text(_, key string, _ ...any) string { return key }

func (k *kit) Send(_ context.Context, _ message.Person, key string, _ ...message.Outbound) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard[key] = true
	return nil
}

func ann() message.Person {
	return message.Person{ID: message.SubscriberID(account, "webchat", "ann"), Account: account, Channel: "webchat", User: "ann"}
}

func (k *kit) code(t *testing.T, funds int64) string {
	t.Helper()
	if funds > 0 {
		if err := k.wallet.Grant(t.Context(), ann(), "g", money.Of(funds, "CNY")); err != nil {
			t.Fatal(err)
		}
	}
	code, err := k.wallet.PayCode(t.Context(), ann())
	if err != nil {
		t.Fatal(err)
	}
	return code.Digits
}

func (k *kit) begin(t *testing.T, amount int64) counter.Sale {
	t.Helper()
	sale, err := k.Begin(t.Context(), account, store.NewID(), money.Of(amount, "CNY"), "", "Mei")
	if err != nil {
		t.Fatal(err)
	}
	return sale
}

func TestASaleIsPaidByTheCodeThatIsScanned(t *testing.T) {
	t.Parallel()
	k := open(t)
	sale := k.begin(t, 300)
	code := k.code(t, 1000)
	typed := code[:4] + " " + code[4:8] + " " + code[8:]
	for range 2 {
		paid, err := k.Take(t.Context(), account, sale.Number, typed)
		if err != nil || paid.State != counter.Paid || paid.Provider != wallet.Name {
			t.Fatalf("%+v, %v", paid, err)
		}
	}
	if len(k.heard) != 1 {
		t.Errorf("receipts: %v", k.heard)
	}
	for range 2 {
		back, err := k.Refund(t.Context(), account, sale.Number, "R1", 100, "")
		if err != nil || back.Refunded != 100 {
			t.Errorf("%+v, %v", back, err)
		}
	}
	if _, err := k.Refund(t.Context(), account, sale.Number, "R2", 201, ""); !errors.Is(err, counter.ErrTooMuch) {
		t.Errorf("more than is left: %v", err)
	}
}

func TestAfterARefusalAnotherCodeCanBeScanned(t *testing.T) {
	t.Parallel()
	k := open(t)
	sale := k.begin(t, 300)
	if _, err := k.Take(t.Context(), account, sale.Number, k.code(t, 0)); !errors.Is(err, ledger.ErrInsufficient) {
		t.Fatalf("with nothing: %v", err)
	}
	if _, err := k.Take(t.Context(), account, sale.Number, "hello"); !errors.Is(err, pay.ErrUnknownCode) {
		t.Errorf("no code at all: %v", err)
	}
	if paid, err := k.Take(t.Context(), account, sale.Number, k.code(t, 1000)); err != nil || paid.State != counter.Paid {
		t.Errorf("%+v, %v", paid, err)
	}
}

func TestACancelledSaleTakesNoMoney(t *testing.T) {
	t.Parallel()
	k := open(t)
	sale := k.begin(t, 300)
	for range 2 {
		if cancelled, err := k.Cancel(t.Context(), account, sale.Number); err != nil || cancelled.State != counter.Cancelled {
			t.Fatalf("%+v, %v", cancelled, err)
		}
	}
	if _, err := k.Take(t.Context(), account, sale.Number, k.code(t, 1000)); !errors.Is(err, counter.ErrOver) {
		t.Errorf("%v", err)
	}
	if _, err := k.Refund(t.Context(), account, sale.Number, "R1", 100, ""); !errors.Is(err, counter.ErrNotPaid) {
		t.Errorf("%v", err)
	}
	if balance, err := k.wallet.Balance(t.Context(), ann(), "CNY"); err != nil || balance.Minor != 1000 {
		t.Errorf("%v, %v", balance, err)
	}
}

func TestOfCancellingAndPayingOneHappens(t *testing.T) {
	t.Parallel()
	k := open(t)
	var paid int64
	for range 15 {
		sale, code := k.begin(t, 10), k.code(t, 1000)
		var group sync.WaitGroup
		group.Go(func() { _, _ = k.Take(t.Context(), account, sale.Number, code) })
		group.Go(func() { _, _ = k.Cancel(t.Context(), account, sale.Number) })
		group.Wait()
		k.at.Add(time.Minute.Milliseconds())
		if _, err := k.Payments.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended, err := k.Look(t.Context(), account, sale.Number)
		if err != nil {
			t.Fatal(err)
		}
		if ended.State == counter.Paid {
			paid += 10
		}
	}
	if balance, err := k.wallet.Balance(t.Context(), ann(), "CNY"); err != nil || balance.Minor != 1000-paid {
		t.Errorf("sales say %d, ann has %v, %v", paid, balance, err)
	}
}

func TestWhatCantBeASaleIsRefused(t *testing.T) {
	t.Parallel()
	k := open(t)
	for name, c := range map[string]struct {
		key    string
		amount money.Amount
		want   error
	}{
		"nothing":  {"k", money.Of(0, "CNY"), counter.ErrNothing},
		"less":     {"k", money.Of(-1, "CNY"), money.ErrNegative},
		"2^63":     {"k", money.Of(-1<<63, "CNY"), money.ErrNegative},
		"much":     {"k", money.Of(1<<62, "CNY"), money.ErrTooMuch},
		"currency": {"k", money.Of(1, "XXX"), money.ErrCurrency},
		"no key":   {"", money.Of(1, "CNY"), counter.ErrKey},
	} {
		if _, err := k.Begin(t.Context(), account, c.key, c.amount, "", ""); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sale := k.begin(t, 300)
	if _, err := k.Get(t.Context(), "02OTHER", sale.Number); !errors.Is(err, counter.ErrNoSale) {
		t.Errorf("another account's: %v", err)
	}
}
