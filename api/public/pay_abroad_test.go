package public_test

import (
	"strings"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
)

// wonOnly is an agency that takes no other money.
type wonOnly struct{ *paytest.Agency }

func (wonOnly) Takes(currency string) bool { return currency == "KRW" }

// abroad is a world with a shop that counts in yuan, and a way of paying that
// takes won.
func abroad(t *testing.T) (*apitest.World, account.Account) {
	t.Helper()
	w := apitest.New(t, apitest.Options{Providers: []pay.Provider{wonOnly{&paytest.Agency{}}}})
	of := w.Merchant("corner")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	return w, of
}

func TestABuyerAbroadSeesBothAmountsAndTheRate(t *testing.T) {
	t.Parallel()
	w, of := abroad(t)
	b := w.Browser()
	tea := w.Product(of, "Tea", 5)
	_, path := order(t, b, tea)
	if page := b.Get(path).Text; strings.Contains(page, `value="agency"`) {
		t.Fatal("offered without a rate")
	}
	_, err := w.Exchange.Set(t.Context(), of.ID, money.Rate{From: "CNY", To: "KRW", Value: "190.52", Source: "Kim"})
	w.Must(err)
	if page := b.Get(path).Text; !strings.Contains(page, `value="agency"`) {
		t.Fatalf("not offered with a rate: %s", page)
	}
	next := choose(b, path)
	page := b.Get(next).Text
	for _, shown := range []string{"₩1,143", "CN¥6.00", "1 CNY = 190.52 KRW", "2026-05-04", "Kim"} {
		if !strings.Contains(page, shown) {
			t.Errorf("%q is not shown: %s", shown, page)
		}
	}
}
