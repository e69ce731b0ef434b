package mandate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

const account = "01SHOP"

// kit are mandates with everything around them.
type kit struct {
	*mandate.Service
	t      fataler
	db     *store.DB
	plug   *crashtest.Engine
	ledger *ledger.Ledger
	wallet *wallet.Wallet
	bank   *bank
	sent   *mailbox
	at     atomic.Int64
	zone   string
	money  string // the account's currency
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// newKit has the wallet, a bank and perhaps more ways of paying.
func newKit(t testing.TB, more ...func(*kit) pay.Provider) *kit {
	t.Helper()
	db, plug := crashtest.Open(t, schemas()...)
	k := kitOn(t, db, vault.NewMasterKey(), more...)
	k.plug = plug
	return k
}

func schemas() []*store.Schema {
	return slices.Concat(ledger.Schemas(), pay.Schemas(), wallet.Schemas(), mandate.Schemas(), vault.Schemas(), risk.Schemas())
}

// kitOn is newKit on a store that there is.
func kitOn(t testing.TB, db *store.DB, master vault.MasterKey, more ...func(*kit) pay.Provider) *kit {
	t.Helper()
	k := &kit{t: t, db: db, sent: &mailbox{byKey: map[string]string{}}, bank: newBank(), zone: "Asia/Seoul", money: "CNY"}
	k.set(time.Date(2026, 1, 31, 5, 0, 0, 0, time.UTC)) // two in the afternoon
	k.ledger = ledger.New(k.db, k.now)
	k.wallet = wallet.New(k.ledger, true)
	k.wallet.Mandates = wallet.Mandates{DB: k.db, Now: k.now}
	quiet := slog.New(slog.DiscardHandler)
	k.bank.now = k.now
	providers := []pay.Provider{k.wallet, k.bank}
	for _, one := range more {
		providers = append(providers, one(k))
	}
	payments := pay.New(pay.Dependencies{DB: k.db, Sealer: vault.New(k.db, master, k.now), Providers: providers, Now: k.now, Logger: quiet})
	k.Service = mandate.New(mandate.Dependencies{
		DB: k.db, Payments: payments, Directory: k, People: k, Sender: k.sent, Texts: texts(t), Log: k.sent,
		Addresses: mandate.Addresses{
			Plan:    func(slug, id string) string { return "https://plaza.example/plan/" + slug + "/" + id },
			Mandate: func(slug, id string) string { return "https://plaza.example/mandates/" + slug + "/" + id },
			Pay:     func(tradeNo string) string { return "https://plaza.example/pay/" + tradeNo },
			Return:  func(tradeNo string) string { return "https://plaza.example/pay/" + tradeNo + "/return" },
			Notify:  func(provider, account string) string { return "https://plaza.example/" + provider },
		},
		Now: k.now, Logger: quiet,
	})
	return k
}

func (k *kit) now() time.Time       { return time.UnixMilli(k.at.Load()).UTC() }
func (k *kit) set(at time.Time)     { k.at.Store(at.UnixMilli()) }
func (k *kit) pass(d time.Duration) { k.at.Add(d.Milliseconds()) }

// Front is the account's.
func (k *kit) Front(context.Context, string) (mandate.Front, error) {
	return mandate.Front{Slug: "tea", Name: "Tea House", Currency: k.money, Zone: k.zone}, nil
}

// Person speaks the language of their name's last letters, or English.
func (k *kit) Person(_ context.Context, _, id string) (message.Person, error) {
	return person(id[strings.LastIndex(id, ":")+1:]), nil
}

func person(name string) message.Person {
	language := "en"
	for _, other := range []string{"zh", "ko"} {
		if strings.HasSuffix(name, "-"+other) {
			language = other
		}
	}
	return message.Person{ID: message.SubscriberID(account, "webchat", name), Account: account, Channel: "webchat", User: name, Name: name, Language: language}
}

// until lets days pass, some hours at a time, with the workers at work.
func (k *kit) until(date string) {
	k.t.Helper()
	end, err := mandate.ParseDate(date)
	if err != nil {
		k.t.Fatal(err)
	}
	zone, err := time.LoadLocation(k.zone)
	if err != nil {
		k.t.Fatal(err)
	}
	for at := end.In(zone).Add(time.Hour); k.now().Before(at); {
		k.pass(min(3*time.Hour, at.Sub(k.now())))
		k.work()
	}
}

// work lets the workers do what is due now.
func (k *kit) work() {
	k.t.Helper()
	ctx := context.Background()
	for range 3 {
		if _, err := k.ledger.Recover(ctx); err != nil {
			k.t.Fatal(err)
		}
		if _, err := k.Payments.Recover(ctx); err != nil {
			k.t.Fatal(err)
		}
		if _, err := k.Recover(ctx); err != nil {
			k.t.Fatal(err)
		}
		k.pass(time.Second)
	}
}

// monthly is a plan of ¥30.00 a month.
func monthly() mandate.Terms {
	return mandate.Terms{Name: "Tea Club", Amount: money.Of(3000, "CNY"), Every: mandate.Interval{Unit: mandate.Month, Count: 1},
		Remind: 3, Ending: mandate.AtPeriodEnd}
}

func (k *kit) plan(terms mandate.Terms) mandate.Plan {
	k.t.Helper()
	plan, err := k.SavePlan(context.Background(), account, "", terms, "")
	if err != nil {
		k.t.Fatal(err)
	}
	return plan
}

func (k *kit) grant(name string, amount int64) {
	k.t.Helper()
	if err := k.wallet.Grant(context.Background(), person(name), store.NewID(), money.Of(amount, "CNY")); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) has(name string) int64 {
	k.t.Helper()
	balance, err := k.wallet.Balance(context.Background(), person(name), "CNY")
	if err != nil {
		k.t.Fatal(err)
	}
	return balance.Minor
}

// yes is the consent to what a plan means today.
func (k *kit) yes(plan mandate.Plan) mandate.Yes {
	k.t.Helper()
	_, quote, err := k.Quote(context.Background(), account, plan.ID)
	if err != nil {
		k.t.Fatal(err)
	}
	return mandate.Yes{Plan: plan.ID, Given: true, Quote: quote.Key(), Device: "Test browser"}
}

// agree signs somebody up, all the way.
func (k *kit) agree(name string, plan mandate.Plan, provider string) mandate.Mandate {
	k.t.Helper()
	ctx := context.Background()
	m, err := k.Agree(ctx, person(name), k.yes(plan))
	if err != nil {
		k.t.Fatal(err)
	}
	payment, err := k.Pay(ctx, person(name), m.ID, pay.Way{Provider: provider})
	if err != nil {
		k.t.Fatal(err)
	}
	if payment, err = k.Payments.Confirm(ctx, account, payment.TradeNo, map[string]string{"token": "yes"}); err != nil || payment.State != pay.Paid {
		k.t.Fatalf("%s, %v", payment.State, err)
	}
	return k.look(m.ID)
}

func (k *kit) look(id string) mandate.Mandate {
	k.t.Helper()
	m, err := k.Mandate(context.Background(), account, id)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

func (k *kit) want(id string, state mandate.State, number int) mandate.Mandate {
	k.t.Helper()
	m := k.look(id)
	if m.State != state || m.Number != number {
		k.t.Fatalf("the mandate is %s (%s) in period %d, want %s in %d", m.State, m.Reason, m.Number, state, number)
	}
	return m
}

// history are the states of the periods, oldest first.
func (k *kit) history(id string) string {
	k.t.Helper()
	found, _, err := k.Periods(context.Background(), account, id, 100, "")
	if err != nil {
		k.t.Fatal(err)
	}
	var lines []string
	for _, period := range slices.Backward(found) {
		lines = append(lines, fmt.Sprintf("%d %s %s %d %s", period.Number, period.From, period.Until, period.Amount.Minor, period.State))
	}
	return strings.Join(lines, "\n")
}

// mailbox keeps what was said, by key, and what happened.
type mailbox struct {
	mu     sync.Mutex
	byKey  map[string]string
	events []live.Event
}

func (m *mailbox) Send(_ context.Context, _ message.Person, key string, out ...message.Outbound) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byKey[key] = out[0].Text
	return nil
}

func (m *mailbox) Append(_ context.Context, events ...live.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
	return nil
}

// heard is what was said of a mandate whose key begins so.
func (m *mailbox) heard(id, what string) (texts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(m.byKey)) {
		if strings.HasPrefix(key, "mandate:"+id+":"+what) {
			texts = append(texts, m.byKey[key])
		}
	}
	return texts
}

// told is what pages were told of mandates, in order.
func (m *mailbox) told() (lines []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, event := range m.events {
		var said struct {
			State string
			Paid  *money.Amount
		}
		if json.Unmarshal(event.Data, &said) != nil || event.Kind != "mandate.changed" {
			continue
		}
		if said.Paid != nil {
			said.State += fmt.Sprint(" paid ", said.Paid.Minor)
		}
		lines = append(lines, said.State)
	}
	return lines
}

type translations map[string]map[string]string

func texts(t testing.TB) translations {
	all := translations{"page.way.bank": {"en": "Bank", "zh": "银行", "ko": "은행"}}
	for _, name := range []string{"mandate", "payment"} {
		data, err := os.ReadFile("../../templates/translations/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Text fails loudly where there is none, by leaving the key in the words.
func (t translations) Text(language, key string, args ...any) string {
	text, ok := t[key][language]
	if !ok {
		return "?" + key
	}
	for i, arg := range args {
		if amount, ok := arg.(money.Amount); ok {
			arg = amount.In(language)
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return text
}
