package wire

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account"
	"plaza/account/vault"
	"plaza/app"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/store"
	"plaza/store/mongodb"
	"plaza/templates"
)

// The in-test server takes one command after another, so it cannot have the
// crowd that the embedded engine's own test has; a deployment of your own can.
const (
	crowdInTest = 1_000
	crowdReal   = 10_000
)

func TestACrowdAtTheLastTenGetsTen(t *testing.T) {
	uri, server := database(t)
	attempts := crowdReal
	if server != nil {
		attempts = crowdInTest
	}
	engine, err := mongodb.Open(t.Context(), uri, mongodb.Options{})
	must(t, err)
	db := store.New(engine)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Prepare(t.Context(), app.Schemas()...))
	renderer, err := templates.New(time.Now)
	must(t, err)
	program := app.New(app.Options{DB: db, Vault: vault.New(db, vault.NewMasterKey(), time.Now), Renderer: renderer,
		PublicURL: "https://plaza.example", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { must(t, program.Close()) })
	corner, variant := lastTen(t, program)

	var sold atomic.Int64
	var buyers sync.WaitGroup
	next := make(chan int)
	for range 64 {
		buyers.Go(func() {
			for i := range next {
				buyer := message.Person{ID: message.SubscriberID(corner, "webchat", fmt.Sprint(i)),
					Account: corner, Channel: "webchat", User: fmt.Sprint(i), Language: "en"}
				_, err := program.Shop.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "k",
					Lines: []shop.CartLine{{Variant: variant, Quantity: 1}}})
				switch {
				case err == nil:
					sold.Add(1)
				case !errors.Is(err, shop.ErrSoldOut):
					t.Error(err)
				}
			}
		})
	}
	for i := range attempts {
		next <- i
	}
	close(next)
	buyers.Wait()
	left, err := program.Shop.Stock(t.Context(), corner, variant)
	must(t, err)
	if sold.Load() != 10 || left.Available != 0 {
		t.Errorf("%d of %d buyers got one and %d are left, want 10 and 0", sold.Load(), attempts, left.Available)
	}
}

// lastTen opens an account with one product of which there are ten.
func lastTen(t *testing.T, program *app.App) (accountID, variant string) {
	t.Helper()
	by := account.System("test")
	owner, err := program.Accounts.Members.Create(t.Context(), account.NewMember{Email: "mina@plaza.example", Name: "Mina", Language: "en"})
	must(t, err)
	opened, err := program.Accounts.Accounts.Create(t.Context(), account.NewAccount{Slug: "corner", Currency: "CNY",
		Profile: account.Profile{Kind: account.Merchant, Names: map[string]string{"en": "Corner"}, Language: "en", TimeZone: "Asia/Shanghai"}}, owner.ID, by)
	must(t, err)
	milk, err := program.Shop.SaveProduct(t.Context(), shop.Product{Account: opened.ID, Names: map[string]string{"en": "Milk"},
		State: shop.Active, Variants: []shop.Variant{{Price: money.Of(450, "CNY")}}}, map[int]int64{0: 10})
	must(t, err)
	return opened.ID, milk.Variants[0].ID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
