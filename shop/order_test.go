package shop_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/store"
)

func TestAnOrderGoesFromCartToDoorstep(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 450, 10)
	ann := k.person("ann", 1000)
	if _, err := k.AddToCart(t.Context(), ann, milk, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := k.AddToCart(t.Context(), ann, milk, 1); err != nil {
		t.Fatal(err)
	}
	cart, err := k.Cart(t.Context(), ann)
	if err != nil || len(cart.Lines) != 1 || cart.Total.Minor != 900 {
		t.Fatalf("the cart: %+v, %v; want one line, 900", cart, err)
	}
	order, err := k.Checkout(t.Context(), ann, shop.CheckoutRequest{Key: "k1"})
	if err != nil || order.State != shop.Placed || order.Total.Minor != 900 {
		t.Fatalf("the order: %+v, %v", order, err)
	}
	k.wantStock(milk, 8, 2, 0)
	if cart, _ := k.Cart(t.Context(), ann); len(cart.Lines) != 0 {
		t.Error("what was ordered is still in the cart")
	}
	if payment, err := k.pay(ann, order); err != nil || payment.State != pay.Paid {
		t.Fatalf("paying: %+v, %v", payment, err)
	}
	k.wantStock(milk, 8, 0, 2)
	k.wantBalance(ann, 100)
	if _, err := k.Ship(t.Context(), account, order.ID, "SF", "123", "member"); err != nil {
		t.Fatal(err)
	}
	k.pass(15 * 24 * time.Hour)
	k.settle()
	if got := k.state(order); got != shop.Completed {
		t.Errorf("two weeks after shipping the order is %s", got)
	}
	for _, step := range []string{"placed", "paid", "shipped"} {
		if !k.sent.got(order, step) {
			t.Errorf("the customer was not told: %s", step)
		}
	}
	k.audit()
}

func TestTheSameCheckoutKeyGivesTheSameOrder(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 450, 100)
	ann := k.person("ann", 0)
	request := shop.CheckoutRequest{Key: "once", Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}}
	var ids sync.Map
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			order, err := k.Checkout(t.Context(), ann, request)
			if err == nil {
				ids.Store(order.ID, true)
			} else if !errors.Is(err, shop.ErrOrderUnderWay) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	count := 0
	ids.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d orders, want 1", count)
	}
	k.wantStock(milk, 99, 1, 0)
}

func TestTenThousandBuyersOfTheLastTenGetTen(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 450, 10)
	attempts := 10_000
	if raceDetector {
		attempts = 1_000
	}
	var sold atomic.Int64
	next := make(chan int)
	var group sync.WaitGroup
	for range 128 {
		group.Go(func() {
			for i := range next {
				person := message.Person{ID: message.SubscriberID(account, "webchat", fmt.Sprint(i)), Account: account, Language: "ko"}
				_, err := k.Checkout(t.Context(), person, shop.CheckoutRequest{Key: "k",
					Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
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
	group.Wait()
	if sold.Load() != 10 {
		t.Errorf("%d sold, want 10", sold.Load())
	}
	k.wantStock(milk, 0, 10, 0)
}

func TestAnUnpaidOrderExpiresAndItsStockComesBackOnce(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 450, 3)
	ann := k.person("ann", 1000)
	order := k.order(ann, milk, 2)
	payment, err := k.Pay(t.Context(), ann, order.ID, pay.Way{})
	if err != nil {
		t.Fatal(err)
	}
	k.pass(14 * time.Minute)
	if err := k.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.wantStock(milk, 1, 2, 0)
	k.pass(2 * time.Minute)
	var group sync.WaitGroup
	for range 8 { // as many nodes as like to
		group.Go(func() {
			if err := k.Recover(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k.settle()
	if got := k.state(order); got != shop.Expired {
		t.Errorf("after 16 minutes the order is %s", got)
	}
	k.wantStock(milk, 3, 0, 0)
	if _, err := k.Confirm(t.Context(), ann, payment.TradeNo, nil); !errors.Is(err, pay.ErrPaymentOver) {
		t.Errorf("paying an expired order: %v", err)
	}
	if !k.sent.got(order, "expired") {
		t.Error("the customer was not told")
	}
	k.wantBalance(ann, 1000)
}

func TestOnePersonHasFewOrdersThatWaitForTheirMoney(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 1000)
	ann, ben := k.person("ann", 1000), k.person("ben", 0)
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []shop.Order
	for range 20 {
		group.Go(func() {
			order, err := k.Checkout(t.Context(), ann, shop.CheckoutRequest{Key: store.NewID(),
				Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
			if errors.Is(err, shop.ErrTooManyUnpaid) {
				return
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			open = append(open, order)
			mu.Unlock()
		})
	}
	group.Wait()
	k.settle()
	k.wantStock(milk, 995, 5, 0)
	if len(open) != 5 {
		t.Fatalf("%d orders, want 5", len(open))
	}
	k.order(ben, milk, 1) // somebody else may
	if _, err := k.pay(ann, open[0]); err != nil {
		t.Fatal(err)
	}
	k.order(ann, milk, 1) // a paid order does not count
	if _, err := k.CancelOwn(t.Context(), ann, open[1].ID); err != nil {
		t.Fatal(err)
	}
	k.order(ann, milk, 1) // nor one that is over
	refused := shop.CheckoutRequest{Key: "sixth", Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}}
	if _, err := k.Checkout(t.Context(), ann, refused); !errors.Is(err, shop.ErrTooManyUnpaid) {
		t.Errorf("a sixth unpaid order: %v", err)
	}
	k.pass(16 * time.Minute)
	k.settle()
	k.wantStock(milk, 999, 0, 1)
	for range 5 {
		k.order(ann, milk, 1)
	}
}

func TestOrdersOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 5)
	ann, bob := k.person("ann", 500), k.person("bob", 500)
	order := k.order(ann, milk, 1)
	payment, err := k.Pay(t.Context(), ann, order.ID, pay.Way{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.OrderOf(t.Context(), bob, order.ID); !errors.Is(err, shop.ErrNoOrder) {
		t.Errorf("bob sees it: %v", err)
	}
	if _, err := k.CancelOwn(t.Context(), bob, order.ID); !errors.Is(err, shop.ErrNoOrder) {
		t.Errorf("bob cancels it: %v", err)
	}
	if _, err := k.Confirm(t.Context(), bob, payment.TradeNo, nil); !errors.Is(err, pay.ErrNoPayment) {
		t.Errorf("bob pays it: %v", err)
	}
	if _, err := k.Order(t.Context(), "01OTHER", order.ID); !errors.Is(err, shop.ErrNoOrder) {
		t.Errorf("another account sees it: %v", err)
	}
	if _, err := k.OrderByNumber(t.Context(), account, order.Number); err != nil {
		t.Errorf("by number: %v", err)
	}
}

func TestTheDayIsSummedUp(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 300, 10)
	ann := k.person("ann", 5000)
	yesterday := k.order(ann, milk, 1)
	if _, err := k.pay(ann, yesterday); err != nil {
		t.Fatal(err)
	}
	k.pass(24 * time.Hour)
	k.order(ann, milk, 1) // not paid
	today := k.order(ann, milk, 2)
	if _, err := k.pay(ann, today); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Refund(t.Context(), account, today.ID, "R", 100, "", "member"); err != nil {
		t.Fatal(err)
	}
	got, err := k.Today(t.Context(), account)
	if want := (shop.Summary{Orders: 2, Revenue: money.Of(500, "CNY"), ToShip: 2}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
