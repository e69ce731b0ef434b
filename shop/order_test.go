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
	payment, err := k.Pay(t.Context(), ann, order.ID, shop.PayRequest{})
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

func TestOfCancellingAndPayingOneWins(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 1000)
	ann := k.person("ann", 100_000)
	var paid int64
	for range 25 {
		order := k.order(ann, milk, 1)
		payment, err := k.Pay(t.Context(), ann, order.ID, shop.PayRequest{})
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
	payment, err := k.Pay(t.Context(), ann, order.ID, shop.PayRequest{Provider: "outside"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.CancelOwn(t.Context(), ann, order.ID); err != nil {
		t.Fatal(err)
	}
	k.settle()
	for range 3 { // the platform repeats itself
		notify(t, k, payment.TradeNo, pay.Outcome{Status: pay.Success, Amount: money.Of(100, "CNY")})
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
	other, err := k.Pay(t.Context(), ann, order.ID, shop.PayRequest{Provider: "outside"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.pay(ann, order); err != nil {
		t.Fatal(err)
	}
	notify(t, k, other.TradeNo, pay.Outcome{Status: pay.Success, Amount: money.Of(100, "CNY")})
	k.settle()
	if outside.refunded() != 100 {
		t.Errorf("%d of the second payment went back, want 100", outside.refunded())
	}
	k.wantStock(milk, 4, 0, 1)
	if state := k.state(order); state != shop.Paid {
		t.Errorf("the order is %s", state)
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

func TestOrdersOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	k := open(t)
	milk := k.product("milk", 100, 5)
	ann, bob := k.person("ann", 500), k.person("bob", 500)
	order := k.order(ann, milk, 1)
	payment, err := k.Pay(t.Context(), ann, order.ID, shop.PayRequest{})
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

// TestABuyerWhoseCheckoutSleptHoldsNothing is about a checkout that falls asleep
// before any of its writes, is given up, and wakes up.
func TestABuyerWhoseCheckoutSleptHoldsNothing(t *testing.T) {
	t.Parallel()
	k := open(t)
	beer, milk := k.product("beer", 300, 10), k.product("milk", 100, 10)
	for writes := 2; writes < 5; writes++ {
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
