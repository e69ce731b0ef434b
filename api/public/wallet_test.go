package public_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/bot"
	"plaza/message"
	"plaza/money"
	"plaza/shop/counter"
)

var payToLink = regexp.MustCompile(`/pay-to/[A-Z2-7]{26}`)

// rich is a visitor with money.
func rich(w *apitest.World, b *apitest.Browser, account, currency string, amount int64) message.Person {
	w.T.Helper()
	b.Get("/wallet/corner")
	b.Post("/chat/corner/follow")
	people, _, err := w.Bot.Subscribers().List(w.T.Context(), account, bot.People{}, "", 10)
	w.Must(err)
	person := people[0].Person()
	w.Must(w.Wallet.Grant(w.T.Context(), person, "g"+person.User, money.Of(amount, currency)))
	return person
}

func TestMoneyIsSentByTheCodeOnAnothersPhone(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann := w.Browser()
	rich(w, ann, of.ID, of.Currency, 1000)
	bob := w.Browser()
	link := payToLink.FindString(bob.Get("/wallet/corner").Text)
	form := ann.Get(link)
	if link == "" || form.StatusCode != http.StatusOK {
		t.Fatalf("%q: %d", link, form.StatusCode)
	}
	for range 2 { // sent twice by an impatient thumb
		if sent := ann.Post(link, "key", form.Form("key"), "amount", "3.00"); sent.StatusCode != http.StatusOK || !strings.Contains(sent.Text, `class="result"`) {
			t.Errorf("%d %s", sent.StatusCode, sent.Read())
		}
	}
	if page := bob.Get("/wallet/corner").Read(); !strings.Contains(page, "3.00") {
		t.Errorf("bob: %s", page)
	}
	if page := ann.Get("/wallet/corner").Read(); !strings.Contains(page, "7.00") {
		t.Errorf("ann: %s", page)
	}
	for amount, word := range map[string]string{"8.00": "balance", "x": "number", "0": "how much", "-1": "negative"} {
		if refused := ann.Post(link, "key", "k"+amount[:1], "amount", amount); !strings.Contains(refused.Read(), word) {
			t.Errorf("%s: %s", amount, refused.Read())
		}
	}
	if self := bob.Post(link, "key", "k", "amount", "1"); !strings.Contains(self.Read(), "yourself") {
		t.Errorf("to oneself: %s", self.Read())
	}
	if gone := ann.Get("/pay-to/" + strings.Repeat("A", 26)); gone.StatusCode != http.StatusNotFound {
		t.Errorf("nobody's code: %d", gone.StatusCode)
	}
}

func TestACodeThatAsksForAnAmountSaysSo(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann, bob := w.Browser(), w.Browser()
	rich(w, ann, of.ID, of.Currency, 1000)
	asked := bob.Post("/wallet/corner/ask", "amount", "4.50", "note", "dinner")
	link := payToLink.FindString(asked.Text)
	form := ann.Get(link)
	if !strings.Contains(form.Read(), "4.50") || !strings.Contains(form.Read(), "dinner") {
		t.Fatalf("%s", form.Read())
	}
	ann.Post(link, "key", form.Form("key"), "amount", "0.01")
	if page := ann.Get("/wallet/corner").Read(); !strings.Contains(page, "5.50") {
		t.Errorf("ann: %s", page)
	}
	if again := ann.Post(link, "key", "another"); !strings.Contains(again.Read(), "already been paid") {
		t.Errorf("%s", again.Read())
	}
}

func TestThePhoneShowsACodeThatTheCounterTakes(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann := w.Browser()
	rich(w, ann, of.ID, of.Currency, 1000)
	page := ann.Get("/wallet/corner/code")
	digits := payDigits.FindString(page.Text)
	if digits == "" || !strings.Contains(page.Text, `class="bars"`) || !strings.Contains(page.Text, `class="qr"`) {
		t.Fatalf("%s", page.Text)
	}
	if framed := page.Header.Get("Content-Security-Policy"); !strings.Contains(framed, "frame-ancestors 'none'") {
		t.Errorf("a page that shows a code to pay with can be framed: %s", framed)
	}
	sale, err := w.Counter.Begin(t.Context(), of.ID, "k", money.Of(300, of.Currency), "", "Mei")
	w.Must(err)
	if paid, err := w.Counter.Take(t.Context(), of.ID, sale.Number, digits); err != nil || paid.State != counter.Paid {
		t.Errorf("%+v, %v", paid, err)
	}
}

var payDigits = regexp.MustCompile(`80\d\d \d{4} \d{4} \d{6}`)

var nextCode = regexp.MustCompile(`data-next="([^"]+)"`)

func TestThePhoneThatShowsACodeHearsOfThePaymentAndShowsIt(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann := w.Browser()
	rich(w, ann, of.ID, of.Currency, 1000)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	page := ann.Get("/wallet/corner/code")
	link := nextCode.FindStringSubmatch(page.Text)
	if link == nil || strings.Contains(page.Text, `class="result"`) {
		t.Fatalf("%s", page.Text)
	}
	here := html.UnescapeString(link[1])
	phone, _ := dial(t, w, server.URL, ann, "corner", "")
	phone.subscribe(topicOf(page))
	if again := ann.Get(here); strings.Contains(again.Text, `class="result"`) || !strings.Contains(again.Text, `class="bars"`) {
		t.Errorf("before anything is paid: %s", again.Read())
	}
	w.Must(takeFrom(w, of.ID, "1", money.Of(300, of.Currency), payDigits.FindString(page.Text)))
	if heard := phone.until("sale.paid"); !strings.Contains(heard, `"paid"`) {
		t.Errorf("%s", heard)
	}
	paid := ann.Get(here)
	if read := paid.Read(); !strings.Contains(read, "Paid. Thank you!") || !strings.Contains(read, "3.00") || !strings.Contains(read, of.Name("en")) || strings.Contains(paid.Text, `class="bars"`) {
		t.Errorf("%s", read)
	}
	if receipt := ann.Get(receiptLink.FindString(paid.Text)); receipt.StatusCode != http.StatusOK || !strings.Contains(receipt.Read(), "3.00") {
		t.Errorf("the receipt: %d %s", receipt.StatusCode, receipt.Read())
	}
	// The next time there is a code again, not what was paid before.
	if later := ann.Get("/wallet/corner/code"); !strings.Contains(later.Text, `class="bars"`) || strings.Contains(later.Text, `class="result"`) {
		t.Errorf("%s", later.Read())
	}
}

// takeFrom sells at the counter to whoever shows a code.
func takeFrom(w *apitest.World, account, key string, amount money.Amount, code string) error {
	sale, err := w.Counter.Begin(w.T.Context(), account, key, amount, "", "Mei")
	if err != nil {
		return err
	}
	_, err = w.Counter.Take(w.T.Context(), account, sale.Number, code)
	return err
}
