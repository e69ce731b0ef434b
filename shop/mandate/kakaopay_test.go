package mandate_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/kakaopaytest"
)

// kakaoKit are mandates that KakaoPay's stand-in charges, in Seoul and in won.
type kakaoKit struct {
	*kit
	platform *kakaopaytest.KakaoPay
}

func newKakaoKit(t testing.TB) *kakaoKit {
	t.Helper()
	platform := kakaopaytest.New()
	server := quietServer(t, platform)
	platform.Public = server.URL
	k := &kakaoKit{platform: platform}
	k.kit = newKit(t, func(k *kit) pay.Provider {
		platform.Now = k.now
		return kakaopay.New(server.URL, k.now)
	})
	k.money = "KRW"
	if _, err := k.Payments.Contracts().Sign(t.Context(), account, kakaopay.Name, kakaopaytest.Contract()); err != nil {
		t.Fatal(err)
	}
	return k
}

// quietServer does not complain about answers that are lost on purpose.
func quietServer(t testing.TB, handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// member is a plan of ₩9,900 a month.
func member() mandate.Terms {
	terms := monthly()
	terms.Amount = money.Of(9900, "KRW")
	return terms
}

// written is a mandate that is agreed to and whose payment KakaoPay has prepared.
func (k *kakaoKit) written(name string, plan mandate.Plan) (mandate.Mandate, pay.Payment) {
	k.t.Helper()
	m, err := k.Agree(context.Background(), person(name), k.yes(plan))
	if err != nil {
		k.t.Fatal(err)
	}
	payment, err := k.Pay(context.Background(), person(name), m.ID, pay.Way{Provider: kakaopay.Name, Scene: pay.OnPhone})
	if err != nil || !strings.HasPrefix(payment.Step.URL, k.platform.Public) {
		k.t.Fatalf("%+v, %v", payment.Step, err)
	}
	return m, payment
}

// confirm brings back what KakaoPay's page gives a payer who agrees.
func (k *kakaoKit) confirm(payment pay.Payment) (pay.Payment, error) {
	return k.Payments.Confirm(context.Background(), account, payment.TradeNo,
		map[string]string{"pg_token": kakaopaytest.PGToken(k.platform.Agree(payment.TradeNo))})
}

func (k *kakaoKit) subscribed(name string, terms mandate.Terms) mandate.Mandate {
	k.t.Helper()
	return k.subscribedTo(name, k.plan(terms))
}

func (k *kakaoKit) subscribedTo(name string, plan mandate.Plan) mandate.Mandate {
	k.t.Helper()
	m, payment := k.written(name, plan)
	if paid, err := k.confirm(payment); err != nil || paid.State != pay.Paid {
		k.t.Fatalf("%s, %v", paid.State, err)
	}
	return k.look(m.ID)
}

// takenOnce checks KakaoPay's own books: of each period of the mandate it has
// taken what the period costs, in one charge, and of nothing else anything.
func (k *kakaoKit) takenOnce(m mandate.Mandate) {
	k.t.Helper()
	found, _, err := k.Periods(context.Background(), account, m.ID, 100, "")
	if err != nil {
		k.t.Fatal(err)
	}
	for _, period := range found {
		var moves []int64
		for _, move := range k.platform.Moves() {
			if strings.HasPrefix(move.Order, period.Subject) && move.Amount != 0 {
				moves = append(moves, move.Amount)
			}
		}
		want := []int64{period.Amount.Minor}
		if period.State == mandate.NeverPaid || period.State == mandate.Unsettled || period.Amount.IsZero() {
			want = nil
		}
		if fmt.Sprint(moves) != fmt.Sprint(want) {
			k.t.Errorf("period %d is %s, and KakaoPay has moved %v, want %v", period.Number, period.State, moves, want)
		}
	}
}

func TestKakaoPayChargesASubscriptionOnceAMonth(t *testing.T) {
	t.Parallel()
	k := newKakaoKit(t)
	m := k.subscribed("dana-ko", member())
	if m.Provider != kakaopay.Name || !strings.HasPrefix(m.Token, "S") {
		t.Fatalf("the mandate is %q with %s", m.Token, m.Provider)
	}
	k.until("2026-05-02")
	m = k.want(m.ID, mandate.Active, 4)
	k.takenOnce(m)
	if moves := k.platform.Moves(); len(moves) != 4 {
		t.Errorf("KakaoPay has moved %+v", moves)
	}
	for range 2 {
		if _, err := k.CancelOwn(t.Context(), person("dana-ko"), m.ID); err != nil {
			t.Fatal(err)
		}
	}
	if stands, err := k.Payments.MandateStands(t.Context(), account, kakaopay.Name, m.Token); err != nil || stands {
		t.Errorf("cancelled, and with KakaoPay it stands: %v, %v", stands, err)
	}
	k.until("2026-07-01")
	k.want(m.ID, mandate.Ended, 4)
	k.takenOnce(m)
}

// TestATrialCostsNothingAtKakaoPayUntilItIsOver: the merchant code of
// subscriptions takes a payment of 0 won, which only gives the mandate.
func TestATrialCostsNothingAtKakaoPayUntilItIsOver(t *testing.T) {
	t.Parallel()
	k := newKakaoKit(t)
	terms := member()
	terms.Trial = 7
	m := k.subscribed("ann", terms)
	k.want(m.ID, mandate.Trial, 0)
	if m.Token == "" {
		t.Error("there is no mandate")
	}
	k.platform.Next("subscription", kakaopaytest.Lost) // of its very first charge
	k.until("2026-02-08")
	k.takenOnce(k.want(m.ID, mandate.Active, 1))
}

// TestAPeriodIsChargedOnceWhateverKakaoPayAnswers has one call of the charge of
// the second month go wrong.
func TestAPeriodIsChargedOnceWhateverKakaoPayAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		call     string
		faults   []kakaopaytest.Fault
		attempts int // payments of the period that are asked for in the end
	}{
		{"the answer is lost after the charge", "subscription", []kakaopaytest.Fault{kakaopaytest.Lost}, 1},
		{"the answer is another server's page", "subscription", []kakaopaytest.Fault{kakaopaytest.Garbage}, 1},
		{"the answer tells another amount", "subscription", []kakaopaytest.Fault{kakaopaytest.WrongAmount}, 1},
		{"the answer is about another order", "subscription", []kakaopaytest.Fault{kakaopaytest.WrongOrder}, 1},
		{"nothing is done, nobody knows", "subscription", []kakaopaytest.Fault{kakaopaytest.Down}, 2},
		{"too many calls", "subscription", []kakaopaytest.Fault{kakaopaytest.Busy}, 2},
		{"down for a while", "subscription", []kakaopaytest.Fault{kakaopaytest.Down, kakaopaytest.Down, kakaopaytest.Busy, kakaopaytest.Lost}, 4},
		{"it does not say whether the mandate stands", "manage/subscription/status", []kakaopaytest.Fault{kakaopaytest.Down, kakaopaytest.Garbage}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := newKakaoKit(t)
			m := k.subscribed("ann", member())
			k.platform.Next(c.call, c.faults...)
			k.until("2026-03-02")
			m = k.want(m.ID, mandate.Active, 2)
			k.takenOnce(m)
			found, _, err := k.Periods(t.Context(), account, m.ID, 1, "")
			if err != nil {
				t.Fatal(err)
			}
			payments, err := k.Payments.Of(t.Context(), account, found[0].Subject)
			if err != nil || len(payments) != c.attempts || payments[c.attempts-1].State != pay.Paid {
				t.Errorf("%d payments, %v; want %d, the last one paid", len(payments), err, c.attempts)
			}
			if receipts := k.sent.heard(m.ID, "receipt:"); len(receipts) != 1 {
				t.Errorf("the receipts are %q", receipts)
			}
		})
	}
}

// TestAChargeIsFoundOutWhateverTheClocksSay: KakaoPay's clock is minutes off, one
// way or the other.
func TestAChargeIsFoundOutWhateverTheClocksSay(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		for _, fault := range []kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Down} {
			k := newKakaoKit(t)
			k.platform.Now = func() time.Time { return k.now().Add(off) }
			m := k.subscribed("ann", member())
			k.platform.Next("subscription", fault)
			k.until("2026-03-02")
			k.takenOnce(k.want(m.ID, mandate.Active, 2))
		}
	}
}

// TestAnAnswerThatIsLostIsAskedForWithKakaoPayDownToo: the charge went through,
// and for half an hour KakaoPay says nothing about it. It is not made again.
func TestAnAnswerThatIsLostIsAskedForWithKakaoPayDownToo(t *testing.T) {
	t.Parallel()
	k := newKakaoKit(t)
	m := k.subscribed("ann", member())
	k.until("2026-02-26") // announced
	k.platform.Next("subscription", kakaopaytest.Lost)
	for range 40 {
		k.platform.Next("manage/subscription/status", kakaopaytest.Down)
	}
	for range 4 * 24 * 20 { // five days, with looks that fail
		k.pass(15 * time.Minute)
		_, _ = k.Payments.Recover(t.Context())
		_, _ = k.Recover(t.Context())
	}
	m = k.want(m.ID, mandate.Active, 2)
	k.takenOnce(m)
}

func TestASubscriptionEndedInKakaoPaysAppIsNotCharged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, last string // the day before which the payer ends it
		number     int    // the period in which that is found out
		state      mandate.PeriodState
	}{
		{"before the charge is announced", "2026-02-20", 1, mandate.Settled},
		{"after it is announced", "2026-02-27", 2, mandate.NeverPaid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := newKakaoKit(t)
			m := k.subscribed("ann", member())
			k.until(c.last)
			k.platform.Deactivate(m.Token)
			k.until("2026-03-10")
			if m = k.want(m.ID, mandate.Ended, c.number); m.Reason != mandate.AtProvider {
				t.Errorf("ended for %s", m.Reason)
			}
			k.takenOnce(m)
			if moves := k.platform.Moves(); len(moves) != 1 {
				t.Errorf("KakaoPay has moved %+v", moves)
			}
			found, _, err := k.Periods(t.Context(), account, m.ID, 1, "")
			if err != nil || found[0].State != c.state {
				t.Errorf("the last period is %s, %v", found[0].State, err)
			}
			if len(k.sent.heard(m.ID, "provider")) != 1 {
				t.Error("nobody was told")
			}
		})
	}
}

// TestMoneyThatCameWithoutAMandateGoesBack: KakaoPay names the mandate only in the
// answer to the approval. Where that is lost there is nothing to charge next time.
func TestMoneyThatCameWithoutAMandateGoesBack(t *testing.T) {
	t.Parallel()
	for _, fault := range []kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Garbage, kakaopaytest.WrongAmount} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			k := newKakaoKit(t)
			m, payment := k.written("ann", k.plan(member()))
			k.platform.Next("approve", fault)
			if paid, err := k.confirm(payment); err == nil {
				t.Fatalf("confirmed: %s", paid.State)
			}
			for range 10 {
				k.pass(5 * time.Minute)
				k.work()
			}
			if m = k.look(m.ID); m.State != mandate.Ended || m.Due != nil {
				t.Errorf("%s, due %v", m.State, m.Due)
			}
			if held := k.platform.Held(payment.TradeNo); held != 0 {
				t.Errorf("KakaoPay holds %d", held)
			}
			if again := k.subscribed("ann", member()); again.State != mandate.Active {
				t.Errorf("agreed again: %s", again.State)
			}
		})
	}
}

// TestKakaoPayChargesEachPeriodOnceWhateverHappens draws what goes wrong, with
// crashes and two nodes at work.
func TestKakaoPayChargesEachPeriodOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	k, round := newKakaoKit(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		k.t = rt
		m := k.subscribed(fmt.Sprint("ann", round), member())
		faults := rapid.SampledFrom([]kakaopaytest.Fault{kakaopaytest.Lost, kakaopaytest.Down, kakaopaytest.Busy,
			kakaopaytest.Garbage, kakaopaytest.WrongAmount, kakaopaytest.WrongOrder})
		for range 10 {
			for _, call := range []string{"subscription", "manage/subscription/status"} {
				if rapid.IntRange(0, 2).Draw(rt, "wrong") == 0 {
					k.platform.Next(call, faults.Draw(rt, call))
				}
			}
			k.pass(time.Duration(rapid.SampledFrom([]int{1, 20, 24 * 60, 5 * 24 * 60, 14 * 24 * 60}).Draw(rt, "minutes")) * time.Minute)
			k.crashes(rt, 2)
		}
		k.platform.Heal()
		k.takenOnce(k.upToDate(rt, m.ID))
		if _, err := k.CancelFor(context.Background(), account, m.ID, mandate.AtPeriodEnd); err != nil {
			rt.Fatal(err)
		}
	})
}
