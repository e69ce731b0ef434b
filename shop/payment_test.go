package shop_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/store"
)

func TestOfCancellingAndPayingOneWins(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 1000)
	ann := k.person("ann", 100_000)
	var paid int64
	for range 25 {
		order := k.order(ann, milk, 1)
		payment, err := k.Pay(t.Context(), ann, order.ID, pay.Way{})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		group.Go(func() { _, _ = k.Confirm(t.Context(), ann, payment.TradeNo, nil) })
		group.Go(func() { _, _ = k.CancelOwn(t.Context(), ann, order.ID) })
		group.Wait()
		k.settle()
		switch state := k.state(order); state {
		case shop.Paid:
			paid++
		case shop.Cancelled:
		default:
			t.Fatalf("the order ended as %s", state)
		}
	}
	k.wantBalance(ann, 100_000-100*paid)
	k.wantStock(milk, 1000-paid, 0, paid)
	k.audit()
}

func TestMoneyThatComesTooLateGoesBack(t *testing.T) {
	t.Parallel()
	outside := newOutside()
	k := open(t, outside)
	milk := k.product("milk", 100, 5)
	ann := k.person("ann", 0)
	order := k.order(ann, milk, 1)
	payment, err := k.Pay(t.Context(), ann, order.ID, pay.Way{Provider: "outside"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.CancelOwn(t.Context(), ann, order.ID); err != nil {
		t.Fatal(err)
	}
	k.settle()
	for range 3 { // the platform repeats itself
		outside.notify(t, k, payment.TradeNo, pay.Outcome{Status: pay.Success, Amount: money.Of(100, "CNY")})
	}
	k.settle()
	got, err := k.Payments.Get(t.Context(), account, payment.TradeNo)
	if err != nil || got.State != pay.Paid || !got.Unwanted || got.GivenBack() != 100 {
		t.Errorf("the late payment: %+v, %v", got, err)
	}
	if outside.refunded() != 100 {
		t.Errorf("%d went back, want 100", outside.refunded())
	}
	if state := k.state(order); state != shop.Cancelled {
		t.Errorf("the order is %s", state)
	}
	k.wantStock(milk, 5, 0, 0)
	if !k.sent.got(order, "returned") {
		t.Error("the customer was not told")
	}
}

func TestAnOrderPaidTwiceIsPaidOnce(t *testing.T) {
	t.Parallel()
	outside := newOutside()
	k := open(t, outside)
	milk := k.product("milk", 100, 5)
	ann := k.person("ann", 500)
	order := k.order(ann, milk, 1)
	other, err := k.Pay(t.Context(), ann, order.ID, pay.Way{Provider: "outside"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.pay(ann, order); err != nil {
		t.Fatal(err)
	}
	outside.notify(t, k, other.TradeNo, pay.Outcome{Status: pay.Success, Amount: money.Of(100, "CNY")})
	k.settle()
	if outside.refunded() != 100 {
		t.Errorf("%d of the second payment went back, want 100", outside.refunded())
	}
	k.wantStock(milk, 4, 0, 1)
	if state := k.state(order); state != shop.Paid {
		t.Errorf("the order is %s", state)
	}
}

// Two clicks on "refund": the second request overtakes the first between its
// look at the order and its write.
func TestRefundAskedTwiceAtOnceIsGivenOnceAndEnds(t *testing.T) {
	t.Parallel()
	k := open(t)
	ann := k.person("ann", 900)
	order := k.order(ann, k.product("milk", 900, 1), 1)
	if _, err := k.pay(ann, order); err != nil {
		t.Fatal(err)
	}
	asleep, wake := k.plug.Sleep(0)
	var slow sync.WaitGroup
	slow.Go(func() { _, _ = k.Refund(context.Background(), account, order.ID, "R1", 300, "", "member") })
	<-asleep
	if _, err := k.Refund(t.Context(), account, order.ID, "R1", 300, "", "member"); err != nil {
		t.Fatal(err)
	}
	wake()
	slow.Wait()
	k.settle()
	if state := k.state(order); state != shop.Paid {
		t.Errorf("the order is %s for ever", state)
	}
	k.wantBalance(ann, 300)
	k.audit()
}

// Whoever gives the goods of a refunded order back stands still in the middle
// of it until another has done it.
func TestStockComesBackOnceWhoeverStandsStill(t *testing.T) {
	t.Parallel()
	for writes := range 12 {
		k := open(t)
		ann, milk := k.person("ann", 900), k.product("milk", 900, 1)
		order := k.order(ann, milk, 1)
		if _, err := k.pay(ann, order); err != nil {
			t.Fatal(err)
		}
		k.settle()
		asleep, wake := k.plug.Sleep(writes)
		var slow sync.WaitGroup
		slow.Go(func() { _, _ = k.Refund(context.Background(), account, order.ID, "R1", 0, "", "member") })
		<-asleep
		k.settle()
		wake()
		slow.Wait()
		for range 2 {
			k.pass(time.Hour)
			k.settle()
		}
		if state := k.state(order); state != shop.Refunded && writes > 0 {
			t.Errorf("after %d writes the order is %s", writes, state)
		}
		k.wantBalance(ann, 900)
		k.wantStock(milk, 1, 0, 0)
		k.audit()
		if t.Failed() {
			t.Fatalf("stood still after %d writes", writes)
		}
	}
}

func TestRefundsNeverExceedWhatWasPaid(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 50)
	ann := k.person("ann", 1000)
	order := k.order(ann, milk, 10)
	if _, err := k.pay(ann, order); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			_, _ = k.Refund(t.Context(), account, order.ID, fmt.Sprint("R", i), 300, "", "member")
		})
	}
	group.Wait()
	k.settle()
	now, err := k.Order(t.Context(), account, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now.Refunded%300 != 0 || now.Refunded < 300 || now.Refunded > 900 {
		t.Errorf("refunded %d", now.Refunded)
	}
	k.wantBalance(ann, now.Refunded)
	if _, err := k.Refund(t.Context(), account, order.ID, "REST", 0, "", "member"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	if state := k.state(order); state != shop.Refunded {
		t.Errorf("with everything given back the order is %s", state)
	}
	k.wantBalance(ann, 1000)
	k.wantStock(milk, 50, 0, 0) // never shipped: the goods are still there
	if _, err := k.Refund(t.Context(), account, order.ID, "MORE", 1, "", "member"); !errors.Is(err, shop.ErrRefundAmount) {
		t.Errorf("one more: %v", err)
	}
	if !k.sent.got(order, "refund:REST") {
		t.Error("the customer was not told")
	}
	k.audit()
}

func TestTooLittleInTheBalanceLeavesTheOrderOpen(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 600, 5)
	ann := k.person("ann", 500)
	order := k.order(ann, milk, 1)
	if _, err := k.pay(ann, order); err == nil {
		t.Fatal("paid with too little")
	}
	if err := k.wallet.Grant(t.Context(), ann, "more", money.Of(200, "CNY")); err != nil {
		t.Fatal(err)
	}
	if payment, err := k.pay(ann, order); err != nil || payment.State != pay.Paid {
		t.Fatalf("after topping up: %+v, %v", payment, err)
	}
	k.wantBalance(ann, 100)
}

func TestACouponIsUsedAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 1000, 500)
	if _, err := k.AddCoupon(t.Context(), shop.Coupon{Account: account, Code: "spring", Percent: 15, Total: 5, PerPerson: 2}); err != nil {
		t.Fatal(err)
	}
	var used atomic.Int64
	var group sync.WaitGroup
	for i := range 40 {
		person := k.person(fmt.Sprint("p", i%8), 0)
		group.Go(func() {
			order, err := k.Checkout(t.Context(), person, shop.CheckoutRequest{Key: store.NewID(), Coupon: "SPRING",
				Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
			switch {
			case err == nil && order.Total.Minor == 850:
				used.Add(1)
			case !errors.Is(err, shop.ErrCouponUsed):
				t.Errorf("%+v, %v", order.Total, err)
			}
		})
	}
	group.Wait()
	if used.Load() != 5 {
		t.Errorf("used %d times, want 5", used.Load())
	}
	k.wantStock(milk, 495, 5, 0)
	k.pass(16 * time.Minute)
	k.settle()
	k.wantStock(milk, 500, 0, 0)
	order, err := k.Checkout(t.Context(), k.person("p0", 0), shop.CheckoutRequest{Key: "again", Coupon: "spring",
		Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
	if err != nil || order.Discount.Minor != 150 {
		t.Errorf("after the unpaid orders expired: %+v, %v", order.Discount, err)
	}
}

func TestAFreeOrderIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 1000, 5)
	if _, err := k.AddCoupon(t.Context(), shop.Coupon{Account: account, Code: "GIFT", Off: money.Of(5000, "CNY")}); err != nil {
		t.Fatal(err)
	}
	order, err := k.Checkout(t.Context(), k.person("ann", 0), shop.CheckoutRequest{Key: "k", Coupon: "gift",
		Lines: []shop.CartLine{{Variant: milk, Quantity: 1}}})
	if err != nil || order.State != shop.Paid || order.Total.Minor != 0 {
		t.Fatalf("%+v, %v", order, err)
	}
	k.wantStock(milk, 4, 0, 1)
}
