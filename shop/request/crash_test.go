package request_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/store"
)

const shop = "01SHOP"

var ann = message.Person{ID: shop + ":webchat:ann", Account: shop, Channel: "webchat", User: "ann", Name: "Ann", Language: "en"}

// kit are requests over true payments and a true wallet, on a store with a plug.
type kit struct {
	*request.Service
	t      *testing.T
	wallet *wallet.Wallet
	ledger *ledger.Ledger
	plug   *crashtest.Engine
	at     atomic.Int64
	mu     sync.Mutex
	heard  map[string]string // by key
}

// open gives a kit in which ann has 10.00.
func open(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, heard: map[string]string{}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	var schemas []*store.Schema
	for _, some := range [][]*store.Schema{ledger.Schemas(), pay.Schemas(), wallet.Schemas(), vault.Schemas(), request.Schemas()} {
		schemas = append(schemas, some...)
	}
	db, plug := crashtest.Open(t, schemas...)
	k.plug, k.ledger = plug, ledger.New(db, k.now)
	k.wallet = wallet.New(k.ledger, true)
	quiet := slog.New(slog.DiscardHandler)
	payments := pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), k.now),
		Providers: []pay.Provider{k.wallet}, Now: k.now, Logger: quiet})
	k.Service = request.New(request.Dependencies{DB: db, Payments: payments, Sender: k, Texts: k, Log: k,
		Topic:     func(person string) string { return person },
		ShopName:  func(context.Context, string) (string, error) { return "Corner Store", nil },
		Address:   func(number string) string { return "/request/" + number },
		NotifyURL: func(string, string) string { return "" }, ReturnURL: func(string) string { return "" }, Now: k.now, Logger: quiet})
	k.must(k.wallet.Grant(t.Context(), ann, "g", money.Of(1000, "CNY")))
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) Append(context.Context, ...live.Event) error { return nil }

func (k *kit) Text(_, key string, args ...any) string {
	return fmt.Sprint(append([]any{key, " "}, args...)...)
}

func (k *kit) Send(_ context.Context, _ message.Person, key string, out ...message.Outbound) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard[key] = out[0].Text
	return nil
}

// restart is what a node does after a crash, until nothing is left to do.
func (k *kit) restart() (crashed bool) {
	k.t.Helper()
	crashed = k.plug.Restart()
	for range 3 {
		k.at.Add((61 * time.Second).Milliseconds())
		_, err := k.ledger.Recover(k.t.Context())
		k.must(err)
		_, err = k.Payments.Recover(k.t.Context())
		k.must(err)
		k.must(k.Recover(k.t.Context()))
	}
	return crashed
}

func (k *kit) ask() (request.Request, error) {
	return k.Ask(k.t.Context(), ann, "k", money.Of(250, "CNY"), "Delivery", "Mei")
}

// pay says yes to a payment of a request.
func (k *kit) pay(number string) (pay.Payment, error) {
	payment, err := k.Pay(k.t.Context(), number, ann, pay.Way{})
	if err != nil || payment.State == pay.Paid {
		return payment, err
	}
	return k.Payments.Confirm(k.t.Context(), shop, payment.TradeNo, nil)
}

func (k *kit) has() int64 {
	k.t.Helper()
	balance, err := k.wallet.Balance(k.t.Context(), ann, "CNY")
	k.must(err)
	return balance.Minor
}

// everyCrash tries a scenario with a crash after each of its writes, answered and
// not, until it needs no more writes; it has to need as many as are named.
func everyCrash(t *testing.T, least int, scenario func(k *kit), then func(k *kit, when string)) {
	t.Helper()
	for writes := 0; ; writes++ {
		for _, lost := range []bool{false, true} {
			k := open(t)
			k.plug.CrashAfter(writes, lost)
			scenario(k)
			if !k.restart() {
				if writes < least {
					t.Errorf("only %d writes were tried", writes)
				}
				return
			}
			then(k, fmt.Sprintf("after %d writes (lost %t)", writes, lost))
		}
	}
}

func TestARequestIsAskedAndPaidOnceWhereverTheNodeDied(t *testing.T) {
	t.Parallel()
	everyCrash(t, 8, func(k *kit) {
		if asked, err := k.ask(); err == nil {
			_, _ = k.pay(asked.Number)
		}
	}, func(k *kit, when string) {
		asked, err := k.ask()
		k.must(err)
		if _, err := k.pay(asked.Number); err != nil {
			k.t.Errorf("%s: %v", when, err)
		}
		k.restart()
		asked, err = k.Get(k.t.Context(), shop, asked.Number)
		k.must(err)
		if asked.State != request.Paid || k.has() != 750 || k.heard["request:"+asked.Number] == "" ||
			k.heard["request.paid:"+asked.Payment] == "" || len(k.heard) != 2 {
			k.t.Errorf("%s: %s, ann has %d, heard %v", when, asked.State, k.has(), k.heard)
		}
	})
}

// TestARequestIsCalledOffOrPaidWhereverTheNodeDied: a request whose payment was
// begun is called off; whatever a crash leaves of that, it ends as one of both.
func TestARequestIsCalledOffOrPaidWhereverTheNodeDied(t *testing.T) {
	t.Parallel()
	everyCrash(t, 5, func(k *kit) {
		if asked, err := k.ask(); err == nil {
			_, _ = k.Pay(k.t.Context(), asked.Number, ann, pay.Way{})
			_, _ = k.Cancel(k.t.Context(), shop, asked.Number)
		}
	}, func(k *kit, when string) {
		asked, err := k.ask()
		k.must(err)
		_, _ = k.pay(asked.Number) // ann is quicker, unless it was called off
		off, err := k.Cancel(k.t.Context(), shop, asked.Number)
		k.must(err)
		k.restart()
		switch {
		case off.State == request.Cancelled && k.has() == 1000 && len(k.heard) == 1:
		case off.State == request.Paid && k.has() == 750 && len(k.heard) == 2:
		default:
			k.t.Errorf("%s: %s, ann has %d, heard %v", when, off.State, k.has(), k.heard)
		}
	})
}

func TestARequestThatNobodyPaysIsOverWhereverTheNodeDied(t *testing.T) {
	t.Parallel()
	everyCrash(t, 3, func(k *kit) {
		if _, err := k.ask(); err == nil {
			k.at.Add((8 * 24 * time.Hour).Milliseconds())
			_ = k.Recover(k.t.Context())
		}
	}, func(k *kit, when string) {
		asked, err := k.ask()
		k.must(err)
		k.at.Add((8 * 24 * time.Hour).Milliseconds())
		k.restart()
		asked, err = k.Get(k.t.Context(), shop, asked.Number)
		k.must(err)
		if _, err := k.pay(asked.Number); asked.State != request.Expired || err == nil || k.has() != 1000 {
			k.t.Errorf("%s: %s, %v, ann has %d", when, asked.State, err, k.has())
		}
	})
}
