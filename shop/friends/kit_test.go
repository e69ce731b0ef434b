package friends_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
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
	"plaza/shop/friends"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

const shop = "01SHOP"

func person(name string) message.Person {
	return message.Person{ID: message.SubscriberID(shop, "webchat", name), Account: shop, Channel: "webchat", User: name, Name: name, Language: "en"}
}

// table is where friends sit, with true wallets on a store with a plug.
type table struct {
	*friends.Service
	t         testing.TB
	db        *store.DB
	transfers *wallet.Transfers
	wallet    *wallet.Wallet
	ledger    *ledger.Ledger
	plug      *crashtest.Engine
	at        atomic.Int64
	mu        sync.Mutex
	heard     map[string]message.Outbound // by key
	linked    map[string][]string
	shown     []live.Event
}

func newTable(t testing.TB) *table {
	t.Helper()
	k := &table{t: t, heard: map[string]message.Outbound{}, linked: map[string][]string{}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	var schemas []*store.Schema
	for _, some := range [][]*store.Schema{ledger.Schemas(), pay.Schemas(), wallet.Schemas(), vault.Schemas(), friends.Schemas()} {
		schemas = append(schemas, some...)
	}
	k.db, k.plug = crashtest.Open(t, schemas...)
	k.ledger = ledger.New(k.db, k.now)
	k.wallet = wallet.New(k.ledger, true)
	k.wallet.Identities = k
	k.wallet.Policies = wallet.Policies{DB: k.db, Now: k.now}
	quiet := slog.New(slog.DiscardHandler)
	payments := pay.New(pay.Dependencies{DB: k.db, Sealer: vault.New(k.db, vault.NewMasterKey(), k.now),
		Providers: []pay.Provider{k.wallet}, Now: k.now, Logger: quiet})
	k.transfers = wallet.NewTransfers(wallet.Dependencies{DB: k.db, Wallet: k.wallet, Payments: payments,
		People: k, Sender: k, Texts: k, Now: k.now, Logger: quiet})
	k.Service = friends.New(friends.Dependencies{DB: k.db, Codes: k.transfers, Identities: k, People: k, Sender: k, Texts: k,
		PayAddress: func(code string) string { return "/pay-to/" + code },
		AskAddress: func(number string) string { return "/asked/" + number },
		SplitAddress: func(_ context.Context, _, number string) (string, error) {
			return "/wallet/shop/split/" + number, nil
		}, Log: k, Now: k.now, Logger: quiet})
	k.transfers.Friends = k.Service
	return k
}

func (k *table) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *table) pass(d time.Duration) { k.at.Add(d.Milliseconds()) }

func (k *table) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *table) Person(_ context.Context, account, id string) (message.Person, error) {
	if !strings.HasPrefix(id, account+":") {
		return message.Person{}, store.ErrNotFound
	}
	return person(id[strings.LastIndex(id, ":")+1:]), nil
}

func (k *table) Linked(_ context.Context, _, id string) ([]string, error) {
	return append([]string{id}, k.linked[id]...), nil
}

func (k *table) link(one, other string) {
	k.linked[person(one).ID] = []string{person(other).ID}
	k.linked[person(other).ID] = []string{person(one).ID}
}

func (k *table) Send(_ context.Context, to message.Person, key string, out ...message.Outbound) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard[to.Name+" "+key] = out[0]
	return nil
}

func (k *table) Append(_ context.Context, events ...live.Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shown = append(k.shown, events...)
	return nil
}

// seenBy are the states that somebody's pages were told, in their order.
func (k *table) seenBy(name string) (states []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, event := range k.shown {
		var told struct{ State string }
		k.must(json.Unmarshal(event.Data, &told))
		if slices.Contains(event.Topics, "chat:"+person(name).ID) {
			states = append(states, told.State)
		}
	}
	return states
}

func (k *table) Text(_, key string, args ...any) string {
	return fmt.Sprint(append([]any{key, " "}, args...)...)
}

// heardOf counts what somebody was told, by how the text begins.
func (k *table) heardOf(name, text string) (count int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, out := range k.heard {
		if strings.HasPrefix(key, name+" ") && strings.HasPrefix(out.Text, text+" ") {
			count++
		}
	}
	return count
}

func (k *table) grant(name string, amount int64) {
	k.t.Helper()
	k.must(k.wallet.Grant(k.t.Context(), person(name), name, yuan(amount)))
}

func (k *table) has(name string) int64 {
	k.t.Helper()
	balance, err := k.wallet.Balance(k.t.Context(), person(name), "CNY")
	k.must(err)
	return balance.Minor
}

func yuan(minor int64) money.Amount { return money.Of(minor, "CNY") }

// meet makes one know another, and gives the number that stands for them.
func (k *table) meet(name, other string) string {
	k.t.Helper()
	code, err := k.transfers.Receive(k.t.Context(), person(other), yuan(0), "")
	k.must(err)
	friend, err := k.Meet(k.t.Context(), person(name), "https://plaza.example/pay-to/"+code.Code)
	k.must(err)
	return friend.Number
}

// pays is somebody paying a code.
func (k *table) pays(name, code, key string) error {
	_, err := k.transfers.SendByCode(k.t.Context(), code, wallet.SendRequest{From: person(name), Key: key})
	return err
}

// restart is what a node does after a crash, until nothing is left to do.
func (k *table) restart() (crashed bool) {
	k.t.Helper()
	crashed = k.plug.Restart()
	for range 3 {
		k.pass(61 * time.Second)
		_, err := k.ledger.Recover(k.t.Context())
		k.must(err)
		k.must(k.transfers.Recover(k.t.Context()))
		k.must(k.Recover(k.t.Context()))
	}
	return crashed
}
