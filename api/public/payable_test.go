package public_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/wallet"
)

func TestATopUpIsPaidOnTheSamePageAsOrders(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	b := w.Browser()
	ann := rich(w, b, of.ID, of.Currency, 100)
	payment, err := w.Transfers.TopUp(t.Context(), wallet.TopUpRequest{Person: ann, Key: "t", Amount: money.Of(5000, "CNY"),
		Way: pay.Way{Provider: "agency"}, Description: "corner", ReturnURL: shop.Links{Base: w.PublicURL}.PayReturn})
	w.Must(err)
	path := "/pay/" + payment.TradeNo
	page := b.Get(path)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Text, `value="agency"`) || !strings.Contains(page.Read(), "Top-up") {
		t.Fatalf("%d %s", page.StatusCode, page.Read())
	}
	if strings.Contains(page.Text, `value="wallet"`) {
		t.Error("the balance is offered to fill the balance")
	}
	if refused := b.Post(path, "provider", "wallet"); !strings.Contains(refused.Read(), "not available") {
		t.Errorf("%d %s", refused.StatusCode, refused.Read())
	}
	if stranger := w.Browser().Get(path); stranger.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger sees the top-up: %d", stranger.StatusCode)
	}
	b.Get(path + "/return?token=yes")
	if paid := b.Get(path); !strings.Contains(paid.Text, `class="result"`) || !strings.Contains(paid.Text, `href="/wallet/corner"`) {
		t.Errorf("%s", paid.Text)
	}
	if balance, err := w.Wallet.Balance(t.Context(), ann, "CNY"); err != nil || balance.Minor != 5100 {
		t.Errorf("%v, %v", balance, err)
	}
}

func TestATopUpThatIsCalledOffFillsNothing(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	b := w.Browser()
	ann := rich(w, b, of.ID, of.Currency, 100)
	payment, err := w.Transfers.TopUp(t.Context(), wallet.TopUpRequest{Person: ann, Key: "t", Amount: money.Of(5000, "CNY"), Way: pay.Way{Provider: "agency"}})
	w.Must(err)
	if gone := b.Post("/pay/" + payment.TradeNo + "/cancel"); gone.To() != "/wallet/corner" {
		t.Errorf("%d to %q", gone.StatusCode, gone.To())
	}
	if closed, err := w.Payments.Find(t.Context(), payment.TradeNo); err != nil || closed.State != pay.Closed {
		t.Errorf("%+v, %v", closed, err)
	}
}

func TestASaleAtTheCounterHasAPageForItsPayer(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	ann := rich(w, b, of.ID, of.Currency, 1000)
	sale, err := w.Counter.Begin(t.Context(), of.ID, "k", money.Of(300, of.Currency), "Table 4", "Mei")
	w.Must(err)
	payment, err := w.Payments.Create(t.Context(), pay.Request{Account: of.ID, Purpose: pay.ForCounter, Subject: sale.Number,
		Provider: wallet.Name, Amount: sale.Amount, Payer: ann, ExpiresAt: w.Now().Add(time.Minute)})
	w.Must(err)
	path := "/pay/" + payment.TradeNo
	if page := b.Get(path).Read(); !strings.Contains(page, "Table 4") || !strings.Contains(page, "3.00") {
		t.Fatalf("%s", page)
	}
	if paid := b.Submit(path, "provider", "wallet"); !strings.Contains(paid.Text, `class="result"`) {
		t.Errorf("%s", paid.Read())
	}
	if _, err := w.Payments.Refund(t.Context(), of.ID, payment.TradeNo, "r1", 300, ""); err != nil {
		t.Fatal(err)
	}
	if back := b.Get(path).Read(); !strings.Contains(back, "given back") {
		t.Errorf("%s", back)
	}
}

func TestAnybodyPaysByTheCodeOnTheCounter(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	code, err := w.Counter.MakeCode(t.Context(), of.ID, "Table 4", money.Of(0, of.Currency), "Mei")
	w.Must(err)
	known := w.Browser()
	rich(w, known, of.ID, of.Currency, 100)
	if shown := known.Get("/at/" + code.Code).Read(); !strings.Contains(shown, "You have CN¥1.00") || strings.Contains(shown, "Sign in") {
		t.Errorf("to whoever has a balance: %s", shown)
	}
	guest := w.Browser()
	page := guest.Get("/at/" + code.Code)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Read(), "Table 4") || len(guest.Cookies) > 1 {
		t.Fatalf("%d %s, cookies %v", page.StatusCode, page.Read(), guest.Cookies)
	}
	if refused := guest.Post("/at/"+code.Code, "key", page.Form("key"), "amount", "lots"); !strings.Contains(refused.Read(), "number") || refused.Form("key") != page.Form("key") {
		t.Errorf("%d %s", refused.StatusCode, refused.Read())
	}
	paying := guest.Post("/at/"+code.Code, "key", page.Form("key"), "amount", "12.50").To()
	next := choose(guest, paying)
	guest.Get(next + "/return?token=yes")
	if paid := guest.Get(next); !strings.Contains(paid.Text, `class="result"`) || !strings.Contains(paid.Read(), "12.50") {
		t.Errorf("%s", paid.Read())
	}
	sales, _, err := w.Counter.List(t.Context(), of.ID, 10, "")
	if err != nil || len(sales) != 1 || sales[0].Provider != "agency" || sales[0].Amount.Minor != 1250 {
		t.Errorf("%+v, %v", sales, err)
	}
	again := guest.Get("/at/" + code.Code)
	other := guest.Post("/at/"+code.Code, "key", again.Form("key"), "amount", "1").To()
	if gone := guest.Post(other + "/cancel"); gone.To() != "/at/"+code.Code {
		t.Errorf("%d to %q", gone.StatusCode, gone.To())
	}
	if _, err := w.Counter.RevokeCode(t.Context(), of.ID, code.Code); err != nil {
		t.Fatal(err)
	}
	if gone := guest.Get("/at/" + code.Code); gone.StatusCode != http.StatusNotFound {
		t.Errorf("%d", gone.StatusCode)
	}
}

func TestABalanceIsToppedUpFromItsOwnPage(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	b := w.Browser()
	ann := rich(w, b, of.ID, of.Currency, 100)
	if none := b.Get("/wallet/corner/top-up").Read(); !strings.Contains(none, "no way to top up") {
		t.Errorf("%s", none)
	}
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	page := b.Get("/wallet/corner/top-up")
	if !strings.Contains(page.Text, `value="agency"`) || strings.Contains(page.Text, `value="wallet"`) {
		t.Fatalf("%s", page.Read())
	}
	for amount, word := range map[string]string{"x": "number", "0": "how much", "99999999": "more than"} {
		if refused := b.Post("/wallet/corner/top-up", "key", "k", "amount", amount, "provider", "agency"); !strings.Contains(refused.Read(), word) {
			t.Errorf("%s: %s", amount, refused.Read())
		}
	}
	if refused := b.Post("/wallet/corner/top-up", "key", "k", "amount", "5", "provider", "wallet"); !strings.Contains(refused.Read(), "another way") {
		t.Errorf("out of itself: %s", refused.Read())
	}
	next, _, _ := strings.Cut(b.Post("/wallet/corner/top-up", "key", page.Form("key"), "amount", "50", "provider", "agency").To(), "?")
	if again, _, _ := strings.Cut(b.Post("/wallet/corner/top-up", "key", page.Form("key"), "amount", "50", "provider", "agency").To(), "?"); again != next {
		t.Errorf("twice: %s and %s", next, again)
	}
	b.Get(next + "/return?token=yes")
	if balance, err := w.Wallet.Balance(t.Context(), ann, of.Currency); err != nil || balance.Minor != 5100 {
		t.Errorf("%v, %v", balance, err)
	}
	for i := range 25 {
		w.Must(w.Wallet.Grant(t.Context(), ann, "more"+strconv.Itoa(i), money.Of(1, of.Currency)))
		w.Pass(time.Second)
	}
	first := b.Get("/wallet/corner")
	if read := first.Read(); !strings.Contains(read, "You can send CN¥51.25 more today") {
		t.Errorf("more than there is: %s", read)
	}
	older := regexp.MustCompile(`href="(/wallet/corner\?cursor=[^"]+)" rel="next"`).FindStringSubmatch(first.Text)
	if older == nil {
		t.Fatalf("no second page: %s", first.Read())
	}
	if second := b.Get(older[1]).Read(); !strings.Contains(second, "50.00") || !strings.Contains(second, "Top-up of your balance") || strings.Contains(second, "agency 0") {
		t.Errorf("%s", second)
	}
}

func TestWhoIsShortTopsUpWhatIsMissingAndIsLedBack(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	b := w.Browser()
	rich(w, b, of.ID, of.Currency, 100)
	_, path := order(t, b, w.Product(of, "Tea", 5)) // 6.00
	if alone := b.Get(path); !strings.Contains(alone.Text, `value="wallet" checked`) || !strings.Contains(alone.Read(), "not enough") {
		t.Errorf("with no other way: %s", alone.Text)
	}
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	bill := b.Get(path)
	if !strings.Contains(bill.Text, `value="agency" checked`) || strings.Contains(bill.Text, `value="wallet" checked`) {
		t.Errorf("chosen is what can't pay: %s", bill.Text)
	}
	link := "/wallet/corner/top-up?for=" + strings.TrimPrefix(path, "/pay/")
	if !strings.Contains(bill.Text, `href="`+link+`"`) {
		t.Fatalf("nothing leads to the top-up: %s", bill.Text)
	}
	form := b.Get(link)
	if !strings.Contains(form.Text, `value="5.00"`) || form.Form("for") == "" {
		t.Errorf("what is missing: %s", form.Text)
	}
	paidTopUp := func(browser *apitest.Browser, key, waits string) string {
		t.Helper()
		next, _, _ := strings.Cut(browser.Post("/wallet/corner/top-up", "key", key, "amount", "5", "provider", "agency", "for", waits).To(), "?")
		browser.Get(next + "/return?token=yes")
		return browser.Get(next).Text
	}
	if back := paidTopUp(b, form.Form("key"), form.Form("for")); !strings.Contains(back, `class="button primary full" href="`+path+`"`) {
		t.Errorf("nothing leads back: %s", back)
	}
	// Only to a payment of one's own, and never out of here.
	other := w.Browser()
	other.Get("/wallet/corner")
	for i, waits := range []string{form.Form("for"), "https://evil.example", "//evil.example"} {
		if back := paidTopUp(other, "k"+strconv.Itoa(i), waits); strings.Contains(back, path) || strings.Contains(back, "evil") || !strings.Contains(back, `href="/wallet/corner"`) {
			t.Errorf("%s leads: %s", waits, back)
		}
	}
	if paid := b.Submit(path, "provider", "wallet"); !strings.Contains(paid.Text, `class="result"`) {
		t.Errorf("%s", paid.Read())
	}
}
