package wechatpay_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/wechatpaytest"
)

// whatGoesWrong are the troubles that a property test draws from; most calls go
// well.
var whatGoesWrong = []wechatpaytest.Trouble{wechatpaytest.None, wechatpaytest.None, wechatpaytest.None, wechatpaytest.None, wechatpaytest.Cut,
	wechatpaytest.Lost, wechatpaytest.Fail, wechatpaytest.FailDone, wechatpaytest.Throttle, wechatpaytest.Forged, wechatpaytest.Unsigned,
	wechatpaytest.Stranger, wechatpaytest.Old}

// TestWhateverHappensBothSidesEndWithTheSameMoney plays games with rotated
// certificates besides.
func TestWhateverHappensBothSidesEndWithTheSameMoney(t *testing.T) {
	t.Parallel()
	for _, scene := range []pay.Scene{pay.OnDesktop, pay.AtCounter} { // the others differ in how they begin
		t.Run(string(scene), func(t *testing.T) {
			t.Parallel()
			k := newKit(t, false)
			rapid.Check(t, paytest.Game{Account: account, Service: k.Service, Plug: k.plug, Side: side{k, scene}}.Play)
		})
	}
}

// side is WeChat Pay's in a game.
type side struct {
	k     *kit
	scene pay.Scene
}

func (s side) Begin(rt *rapid.T) string {
	request := s.k.request(s.scene)
	if s.scene == pay.AtCounter {
		code := s.k.platform.Code(wechatpaytest.Card{OpenID: openID, Password: rapid.Bool().Draw(rt, "password"), Poor: rapid.IntRange(0, 4).Draw(rt, "poor") == 0})
		_, _ = s.k.Service.Take(context.Background(), request, code)
	} else {
		_, _ = s.k.Service.Create(context.Background(), request)
	}
	return request.Subject
}

func (s side) Trouble(rt *rapid.T) {
	s.k.next(rapid.SliceOfN(rapid.SampledFrom(whatGoesWrong), 0, 3).Draw(rt, "troubles")...)
}

func (s side) Quiet() { s.k.next() }

func (s side) Act(rt *rapid.T, payment pay.Payment) {
	switch {
	case rapid.IntRange(0, 7).Draw(rt, "rotate") == 0:
		s.k.platform.Rotate()
		s.k.pass(time.Minute)
	case s.scene == pay.AtCounter:
		_ = s.k.platform.TypePassword(s.k.merchant, payment.TradeNo, rapid.Bool().Draw(rt, "typed"))
	default:
		_ = s.k.platform.Pay(s.k.merchant, payment.TradeNo, openID)
	}
}

func (s side) Hear(rt *rapid.T, tradeNo string) {
	for _, n := range s.k.platform.Notices() {
		if n.TradeNo == tradeNo {
			trouble := rapid.SampledFrom([]wechatpaytest.Trouble{wechatpaytest.None, wechatpaytest.Forged, wechatpaytest.Unsigned, wechatpaytest.Old}).Draw(rt, "notification")
			_ = s.k.hear(n, trouble)
		}
	}
}

func (s side) HearAll() {
	for _, n := range s.k.platform.Untold() {
		_ = s.k.hear(n, wechatpaytest.None)
	}
}

func (s side) Pass(d time.Duration) { s.k.pass(d) }

// Excused: that WeChat Pay wants to be asked a minute later for the next refund of
// a payment is nothing wrong.
func (s side) Excused(err error) bool { return strings.Contains(err.Error(), "FREQUENCY_LIMITED") }

func (s side) Compare(rt *rapid.T, payment pay.Payment) {
	order, there := s.k.platform.Order(s.k.merchant, payment.TradeNo)
	paidThere := order.State == "SUCCESS" || order.State == "REFUND"
	switch {
	case (payment.State == pay.Paid) != paidThere:
		rt.Fatalf("we say %s, WeChat Pay %q (%v)", payment.State, order.State, there)
	case paidThere && (order.Given != payment.GivenBack() || order.Given != payment.Refunded || order.Given > price.Minor || order.ID != payment.ProviderRef):
		rt.Fatalf("given back: %d by WeChat Pay, %d and %d by us; numbers %q and %q", order.Given, payment.GivenBack(), payment.Refunded, order.ID, payment.ProviderRef)
	case !paidThere && there && order.State != "CLOSED" && order.State != "REVOKED" && s.k.platform.Pay(s.k.merchant, payment.TradeNo, openID) == nil:
		rt.Fatalf("we say %s, and it can still be paid", payment.State)
	case (payment.State == pay.Paid && !payment.Unwanted) != (s.k.owner.PaidBy(payment.Subject) == payment.TradeNo):
		rt.Fatalf("%s, and the owner heard %q", payment.State, s.k.owner.PaidBy(payment.Subject))
	}
}
