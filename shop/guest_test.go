package shop_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"plaza/shop"
	"plaza/shop/guest"
	"plaza/store/storetest"
)

// A guest's link tells how an order has ended for a day, whenever it was given:
// with the order, when it was paid, or with the news of a refund.
func TestAGuestsBillLastsADayBeyondTheOrder(t *testing.T) {
	t.Parallel()
	k := open(t)
	guests := guest.New(guest.Dependencies{DB: storetest.Open(t, guest.Schemas()...), PublicURL: "https://plaza.example", Now: k.now,
		Known: func(context.Context, string, string) (bool, error) { return false, nil }})
	k.Guests = guests
	variant, ann := k.product("milk", 100, 10), k.person("ann", 1000)
	order := k.order(ann, variant, 1)
	lasts := func() time.Duration {
		t.Helper()
		now, err := k.Order(t.Context(), account, order.ID)
		if err != nil {
			t.Fatal(err)
		}
		link, err := k.BillOf(t.Context(), ann, now)
		if err != nil {
			t.Fatal(err)
		}
		found, err := guests.Find(t.Context(), guest.Bill, strings.TrimPrefix(link, "https://plaza.example/bill/"))
		if err != nil || found.Subject != order.ID || found.Person != ann {
			t.Fatalf("%+v, %v", found, err)
		}
		return found.ExpiresAt.Sub(k.now())
	}
	if left := order.ExpiresAt.Sub(k.now()); left <= 0 || lasts() != left+guest.Aftermath {
		t.Errorf("to be paid for %s, and its link lasts %s", left, lasts())
	}
	if _, err := k.pay(ann, order); err != nil {
		t.Fatal(err)
	}
	k.pass(30 * 24 * time.Hour)
	if lasts() != guest.Aftermath {
		t.Errorf("a month after it was paid: %s", lasts())
	}
	if _, err := k.Refund(t.Context(), account, order.ID, "all", 0, "", "member"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	if state := k.state(order); state != shop.Refunded || lasts() != guest.Aftermath {
		t.Errorf("%s: %s", state, lasts())
	}
}
