package app_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/telegrampay"
	"plaza/store"
)

const (
	paymentBot   = "123456789:AAF0lXoQdWjcxhfLWVYmcUSNKGyOCQnDPoE"
	paymentToken = "284685063:TEST:MmIxNzZhN2Q4Zjk3"
	buyer        = 4711
)

// telegramTill is an account whose bot takes payments, for subjects of the test.
type telegramTill struct {
	*apitest.World
	account string
	bot     *telegramtest.Platform
	subject *subject
}

// subject is what payments are for: paid once, then not wanted any more.
type subject struct {
	mu   sync.Mutex
	paid map[string]string // subject: the payment that it took
}

func (s *subject) PaymentPaid(_ context.Context, payment pay.Payment) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paid[payment.Subject] == "" {
		s.paid[payment.Subject] = payment.TradeNo
	}
	return s.paid[payment.Subject] == payment.TradeNo, nil
}

func (*subject) PaymentRefunded(context.Context, pay.Payment, pay.Refund) error { return nil }

func newTelegramTill(t *testing.T) *telegramTill {
	t.Helper()
	host, handler := lateHost(t)
	w := apitest.New(t, apitest.Options{TelegramAPI: host.URL, PublicURL: "http://plaza.example"})
	us := httptest.NewServer(w)
	t.Cleanup(us.Close)
	s := &telegramTill{World: w, account: w.Merchant("corner").ID, subject: &subject{paid: map[string]string{}}}
	w.Payments.Own("test", s.subject)
	s.bot = telegramtest.New(telegramtest.Options{Token: paymentBot, Username: "corner_bot", Local: true, PaymentToken: paymentToken, Now: w.Now})
	*handler = s.bot
	credentials, err := telegram.Credentials{BotToken: paymentBot}.Encode()
	w.Must(err)
	_, err = w.Bot.Connections().Save(t.Context(), s.account, "telegram", credentials)
	w.Must(err)
	w.Must(telegram.New(telegram.Options{API: host.URL, PublicURL: us.URL}).Register(t.Context(), credentials, us.URL+"/webhooks/telegram/corner"))
	_, err = w.Payments.Contracts().Sign(t.Context(), s.account, telegrampay.Name, map[string]string{"provider_token": paymentToken})
	w.Must(err)
	return s
}

// ask asks for money and returns the payment with its invoice.
func (s *telegramTill) ask(amount money.Amount) pay.Payment {
	s.T.Helper()
	payment, err := s.Payments.Create(s.T.Context(), pay.Request{Account: s.account, Purpose: "test", Subject: store.NewID(),
		Provider: telegrampay.Name, Amount: amount, Description: "Order 12", ExpiresAt: s.Now().Add(30 * time.Minute), Scene: pay.OnPhone,
		Payer:     message.Person{ID: s.account + ":webchat:mina", Account: s.account, Channel: "webchat", User: "mina"},
		ReturnURL: func(string) string { return "https://plaza.example/back" }})
	s.Must(err)
	if payment.Step.Kind != pay.RedirectStep || !strings.HasPrefix(payment.Step.URL, "https://t.me/$") {
		s.T.Fatalf("the buyer is sent to %+v", payment.Step)
	}
	return payment
}

func (s *telegramTill) pays(payment pay.Payment, faults telegramtest.Faults) telegramtest.Checkout {
	s.T.Helper()
	done, err := s.bot.Pay(s.T.Context(), buyer, payment.Step.URL, faults)
	s.Must(err)
	return done
}

func (s *telegramTill) state(payment pay.Payment) pay.State {
	s.T.Helper()
	now, err := s.Payments.Get(s.T.Context(), s.account, payment.TradeNo)
	s.Must(err)
	return now.State
}

func TestAnInvoiceInTelegramIsPaidOnceHoweverOftenItIsOpened(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	if invoice, ok := s.bot.Invoice(payment.Step.URL); !ok || invoice.Amount != payment.Amount || invoice.Title != "Order 12" {
		t.Fatalf("the invoice says %+v", invoice)
	}
	first := s.pays(payment, telegramtest.Faults{Twice: true})
	if !first.Paid || s.state(payment) != pay.Paid {
		t.Fatalf("%+v leaves the payment %s", first, s.state(payment))
	}
	if second := s.pays(payment, telegramtest.Faults{}); second.Paid || !strings.Contains(second.Refusal, "over") {
		t.Errorf("a second payer: %+v", second)
	}
	now, err := s.Payments.Get(t.Context(), s.account, payment.TradeNo)
	s.Must(err)
	if now.ProviderRef != first.Charge || now.Refunded != 0 {
		t.Errorf("kept as %q, refunded %d", now.ProviderRef, now.Refunded)
	}
}

func TestOfManyWhoOpenAnInvoiceAtOnceOneIsCharged(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	var group sync.WaitGroup
	var charged atomic.Int64
	for i := range 12 {
		group.Go(func() {
			done, err := s.bot.Pay(t.Context(), int64(buyer+i), payment.Step.URL, telegramtest.Faults{})
			if err != nil {
				t.Error(err)
			}
			if done.Paid {
				charged.Add(1)
			}
		})
	}
	group.Wait()
	if s.state(payment) != pay.Paid || charged.Load() != 1 {
		t.Errorf("%s, %d people were charged", s.state(payment), charged.Load())
	}
}

func TestWhoseCardFailedTriesAgainWhileOthersWait(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	if first := s.pays(payment, telegramtest.Faults{Untold: true}); !first.Paid {
		t.Fatalf("%+v", first)
	}
	other, err := s.bot.Pay(t.Context(), buyer+1, payment.Step.URL, telegramtest.Faults{})
	s.Must(err)
	if other.Paid || other.Refusal == "" {
		t.Errorf("somebody else: %+v", other)
	}
	if again := s.pays(payment, telegramtest.Faults{}); !again.Paid || s.state(payment) != pay.Paid {
		t.Errorf("again: %+v, %s", again, s.state(payment))
	}
}

func TestWhatIsCalledOffIsRefusedBeforeTelegramCharges(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	closed, err := s.Payments.Close(t.Context(), s.account, payment.TradeNo)
	s.Must(err)
	if closed.State != pay.Closed {
		t.Fatalf("%s", closed.State)
	}
	if late := s.pays(payment, telegramtest.Faults{}); late.Paid {
		t.Errorf("charged: %+v", late)
	}
	expired := s.ask(money.Of(2500, "CNY"))
	s.Pass(30*time.Minute - 10*time.Second)
	if late := s.pays(expired, telegramtest.Faults{}); late.Paid {
		t.Errorf("charged in the last seconds: %+v", late)
	}
}

func TestAPaymentThatTelegramMayBeChargingIsNotCalledOff(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	done := s.pays(payment, telegramtest.Faults{Untold: true})
	if _, err := s.Payments.Close(t.Context(), s.account, payment.TradeNo); err == nil {
		t.Fatal("called off while Telegram charges")
	}
	if _, err := s.bot.Tell(t.Context(), buyer, payment.Step.URL, done.Charge, money.Amount{}); err != nil {
		t.Fatal(err)
	}
	if s.state(payment) != pay.Paid {
		t.Errorf("money that came while closing leaves it %s", s.state(payment))
	}
	silent := s.ask(money.Of(2500, "CNY"))
	s.pays(silent, telegramtest.Faults{Untold: true})
	_, _ = s.Payments.Close(t.Context(), s.account, silent.TradeNo)
	s.Pass(16 * time.Minute)
	if _, err := s.Payments.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.state(silent) != pay.Closed {
		t.Errorf("after Telegram has had its time it is %s", s.state(silent))
	}
}

func TestMoneyOfAnotherAmountChangesNothing(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	done := s.pays(payment, telegramtest.Faults{Other: money.Of(1, "CNY")})
	if s.state(payment) == pay.Paid || done.Told.Status != 200 {
		t.Errorf("%s; Telegram was answered %d", s.state(payment), done.Told.Status)
	}
}

func TestNobodyPaysByPostingToThePaymentsAddress(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	payment := s.ask(money.Of(2500, "CNY"))
	forged := `{"update_id":9,"message":{"message_id":1,"date":1,"chat":{"id":4711,"type":"private"},"from":{"id":4711},"successful_payment":` +
		`{"currency":"CNY","total_amount":2500,"invoice_payload":"` + payment.TradeNo + `","telegram_payment_charge_id":"x"}}}`
	for _, path := range []string{"/webhooks/pay/telegrampay/corner", "/webhooks/telegram/corner"} {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequest("POST", path, strings.NewReader(forged)))
		if answer.Code < 400 || s.state(payment) == pay.Paid {
			t.Errorf("%s: %d, %s", path, answer.Code, s.state(payment))
		}
	}
}

func TestATokenThatTelegramDoesNotKnowIsSaidWhereItWasTyped(t *testing.T) {
	t.Parallel()
	s := newTelegramTill(t)
	works, err := s.Payments.Contracts().Check(t.Context(), s.account, telegrampay.Name)
	s.Must(err)
	if works.Problem != "" {
		t.Errorf("a good token has the problem %q", works.Problem)
	}
	_, err = s.Payments.Contracts().Sign(t.Context(), s.account, telegrampay.Name, map[string]string{"provider_token": "284685063:TEST:wrong"})
	s.Must(err)
	wrong, err := s.Payments.Contracts().Check(t.Context(), s.account, telegrampay.Name)
	s.Must(err)
	if wrong.Problem != "telegram_provider_token" {
		t.Errorf("a wrong token has the problem %q", wrong.Problem)
	}
	if _, err := s.Payments.Contracts().Sign(t.Context(), s.account, telegrampay.Name, map[string]string{"provider_token": "abc"}); err == nil {
		t.Error("a token of another shape was saved")
	}
}
