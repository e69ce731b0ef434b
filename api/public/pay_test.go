package public_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
)

// withAgency is a shop that also takes payments by a provider of its own.
func withAgency(t *testing.T) (w *apitest.World, shopID string, b *apitest.Browser, path string) {
	t.Helper()
	w = apitest.New(t, apitest.Options{Providers: []pay.Provider{&paytest.Agency{}}})
	of := w.Merchant("corner")
	_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	w.Must(err)
	b = w.Browser()
	_, path = order(t, b, w.Product(of, "Tea", 5))
	return w, of.ID, b, path
}

// choose picks the agency on a payment's page and tells where that leads.
func choose(b *apitest.Browser, path string) string {
	next, _, _ := strings.Cut(b.Post(path, "provider", "agency").To(), "?")
	return next
}

func TestTheBuyerChoosesAmongAllWaysOnOnePage(t *testing.T) {
	t.Parallel()
	w, of, b, path := withAgency(t)
	if page := b.Get(path).Text; !strings.Contains(page, `value="wallet"`) || !strings.Contains(page, `value="agency"`) {
		t.Fatalf("not both ways are offered: %s", page)
	}
	next := choose(b, path)
	if page := b.Get(next + "?go=1").Text; next == path || !strings.Contains(page, "https://agency.example/pay/") || !strings.Contains(page, "data-go") {
		t.Fatalf("at %s: %s", next, page)
	}
	if first, err := w.Payments.Find(t.Context(), strings.TrimPrefix(path, "/pay/")); err != nil || first.State != pay.Closed {
		t.Errorf("the first payment is %s, %v", first.State, err)
	}
	stranger := w.Browser() // the app may open another browser than the buyer began in
	if back := stranger.Get(next + "/return?token=no"); back.StatusCode != http.StatusSeeOther || back.To() != next {
		t.Errorf("%d to %q", back.StatusCode, back.To())
	}
	if paid, _, err := w.Shop.Orders(t.Context(), of, shop.Paid, 10, ""); err != nil || len(paid) != 0 {
		t.Fatalf("paid by coming back: %+v, %v", paid, err)
	}
	for range 2 {
		stranger.Get(next + "/return?token=yes")
	}
	if page := b.Get(next).Text; !strings.Contains(page, `class="result"`) {
		t.Errorf("not shown as paid: %s", page)
	}
	if paid, _, err := w.Shop.Orders(t.Context(), of, shop.Paid, 10, ""); err != nil || len(paid) != 1 {
		t.Errorf("%+v, %v", paid, err)
	}
	if page := stranger.Get(next); page.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger sees the payment: %d", page.StatusCode)
	}
}

func TestChoosingAnotherWayAfterPayingChangesNothing(t *testing.T) {
	t.Parallel()
	w, of, b, path := withAgency(t)
	next := choose(b, path)
	form := b.Get(next)
	b.Get(next + "/return?token=yes")
	if again := b.Post(next, "provider", "wallet", "csrf", form.Form("csrf")); again.To() != next {
		t.Errorf("%d to %q", again.StatusCode, again.To())
	}
	paid, _, err := w.Shop.Orders(t.Context(), of, shop.Paid, 10, "")
	if err != nil || len(paid) != 1 || paid[0].Payment != strings.TrimPrefix(next, "/pay/") {
		t.Errorf("%+v, %v", paid, err)
	}
}

func TestAReturnFromTheProviderIsBounded(t *testing.T) {
	t.Parallel()
	_, _, b, path := withAgency(t)
	if long := b.Get(path + "/return?token=" + strings.Repeat("x", 3000)); long.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", long.StatusCode)
	}
	if gone := b.Get("/pay/01JNOTHING/return"); gone.StatusCode != http.StatusNotFound {
		t.Errorf("%d", gone.StatusCode)
	}
}
