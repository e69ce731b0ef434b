package public_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/shop"
	"plaza/shop/shipping"
	"plaza/shop/tax"
)

func TestACartIsDeliveredToAnAddressOfTheBook(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	rate := tax.Rate(1000)
	_, err := w.Shop.SaveSettings(t.Context(), shop.Settings{Account: of.ID, Country: "KR", TaxRate: &rate, Methods: []shipping.Method{
		{Names: map[string]string{"en": "Courier"}, Kind: shipping.Flat, Price: 300, Regions: []shipping.Region{{Country: "KR"}}},
		{Names: map[string]string{"en": "Pick up"}, Notes: map[string]string{"en": "12 Harbour Street"}, Kind: shipping.PickUp}}})
	w.Must(err)
	b := w.Browser()
	cart := b.Submit("/shop/corner/cart", "variant", w.Product(of, "Tea", 5).Variants[0].ID, "quantity", "2", "then", "cart")
	if !strings.Contains(cart.Text, "Please say where we should deliver") || !strings.Contains(cart.Text, "12 Harbour Street") {
		t.Fatalf("the cart asks nothing: %s", cart.Text)
	}
	if refused := b.Submit("/shop/corner/checkout", "key", cart.Form("key")); !strings.Contains(refused.Text, "Please say where we should deliver") {
		t.Errorf("ordered without an address: %s", refused.Text)
	}
	form := b.Get("/shop/corner/addresses/new?then=cart")
	if !strings.Contains(form.Text, "Road name and number") {
		t.Errorf("not Korea's form: %s", form.Text)
	}
	if german := b.Get("/shop/corner/addresses/new?country=DE"); strings.Contains(german.Text, "Road name") || !strings.Contains(german.Text, "10115") {
		t.Errorf("not Germany's form: %s", german.Text)
	}
	wrong := []string{"country", "KR", "then", "cart", "name", "김지수", "phone", "010-1234-5678", "postcode", "135-090", "region", "서울특별시", "city", "강남구", "street", "영동대로 513"}
	if refused := b.Post("/shop/corner/addresses/new", wrong...); refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(refused.Read(), "06164") || !strings.Contains(refused.Text, "영동대로 513") {
		t.Errorf("an old postcode: %d %s", refused.StatusCode, refused.Read())
	}
	wrong[9] = "06164"
	cart = b.Submit("/shop/corner/addresses/new", wrong...)
	for _, shown := range []string{"영동대로 513", "South Korea", "9.00", "Included tax 10%", "0.82"} {
		if !strings.Contains(cart.Text, shown) {
			t.Errorf("the cart does not show %q: %s", shown, cart.Text)
		}
	}
	sent := b.Post("/shop/corner/checkout", "key", cart.Form("key"), "note", "Ring twice")
	if !strings.HasPrefix(sent.To(), "/pay/") {
		t.Fatalf("%d to %q", sent.StatusCode, sent.To())
	}
	placed, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Placed, 1, "")
	w.Must(err)
	if placed[0].Total.Minor != 900 || placed[0].Delivery.To.Street != "영동대로 513" || placed[0].Delivery.Note != "Ring twice" {
		t.Errorf("%+v", placed[0])
	}
	if page := b.Get("/shop/corner/orders/" + placed[0].ID); !strings.Contains(page.Text, "영동대로 513") || !strings.Contains(page.Text, "Included tax 10%") {
		t.Errorf("the order does not show where it goes: %s", page.Text)
	}
	saved, err := w.Shop.Addresses(t.Context(), placed[0].Person)
	w.Must(err)
	at := "/shop/corner/addresses/" + saved[0].ID
	other := w.Browser()
	other.Get("/chat/corner")
	for _, got := range []apitest.Answer{other.Get(at), other.Post(at + "/delete"), other.Post(at + "/default"), w.Browser().Get(at)} {
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's address: %d", got.StatusCode)
		}
	}
	if left := b.Submit(at + "/delete"); !strings.Contains(left.Text, "No addresses yet") {
		t.Errorf("after deleting: %s", left.Text)
	}
}
