package public_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/api/web"
)

func TestALanguageThatWasChosenStays(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Header.Set("Accept-Language", "de, ko;q=0.8, zh;q=0.9")
	speaks := func(path, language string) {
		t.Helper()
		if page := b.Get(path); !strings.Contains(page.Text, `<html lang="`+language) {
			t.Errorf("%s is not in %s: %.80s", path, language, page.Text)
		}
	}
	speaks("/a/corner", "zh") // the browser's best
	speaks("/a/corner?lang=xx", "zh")
	speaks("/a/corner?lang=en", "en") // asked for
	speaks("/a/corner", "en")         // and remembered
	if page := b.Submit("/language", "language", "ko", "next", "/a/corner?lang=en&x=1"); !strings.Contains(page.Text, `<html lang="ko`) {
		t.Errorf("the switch does not win over the address: %.80s", page.Text)
	}
	if got := b.Get("/a/corner/feed?lang=zh").Header.Get("Set-Cookie"); got != "" {
		t.Errorf("what caches may keep sets a cookie: %s", got)
	}
}

func TestTheLanguageSwitchLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nX: y", "\t//evil.example"} {
		sent := w.Browser().Post("/language", "language", "ko", "next", next)
		if to, err := url.Parse(sent.To()); sent.StatusCode != http.StatusSeeOther || err != nil || to.Host != "" || sent.Header.Get("X") != "" {
			t.Errorf("%q leads to %q", next, sent.To())
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	for name, header := range map[string]map[string]string{
		"by Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
		"a sister site":     {"Sec-Fetch-Site": "same-site"},
		"by Origin":         {"Origin": "https://evil.example"},
		"no origin to name": {"Origin": "null"},
	} {
		b := w.Browser()
		b.Get("/chat/corner")
		for field, value := range header {
			b.Header.Set(field, value)
		}
		for _, path := range []string{"/chat/corner/follow", "/shop/corner/cart", "/language"} {
			if got := b.Post(path); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, got.StatusCode)
			}
		}
	}
	b := w.Browser()
	b.Header.Set("Origin", apitest.PublicURL) // behind a proxy that asks us by another name
	if got := b.Post("/chat/corner/follow"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("our own page: %d", got.StatusCode)
	}
}

func TestCookiesAreKeptFromScriptsAndOtherSites(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner?lang=ko")
	b.Get("/chat/corner?scene=ABC")
	if len(b.Cookies) != 3 {
		t.Fatalf("cookies: %v", b.Cookies)
	}
	for name, cookie := range b.Cookies {
		if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("%s: %+v", name, cookie)
		}
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	for _, path := range []string{"/a/corner", "/chat/corner", "/shop/corner", "/nowhere", "/n/none"} {
		header := w.Browser().Get(path).Header
		if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'self'") || header.Get("X-Content-Type-Options") != "nosniff" ||
			header.Get("X-Frame-Options") != "DENY" || !strings.Contains(header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %v", path, header)
		}
	}
}

func TestAFormThatIsTooLargeIsCalledThat(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	if got := b.Post("/chat/corner/say", "text", strings.Repeat("x", 65<<10)); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d: %s", got.StatusCode, got.Read())
	}
	broken := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/chat/corner/say", strings.NewReader("text=%zz"))
	broken.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := b.Do(broken); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form that is none: %d", got.StatusCode)
	}
}

func TestARefusedFormOffersNoPageThatIsNone(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	if page := b.Post("/chat/corner/say"); page.Form("next") != "/" {
		t.Errorf("the language switch leads to %q", page.Form("next"))
	}
}

func TestWhoActsTooOftenWaits(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	b := w.Browser()
	status := 0
	for range 100 {
		if status = b.Post("/language", "next", "/").StatusCode; status != http.StatusSeeOther {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Fatalf("100 forms at once: %d", status)
	}
	w.Pass(1e9)
	if got := b.Post("/language", "next", "/"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("a second later: %d", got.StatusCode)
	}
}

func TestErrorsComeAsTheirReaderAsks(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Header.Set("Accept-Language", "ko")
	if page := b.Get("/shop/corner/p/none"); page.StatusCode != http.StatusNotFound || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") ||
		!strings.Contains(page.Text, `<html lang="ko`) {
		t.Errorf("a person: %d %s", page.StatusCode, page.Header.Get("Content-Type"))
	}
	b.Header.Set("Accept", "application/json")
	answer := b.Get("/shop/corner/p/none")
	problem := answer.Problem()
	if answer.Header.Get("Content-Type") != web.ProblemMediaType || problem.Status != 404 || problem.Code == "" || problem.Detail == "" ||
		problem.Type != "urn:plaza:problem:"+problem.Code || problem.Instance != "urn:plaza:request:"+answer.Header.Get("X-Request-Id") {
		t.Errorf("a script: %s %s", answer.Header.Get("Content-Type"), answer.Text)
	}
}

func TestAnErrorPageOffersAWayBack(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	for _, try := range []struct{ path, referer, back string }{
		{"/shop/corner/p/none", "", "/a/corner"},
		{"/shop/corner/p/none", "http://example.com/shop/corner?category=x", "/shop/corner?category=x"},
		{"/shop/corner/p/none", "http://example.com/shop/corner/p/none", "/a/corner"},
		{"/shop/corner/p/none", "https://evil.example/x", "/a/corner"},
		{"/shop/nowhere/p/none", "", ""},
		{"/nowhere", "", ""},
	} {
		b := w.Browser()
		b.Header.Set("Referer", try.referer)
		page := b.Get(try.path)
		_, main, _ := strings.Cut(page.Text, "<main")
		main, _, _ = strings.Cut(main, "</main>")
		if offered := strings.Contains(main, `href="`); offered != (try.back != "") || offered && !strings.Contains(main, `href="`+try.back+`"`) {
			t.Errorf("%s from %q: %s", try.path, try.referer, main)
		}
	}
}
