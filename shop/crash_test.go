package shop_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"plaza/shop"
)

// TestACrashAnywhereIsFinishedOrUndone kills the process after every possible
// number of writes on the way from checkout to payment to refund.
func TestACrashAnywhereIsFinishedOrUndone(t *testing.T) {
	t.Parallel()
	k := open(t)
	beer := k.product("beer", 300, 100_000)
	milk := k.product("milk", 100, 100_000)
	left := int64(100_000)
	for writes := 0; writes < 60; writes++ {
		ann := k.person(fmt.Sprint("ann", writes), 1000)
		k.plug.CrashAfter(writes, writes%2 == 0)
		order, err := k.Checkout(t.Context(), ann, shop.CheckoutRequest{Key: "k", Lines: []shop.CartLine{
			{Variant: milk, Quantity: 2}, {Variant: beer, Quantity: 1}}})
		var payErr error = errors.New("not placed")
		if err == nil {
			if _, payErr = k.pay(ann, order); payErr == nil {
				_, _ = k.Refund(t.Context(), account, order.ID, "R1", 100, "", "member")
			}
		}
		crashed := k.plug.Restart()
		k.settle()
		k.pass(20 * time.Minute)
		k.settle()
		balance, balanceErr := k.wallet.Balance(t.Context(), ann, "CNY")
		if balanceErr != nil {
			t.Fatal(balanceErr)
		}
		found, _, listErr := k.OrdersOf(t.Context(), ann, 10, "")
		if listErr != nil || len(found) > 1 {
			t.Fatalf("after %d writes: %d orders, %v", writes, len(found), listErr)
		}
		state := shop.Rejected
		var refunded int64
		if len(found) == 1 {
			state, refunded = found[0].State, found[0].Refunded
		}
		switch state {
		case shop.Paid:
			left -= 2
			if balance.Minor != 500+refunded {
				t.Errorf("after %d writes: paid, %d given back, and ann has %v", writes, refunded, balance)
			}
		case shop.Rejected, shop.Expired, shop.Cancelled:
			if balance.Minor != 1000 {
				t.Errorf("after %d writes: %s, and ann has %v", writes, state, balance)
			}
		default:
			t.Errorf("after %d writes the order hangs: %s", writes, state)
		}
		if payErr == nil && state != shop.Paid {
			t.Errorf("after %d writes: said to be paid, is %s", writes, state)
		}
		if !crashed && writes > 0 && (err != nil || payErr != nil || refunded != 100) {
			t.Errorf("without a crash: %v, %v, refunded %d", err, payErr, refunded)
		}
		k.pass(2 * time.Hour)
		k.settle()
		k.wantStock(milk, left, 0, 100_000-left)
	}
	k.audit()
}

func TestAMessageThatCannotBeSentIsSentLater(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 5)
	ann := k.person("ann", 500)
	order := k.order(ann, milk, 1)
	k.sent.fail = errors.New("the messenger does not answer")
	if _, err := k.pay(ann, order); err != nil {
		t.Fatalf("paying must not fail because of a message: %v", err)
	}
	k.sent.fail = nil
	if k.sent.got(order, "paid") {
		t.Fatal("sent although sending failed")
	}
	k.settle()
	if !k.sent.got(order, "paid") {
		t.Error("never sent")
	}
}

// TestABuyerWhoseCheckoutSleptHoldsNothing is about a checkout that falls asleep
// before any of its writes, is given up, and wakes up.
func TestABuyerWhoseCheckoutSleptHoldsNothing(t *testing.T) {
	t.Parallel()
	k := open(t)
	beer, milk := k.product("beer", 300, 10), k.product("milk", 100, 10)
	for writes := 3; writes < 7; writes++ { // past the order itself
		ann := k.person(fmt.Sprint("ann", writes), 0)
		asleep, wake := k.plug.Sleep(writes)
		done := make(chan error, 1)
		go func() {
			_, err := k.Checkout(t.Context(), ann, shop.CheckoutRequest{Key: "k", Lines: []shop.CartLine{
				{Variant: milk, Quantity: 2}, {Variant: beer, Quantity: 1}}})
			done <- err
		}()
		<-asleep
		k.settle()
		wake()
		if err := <-done; err == nil {
			t.Errorf("asleep before write %d: placed after it was given up", writes)
		}
		k.wantStock(milk, 10, 0, 0)
		k.wantStock(beer, 10, 0, 0)
		k.pass(2 * time.Hour)
		k.settle()
		k.wantStock(milk, 10, 0, 0)
		stock, err := k.Stock(t.Context(), account, milk)
		if err != nil || len(stock.Holds) != 0 {
			t.Errorf("bars are left: %v, %v", stock.Holds, err)
		}
	}
}
