package kakaopay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/account/vault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/kakaopaytest"
	"plaza/shop/pay/paytest"
	"plaza/store"
)

const account = "01SHOP"

type kit struct {
	*pay.Service
	platform *kakaopaytest.KakaoPay
	plug     *crashtest.Engine
	at       atomic.Int64
}

func open(t testing.TB) *kit {
	t.Helper()
	k := &kit{platform: kakaopaytest.New()}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	k.platform.Now = k.now
	server := httptest.NewServer(k.platform)
	t.Cleanup(server.Close)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	k.platform.Public = server.URL
	db, plug := crashtest.Open(t, append(pay.Schemas(), vault.Schemas()...)...)
	k.plug = plug
	k.Service = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), k.now),
		Providers: []pay.Provider{kakaopay.New(server.URL, k.now)}, Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	everybody := paytest.NewOwner()
	k.Own(pay.ForOrder, everybody)
	k.Own(pay.ForMandate, everybody)
	if _, err := k.Contracts().Sign(t.Context(), account, kakaopay.Name, kakaopaytest.Contract()); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *kit) pass(d time.Duration) { k.at.Add(d.Milliseconds()) }

func (k *kit) request() pay.Request {
	return pay.Request{Account: account, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: kakaopay.Name, Amount: money.Of(12000, "KRW"),
		Description: "초콜릿", Payer: message.Person{ID: account + ":kakao:u1", Account: account}, ExpiresAt: k.now().Add(15 * time.Minute),
		ReturnURL: func(no string) string { return "https://plaza.example/pay/" + no + "/return" }, Scene: pay.OnPhone}
}

func (k *kit) create(t fataler) pay.Payment {
	payment, err := k.Create(context.Background(), k.request())
	if err != nil {
		t.Fatal(err)
	}
	return payment
}

// agreed is the proof that the payer's browser brings back.
func (k *kit) agreed(payment pay.Payment) map[string]string {
	return map[string]string{"pg_token": kakaopaytest.PGToken(k.platform.Agree(payment.TradeNo))}
}

func (k *kit) settle(t fataler) {
	for range 12 {
		k.pass(11 * time.Minute)
		if _, err := k.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func (k *kit) paid(t *testing.T) pay.Payment {
	t.Helper()
	payment := k.create(t)
	paid, err := k.Confirm(t.Context(), account, payment.TradeNo, k.agreed(payment))
	if err != nil || paid.State != pay.Paid {
		t.Fatalf("%s, %v", paid.State, err)
	}
	return paid
}

type fataler interface{ Fatal(...any) }

func TestThePayerAgreesAndTheMoneyMovesOnce(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.create(t)
	if payment.Step.Kind != pay.RedirectStep || !strings.HasSuffix(payment.Step.URL, "?mobile") {
		t.Fatalf("%+v", payment.Step)
	}
	if early, err := k.Confirm(t.Context(), account, payment.TradeNo, map[string]string{"pg_token": "guessed"}); err == nil {
		t.Fatalf("a guessed token: %s", early.State)
	}
	proof := k.agreed(payment)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			paid, err := k.Confirm(t.Context(), account, payment.TradeNo, proof)
			if err != nil || paid.State != pay.Paid {
				t.Errorf("%s, %v", paid.State, err)
			}
		})
	}
	group.Wait()
	if held := k.platform.Held(payment.TradeNo); held != 12000 || len(k.platform.Moves()) != 1 {
		t.Errorf("KakaoPay's books: %+v", k.platform.Moves())
	}
}

func TestALostAnswerIsFoundOutAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, fault := range []kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Garbage, kakaopaytest.WrongOrder} {
		k := open(t)
		payment := k.create(t)
		k.platform.Next("approve", fault)
		if _, err := k.Confirm(t.Context(), account, payment.TradeNo, k.agreed(payment)); !errors.Is(err, pay.ErrOutcomeOpen) {
			t.Errorf("%s: %v", fault, err)
		}
		k.settle(t)
		if final, err := k.Get(t.Context(), account, payment.TradeNo); err != nil || final.State != pay.Paid || len(k.platform.Moves()) != 1 {
			t.Errorf("%s: %s, %v, %+v", fault, final.State, err, k.platform.Moves())
		}
	}
}

func TestAnotherAmountThanAskedForIsNotTaken(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.create(t)
	k.platform.Next("approve", kakaopaytest.WrongAmount)
	if got, err := k.Confirm(t.Context(), account, payment.TradeNo, k.agreed(payment)); !errors.Is(err, pay.ErrWrongAmount) || got.State == pay.Paid {
		t.Errorf("%s, %v", got.State, err)
	}
}

func TestWhoDoesNotPayInTimeIsClosedAndCantPayAnyMore(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.create(t)
	proof := k.agreed(payment)
	k.settle(t)
	if final, err := k.Get(t.Context(), account, payment.TradeNo); err != nil || final.State != pay.Closed {
		t.Fatalf("%s, %v", final.State, err)
	}
	if _, err := k.Confirm(t.Context(), account, payment.TradeNo, proof); !errors.Is(err, pay.ErrPaymentOver) {
		t.Errorf("%v", err)
	}
	if len(k.platform.Moves()) != 0 {
		t.Errorf("%+v", k.platform.Moves())
	}
}

func TestARefundWithoutAnAnswerHappensOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Garbage, kakaopaytest.Down, kakaopaytest.Busy} {
		k := open(t)
		payment := k.paid(t)
		k.platform.Next("cancel", fault)
		for range 3 { // whoever asked does not know either, and asks again
			if _, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 5000, ""); err != nil {
				t.Fatal(err)
			}
		}
		k.settle(t)
		final, err := k.Get(t.Context(), account, payment.TradeNo)
		if err != nil || final.Refunds["R1"].State != pay.RefundSuccess || k.platform.Held(payment.TradeNo) != 7000 {
			t.Errorf("%s: %+v, %v; KakaoPay holds %d", fault, final.Refunds, err, k.platform.Held(payment.TradeNo))
		}
	}
}

func TestRefundsAtTheSameTimeNeverExceedThePayment(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment := k.paid(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() { _, _ = k.Refund(t.Context(), account, payment.TradeNo, fmt.Sprint("R", i), 1000, "") })
	}
	group.Wait()
	k.settle(t)
	final, err := k.Get(t.Context(), account, payment.TradeNo)
	if err != nil || final.GivenBack() != 12000-k.platform.Held(payment.TradeNo) || final.GivenBack() > 12000 {
		t.Errorf("we say %d, KakaoPay %d, %v", final.GivenBack(), 12000-k.platform.Held(payment.TradeNo), err)
	}
}

// TestNewsInAnyOrderEndsTheSame plays payers, returns, queries, closing, crashes
// and every fault of the platform in random orders.
func TestNewsInAnyOrderEndsTheSame(t *testing.T) {
	t.Parallel()
	k := open(t)
	faults := []kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Garbage, kakaopaytest.Down, kakaopaytest.Busy, kakaopaytest.WrongOrder}
	rapid.Check(t, func(rt *rapid.T) {
		request := k.request()
		payment, err := k.Create(t.Context(), request)
		if err != nil {
			rt.Fatal(err)
		}
		proof := map[string]string{}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if rapid.IntRange(0, 2).Draw(rt, "trouble") == 0 {
				path := rapid.SampledFrom([]string{"approve", "order", "cancel"}).Draw(rt, "call")
				k.platform.Next(path, rapid.SampledFrom(faults).Draw(rt, "fault"))
			}
			if rapid.IntRange(0, 3).Draw(rt, "crash") == 0 {
				k.plug.CrashAfter(rapid.IntRange(0, 4).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
			}
			switch rapid.IntRange(0, 5).Draw(rt, "news") {
			case 0:
				if token := kakaopaytest.PGToken(k.platform.Agree(payment.TradeNo)); token != "" {
					proof["pg_token"] = token
				}
			case 1, 2:
				_, _ = k.Confirm(t.Context(), account, payment.TradeNo, proof)
			case 3:
				_, _ = k.Check(t.Context(), account, payment.TradeNo)
			case 4:
				_, _ = k.Close(t.Context(), account, payment.TradeNo)
			case 5:
				k.pass(time.Minute)
				_, _ = k.Recover(t.Context())
			}
			k.plug.Restart()
		}
		for range 3 { // faults that are left make a run fail: it is due again
			k.pass(11 * time.Minute)
			_, _ = k.Recover(t.Context())
		}
		k.settle(rt)
		final, err := k.Get(t.Context(), account, payment.TradeNo)
		if err != nil || !final.State.Final() || final.Due != nil {
			rt.Fatalf("%+v, %v", final, err)
		}
		if held := k.platform.Held(payment.TradeNo); (final.State == pay.Paid) != (held != 0) {
			rt.Fatalf("we say %s, KakaoPay holds %d", final.State, held)
		}
	})
}

func (k *kit) mandate(t *testing.T) pay.Payment {
	t.Helper()
	request := k.request()
	request.Recurring = true
	payment, err := k.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	paid, err := k.Confirm(t.Context(), account, payment.TradeNo, k.agreed(payment))
	if err != nil || paid.State != pay.Paid || paid.Mandate == "" {
		t.Fatalf("%s with mandate %q, %v", paid.State, paid.Mandate, err)
	}
	k.pass(30 * 24 * time.Hour)
	return paid
}

func (k *kit) again(first pay.Payment) pay.Request {
	request := k.request()
	request.Purpose, request.Mandate = pay.ForMandate, first.Mandate
	return request
}

func TestAMandateChargesAgainOncePerPeriod(t *testing.T) {
	t.Parallel()
	k := open(t)
	request := k.again(k.mandate(t))
	for range 2 {
		charged, err := k.ChargeMandate(t.Context(), request)
		if err != nil || charged.State != pay.Paid {
			t.Fatalf("%s, %v", charged.State, err)
		}
		if held := k.platform.Held(charged.TradeNo); held != 12000 {
			t.Errorf("KakaoPay took %d", held)
		}
	}
}

func TestAChargeUnderAMandateWithoutAnAnswerIsFoundOut(t *testing.T) {
	t.Parallel()
	for fault, want := range map[kakaopaytest.Fault]pay.State{kakaopaytest.Lost: pay.Paid, kakaopaytest.Garbage: pay.Paid, kakaopaytest.Down: pay.Closed} {
		k := open(t)
		request := k.again(k.mandate(t))
		k.platform.Next("subscription", fault)
		charged, err := k.ChargeMandate(t.Context(), request)
		if !errors.Is(err, pay.ErrOutcomeOpen) {
			t.Errorf("%s: %v", fault, err)
		}
		k.settle(t)
		if final, err := k.Get(t.Context(), account, charged.TradeNo); err != nil || final.State != want || (k.platform.Held(charged.TradeNo) != 0) != (want == pay.Paid) {
			t.Errorf("%s: %s, %v", fault, final.State, err)
		}
	}
}

func TestAMandateThatIsOverIsADefiniteNo(t *testing.T) {
	t.Parallel()
	k := open(t)
	first := k.mandate(t)
	for range 2 { // ending it twice is ending it
		if err := k.EndMandate(t.Context(), account, kakaopay.Name, first.Mandate); err != nil {
			t.Fatal(err)
		}
	}
	charged, err := k.ChargeMandate(t.Context(), k.again(first))
	if !errors.Is(err, kakaopay.ErrRefused) {
		t.Errorf("%+v, %v", charged, err)
	}
}

func TestWhatIsTypedInIsChecked(t *testing.T) {
	t.Parallel()
	k := open(t)
	for field, value := range map[string]string{"cid": "short", "secret_key": "x", "cid_secret": "UPPER", "subscription_cid": "no"} {
		typed := kakaopaytest.Contract()
		typed[field] = value
		if _, err := k.Contracts().Sign(t.Context(), account, kakaopay.Name, typed); err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	typed := kakaopaytest.Contract()
	typed["secret_key"] = strings.Repeat("A", 40)
	if _, err := k.Contracts().Sign(t.Context(), account, kakaopay.Name, typed); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kakaopay_key", ""} {
		checked, err := k.Contracts().Check(t.Context(), account, kakaopay.Name)
		if err != nil || checked.Problem != want {
			t.Errorf("problem %q, want %q, %v", checked.Problem, want, err)
		}
		if _, err := k.Contracts().Sign(t.Context(), account, kakaopay.Name, kakaopaytest.Contract()); err != nil {
			t.Fatal(err)
		}
	}
}
