package public_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/bot"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/request"
)

// asked is a world in which a person with 10.00 was asked for 2.50.
func asked(t *testing.T) (*apitest.World, *apitest.Browser, message.Person, request.Request) {
	t.Helper()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	ann := rich(w, b, of.ID, of.Currency, 1000)
	one, err := w.Requests.Ask(t.Context(), ann, "k", money.Of(250, of.Currency), "Delivery", "Mei")
	w.Must(err)
	return w, b, ann, one
}

func TestARequestInTheChatIsPaidByItsButtonOnce(t *testing.T) {
	t.Parallel()
	w, b, ann, one := asked(t)
	if again, err := w.Requests.Ask(t.Context(), ann, "k", one.Amount, "Delivery", "Mei"); err != nil || again.Number != one.Number {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	chat := b.Get("/chat/corner").Text
	if strings.Count(chat, "/request/"+one.Number) != 1 || !strings.Contains(chat, "Delivery") {
		t.Fatalf("the chat has not one button: %s", chat)
	}
	if page := b.Get("/request/" + one.Number).Read(); !strings.Contains(page, "2.50") || !strings.Contains(page, "Delivery") {
		t.Fatalf("%s", page)
	}
	path := b.Post("/request/" + one.Number).To()
	tradeNo := strings.TrimPrefix(path, "/pay/")
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			payment, err := w.Requests.Pay(t.Context(), one.Number, ann, pay.Way{})
			if err == nil && payment.TradeNo != tradeNo {
				t.Errorf("another payment: %s", payment.TradeNo)
			}
			if _, err := w.Payments.Confirm(t.Context(), ann.Account, tradeNo, nil); err != nil && !errors.Is(err, pay.ErrOutcomeOpen) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if balance, err := w.Wallet.Balance(t.Context(), ann, "CNY"); err != nil || balance.Minor != 750 {
		t.Errorf("%v, %v", balance, err)
	}
	if page := b.Get(path); !strings.Contains(page.Text, `class="result"`) {
		t.Errorf("%s", page.Read())
	}
	if over := b.Get("/request/" + one.Number).Read(); !strings.Contains(over, "has been paid") {
		t.Errorf("%s", over)
	}
	history, _, err := w.Bot.History(t.Context(), ann.Account, ann.ID, "", 10)
	if err != nil || !told(history, "Paid:") {
		t.Errorf("the conversation does not say so: %v", err)
	}
}

func told(history []bot.Message, words string) bool {
	for _, entry := range history {
		if entry.Out != nil && strings.Contains(entry.Out.Text, words) {
			return true
		}
	}
	return false
}

func TestARequestThatIsOverCantBePaid(t *testing.T) {
	t.Parallel()
	t.Run("called off", func(t *testing.T) {
		t.Parallel()
		w, b, ann, one := asked(t)
		path := b.Post("/request/" + one.Number).To()
		if off, err := w.Requests.Cancel(t.Context(), ann.Account, one.Number); err != nil || off.State != request.Cancelled {
			t.Fatalf("%+v, %v", off, err)
		}
		if _, err := w.Payments.Confirm(t.Context(), ann.Account, strings.TrimPrefix(path, "/pay/"), nil); err == nil {
			t.Error("the payment of a request that was called off went through")
		}
		if page := b.Post("/request/" + one.Number).Read(); !strings.Contains(page, "is over") {
			t.Errorf("%s", page)
		}
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		w, _, ann, one := asked(t)
		w.Pass(8 * 24 * time.Hour)
		if _, err := w.Requests.Pay(t.Context(), one.Number, ann, pay.Way{}); !errors.Is(err, request.ErrOver) {
			t.Errorf("before anybody looked: %v", err)
		}
		w.Must(w.Requests.Recover(t.Context()))
		if gone, err := w.Requests.Get(t.Context(), ann.Account, one.Number); err != nil || gone.State != request.Expired {
			t.Errorf("%+v, %v", gone, err)
		}
	})
}

func TestOneAccountsRequestsAreNotAnothers(t *testing.T) {
	t.Parallel()
	w, _, _, one := asked(t)
	other := w.Merchant("other")
	if _, err := w.Requests.Cancel(t.Context(), other.ID, one.Number); !errors.Is(err, request.ErrNoRequest) {
		t.Errorf("%v", err)
	}
}
