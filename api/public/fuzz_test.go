package public_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plaza/api/apitest"
)

// FuzzPublicRoutes: whatever somebody writes into a path, a query, a form or a
// cookie, no page fails on our side, and none leads to another site.
func FuzzPublicRoutes(f *testing.F) {
	w := apitest.New(f, apitest.Options{})
	of := w.Merchant("corner")
	variant := w.Product(of, "Tea", 1_000_000_000).Variants[0].ID
	for _, seed := range [][3]string{
		{"GET", "/chat/corner?scene=ABC&before=x&lang=ko", ""},
		{"GET", "/shop/corner?category=%ff&cursor=%00&coupon=TEN", ""},
		{"GET", "/shop/corner/p/%2e%2e%2f", ""}, {"GET", "/q/abc", ""}, {"GET", "/n/%00", ""}, {"GET", "/pay/none", ""},
		{"GET", "/pictures/x:1?width=-1", ""}, {"GET", "/qr.png?text=https://plaza.example/%ff&size=64", ""},
		{"GET", "/a/corner/feed?lang=zh", ""}, {"GET", "//evil.example/a", ""}, {"GET", "/live?account=corner", ""},
		{"GET", "/shop/corner/orders/..%2f..?cursor=AAAA", ""},
		{"POST", "/language", "language=ko&next=//evil.example"}, {"POST", "/chat/corner/say", "id=a b&text=%00&payload=shop:buy:" + variant},
		{"POST", "/chat/corner/say", "id=1&payload=shop:pay:../../x"}, {"POST", "/chat/corner/read", "up_to=%ff"},
		{"POST", "/chat/corner/profile", "name=%ff%00&language=xx"}, {"POST", "/shop/corner/cart", "variant=" + variant + "&quantity=999999999999"},
		{"POST", "/shop/corner/cart/" + variant, "quantity=-1"}, {"POST", "/shop/corner/cart/%0d%0aX:y", "quantity=1"},
		{"POST", "/shop/corner/coupon", "coupon=%e2%80%ae"}, {"POST", "/shop/corner/checkout", "key=&name=%ff&phone=%00&address=x"},
		{"POST", "/shop/corner/orders/%0d%0a/cancel", ""}, {"POST", "/pay/x/test-money", "="},
	} {
		f.Add(seed[0], seed[1], seed[2], "a=b")
	}
	visitor := w.Browser()
	visitor.Get("/chat/corner")
	visitor.Submit("/chat/corner/follow")
	f.Fuzz(func(t *testing.T, method, target, form, cookie string) {
		if method != http.MethodPost {
			method = http.MethodGet
		}
		address, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return // no HTTP server lets this through
		}
		request := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(form))
		request.URL = address
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Cookie", cookie)
		request.Header.Set("Referer", "http://example.com"+target)
		w.T = t
		w.Pass(1e9) // nobody is too fast
		answer := visitor.Do(request)
		if answer.StatusCode >= 500 {
			t.Fatalf("%s %q with %q: %d %s", method, target, form, answer.StatusCode, answer.Read())
		}
		if to, err := url.Parse(answer.To()); err != nil || to.Host != "" && to.Host != "plaza.example" || strings.HasPrefix(answer.To(), "//") {
			t.Fatalf("%s %q with %q leads to %q", method, target, form, answer.To())
		}
	})
}
