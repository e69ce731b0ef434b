package public_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/shop"
)

func TestAReceiptIsAskedForOnTheOrdersPage(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	_, err := w.Shop.SaveSettings(t.Context(), shop.Settings{Account: of.ID, Country: "KR"})
	w.Must(err)
	_, err = w.Shop.AddCoupon(t.Context(), shop.Coupon{Account: of.ID, Code: "FIRST", Percent: 10, FirstOrder: true, Automatic: true})
	w.Must(err)
	b := w.Browser()
	cart := b.Submit("/shop/corner/cart", "variant", w.Product(of, "Tea", 5).Variants[0].ID, "then", "cart")
	if !strings.Contains(cart.Text, "FIRST is the best offer") {
		t.Errorf("the cart does not explain its discount: %s", cart.Text)
	}
	buy(b, cart)
	paid, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Paid, 1, "")
	w.Must(err)
	if len(paid) != 1 || paid[0].Discount.IsZero() {
		t.Fatalf("%+v", paid)
	}
	at := "/shop/corner/orders/" + paid[0].ID
	if page := b.Get(at); !strings.Contains(page.Text, "Proof of expense") || strings.Contains(page.Text, "Made out to") {
		t.Errorf("not Korea's form: %s", page.Text)
	}
	if wrong := b.Submit(at+"/invoice", "kind", "cash_business", "number", "124-81-00997"); !strings.Contains(wrong.Text, "not a valid business registration number") {
		t.Errorf("%s", wrong.Text)
	}
	if asked := b.Submit(at+"/invoice", "kind", "cash_business", "number", "124-81-00998"); !strings.Contains(asked.Text, "Asked for") {
		t.Errorf("%s", asked.Text)
	}
	file, err := w.Shop.Digital.KeepFile(t.Context(), of.ID, "receipt.pdf", strings.NewReader("%PDF"))
	w.Must(err)
	_, err = w.Shop.IssueInvoice(t.Context(), of.ID, paid[0].ID, "G123456789", file.ID, "member")
	w.Must(err)
	if page := b.Get(at); !strings.Contains(page.Text, "G123456789") {
		t.Errorf("%s", page.Text)
	}
	if got := b.Get(at + "/invoice"); got.StatusCode != http.StatusOK || got.Text != "%PDF" {
		t.Errorf("%d %s", got.StatusCode, got.Text)
	}
	other := w.Browser()
	other.Get("/chat/corner")
	if got := other.Get(at + "/invoice"); got.StatusCode != http.StatusNotFound {
		t.Errorf("to a stranger: %d", got.StatusCode)
	}
}
