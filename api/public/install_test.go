package public_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/bot"
	"plaza/bot/webchat/notify"
	"plaza/bot/webchat/webpush/pushtest"
	"plaza/message"
)

// appManifest is what a browser reads of a manifest.
type appManifest struct {
	ID, Name, Lang, Scope, Display string
	Start                          string `json:"start_url"`
	Theme                          string `json:"theme_color"`
	Icons                          []struct{ Src, Sizes, Type, Purpose string }
}

func manifestOf(t *testing.T, b *apitest.Browser, path string) appManifest {
	t.Helper()
	got := b.Get(path)
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("%s: %d %s", path, got.StatusCode, got.Header.Get("Content-Type"))
	}
	var m appManifest
	if err := json.Unmarshal([]byte(got.Text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTwoAccountsAreTwoAppsEvenIfTheirNamesBeginAlike(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	w.Merchant("corner-two")
	b := w.Browser()
	one, two := manifestOf(t, b, "/chat/corner/manifest.webmanifest?language=ko"), manifestOf(t, b, "/chat/corner-two/manifest.webmanifest?language=en")
	for _, m := range []appManifest{one, two} {
		if m.ID != m.Scope || m.Start != m.Scope || m.Display != "standalone" || len(m.Icons) != 4 {
			t.Errorf("%+v", m)
		}
		for _, icon := range m.Icons {
			got := b.Get(icon.Src)
			drawn, err := png.DecodeConfig(bytes.NewReader([]byte(got.Text)))
			if err != nil || got.Header.Get("Content-Type") != icon.Type || !strings.HasPrefix(icon.Sizes, map[int]string{192: "192x192", 512: "512x512"}[drawn.Width]) {
				t.Errorf("%s: %v, %+v", icon.Src, err, drawn)
			}
		}
	}
	if one.Lang != "ko" || two.Lang != "en" || strings.HasPrefix("/chat/corner-two/", one.Scope) {
		t.Errorf("%+v and %+v", one, two)
	}
	for _, path := range []string{one.Start, "/chat/corner"} {
		if got := b.Get(path); got.StatusCode != http.StatusOK || !strings.Contains(got.Text, `rel="manifest" href="/chat/corner/manifest.webmanifest?language=en"`) {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	for _, path := range []string{"/chat/nobody/manifest.webmanifest", "/chat/nobody/worker.js", "/chat/corner/icon/1000.png", "/chat/nobody/icon/192.png", "/chat/nobody/offline"} {
		if got := b.Get(path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

func TestTheWorkerLiesInItsScopeAndKeepsNothingOfSomebody(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	worker := b.Get("/chat/corner/worker.js")
	if !strings.HasPrefix(worker.Header.Get("Content-Type"), "text/javascript") || worker.Header.Get("Cache-Control") != "no-cache" ||
		worker.Header.Get("Service-Worker-Allowed") != "" || worker.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v", worker.Header)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(worker.Text, "const app = "), ";\n")
	var settings struct {
		Scope, Offline string
		Shell          []string
	}
	w.Must(json.Unmarshal([]byte(first), &settings))
	if settings.Scope != "/chat/corner/" || len(settings.Shell) < 6 {
		t.Errorf("%+v", settings)
	}
	for _, path := range append(settings.Shell, settings.Offline) {
		if got := b.Get(path); got.StatusCode != http.StatusOK || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
		}
	}
	b.Get("/chat/corner") // is somebody now
	b.Header.Set("Accept-Language", "ko")
	offline := b.Get(settings.Offline)
	if offline.Header.Get("Content-Language") != "ko" || strings.Contains(offline.Text, "csrf") || strings.Contains(offline.Text, "data-live=") {
		t.Errorf("%s %s", offline.Header.Get("Content-Language"), offline.Text)
	}
}

// reached is a world with a push service.
func reached(t *testing.T) (*apitest.World, *pushtest.Service) {
	t.Helper()
	var w *apitest.World
	pushes := pushtest.New(t, func() time.Time { return w.Now() })
	w = apitest.New(t, apitest.Options{PushRoots: pushes.Roots()})
	return w, pushes
}

func TestABrowserIsToldAfterItsPersonHasAskedForIt(t *testing.T) {
	t.Parallel()
	w, pushes := reached(t)
	corner := w.Merchant("corner")
	key, err := w.Notify.PublicKey(t.Context())
	w.Must(err)
	made := pushes.Subscribe(key)
	b := w.Browser()
	b.Header.Set("Accept", "application/json")
	fields := []string{"endpoint", made.Endpoint, "p256dh", made.Public, "auth", made.Secret}
	if got := b.Post("/chat/corner/notifications", fields...); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("somebody who was never here: %d", got.StatusCode)
	}
	if page := b.Get("/chat/corner/"); !strings.Contains(page.Text, `data-key="`+key+`"`) || !strings.Contains(page.Text, `name="text" value="on" checked`) {
		t.Errorf("the page: %s", page.Text)
	}
	b.Post("/chat/corner/follow")
	if got := b.Post("/chat/corner/notifications", append(fields, "text", "off", "news", "on")...); got.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", got.StatusCode, got.Text)
	}
	if page := b.Get("/chat/corner/"); strings.Contains(page.Text, `name="text" value="on" checked`) || !strings.Contains(page.Text, `name="news" value="on" checked`) {
		t.Error("the wishes are not shown")
	}
	if got := b.Post("/chat/corner/notifications", fields...); got.StatusCode != http.StatusOK { // the daily word
		t.Errorf("%d", got.StatusCode)
	}
	person := personOf(t, w, corner.ID)
	if wishes, ok, err := w.Notify.WishesOf(t.Context(), person); err != nil || !ok || wishes != (notify.Wishes{News: true}) {
		t.Errorf("%+v, %v, %v", wishes, ok, err)
	}
	w.Pass(time.Second)
	w.Must(w.Bot.SendAs(t.Context(), bot.ByAgent, person, "answer", message.Text("It is ready.")))
	w.Pass(6 * time.Second)
	w.Must(w.Notify.Work(t.Context()))
	w.Notify.Wait()
	var told notify.Content
	if taken := pushes.Taken(); len(taken) != 1 || taken[0].Subject != apitest.PublicURL {
		t.Fatalf("%+v, refused %v", taken, pushes.Refused())
	}
	w.Must(json.Unmarshal([]byte(pushes.Taken()[0].Content), &told))
	if told.Title != corner.Name("en") || strings.Contains(told.Body, "ready") || !strings.HasPrefix(told.URL, "/chat/corner/#m-") {
		t.Errorf("%+v", told)
	}
	if got := b.Post("/chat/corner/notifications/off", "endpoint", made.Endpoint); got.StatusCode != http.StatusOK {
		t.Errorf("%d", got.StatusCode)
	}
	if reach, err := w.Notify.Reach(t.Context(), corner.ID); err != nil || reach != 0 {
		t.Errorf("%d, %v", reach, err)
	}
}

func TestAClinicsWordsAreNotOnALockedScreenByThemselves(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Agency("clinic")
	if page := w.Browser().Get("/chat/clinic/"); strings.Contains(page.Text, `name="text" value="on" checked`) || !strings.Contains(page.Text, `name="text"`) {
		t.Error("what was written is shown without having been asked for")
	}
}

func TestWhatIsNoSubscriptionIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w, pushes := reached(t)
	w.Merchant("corner")
	made := pushes.Subscribe("x")
	b := w.Browser()
	b.Header.Set("Accept", "application/json")
	b.Get("/chat/corner")
	for name, fields := range map[string]url.Values{
		"nothing":     {},
		"plain HTTP":  {"endpoint": {"http://push.example/1"}, "p256dh": {made.Public}, "auth": {made.Secret}},
		"no keys":     {"endpoint": {made.Endpoint}},
		"wrong keys":  {"endpoint": {made.Endpoint}, "p256dh": {made.Secret}, "auth": {made.Public}},
		"an endless":  {"endpoint": {made.Endpoint + strings.Repeat("x", 2000)}, "p256dh": {made.Public}, "auth": {made.Secret}},
		"bytes":       {"endpoint": {"https://push.example/\xff"}, "p256dh": {made.Public}, "auth": {made.Secret}},
		"no address":  {"endpoint": {"push"}, "p256dh": {made.Public}, "auth": {made.Secret}},
		"with a name": {"endpoint": {"https://me:you@push.example/"}, "p256dh": {made.Public}, "auth": {made.Secret}},
	} {
		var flat []string
		for field, values := range fields {
			flat = append(flat, field, values[0])
		}
		if got := b.Post("/chat/corner/notifications", flat...); got.StatusCode != http.StatusUnprocessableEntity || got.Problem().Code != "notify_browser" {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Text)
		}
	}
}

// personOf is the one person who follows an account.
func personOf(t *testing.T, w *apitest.World, account string) message.Person {
	t.Helper()
	found, _, err := w.Bot.Subscribers().Recipients(t.Context(), account, bot.Audience{}, "", 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d follow, %v", len(found), err)
	}
	return found[0].Person()
}

func TestAWindowIsLedIntoTheAppWithAllItBrought(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Header.Set("Sec-Fetch-Dest", "document")
	got := b.Get("/chat/corner?scene=a%2Fb&x=1")
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/chat/corner/?scene=a%2Fb&x=1" {
		t.Errorf("%d %s", got.StatusCode, got.Header.Get("Location"))
	}
	if got := b.Get("/chat/corner/"); got.StatusCode != http.StatusOK || got.Header.Get("Content-Language") != "en" {
		t.Errorf("%d", got.StatusCode)
	}
	b.Header.Set("Sec-Fetch-Dest", "iframe")
	if got := b.Get("/chat/corner"); got.StatusCode != http.StatusOK {
		t.Errorf("in a frame: %d", got.StatusCode)
	}
}
