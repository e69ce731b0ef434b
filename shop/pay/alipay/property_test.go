package alipay_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/shop/pay"
	"plaza/shop/pay/alipaytest"
	"plaza/shop/pay/paytest"
)

// whatGoesWrong are the troubles that a property test draws from; most calls go
// well.
var whatGoesWrong = []alipaytest.Trouble{alipaytest.None, alipaytest.None, alipaytest.None, alipaytest.None, alipaytest.Cut, alipaytest.Lost,
	alipaytest.Fail, alipaytest.FailDone, alipaytest.System, alipaytest.Gateway, alipaytest.Garbage, alipaytest.Throttle, alipaytest.Forged,
	alipaytest.Unsigned, alipaytest.Stranger}

// TestWhateverHappensBothSidesEndWithTheSameMoney plays games with codes to scan,
// pages and the counter; with public keys, with certificates that are rotated,
// with refunds that take their time and cancellations that are wanted again.
func TestWhateverHappensBothSidesEndWithTheSameMoney(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scene     pay.Scene
		certified bool
		slow      time.Duration
	}{"scan": {"", false, 0}, "page": {pay.OnPhone, true, 0}, "counter": {pay.AtCounter, false, 20 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, c.certified, c.slow)
			rapid.Check(t, paytest.Game{Account: account, Service: k.Service, Plug: k.plug, Side: side{k, c.scene}}.Play)
		})
	}
}

// side is Alipay's in a game.
type side struct {
	k     *kit
	scene pay.Scene
}

func (s side) Begin(rt *rapid.T) string {
	request := s.k.request(s.scene)
	if s.scene == pay.AtCounter {
		code := s.k.platform.Code(alipaytest.Card{Buyer: buyer, Password: rapid.Bool().Draw(rt, "password"), Poor: rapid.IntRange(0, 4).Draw(rt, "poor") == 0})
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
	switch rapid.IntRange(0, 9).Draw(rt, "act") {
	case 0:
		s.k.platform.Rotate()
		s.k.pass(20 * time.Second) // between two fetches of certificates
	case 1:
		s.k.platform.CancelAgain(rapid.IntRange(0, 2).Draw(rt, "again"))
	default:
		s.pays(rt, payment)
	}
}

// pays is what the payer does: open what was given out, perhaps long ago, and pay.
func (s side) pays(rt *rapid.T, payment pay.Payment) {
	switch {
	case s.scene == pay.AtCounter:
		_ = s.k.platform.TypePassword(s.k.merchant, payment.TradeNo, rapid.Bool().Draw(rt, "typed"))
		return
	case payment.Step.Kind == pay.RedirectStep:
		_, _ = s.k.platform.Open(payment.Step.URL, buyer)
	case payment.Step.Kind == pay.ScanStep:
		_, _ = s.k.platform.Scan(payment.Step.QR, buyer)
	}
	if rapid.Bool().Draw(rt, "pays") {
		_ = s.k.platform.Pay(s.k.merchant, payment.TradeNo)
	}
}

func (s side) Hear(rt *rapid.T, tradeNo string) {
	for _, n := range s.k.platform.Notices() {
		if n.TradeNo == tradeNo {
			trouble := rapid.SampledFrom([]alipaytest.Trouble{alipaytest.None, alipaytest.None, alipaytest.Forged, alipaytest.Unsigned, alipaytest.Stranger}).Draw(rt, "notification")
			_ = s.k.hear(n, trouble)
		}
	}
}

func (s side) HearAll() {
	for _, n := range s.k.platform.Untold() {
		_ = s.k.hear(n, alipaytest.None)
	}
}

func (s side) Pass(d time.Duration) { s.k.pass(d) }

func (s side) Excused(error) bool { return false }

// Compare: what is paid is paid on both sides, and as much has gone back on both.
// What is not paid has left no money at Alipay, and can't be paid any more.
func (s side) Compare(rt *rapid.T, payment pay.Payment) {
	trade, there := s.k.platform.Trade(s.k.merchant, payment.TradeNo)
	switch {
	case payment.State == pay.Paid && (trade.Given != payment.GivenBack() || payment.GivenBack() != payment.Refunded || trade.Given > price.Minor || trade.ID != payment.ProviderRef):
		rt.Fatalf("given back: %d by Alipay, %d and %d by us; numbers %q and %q", trade.Given, payment.GivenBack(), payment.Refunded, trade.ID, payment.ProviderRef)
	case payment.State != pay.Paid && trade.Ever && trade.Given != price.Minor:
		rt.Fatalf("we say %s, and Alipay has %d of it", payment.State, price.Minor-trade.Given)
	case payment.State == pay.Paid && !payment.Unwanted && payment.Refunded == 0 && trade.State != "TRADE_SUCCESS":
		rt.Fatalf("we say %s, Alipay %q (%v)", payment.State, trade.State, there)
	case (payment.State == pay.Paid && !payment.Unwanted) != (s.k.owner.PaidBy(payment.Subject) == payment.TradeNo):
		rt.Fatalf("%s, and the owner heard %q", payment.State, s.k.owner.PaidBy(payment.Subject))
	}
	if s.scene == pay.OnPhone && s.k.now().Before(payment.ExpiresAt) {
		return // a page can be opened until its time is over
	}
	if payment.State != pay.Paid && there && s.k.platform.Pay(s.k.merchant, payment.TradeNo) == nil {
		rt.Fatalf("we say %s, and it can still be paid", payment.State)
	}
}
