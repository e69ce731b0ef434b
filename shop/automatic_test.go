package shop_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/invoice"
	"plaza/store"
)

func (k *kit) coupon(coupon shop.Coupon) {
	k.t.Helper()
	coupon.Account = account
	if _, err := k.AddCoupon(k.t.Context(), coupon); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) cartOf(person message.Person, variant string, quantity int, code string) shop.CartView {
	k.t.Helper()
	if err := k.ClearCart(k.t.Context(), person); err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.AddToCart(k.t.Context(), person, variant, quantity); err != nil {
		k.t.Fatal(err)
	}
	if err := k.UseCoupon(k.t.Context(), person, code); err != nil {
		k.t.Fatal(err)
	}
	view, err := k.Service.Cart(k.t.Context(), person)
	if err != nil {
		k.t.Fatal(err)
	}
	return view
}

func TestTheBestCouponAppliesByItself(t *testing.T) {
	k := open(t)
	k.Tags = tagged{"vip"}
	milk, bread := k.product("Milk", 1000, 100), k.product("Bread", 2000, 100)
	k.coupon(shop.Coupon{Code: "TYPED", Percent: 5})
	k.coupon(shop.Coupon{Code: "BIG", Off: money.Of(300, "CNY"), Minimum: 5000, Automatic: true})
	k.coupon(shop.Coupon{Code: "FIRST", Percent: 10, FirstOrder: true, Automatic: true})
	k.coupon(shop.Coupon{Code: "BREAD", Percent: 50, Product: strings.Split(bread, "-")[0], Automatic: true})
	k.coupon(shop.Coupon{Code: "VIP", Off: money.Of(150, "CNY"), Tag: "vip", Automatic: true})
	k.coupon(shop.Coupon{Code: "NEVER", Off: money.Of(900, "CNY"), Tag: "staff", Automatic: true})
	buyer := k.person("mei", 100000)
	for name, test := range map[string]struct {
		variant  string
		quantity int
		code     string
		off      int64
		want     string
	}{
		"a tag, against one tenth":          {milk, 1, "", 150, "VIP"},
		"one tenth of more":                 {milk, 2, "", 200, "FIRST"},
		"an amount, from a sum on":          {milk, 5, "", 500, "FIRST"},
		"half of one product":               {bread, 1, "", 1000, "BREAD"},
		"what was typed is not the best":    {milk, 2, "TYPED", 200, "FIRST"},
		"what was typed is not enough even": {bread, 3, "TYPED", 3000, "BREAD"},
	} {
		view := k.cartOf(buyer, test.variant, test.quantity, test.code)
		if view.Discount.Minor != test.off || view.Coupon != test.want || !view.Automatic || view.CouponFault != nil {
			t.Errorf("%s: %s takes %d off (by itself: %v), want %s and %d", name, view.Coupon, view.Discount.Minor, view.Automatic, test.want, test.off)
		}
	}
	k.cartOf(buyer, milk, 2, "")
	order, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "first"})
	if err != nil || order.Coupon != "FIRST" || order.Discount.Minor != 200 {
		t.Fatalf("%+v, %v", order, err)
	}
	if view := k.cartOf(buyer, milk, 2, ""); view.Coupon != "VIP" {
		t.Errorf("the second order has %s", view.Coupon)
	}
	if err := k.EnableCoupon(t.Context(), account, "VIP", false); err != nil {
		t.Fatal(err)
	}
	if view := k.cartOf(buyer, milk, 2, ""); view.Coupon != "" || !view.Discount.IsZero() {
		t.Errorf("a coupon that is off takes %d", view.Discount.Minor)
	}
	if view := k.cartOf(buyer, milk, 2, "FIRST"); !errors.Is(view.CouponFault, shop.ErrCouponUsed) && !errors.Is(view.CouponFault, shop.ErrCouponFirst) {
		t.Errorf("typed once more: %v", view.CouponFault)
	}
}

// TestAFirstOrderIsFirstOnce lets somebody order many times at once.
func TestAFirstOrderIsFirstOnce(t *testing.T) {
	k := open(t)
	milk, buyer := k.product("Milk", 1000, 100), k.person("mei", 0)
	k.coupon(shop.Coupon{Code: "FIRST", Percent: 10, FirstOrder: true, Automatic: true})
	results := make(chan shop.Order, 4)
	for range 4 {
		go func() {
			order, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: store.NewID(), Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
			if err != nil && !errors.Is(err, shop.ErrCouponUsed) {
				t.Error(err)
			}
			results <- order
		}()
	}
	taken := 0
	for range 4 {
		if order := <-results; order.State == shop.Placed && order.Coupon == "FIRST" {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("%d first orders", taken)
	}
}

type tagged struct{ tag string }

func (t tagged) Tagged(_ context.Context, _, _, tag string) (bool, error) { return tag == t.tag, nil }

func TestWhatRunsLowIsToldOnceUntilThereIsMore(t *testing.T) {
	k := open(t)
	saved, err := k.SaveProduct(t.Context(), shop.Product{Account: account, State: shop.Active, LowStock: 3, Names: map[string]string{"en": "Milk"},
		Variants: []shop.Variant{{Price: money.Of(100, "CNY")}}}, map[int]int64{0: 6})
	if err != nil {
		t.Fatal(err)
	}
	variant, buyer := saved.Variants[0].ID, k.person("mei", 10000)
	sell := func(quantity int, told int, low int) {
		t.Helper()
		if _, err := k.pay(buyer, k.order(buyer, variant, quantity)); err != nil {
			t.Fatal(err)
		}
		k.settle()
		found, err := k.RunningLow(t.Context(), account)
		if err != nil || len(found) != low {
			t.Errorf("running low: %+v, %v", found, err)
		}
		if got := k.sent.told("stock.low"); got != told {
			t.Errorf("told %d times, want %d", got, told)
		}
	}
	sell(2, 0, 0) // 4 left
	sell(1, 1, 1) // 3
	sell(1, 1, 1) // 2: told already
	if err := k.AddStock(t.Context(), account, variant, 10); err != nil {
		t.Fatal(err)
	}
	sell(8, 1, 0) // 4
	sell(2, 2, 1)
}

func (m *mailbox) told(kind string) (count int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, event := range m.events {
		if event.Kind == kind {
			count++
		}
	}
	return count
}

func TestAReceiptIsAskedForAndIssued(t *testing.T) {
	k := open(t)
	variant, buyer := k.product("Milk", 1000, 5), k.person("mei", 10000)
	order := k.order(buyer, variant, 2)
	request := invoice.Request{Kind: invoice.FapiaoCompany, Title: "Acme", Number: "91440300708461136T"}
	if _, err := k.RequestInvoice(t.Context(), buyer, order.ID, request); !errors.Is(err, shop.ErrInvoiceUnpaid) {
		t.Errorf("unpaid: %v", err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	if _, err := k.RequestInvoice(t.Context(), k.person("eve", 0), order.ID, request); !errors.Is(err, shop.ErrNoOrder) {
		t.Errorf("somebody else's: %v", err)
	}
	for _, title := range []string{"Acme", "Acme Ltd"} {
		request.Title = title
		if asked, err := k.RequestInvoice(t.Context(), buyer, order.ID, request); err != nil || asked.Request.Title != title || asked.Total.Minor != 2000 {
			t.Fatalf("%+v, %v", asked, err)
		}
	}
	if found, _, err := k.Invoices(t.Context(), account, shop.InvoiceRequested, 10, ""); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := k.IssueInvoice(t.Context(), account, order.ID, " ", "", "m"); !errors.Is(err, shop.ErrInvoiceNumber) {
		t.Error(err)
	}
	if issued, err := k.IssueInvoice(t.Context(), account, order.ID, "26442000000012345678", "", "m"); err != nil || issued.State != shop.InvoiceIssued {
		t.Fatalf("%+v, %v", issued, err)
	}
	if _, err := k.RequestInvoice(t.Context(), buyer, order.ID, request); !errors.Is(err, shop.ErrInvoiceDone) {
		t.Errorf("changed after it was issued: %v", err)
	}
}

func TestNotesOnAnOrderKeepTheirAuthor(t *testing.T) {
	k := open(t)
	order := k.order(k.person("mei", 0), k.product("Milk", 1000, 5), 1)
	if _, err := k.AddOrderNote(t.Context(), account, order.ID, "m1", "  "); !errors.Is(err, shop.ErrEmptyNote) {
		t.Error(err)
	}
	done := make(chan error, 8)
	for range 8 {
		go func() {
			_, err := k.AddOrderNote(t.Context(), account, order.ID, "m1", "Call first")
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	kept, err := k.Order(t.Context(), account, order.ID)
	if err != nil || len(kept.Notes) != 8 || kept.Notes[0].By != "m1" || kept.Notes[0].At.IsZero() {
		t.Errorf("%+v, %v", kept.Notes, err)
	}
}
