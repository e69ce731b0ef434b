package alipay_test

import (
	"errors"
	"testing"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

func TestACodeIsAlipaysByItsDigits(t *testing.T) {
	t.Parallel()
	a := alipay.New(alipay.Options{})
	for code, want := range map[string]bool{"250000000000000000": true, "284567890123456789": true, "304567890123456789": true,
		"2845678901234567": true, "284567890123456789012345": true, "251001020123456789012345": true, // of Alipay+
		"134567890123456789": false, "804567890123456789": false, "314567890123456789": false, "244567890123456789": false,
		"284567890123456": false, "2845678901234567890123456": false, "": false, "28456789012345678a": false, "284567890123456789\n": false} {
		if a.Shows(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func TestACodeAtTheCounterIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge(pay.AtCounter)
	outcome, err := w.Take(t.Context(), charge, w.platform.Code(alipaytest.Card{Buyer: buyer}))
	if err != nil || outcome.Status != pay.Success || outcome.Amount != price || outcome.ProviderRef == "" {
		t.Errorf("%+v, %v, %q", outcome, err, w.platform.Refusals())
	}
	if found, err := w.Query(t.Context(), charge); err != nil || found != outcome {
		t.Errorf("asked for: %+v, %v", found, err)
	}
}

func TestWhyACodeIsNotTakenIsSaidInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	used := w.platform.Code(alipaytest.Card{Buyer: buyer})
	if _, err := w.Take(t.Context(), w.charge(pay.AtCounter), used); err != nil {
		t.Fatal(err)
	}
	old := w.platform.Code(alipaytest.Card{Buyer: buyer})
	w.pass(2 * time.Minute)
	for _, c := range []struct {
		name, code string
		card       alipaytest.Card
		want       *fault.Error
	}{
		{"photographed and shown again", used, alipaytest.Card{}, alipay.ErrCodeOver},
		{"too old", old, alipaytest.Card{}, alipay.ErrCodeOver},
		{"made up", "280000000000000000", alipaytest.Card{}, alipay.ErrCodeOver},
		{"somebody else's", "130000000000000000", alipaytest.Card{}, pay.ErrUnknownCode},
		{"without money", "", alipaytest.Card{Buyer: buyer, Poor: true}, alipay.ErrPayerBalance},
		{"blocked", "", alipaytest.Card{Buyer: buyer, Blocked: true}, alipay.ErrRule},
	} {
		charge := w.charge(pay.AtCounter)
		if c.code == "" {
			c.code = w.platform.Code(c.card)
		}
		if _, err := w.Take(t.Context(), charge, c.code); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := w.platform.Pay(w.merchant, charge.TradeNo); err == nil {
			t.Errorf("%s: can still be paid", c.name)
		}
		w.pass(15 * time.Second)
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
	}{{true, pay.Success}, {false, pay.Ended}} {
		charge := w.charge(pay.AtCounter)
		outcome, err := w.Take(t.Context(), charge, w.platform.Code(alipaytest.Card{Buyer: buyer, Password: true}))
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
	}
}

func TestAPaymentAtTheCounterThatNobodyAnsweredForIsFoundOrCalledOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge(pay.AtCounter)
	code := w.platform.Code(alipaytest.Card{Buyer: buyer})
	w.next(alipaytest.Lost)
	if _, err := w.Take(t.Context(), charge, code); err == nil || fault.KindOf(err) != fault.Internal {
		t.Fatalf("lost: %v", err)
	}
	// The same again finds the trade paid: by ourselves.
	again, err := w.Take(t.Context(), charge, code)
	if err != nil || again.Status != pay.Success {
		t.Errorf("again: %+v, %v", again, err)
	}
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Success {
		t.Errorf("closing what is paid: %+v, %v", outcome, err)
	}
	asked := w.charge(pay.AtCounter)
	if _, err := w.Take(t.Context(), asked, w.platform.Code(alipaytest.Card{Buyer: buyer, Password: true})); err != nil {
		t.Fatal(err)
	}
	w.pass(15 * time.Second)
	for range 2 {
		if outcome, err := w.Close(t.Context(), asked); err != nil || outcome.Status != pay.Ended {
			t.Errorf("%+v, %v", outcome, err)
		}
	}
	if err := w.platform.TypePassword(w.merchant, asked.TradeNo, true); err == nil {
		t.Error("paid after it was called off")
	}
}

func TestAPaymentAtTheCounterIsNotCalledOffAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	charge := w.charge(pay.AtCounter)
	if outcome, err := w.Close(t.Context(), charge); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a call may be on its way: %+v, %v", outcome, err)
	}
	w.pass(15 * time.Second)
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
		t.Errorf("%+v, %v", outcome, err)
	}
	if _, err := w.Take(t.Context(), charge, w.platform.Code(alipaytest.Card{Buyer: buyer})); err != nil {
		t.Errorf("nothing was known there, so nothing was ended: %v", err)
	}
}
