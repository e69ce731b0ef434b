package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api"
	"plaza/api/apitest"
	"plaza/api/web"
	"plaza/message"
	"plaza/skew"
)

func TestAPanicIsOnePageAndOneLineInTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := apitest.New(t, apitest.Options{Log: slog.NewTextHandler(&log, nil), Routes: func(engine *gin.Engine) {
		engine.GET("/broken", func(*gin.Context) { panic("the secret of a panic") })
		engine.GET("/api/broken", func(*gin.Context) { panic("the secret of a panic") })
	}})
	b := w.Browser()
	page := b.Get("/broken")
	id := page.Header.Get("X-Request-Id")
	if page.StatusCode != http.StatusInternalServerError || id == "" || !strings.Contains(page.Read(), id) || strings.Contains(page.Text, "secret") ||
		!strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%d, id %s: %s", page.StatusCode, id, page.Read())
	}
	if !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "server_test.go") {
		t.Errorf("the log tells nothing: %s", log.String())
	}
	problem := b.Get("/api/broken")
	if problem.StatusCode != http.StatusInternalServerError || problem.Problem().Code != "internal" || strings.Contains(problem.Text, "secret") {
		t.Errorf("a program: %d %s", problem.StatusCode, problem.Text)
	}
}

func TestWhatIsNotThereIsSaidInTheReadersForm(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	b := w.Browser()
	for path, media := range map[string]string{"/nowhere": "text/html; charset=utf-8", "/api/v1/nowhere": web.ProblemMediaType,
		"/webhooks/nowhere": web.ProblemMediaType, "/webhooks/nowhere/corner": web.ProblemMediaType, "/../../etc/passwd": "text/html; charset=utf-8"} {
		if got := b.Get(path); got.StatusCode != http.StatusNotFound || got.Header.Get("Content-Type") != media {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.Header.Get("Content-Type"))
		}
	}
	b.Header.Set("Accept", "application/json")
	if got := b.Get("/nowhere"); got.Problem().Code != "not_found" {
		t.Errorf("a script: %s", got.Text)
	}
}

func TestAWrongMethodIsCalledThat(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	b := w.Browser()
	for _, try := range []struct{ method, path, media string }{
		{http.MethodPost, "/a/corner", "text/html; charset=utf-8"},
		{http.MethodGet, "/chat/corner/say", "text/html; charset=utf-8"},
		{http.MethodDelete, "/healthz", "text/html; charset=utf-8"},
		{http.MethodPut, "/webhooks/wechat/corner", web.ProblemMediaType},
	} {
		got := b.Do(httptest.NewRequestWithContext(t.Context(), try.method, try.path, nil))
		if got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") == "" || got.Header.Get("Content-Type") != try.media {
			t.Errorf("%s %s: %d, Allow %q, %s", try.method, try.path, got.StatusCode, got.Header.Get("Allow"), got.Header.Get("Content-Type"))
		}
	}
}

// hook is a channel's side of webhooks that tests control.
type hook func(message.Request) (message.Response, error)

func (h hook) Handle(_ context.Context, _, _ string, request message.Request) (message.Response, error) {
	return h(request)
}

func TestAWebhookGetsItsBytesAndGivesTheAnswer(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Webhooks: hook(func(r message.Request) (message.Response, error) {
		return message.Response{Status: http.StatusAccepted, ContentType: "application/xml", Body: append([]byte(r.Query.Get("nonce")+" "), r.Body...)}, nil
	})})
	got := w.Browser().Do(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks/wechat/corner?nonce=n", strings.NewReader("<xml/>\x00\xff")))
	if got.StatusCode != http.StatusAccepted || got.Header.Get("Content-Type") != "application/xml" || got.Text != "n <xml/>\x00\xff" {
		t.Errorf("%d %s %q", got.StatusCode, got.Header.Get("Content-Type"), got.Text)
	}
}

// halfSent is a body that breaks off.
type halfSent struct{}

func (halfSent) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAWebhookThatCannotBeTakenIsToldWhy(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{Webhooks: hook(func(r message.Request) (message.Response, error) {
		return message.Response{}, errors.New("the database burns at 10.0.0.3")
	})})
	for name, try := range map[string]struct {
		body   io.Reader
		status int
		code   string
	}{
		"too large": {strings.NewReader(strings.Repeat("x", 257<<10)), http.StatusRequestEntityTooLarge, "too_large"},
		"half sent": {halfSent{}, http.StatusUnprocessableEntity, "body_incomplete"},
		"our fault": {strings.NewReader("<xml/>"), http.StatusInternalServerError, "internal"},
	} {
		got := w.Browser().Do(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks/wechat/corner", try.body))
		if got.StatusCode != try.status || got.Problem().Code != try.code || strings.Contains(got.Text, "burns") {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Text)
		}
	}
}

func TestOnlyTheOperatorMeasures(t *testing.T) {
	t.Parallel()
	open := apitest.New(t, apitest.Options{TrustedProxies: []string{"127.0.0.1"}})
	locked := apitest.New(t, apitest.Options{MetricsToken: "long secret"})
	for name, try := range map[string]struct {
		world         *apitest.World
		address, host string
		header        map[string]string
		status        int
	}{
		"this machine":             {open, "127.0.0.1:9", "127.0.0.1:8080", nil, http.StatusOK},
		"this machine, IPv6":       {open, "[::1]:9", "localhost:8080", nil, http.StatusOK},
		"another machine":          {open, "192.0.2.7:9", "localhost", nil, http.StatusForbidden},
		"behind a proxy":           {open, "127.0.0.1:9", "localhost", map[string]string{"X-Forwarded-For": "127.0.0.1"}, http.StatusForbidden},
		"behind another":           {open, "127.0.0.1:9", "localhost", map[string]string{"X-Real-Ip": "127.0.0.1"}, http.StatusForbidden},
		"a browser led astray":     {open, "127.0.0.1:9", "evil.example:8080", nil, http.StatusForbidden},
		"with the token":           {locked, "192.0.2.7:9", "x", map[string]string{"Authorization": "Bearer long secret"}, http.StatusOK},
		"with another":             {locked, "192.0.2.7:9", "x", map[string]string{"Authorization": "Bearer long secres"}, http.StatusForbidden},
		"here, without the token":  {locked, "127.0.0.1:9", "localhost", nil, http.StatusForbidden},
		"the token, in other form": {locked, "127.0.0.1:9", "localhost", map[string]string{"Authorization": "long secret"}, http.StatusForbidden},
	} {
		b := try.world.Browser()
		b.Address = try.address
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		request.Host = try.host
		for field, value := range try.header {
			request.Header.Set(field, value)
		}
		got := b.Do(request)
		if got.StatusCode != try.status || strings.Contains(got.Text, "plaza_http") && try.status != http.StatusOK {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
	}
}

func TestRequestsAreMeasuredByRouteAndNeverByPath(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{MetricsToken: "t"})
	b := w.Browser()
	b.Get("/a/somebody")
	b.Get("/somewhere/else")
	b.Do(httptest.NewRequestWithContext(t.Context(), "BREW", "/a/somebody", nil))
	b.Header.Set("Authorization", "Bearer t")
	text := b.Get("/metrics").Text
	if !strings.Contains(text, `route="/a/:account",status="404"`) || !strings.Contains(text, `method="any",route="unknown",status="404"`) ||
		strings.Contains(text, "somebody") || strings.Contains(text, "BREW") {
		t.Error(text)
	}
}

func TestReadinessIsNotLife(t *testing.T) {
	t.Parallel()
	var trouble error
	w := apitest.New(t, apitest.Options{Ready: func(context.Context) error { return trouble }})
	b := w.Browser()
	if got := b.Get("/readyz"); got.StatusCode != http.StatusOK {
		t.Errorf("%d", got.StatusCode)
	}
	trouble = errors.New("the database at 10.0.0.3 is away")
	if got := b.Get("/readyz"); got.StatusCode != http.StatusServiceUnavailable || strings.Contains(got.Text, "10.0.0.3") {
		t.Errorf("%d %s", got.StatusCode, got.Text)
	}
	if got := b.Get("/healthz"); got.StatusCode != http.StatusOK {
		t.Errorf("not ready is taken for dead: %d", got.StatusCode)
	}
	if got := b.Head("/healthz"); got.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", got.StatusCode)
	}
}

func TestOnlyTrustedProxiesTellAddresses(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		o := apitest.Options{Routes: func(engine *gin.Engine) {
			engine.GET("/whoami", func(c *gin.Context) { c.String(http.StatusOK, c.ClientIP()) })
		}}
		want := "192.0.2.7"
		if trusted {
			o.TrustedProxies, want = []string{"192.0.2.0/24"}, "203.0.113.5"
		}
		b := apitest.New(t, o).Browser()
		b.Header.Set("X-Forwarded-For", "203.0.113.5")
		if got := b.Get("/whoami").Text; got != want {
			t.Errorf("trusted %v: %s", trusted, got)
		}
	}
}

func TestAssetsAreServedForGood(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	path := w.Renderer.Assets.URL("css/base.css")
	for _, got := range []apitest.Answer{w.Browser().Get(path), w.Browser().Head(path)} {
		if got.StatusCode != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") ||
			got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d %v", got.StatusCode, got.Header)
		}
	}
}

// TestTheServerEndsWithWhoSendsTooMuch: a header without end is refused, over a
// real connection.
func TestTheServerEndsWithWhoSendsTooMuch(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := api.HTTPServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { // the server may close before all is written
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", response.StatusCode)
	}
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout == 0 || server.IdleTimeout == 0 {
		t.Errorf("somebody slow may stay for ever: %+v", server)
	}
}

// What the operator should know beside stands there, and keeps no requests away.
func TestReadinessTellsOfAWrongClock(t *testing.T) {
	t.Parallel()
	off := []skew.Reading{{Platform: "line", Ahead: 7 * time.Minute, Answers: skew.Enough}}
	w := apitest.New(t, apitest.Options{Clocks: func() []skew.Reading { return off }})
	ready := w.Browser().Get("/readyz")
	if ready.StatusCode != http.StatusOK || ready.Text != "ready\nthis server's clock is 7m0s fast compared with line's: set it by a time service (NTP)\n" {
		t.Errorf("%d %q", ready.StatusCode, ready.Text)
	}
}
