package shop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/crashtest"
	"plaza/shop/digital"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

const account = "01SHOP"

// kit is a shop with everything around it.
type kit struct {
	*shop.Service
	t      testing.TB
	db     *store.DB
	plug   *crashtest.Engine
	ledger *ledger.Ledger
	wallet *wallet.Wallet
	sent   *mailbox
	at     atomic.Int64
}

func open(t testing.TB, more ...pay.Provider) *kit {
	t.Helper()
	k := &kit{t: t, sent: &mailbox{byKey: map[string][]message.Outbound{}}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	k.db, k.plug = crashtest.Open(t, shop.Schemas()...)
	k.ledger = ledger.New(k.db, k.now)
	k.wallet = wallet.New(k.ledger, true)
	k.Service = shop.New(shop.Dependencies{
		DB: k.db, Directory: directory{}, Sender: k.sent, Log: k.sent, Texts: texts(t),
		Balances: k.wallet,
		Digital:  &digital.Goods{DB: k.db, Sealer: lock{}, Now: k.now},
		Payments: pay.New(pay.Dependencies{DB: k.db, Providers: append([]pay.Provider{k.wallet}, more...),
			Now: k.now, Logger: slog.New(slog.DiscardHandler)}),
		Links: shop.Links{Base: "https://plaza.example"}, Now: k.now, Logger: slog.New(slog.DiscardHandler),
	})
	return k
}

func (k *kit) now() time.Time       { return time.UnixMilli(k.at.Load()).UTC() }
func (k *kit) pass(d time.Duration) { k.at.Add(d.Milliseconds()) }

// settle lets the workers finish everything that is under way.
func (k *kit) settle() {
	k.t.Helper()
	for range 4 {
		k.pass(30 * time.Second)
		if err := k.Recover(context.Background()); err != nil {
			k.t.Fatalf("recover: %v", err)
		}
		if _, err := k.Payments.Recover(context.Background()); err != nil {
			k.t.Fatalf("recover payments: %v", err)
		}
		if _, err := k.ledger.Recover(context.Background()); err != nil {
			k.t.Fatalf("recover the ledger: %v", err)
		}
	}
}

// product puts one thing on sale and returns its variant.
func (k *kit) product(name string, price, stock int64) string {
	k.t.Helper()
	saved, err := k.SaveProduct(k.t.Context(), shop.Product{Account: account, State: shop.Active,
		Names:    map[string]string{"en": name, "zh": "牛奶" + name, "ko": "우유" + name},
		Variants: []shop.Variant{{Price: money.Of(price, "CNY")}}}, map[int]int64{0: stock})
	if err != nil {
		k.t.Fatal(err)
	}
	return saved.Variants[0].ID
}

func (k *kit) person(name string, funds int64) message.Person {
	k.t.Helper()
	person := message.Person{ID: message.SubscriberID(account, "webchat", name), Account: account,
		Channel: "webchat", User: name, Name: name, Language: "en"}
	if funds > 0 {
		if err := k.wallet.Grant(k.t.Context(), person, name, money.Of(funds, "CNY")); err != nil {
			k.t.Fatal(err)
		}
	}
	return person
}

func (k *kit) order(person message.Person, variant string, quantity int) shop.Order {
	k.t.Helper()
	order, err := k.Checkout(k.t.Context(), person, shop.CheckoutRequest{Key: store.NewID(),
		Lines: []shop.CartLine{{Variant: variant, Quantity: quantity}}})
	if err != nil {
		k.t.Fatal(err)
	}
	return order
}

func (k *kit) pay(person message.Person, order shop.Order) (pay.Payment, error) {
	payment, err := k.Pay(k.t.Context(), person, order.ID, pay.Way{})
	if err != nil {
		return payment, err
	}
	return k.Confirm(k.t.Context(), person, payment.TradeNo, nil)
}

func (k *kit) state(order shop.Order) shop.OrderState {
	k.t.Helper()
	now, err := k.Order(k.t.Context(), account, order.ID)
	if err != nil {
		k.t.Fatal(err)
	}
	return now.State
}

// wantStock checks what is left and that nothing is held beyond held.
func (k *kit) wantStock(variant string, available, held, sold int64) {
	k.t.Helper()
	stock, err := k.Stock(k.t.Context(), account, variant)
	if err != nil {
		k.t.Fatal(err)
	}
	var holds int64
	for _, n := range stock.Holds {
		holds += n
	}
	if stock.Available != available || holds != held || stock.Sold != sold {
		k.t.Errorf("stock: %d left, %d held, %d sold; want %d, %d, %d", stock.Available, holds, stock.Sold, available, held, sold)
	}
}

func (k *kit) wantBalance(person message.Person, want int64) {
	k.t.Helper()
	have, err := k.wallet.Balance(k.t.Context(), person, "CNY")
	if err != nil || have.Minor != want {
		k.t.Errorf("%s has %v, %v; want %d", person.Name, have, err, want)
	}
}

func (k *kit) audit() {
	k.t.Helper()
	if err := k.ledger.Audit(k.t.Context(), account); err != nil {
		k.t.Error(err)
	}
}

// lock is a vault that anybody can open, but not under another name.
type lock struct{}

func (lock) Seal(_ context.Context, family, record string, plain []byte) ([]byte, error) {
	return []byte(family + "|" + record + "|" + string(plain)), nil
}

func (lock) Open(_ context.Context, family, record string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), family+"|"+record+"|")
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	return []byte(plain), nil
}

type directory struct{}

func (directory) Storefront(context.Context, string) (shop.Storefront, error) {
	return shop.Storefront{Slug: "corner", Name: "Corner Shop", Currency: "CNY", Zone: time.UTC}, nil
}

// mailbox keeps what was sent, by key, and counts what happened.
type mailbox struct {
	mu     sync.Mutex
	byKey  map[string][]message.Outbound
	events []live.Event
	fail   error
}

func (m *mailbox) Send(_ context.Context, _ message.Person, key string, out ...message.Outbound) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.byKey[key] = out
	return nil
}

func (m *mailbox) Append(_ context.Context, events ...live.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
	return nil
}

func (m *mailbox) got(order shop.Order, step string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.byKey {
		if strings.HasPrefix(key, "order:"+order.ID+":"+step) {
			return true
		}
	}
	return false
}

type translations map[string]map[string]string

func texts(t testing.TB) translations {
	files, err := filepath.Glob("../templates/translations/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := translations{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func (t translations) Text(language, key string, args ...any) string {
	text, ok := t[key][language]
	if !ok {
		return key
	}
	for i, arg := range args {
		if amount, ok := arg.(money.Amount); ok {
			arg = amount.In(language)
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return text
}
