package webpush_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"plaza/bot/webchat/webpush"
	"plaza/bot/webchat/webpush/pushtest"
)

// world is a sender with a push service.
type world struct {
	t       *testing.T
	clock   time.Time
	key     webpush.Key
	sender  *webpush.Sender
	service *pushtest.Service
	browser *pushtest.Browser
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}
	w.service = pushtest.New(t, func() time.Time { return w.clock })
	var err error
	if w.key, err = webpush.NewKey(); err != nil {
		t.Fatal(err)
	}
	w.sender = webpush.NewSender(w.key, "mailto:operator@plaza.example")
	w.browser = w.service.Subscribe(w.key.Public())
	return w
}

// send sends a message after change has had the request.
func (w *world) send(change func(*http.Request)) int {
	w.t.Helper()
	to, err := webpush.ReadSubscription(w.browser.Endpoint, w.browser.Public, w.browser.Secret)
	if err != nil {
		w.t.Fatal(err)
	}
	request, err := w.sender.Request(context.Background(), to,
		webpush.Message{Content: []byte("two loaves, 빵 둘"), TTL: time.Hour, Urgency: webpush.Normal, Topic: "chat"}, w.clock)
	if err != nil {
		w.t.Fatal(err)
	}
	change(request)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.service.Roots()}}}
	response, err := client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	client.CloseIdleConnections()
	_ = response.Body.Close()
	return response.StatusCode
}

func unchanged(*http.Request) {}

func TestAPushServiceTakesWhatIsSentAndTheBrowserReadsIt(t *testing.T) {
	w := newWorld(t)
	if status := w.send(unchanged); status != http.StatusCreated {
		t.Fatalf("%d: %v", status, w.service.Refused())
	}
	got := w.service.Taken()[0]
	want := pushtest.Taken{Browser: w.browser, Content: "two loaves, 빵 둘", TTL: time.Hour, Urgency: "normal", Topic: "chat", Subject: "mailto:operator@plaza.example"}
	if got != want {
		t.Errorf("%+v", got)
	}
}

func TestASignatureIsMadeAnewBeforeItEnds(t *testing.T) {
	w := newWorld(t)
	for range 40 {
		if status := w.send(unchanged); status != http.StatusCreated {
			t.Fatalf("%v: %v", w.clock, w.service.Refused())
		}
		w.clock = w.clock.Add(50 * time.Minute)
	}
}

// TestTheServiceIsStrict: or what it takes proves nothing.
func TestTheServiceIsStrict(t *testing.T) {
	other, err := webpush.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"without TTL":     {func(r *http.Request) { r.Header.Del("TTL") }, 400},
		"endless topic":   {func(r *http.Request) { r.Header.Set("Topic", strings.Repeat("x", 33)) }, 400},
		"unknown urgency": {func(r *http.Request) { r.Header.Set("Urgency", "now") }, 400},
		"unsigned":        {func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"a changed claim": {func(r *http.Request) { r.Header.Set("Authorization", changeClaim(r.Header.Get("Authorization"))) }, 403},
		"another signature": {func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ", k=", "A, k=", 1))
		}, 403},
		"of another coding": {func(r *http.Request) { r.Header.Set("Content-Encoding", "aesgcm") }, 415},
	} {
		w := newWorld(t)
		if status := w.send(try.change); status != try.status || len(w.service.Refused()) != 1 {
			t.Errorf("%s: %d", name, status)
		}
	}
	w := newWorld(t)
	w.sender = webpush.NewSender(other, "mailto:operator@plaza.example")
	if status := w.send(unchanged); status != http.StatusForbidden {
		t.Errorf("another's key: %d", status)
	}
	w = newWorld(t)
	if w.sender = webpush.NewSender(w.key, "operator"); w.send(unchanged) != http.StatusForbidden {
		t.Error("a subject that is no address")
	}
	w = newWorld(t)
	to := w.clock
	w.send(unchanged)
	w.clock = to.Add(-25 * time.Hour) // seen from there it is signed for too long
	if status := w.send(unchanged); status != http.StatusForbidden {
		t.Errorf("signed for more than a day: %d", status)
	}
	w = newWorld(t)
	w.service.Unsubscribe(w.browser)
	if status := w.send(unchanged); status != http.StatusGone {
		t.Errorf("gone: %d", status)
	}
}

// changeClaim changes a letter in the middle of the signed part.
func changeClaim(header string) string {
	at := strings.Index(header, ".") + 3
	return header[:at] + string('A'+(header[at]-'A'+1)%26) + header[at+1:]
}
