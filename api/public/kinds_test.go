package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/booking"
)

// buy orders what is in the cart and pays it with test money.
func buy(b *apitest.Browser, cart apitest.Answer) {
	path := b.Post("/shop/corner/checkout", "key", cart.Form("key")).To()
	b.Submit(path + "/test-money")
	b.Submit(path, "provider", "wallet")
}

func TestATimeIsChosenBookedAndGivenBack(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	calendar := &booking.Plan{Minutes: 60, Capacity: 1, Notice: 60, Cancel: 60, Ahead: 30}
	for i := range calendar.Week {
		calendar.Week[i] = []booking.Hours{{From: 0, Until: 24 * 60}}
	}
	product, err := w.Shop.SaveProduct(t.Context(), shop.Product{Account: of.ID, State: shop.Active, Kind: shop.Booking, Calendar: calendar,
		Names: map[string]string{"en": "Haircut"}, Variants: []shop.Variant{{Price: money.Of(3000, of.Currency)}}}, nil)
	w.Must(err)
	b, at := w.Browser(), "/shop/corner/p/"+product.ID
	day := w.Now().In(of.Location()).AddDate(0, 0, 3).Format(time.DateOnly)
	page := b.Get(at + "?day=" + day)
	slot := page.Form("slot")
	if slot == "" || !strings.Contains(page.Text, "Choose a time") {
		t.Fatalf("no times: %s", page.Text)
	}
	if refused := b.Submit("/shop/corner/cart", "variant", product.Variants[0].ID, "then", "cart"); !strings.Contains(refused.Text, "Please choose a time") {
		t.Errorf("without a time: %s", refused.Text)
	}
	cart := b.Submit("/shop/corner/cart", "variant", product.Variants[0].ID, "slot", slot, "quantity", "1", "then", "cart")
	if !strings.Contains(cart.Text, day) {
		t.Fatalf("the cart does not show the day: %s", cart.Text)
	}
	buy(b, cart)
	paid, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Paid, 1, "")
	w.Must(err)
	if len(paid) != 1 {
		t.Fatal("nothing was paid")
	}
	if taken := w.Browser().Get(at + "?day=" + day); !strings.Contains(taken.Text, "Full") {
		t.Errorf("the time is offered again: %s", taken.Text)
	}
	order := "/shop/corner/orders/" + paid[0].ID
	cancel := order + "/bookings/" + paid[0].ID + ":0/cancel"
	if !strings.Contains(b.Get(order).Text, cancel) {
		t.Fatalf("it cannot be cancelled: %s", b.Get(order).Text)
	}
	other := w.Browser()
	other.Get("/chat/corner")
	other.Header.Set("Accept", "application/json")
	if got := other.Post(cancel); got.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's booking: %d", got.StatusCode)
	}
	if done := b.Submit(cancel); !strings.Contains(done.Text, "Your booking is cancelled") {
		t.Errorf("%s", done.Text)
	}
	if taken := w.Browser().Get(at + "?day=" + day); strings.Contains(taken.Text, "Full") {
		t.Error("the time was not given back")
	}
}

func TestAFileIsForItsBuyerAloneAndForAsOftenAsItWasSold(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	file, err := w.Shop.Digital.KeepFile(t.Context(), of.ID, "食谱.pdf", strings.NewReader("<script>bread</script>"))
	w.Must(err)
	product, err := w.Shop.SaveProduct(t.Context(), shop.Product{Account: of.ID, State: shop.Active, Kind: shop.Digital, Downloads: 1,
		Names: map[string]string{"en": "Recipes"}, Variants: []shop.Variant{{Price: money.Of(900, of.Currency), Files: []string{file.ID}, Keys: true}}}, nil)
	w.Must(err)
	_, err = w.Shop.AddKeys(t.Context(), of.ID, product.Variants[0].ID, "PLZ-1234")
	w.Must(err)
	b := w.Browser()
	buy(b, b.Submit("/shop/corner/cart", "variant", product.Variants[0].ID, "then", "cart"))
	found, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Completed, 1, "")
	w.Must(err)
	if len(found) != 1 {
		t.Fatal("the order is not completed")
	}
	order := "/shop/corner/orders/" + found[0].ID
	page, address := b.Get(order), order+"/files/"+file.ID
	if !strings.Contains(page.Text, "PLZ-1234") || !strings.Contains(page.Text, address) {
		t.Fatalf("%s", page.Text)
	}
	other := w.Browser()
	other.Get("/chat/corner")
	for _, stranger := range []*apitest.Browser{other, w.Browser()} {
		if got := stranger.Get(address); got.StatusCode != http.StatusNotFound {
			t.Errorf("to a stranger: %d", got.StatusCode)
		}
	}
	got := b.Get(address)
	if got.StatusCode != http.StatusOK || got.Text != "<script>bread</script>" || got.Header.Get("Content-Type") != "application/octet-stream" ||
		!strings.Contains(got.Header.Get("Content-Disposition"), "attachment; filename*=utf-8''") || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
	if again := b.Get(address); again.StatusCode != http.StatusSeeOther {
		t.Errorf("downloaded twice: %d", again.StatusCode)
	}
	_, err = w.Shop.Refund(t.Context(), of.ID, found[0].ID, "all", 0, "", "member")
	w.Must(err)
	if page := b.Get(order); strings.Contains(page.Text, "PLZ-1234") || strings.Contains(page.Text, address) {
		t.Errorf("shown after the refund: %s", page.Text)
	}
}
