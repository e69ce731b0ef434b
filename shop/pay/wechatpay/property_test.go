package wechatpay_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/shop/pay"
	"plaza/shop/pay/wechatpaytest"
)

// whatGoesWrong are the troubles that a property test draws from; most calls go
// well.
var whatGoesWrong = []wechatpaytest.Trouble{wechatpaytest.None, wechatpaytest.None, wechatpaytest.None, wechatpaytest.None, wechatpaytest.Cut,
	wechatpaytest.Lost, wechatpaytest.Fail, wechatpaytest.FailDone, wechatpaytest.Throttle, wechatpaytest.Forged, wechatpaytest.Unsigned,
	wechatpaytest.Stranger, wechatpaytest.Old}

// TestWhateverHappensBothSidesEndWithTheSameMoney plays payers, notifications
// (late, twice, forged, old), queries, confirmations, closing, refunds, recovery
// runs, rotated certificates, calls that go wrong in every way and crashes of
// our own, in random orders.
func TestWhateverHappensBothSidesEndWithTheSameMoney(t *testing.T) {
	t.Parallel()
	for _, scene := range []pay.Scene{pay.OnDesktop, pay.AtCounter} { // the others differ in how they begin
		t.Run(string(scene), func(t *testing.T) {
			t.Parallel()
			k := newKit(t, false)
			rapid.Check(t, func(rt *rapid.T) { k.play(rt, scene) })
		})
	}
}

// play plays one payment to its end.
func (k *kit) play(rt *rapid.T, scene pay.Scene) {
	subject := k.begin(rt, scene)
	for range rapid.IntRange(1, 10).Draw(rt, "steps") {
		if rapid.IntRange(0, 3).Draw(rt, "crash") == 0 {
			k.plug.CrashAfter(rapid.IntRange(0, 4).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
		}
		k.next(rapid.SliceOfN(rapid.SampledFrom(whatGoesWrong), 0, 3).Draw(rt, "troubles")...)
		k.step(rt, subject, scene)
		k.plug.Restart()
	}
	k.finish(rt, subject)
	found, err := k.Of(context.Background(), account, subject)
	if err != nil {
		rt.Fatal(err)
	}
	for _, payment := range found {
		k.compare(rt, payment)
	}
}

// begin asks for a payment.
func (k *kit) begin(rt *rapid.T, scene pay.Scene) (subject string) {
	request := k.request(scene)
	k.next(rapid.SliceOfN(rapid.SampledFrom(whatGoesWrong), 0, 2).Draw(rt, "first troubles")...)
	if scene == pay.AtCounter {
		code := k.platform.Code(wechatpaytest.Card{OpenID: openID, Password: rapid.Bool().Draw(rt, "password"), Poor: rapid.IntRange(0, 4).Draw(rt, "poor") == 0})
		_, _ = k.Service.Take(context.Background(), request, code)
	} else {
		_, _ = k.Service.Create(context.Background(), request)
	}
	k.next()
	return request.Subject
}

// step does one thing with the payment.
func (k *kit) step(rt *rapid.T, subject string, scene pay.Scene) {
	ctx := context.Background()
	found, err := k.Of(ctx, account, subject)
	if err != nil || len(found) == 0 {
		return
	}
	no := found[len(found)-1].TradeNo
	switch rapid.IntRange(0, 8).Draw(rt, "step") {
	case 0, 1:
		if scene == pay.AtCounter {
			_ = k.platform.TypePassword(k.merchant, no, rapid.Bool().Draw(rt, "typed"))
		} else {
			_ = k.platform.Pay(k.merchant, no, openID)
		}
	case 2:
		for _, n := range k.platform.Notices() {
			if n.TradeNo == no {
				trouble := rapid.SampledFrom([]wechatpaytest.Trouble{wechatpaytest.None, wechatpaytest.Forged, wechatpaytest.Unsigned, wechatpaytest.Old}).Draw(rt, "notification")
				_ = k.hear(n, trouble)
			}
		}
	case 3:
		_, _ = k.Service.Confirm(ctx, account, no, nil)
	case 4:
		_, _ = k.Service.Check(ctx, account, no)
	case 5:
		_, _ = k.Service.Close(ctx, account, no)
	case 6:
		_, _ = k.Service.Refund(ctx, account, no, fmt.Sprint("R", rapid.IntRange(1, 3).Draw(rt, "number")), rapid.Int64Range(1, 700).Draw(rt, "amount"), "")
	case 7:
		k.pass(time.Duration(rapid.IntRange(1, 600).Draw(rt, "seconds")) * time.Second)
		_, _ = k.Recover(ctx)
	case 8:
		k.platform.Rotate()
		k.pass(time.Minute)
	}
}

// finish lets all go well until nothing is left to do. That WeChat Pay wants to
// be asked a minute later for the next refund of a payment is nothing wrong.
func (k *kit) finish(rt *rapid.T, subject string) {
	k.next()
	for rounds, rest := 0, true; rest; rounds++ {
		if rounds > 15 {
			rt.Fatal("it does not come to an end")
		}
		k.pass(11 * time.Minute)
		for _, n := range k.platform.Untold() {
			_ = k.hear(n, wechatpaytest.None)
		}
		if _, err := k.Recover(context.Background()); err != nil && !strings.Contains(err.Error(), "FREQUENCY_LIMITED") {
			rt.Fatal(err)
		}
		found, err := k.Of(context.Background(), account, subject)
		if err != nil {
			rt.Fatal(err)
		}
		rest = slices.ContainsFunc(found, func(p pay.Payment) bool { return p.Due != nil })
	}
}

// compare holds what we know of a payment against what WeChat Pay knows.
func (k *kit) compare(rt *rapid.T, payment pay.Payment) {
	order, there := k.platform.Order(k.merchant, payment.TradeNo)
	paidThere := order.State == "SUCCESS" || order.State == "REFUND"
	switch {
	case !payment.State.Final() || payment.Due != nil:
		rt.Fatalf("nothing is final: %s, due %v", payment.State, payment.Due)
	case (payment.State == pay.Paid) != paidThere:
		rt.Fatalf("we say %s, WeChat Pay %q (%v)", payment.State, order.State, there)
	case paidThere && (order.Given != payment.GivenBack() || order.Given != payment.Refunded || order.Given > price.Minor || order.ID != payment.ProviderRef):
		rt.Fatalf("given back: %d by WeChat Pay, %d and %d by us; numbers %q and %q", order.Given, payment.GivenBack(), payment.Refunded, order.ID, payment.ProviderRef)
	case !paidThere && there && order.State != "CLOSED" && order.State != "REVOKED" && k.platform.Pay(k.merchant, payment.TradeNo, openID) == nil:
		rt.Fatalf("we say %s, and it can still be paid", payment.State)
	case (payment.State == pay.Paid && !payment.Unwanted) != (k.owner.PaidBy(payment.Subject) == payment.TradeNo):
		rt.Fatalf("%s, and the owner heard %q", payment.State, k.owner.PaidBy(payment.Subject))
	}
}
