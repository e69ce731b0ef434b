package wechatpay_test

import (
	"errors"
	"testing"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

func TestACodeIsWeChatsByItsDigits(t *testing.T) {
	t.Parallel()
	w := wechatpay.New(wechatpay.Options{})
	for code, want := range map[string]bool{"100000000000000000": true, "134567890123456789": true, "154567890123456789": true,
		"164567890123456789": false, "284567890123456789": false, "13456789012345678": false, "1345678901234567890": false, "": false,
		"13456789012345678a": false, "134567890123456789\n": false} {
		if w.Shows(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func TestACodeAtTheCounterIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	outcome, err := w.Take(t.Context(), w.charge(pay.AtCounter), w.platform.Code(wechatpaytest.Card{OpenID: openID}))
	if err != nil || outcome.Status != pay.Success || outcome.Amount != price || outcome.ProviderRef == "" {
		t.Errorf("%+v, %v, %q", outcome, err, w.platform.Refusals())
	}
}

func TestWhyACodeIsNotTakenIsSaidInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	used := w.platform.Code(wechatpaytest.Card{OpenID: openID})
	if _, err := w.Take(t.Context(), w.charge(pay.AtCounter), used); err != nil {
		t.Fatal(err)
	}
	old := w.platform.Code(wechatpaytest.Card{OpenID: openID})
	w.pass(2 * time.Minute)
	for _, c := range []struct {
		name, code string
		want       *fault.Error
	}{
		{"photographed and shown again", used, wechatpay.ErrCodeOver},
		{"too old", old, wechatpay.ErrCodeOver},
		{"made up", "130000000000000000", wechatpay.ErrCodeOver},
		{"somebody else's", "280000000000000000", pay.ErrUnknownCode},
		{"without money", w.platform.Code(wechatpaytest.Card{OpenID: openID, Poor: true}), wechatpay.ErrPayerBalance},
		{"blocked", w.platform.Code(wechatpaytest.Card{OpenID: openID, Blocked: true}), wechatpay.ErrRule},
	} {
		charge := w.charge(pay.AtCounter)
		if _, err := w.Take(t.Context(), charge, c.code); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
			t.Errorf("%s: %+v, %v", c.name, outcome, err)
		}
	}
}

func TestAPasswordAtTheCounterIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, c := range []struct {
		typed bool
		want  pay.Status
	}{{true, pay.Success}, {false, pay.Failure}} {
		charge := w.charge(pay.AtCounter)
		outcome, err := w.Take(t.Context(), charge, w.platform.Code(wechatpaytest.Card{OpenID: openID, Password: true}))
		if err != nil || outcome.Status != pay.Waiting {
			t.Fatalf("%+v, %v", outcome, err)
		}
		if outcome, err = w.Query(t.Context(), charge); err != nil || outcome.Status != pay.Waiting {
			t.Fatalf("%+v, %v", outcome, err)
		}
		if err := w.platform.TypePassword(w.merchant, charge.TradeNo, c.typed); err != nil {
			t.Fatal(err)
		}
		if outcome, err = w.Query(t.Context(), charge); err != nil || outcome.Status != c.want {
			t.Errorf("%+v, %v", outcome, err)
		}
		if order, _ := w.platform.Order(w.merchant, charge.TradeNo); !c.typed && order.State != "REVOKED" {
			t.Errorf("a payment that failed is not made final: %s", order.State)
		}
	}
}

func TestAPaymentAtTheCounterThatNobodyAnsweredForIsFoundOrReversed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.AtCounter)
	code := w.platform.Code(wechatpaytest.Card{OpenID: openID})
	w.next(wechatpaytest.Lost)
	if _, err := w.Take(t.Context(), charge, code); err == nil || fault.KindOf(err) != fault.Internal {
		t.Fatalf("lost: %v", err)
	}
	// The same again finds the code used up: by ourselves, which is no definite no.
	again, err := w.Take(t.Context(), charge, code)
	if err != nil || again.Status != pay.Success {
		t.Errorf("again: %+v, %v", again, err)
	}
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Success {
		t.Errorf("closing what is paid: %+v, %v", outcome, err)
	}
	asked := w.charge(pay.AtCounter)
	if _, err := w.Take(t.Context(), asked, w.platform.Code(wechatpaytest.Card{OpenID: openID, Password: true})); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if outcome, err := w.Close(t.Context(), asked); err != nil || outcome.Status != pay.Ended {
			t.Errorf("%+v, %v", outcome, err)
		}
	}
	if err := w.platform.TypePassword(w.merchant, asked.TradeNo, true); err == nil {
		t.Error("paid after it was reversed")
	}
}

func TestAPaymentAtTheCounterIsNotCalledOffAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	charge := w.charge(pay.AtCounter)
	charge.At = w.now()
	if outcome, err := w.Close(t.Context(), charge); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a call may be on its way: %+v, %v", outcome, err)
	}
	if _, err := w.Take(t.Context(), charge, w.platform.Code(wechatpaytest.Card{OpenID: openID, Password: true})); err != nil {
		t.Fatal(err)
	}
	if outcome, err := w.Close(t.Context(), charge); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("the payer is being asked: %+v, %v", outcome, err)
	}
	w.pass(15 * time.Second)
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
		t.Errorf("%+v, %v", outcome, err)
	}
}
