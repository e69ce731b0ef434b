package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/shop"
)

// order puts one of the product into the cart and orders it.
func order(t *testing.T, b *apitest.Browser, product shop.Product) (pay apitest.Answer, payPath string) {
	t.Helper()
	cart := b.Submit("/shop/corner/cart", "variant", product.Variants[0].ID, "quantity", "2", "then", "cart")
	sent := b.Post("/shop/corner/checkout", "key", cart.Form("key"), "name", "Mina", "phone", "13800000000", "address", "Mill Street 1")
	if sent.StatusCode != http.StatusSeeOther || !strings.HasPrefix(sent.To(), "/pay/") {
		t.Fatalf("%d to %q: %s", sent.StatusCode, sent.To(), sent.Read())
	}
	return b.Get(sent.To()), sent.To()
}

func TestACartBecomesAPaidOrder(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	product := w.Product(of, "Green tea", 5)
	b := w.Browser()
	if page := b.Get("/shop/corner"); !strings.Contains(page.Read(), "Green tea") || len(b.Cookies) != 0 {
		t.Errorf("looking into the shop: cookies %v, %s", b.Cookies, page.Read())
	}
	page, path := order(t, b, product)
	if !strings.Contains(page.Read(), "6.00") {
		t.Fatalf("the amount is not shown: %s", page.Read())
	}
	if refused := b.Post(path); refused.StatusCode != http.StatusOK || !strings.Contains(refused.Read(), "balance") {
		t.Errorf("paying with nothing: %d %s", refused.StatusCode, refused.Read())
	}
	b.Submit(path + "/test-money")
	for range 2 { // a second yes finds it paid
		b.Submit(path, "provider", "wallet")
	}
	found, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Paid, 10, "")
	w.Must(err)
	if len(found) != 1 || found[0].Total.Minor != 600 {
		t.Fatalf("paid orders: %+v", found)
	}
	if page := b.Get("/shop/corner/orders/" + found[0].ID); !strings.Contains(page.Read(), found[0].Number) {
		t.Errorf("the order is not shown: %s", page.Read())
	}
	stock, err := w.Shop.Stock(t.Context(), of.ID, product.Variants[0].ID)
	if w.Must(err); stock.Available != 3 {
		t.Errorf("%d left of 5 after selling 2", stock.Available)
	}
}

func TestTheSameCheckoutTwiceIsOneOrder(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	cart := b.Submit("/shop/corner/cart", "variant", w.Product(of, "Tea", 5).Variants[0].ID, "then", "cart")
	form := []string{"key", cart.Form("key"), "name", "Mina", "phone", "13800000000", "address", "Mill Street 1"}
	first, again := b.Post("/shop/corner/checkout", form...), b.Post("/shop/corner/checkout", form...)
	if first.To() == "" || first.To() != again.To() {
		t.Errorf("%s and %s", first.To(), again.To())
	}
}

func TestNobodyTouchesAnothersOrder(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	mine, other := w.Browser(), w.Browser()
	_, path := order(t, mine, w.Product(of, "Tea", 5))
	placed, _, err := w.Shop.Orders(t.Context(), of.ID, shop.Placed, 1, "")
	w.Must(err)
	other.Get("/chat/corner") // a visitor of the same account
	at := "/shop/corner/orders/" + placed[0].ID
	for _, b := range []*apitest.Browser{other, w.Browser()} {
		for _, get := range []string{at, path} {
			if got := b.Get(get); got.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %d", get, got.StatusCode)
			}
		}
		b.Header.Set("Accept", "application/json")
		for _, post := range []string{at + "/cancel", at + "/pay", path, path + "/cancel", path + "/test-money"} {
			if got := b.Post(post); got.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %d %s", post, got.StatusCode, got.Text)
			}
		}
		b.Header.Set("Accept", "text/html")
	}
	if page := mine.Submit(at + "/cancel"); page.StatusCode != http.StatusOK {
		t.Errorf("one's own: %d", page.StatusCode)
	}
	if order, err := w.Shop.Order(t.Context(), of.ID, placed[0].ID); err != nil || order.State != shop.Cancelled {
		t.Errorf("%+v, %v", order.State, err)
	}
}

func TestWhatCannotBeBoughtIsSaidWhereItWasTried(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	product := w.Product(w.Merchant("corner"), "Tea", 1)
	b := w.Browser()
	b.Header.Set("Referer", "http://example.com/shop/corner/p/"+product.ID) // the host of httptest
	for _, quantity := range []string{"-1", "0", "a lot", "99999999999999999999"} {
		sent := b.Post("/shop/corner/cart", "variant", product.Variants[0].ID, "quantity", quantity)
		if sent.To() != "/shop/corner/p/"+product.ID {
			t.Errorf("%s: %d to %q", quantity, sent.StatusCode, sent.To())
		}
	}
	b.Header.Set("Referer", "https://evil.example/shop")
	if sent := b.Post("/shop/corner/cart", "variant", "none"); sent.To() != "/shop/corner" {
		t.Errorf("another site's page leads to %q", sent.To())
	}
	if page := b.Submit("/shop/corner/coupon", "coupon", "NOSUCH"); !strings.Contains(page.Text, `class="note bad"`) {
		t.Errorf("nothing is said of a coupon that does not exist: %s", page.Read())
	}
}

func TestAnAgencyHasNoShop(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Agency("city")
	b := w.Browser()
	for _, path := range []string{"/shop/city", "/shop/city/cart", "/shop/city/orders"} {
		if got := b.Get(path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if page := b.Get("/chat/city"); strings.Contains(page.Text, "/shop/") {
		t.Error("its chat leads to a shop")
	} else if !strings.Contains(page.Read(), "notices") || strings.Contains(page.Read(), "offers") {
		t.Errorf("it asks to follow as a shop does: %s", page.Read())
	}
}

func TestAClosedAccountIsNotThere(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	product, notice := w.Product(of, "Tea", 5), w.Notice(of, "Open again", "As of today.")
	b := w.Browser()
	_, pay := order(t, b, product)
	paths := []string{"/a/corner", "/a/corner/feed", "/a/corner/qr.png", "/a/corner/qr.svg", "/chat/corner", "/shop/corner",
		"/shop/corner/p/" + product.ID, "/shop/corner/cart", "/shop/corner/orders", "/n/" + notice.ID, pay}
	for _, path := range paths {
		if got := b.Get(path); got.StatusCode != http.StatusOK {
			t.Errorf("open, %s: %d", path, got.StatusCode)
		}
	}
	_, err := w.Accounts.Accounts.SetState(t.Context(), of.ID, account.Closed, account.System("test"))
	w.Must(err)
	for _, path := range paths {
		if got := b.Get(path); got.StatusCode != http.StatusNotFound {
			t.Errorf("closed, %s: %d", path, got.StatusCode)
		}
	}
	if got := b.Post("/chat/corner/say", "text", "hello?"); got.StatusCode != http.StatusNotFound {
		t.Errorf("saying something: %d", got.StatusCode)
	}
}

func TestHostileNamesAreShownAsText(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	const hostile = `<script>alert(1)</script>"'{{.}}`
	_, err := w.Accounts.Accounts.Update(t.Context(), of.ID, account.Profile{Kind: of.Kind, Language: "en", TimeZone: "Asia/Shanghai",
		Names: map[string]string{"en": hostile}, Descriptions: map[string]string{"en": hostile}}, account.System("test"))
	w.Must(err)
	product, notice := w.Product(of, hostile, 3), w.Notice(of, hostile, hostile)
	b := w.Browser()
	_, pay := order(t, b, product)
	for _, path := range []string{"/a/corner", "/chat/corner", "/shop/corner", "/shop/corner/p/" + product.ID, "/shop/corner/cart",
		"/shop/corner/orders", "/n/" + notice.ID, pay, "/a/corner/feed"} {
		if page := b.Get(path); strings.Contains(page.Text, "<script>alert") || page.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, markup %v", path, page.StatusCode, strings.Contains(page.Text, "<script>alert"))
		}
	}
}

func TestWhoeverChecksOutTooOftenWaits(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	cart := b.Submit("/shop/corner/cart", "variant", w.Product(of, "Tea", 5).Variants[0].ID, "then", "cart")
	b.Header.Set("Accept", "application/json")
	key := cart.Form("key")
	checkOut := func() int {
		return b.Post("/shop/corner/checkout", "key", key, "name", "Mina", "phone", "13800000000", "address", "Mill Street 1").StatusCode
	}
	tries := 0
	for ; checkOut() != http.StatusTooManyRequests && tries < 100; tries++ {
		w.Pass(time.Second)
	}
	if tries < 60 || tries == 100 {
		t.Errorf("%d checkouts in a row", tries)
	}
	w.Pass(time.Minute)
	if got := checkOut(); got == http.StatusTooManyRequests {
		t.Error("a minute later it is still too often")
	}
}
