package public_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/shipping"
	"plaza/shop/tax"
)

var orderLink = regexp.MustCompile(`/shop/corner/orders/[0-9A-Z]{26}`)

// TestWhatIsBoughtStandsTheSameOnEveryPage follows an order with everything that
// can be bought with, and paid in won: 2 × 3.00, less 1.00, and 3.00 for the way.
func TestWhatIsBoughtStandsTheSameOnEveryPage(t *testing.T) {
	t.Parallel()
	w, of := abroad(t)
	rate := tax.Rate(1000)
	_, err := w.Shop.SaveSettings(t.Context(), shop.Settings{Account: of.ID, Country: "KR", TaxRate: &rate,
		Methods: []shipping.Method{{Names: map[string]string{"en": "Courier"}, Kind: shipping.Flat, Price: 300, Regions: []shipping.Region{{Country: "KR"}}}}})
	w.Must(err)
	_, err = w.Shop.AddCoupon(t.Context(), shop.Coupon{Account: of.ID, Code: "WELCOME", Off: money.Of(100, "CNY")})
	w.Must(err)
	_, err = w.Exchange.Set(t.Context(), of.ID, money.Rate{From: "CNY", To: "KRW", Value: "190.52", Source: "Kim"})
	w.Must(err)
	b := w.Browser()
	b.Submit("/shop/corner/cart", "variant", w.Product(of, "Tea", 5).Variants[0].ID, "quantity", "2", "then", "cart")
	b.Submit("/shop/corner/coupon", "coupon", "WELCOME")
	cart := b.Submit("/shop/corner/addresses/new", "country", "KR", "then", "cart", "name", "김지수", "phone", "010-1234-5678", "postcode", "06164",
		"region", "서울특별시", "city", "강남구", "street", "영동대로 513")
	path := b.Post("/shop/corner/checkout", "key", cart.Form("key")).To()
	lines := []string{"Tea", "2 × CN¥3.00", "Goods CN¥6.00", "Discount · WELCOME -CN¥1.00", "Delivery · Courier CN¥3.00", "Total CN¥8.00", "Included tax 10% CN¥0.73"}
	sees := func(page apitest.Answer, more ...string) {
		t.Helper()
		said := strings.Join(strings.Fields(page.Read()), " ")
		for _, line := range append(more, lines...) {
			if !strings.Contains(said, line) {
				t.Errorf("%q is not shown: %s", line, said)
			}
		}
	}
	before := b.Get(path)
	sees(before, "₩1,524 · 1 CNY = 190.52 KRW (2026-05-04, Kim)") // before anybody chooses it
	if strings.Contains(before.Read(), "Payment amount") {
		t.Errorf("not paid in won yet: %s", before.Read())
	}
	path = choose(b, path)
	both := "Payment amount 1 CNY = 190.52 KRW (2026-05-04, Kim) ₩1,524"
	sees(b.Get(path), both)
	b.Get(path + "/return?token=yes")
	paid := b.Get(path)
	sees(paid, both)
	own, receipt := b.Get(orderLink.FindString(paid.Text)), b.Get(receiptLink.FindString(b.Get("/receipts/corner").Text))
	sees(own, both)
	sees(receipt, both)
	// Friends pay in the shop's currency, so a receipt in won has nothing to split.
	if !strings.Contains(own.Text, "/split?order=") || strings.Contains(receipt.Text, "/split?") {
		t.Errorf("what can be split: %s %s", own.Text, receipt.Text)
	}
}

func TestALapsedRateIsSaidAndNoRateIsNot(t *testing.T) {
	t.Parallel()
	w, of := abroad(t)
	b := w.Browser()
	tea := w.Product(of, "Tea", 50)
	const sentence = "the shop's exchange rate is from 2026-05-04"
	says := func() bool {
		t.Helper()
		page, _ := order(t, b, tea)
		offered := strings.Contains(page.Text, `value="agency"`)
		said := strings.Contains(page.Read(), sentence) || strings.Contains(page.Read(), strings.ReplaceAll(sentence, "'", "&#39;"))
		if said && offered {
			t.Errorf("offered, and said not to be: %s", page.Read())
		}
		return said
	}
	if says() {
		t.Error("there is no rate, and it is said to be old")
	}
	_, err := w.Exchange.Set(t.Context(), of.ID, money.Rate{From: "CNY", To: "KRW", Value: "190.52", Source: "Kim"})
	w.Must(err)
	_, err = w.Exchange.Set(t.Context(), of.ID, money.Rate{From: "CNY", To: "JPY", Value: "21.3", Source: "Kim"}) // nobody takes it
	w.Must(err)
	if says() {
		t.Error("a rate of today is said to be old")
	}
	w.Pass(10 * 24 * time.Hour)
	if !says() {
		t.Error("the buyer does not hear why")
	}
	w.Must(w.Payments.Contracts().Enable(t.Context(), of.ID, "agency", false))
	if says() {
		t.Error("the way is not missing because of the rate")
	}
}
