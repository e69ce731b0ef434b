package public_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
)

const bakery = "https://bakery.example"

// embeddable is a world whose account may be shown by a bakery's site.
func embeddable(t *testing.T, o apitest.Options) *apitest.World {
	t.Helper()
	w := apitest.New(t, o)
	of := w.Merchant("corner")
	w.Merchant("closed-to-frames")
	profile := of.Profile
	profile.Origins = []string{bakery, "https://www.bakery.example"}
	_, err := w.Accounts.Accounts.Update(t.Context(), of.ID, profile, account.System("test"))
	w.Must(err)
	return w
}

// frame is a browser whose page lies in a frame of the bakery's page.
func frame(w *apitest.World) *apitest.Browser {
	b := w.Browser()
	b.Header.Set("Sec-Fetch-Dest", "iframe")
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Header.Set("Sec-Fetch-Mode", "navigate")
	return b
}

// ancestors is what a page's policy says of frames.
func ancestors(page apitest.Answer) string {
	_, policy, _ := strings.Cut(page.Header.Get("Content-Security-Policy"), "frame-ancestors ")
	return policy
}

func TestOnlyTheSitesThatAnAccountNamesMayFrameItsPages(t *testing.T) {
	t.Parallel()
	w := embeddable(t, apitest.Options{})
	for _, path := range []string{"/chat/corner", "/chat/corner?embed=https%3A%2F%2Fevil.example", "/shop/corner", "/shop/corner/cart", "/a/corner"} {
		page := frame(w).Get(path)
		if got := ancestors(page); got != bakery+" https://www.bakery.example" || page.Header.Get("X-Frame-Options") != "" {
			t.Errorf("%s: may be framed by %q, %v", path, got, page.Header["X-Frame-Options"])
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "form-action 'self'") {
			t.Errorf("%s: the rest of the policy is gone: %s", path, policy)
		}
	}
	for _, path := range []string{"/chat/closed-to-frames", "/shop/closed-to-frames", "/chat/nobody", "/", "/language",
		"/compat/wechat/connect/oauth2/authorize", "/console"} {
		page := frame(w).Get(path)
		if got := ancestors(page); got != "'none'" || page.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: may be framed by %q, %v", path, got, page.Header["X-Frame-Options"])
		}
	}
}

func TestTheCookieInAFrameIsThatFramesAlone(t *testing.T) {
	t.Parallel()
	w := embeddable(t, apitest.Options{})
	for name, try := range map[string]struct {
		browser *apitest.Browser
		path    string
		framed  bool
	}{
		"in a frame":                               {frame(w), "/chat/corner", true},
		"in a frame of a browser that says less":   {w.Browser(), "/chat/corner?embed=https%3A%2F%2Fbakery.example", true},
		"on our own page":                          {w.Browser(), "/chat/corner", false},
		"on our own page, of an account in frames": {w.Browser(), "/chat/corner?lang=ko", false},
	} {
		page := try.browser.Get(try.path)
		if page.StatusCode != http.StatusOK || len(page.Cookies()) == 0 {
			t.Fatalf("%s: %d, %v", name, page.StatusCode, page.Cookies())
		}
		for _, cookie := range page.Cookies() {
			if framed := cookie.Partitioned && cookie.SameSite == http.SameSiteNoneMode; framed != try.framed || !cookie.Secure || !cookie.HttpOnly {
				t.Errorf("%s: %s", name, cookie.Raw)
			}
			if !try.framed && cookie.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: %s", name, cookie.Raw)
			}
		}
	}
	// Without TLS a browser takes such a cookie from its own machine only; on all
	// other pages nothing changes.
	plain := embeddable(t, apitest.Options{PublicURL: "http://localhost:8080"})
	for _, cookie := range frame(plain).Get("/chat/corner").Cookies() {
		if !cookie.Secure || !cookie.Partitioned {
			t.Errorf("in a frame for development: %s", cookie.Raw)
		}
	}
	for _, cookie := range plain.Browser().Get("/chat/corner").Cookies() {
		if cookie.Secure || cookie.Partitioned {
			t.Errorf("on our own page: %s", cookie.Raw)
		}
	}
}

func TestNobodyBecomesAVisitorInAFrameThatIsNotShown(t *testing.T) {
	t.Parallel()
	w := embeddable(t, apitest.Options{})
	if cookies := frame(w).Get("/chat/closed-to-frames").Cookies(); len(cookies) != 0 {
		t.Errorf("%v", cookies)
	}
}

func TestThePageAroundTheFrameCannotSpeakForTheVisitor(t *testing.T) {
	t.Parallel()
	w := embeddable(t, apitest.Options{})
	visitor := frame(w)
	visitor.Get("/chat/corner")
	for name, headers := range map[string][]string{
		"a form of the page around":                   {"Sec-Fetch-Site", "cross-site", "Origin", bakery},
		"one of a page of the same site":              {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.plaza.example"},
		"one of a browser that tells the origin only": {"Sec-Fetch-Site", "", "Origin", bakery},
	} {
		b := w.Browser()
		b.Cookies = visitor.Cookies
		for i := 0; i < len(headers); i += 2 {
			b.Header.Set(headers[i], headers[i+1])
		}
		if got := b.Post("/chat/corner/say", "id", "k", "text", "I never said that"); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Read())
		}
	}
	if _, refused := connect(t, w, visitor, "corner", bakery); refused.StatusCode != http.StatusForbidden {
		t.Errorf("the page around listens: %d", refused.StatusCode)
	}
	visitor.Header.Set("Sec-Fetch-Site", "same-origin")
	visitor.Header.Set("Origin", apitest.PublicURL)
	visitor.Submit("/chat/corner/say", "id", "k2", "text", "but this")
}

func TestTheScriptIsSmallTheSameForAllAndKept(t *testing.T) {
	t.Parallel()
	w := embeddable(t, apitest.Options{})
	script := w.Browser().Get("/embed/corner.js")
	if script.StatusCode != http.StatusOK || !strings.HasPrefix(script.Header.Get("Content-Type"), "text/javascript") ||
		script.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || script.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %v", script.StatusCode, script.Header)
	}
	if len(script.Cookies()) != 0 || len(script.Text) > 10<<10 {
		t.Errorf("%d bytes, cookies %v", len(script.Text), script.Cookies())
	}
	for _, want := range []string{`"origins":["https://bakery.example","https://www.bakery.example"]`, `"path":"/chat/corner"`, "corner by name", "닫기"} {
		if !strings.Contains(script.Text, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/embed/corner.js", nil)
	request.Header.Set("If-None-Match", script.Header.Get("ETag"))
	if again := w.Browser().Do(request); again.StatusCode != http.StatusNotModified || again.Text != "" {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	if other := w.Browser().Get("/embed/closed-to-frames.js"); !strings.Contains(other.Text, `"origins":[]`) {
		t.Errorf("without sites: %d", other.StatusCode)
	}
	for _, path := range []string{"/embed/corner", "/embed/nobody.js", "/embed/.js"} {
		if got := w.Browser().Get(path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

func TestANameInTheScriptStaysText(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	profile := of.Profile
	profile.Names = map[string]string{"en": "</script><script>alert(1)//\u2028`${x}'\""}
	_, err := w.Accounts.Accounts.Update(t.Context(), of.ID, profile, account.System("test"))
	w.Must(err)
	if script := w.Browser().Get("/embed/corner.js"); strings.Contains(script.Text, "</script>") || strings.Contains(script.Text, "\u2028") || script.StatusCode != http.StatusOK {
		t.Errorf("%d: %s", script.StatusCode, script.Text[len(script.Text)-600:])
	}
}
