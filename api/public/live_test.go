package public_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/api/web"
	"plaza/live"
)

// socket is a page's connection.
type socket struct {
	t *testing.T
	*websocket.Conn
}

func connect(t *testing.T, w *apitest.World, b *apitest.Browser, slug, origin string) (*socket, *http.Response) {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return dial(t, w, server.URL, b, slug, origin)
}

func dial(t *testing.T, w *apitest.World, url string, b *apitest.Browser, slug, origin string) (*socket, *http.Response) {
	t.Helper()
	header := http.Header{}
	for _, cookie := range b.Cookies {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/live?account="+slug, header)
	if err != nil {
		return nil, response
	}
	t.Cleanup(func() { _ = conn.Close() })
	w.Must(conn.SetReadDeadline(time.Now().Add(time.Minute))) // so that a hang is a failure
	return &socket{t, conn}, response
}

// subscribe asks for a topic and returns the answer.
func (s *socket) subscribe(topic string) string {
	s.t.Helper()
	if err := s.WriteJSON(map[string]any{"subscribe": map[string]any{"topic": topic}}); err != nil {
		s.t.Fatal(err)
	}
	_, answer, err := s.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(answer)
}

// until reads what comes until a word is in it.
func (s *socket) until(word string) string {
	s.t.Helper()
	for {
		_, heard, err := s.ReadMessage()
		if err != nil {
			s.t.Fatalf("%q never came: %v", word, err)
		}
		if strings.Contains(string(heard), word) {
			return string(heard)
		}
	}
}

// signedIn is a browser of a member.
func signedIn(w *apitest.World, member account.Member) (*apitest.Browser, account.Session) {
	w.T.Helper()
	secret, session, err := w.Accounts.Sessions.Open(w.T.Context(), member, apitest.Phone, "192.0.2.7")
	w.Must(err)
	b := w.Browser()
	b.Cookies[web.SessionCookie] = &http.Cookie{Name: web.SessionCookie, Value: secret}
	return b, session
}

func TestAVisitorHearsTheirOwnChatAndNothingElse(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	mine, theirs := w.Browser(), w.Browser()
	own, other := topicOf(mine.Get("/chat/corner")), topicOf(theirs.Get("/chat/corner"))
	s, _ := connect(t, w, mine, "corner", "")
	for _, refused := range []string{other, "inbox", "orders", "campaigns", "overview", "nonsense"} {
		if got := s.subscribe(refused); !strings.Contains(got, "topic_refused") {
			t.Errorf("%q is heard: %s", refused, got)
		}
	}
	if got := s.subscribe(own); !strings.Contains(got, `"subscribed"`) {
		t.Fatalf("one's own: %s", got)
	}
	mine.Submit("/chat/corner/follow")
	mine.Submit("/chat/corner/say", "id", "k1", "text", "a word")
	s.until("a word")
}

// topicOf is what a page listens to.
func topicOf(page apitest.Answer) string {
	_, topics, _ := strings.Cut(page.Text, `data-topics="`)
	topics, _, _ = strings.Cut(topics, `"`)
	return topics
}

func TestAMemberHearsOnlyWhileTheyAreOne(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	member := w.Member("agent")
	w.Must(w.Accounts.Members.Add(t.Context(), of.ID, member.ID, account.Agent, account.System("test")))
	b, session := signedIn(w, member)
	s, _ := connect(t, w, b, "corner", "")
	if got := s.subscribe("inbox"); !strings.Contains(got, `"subscribed"`) {
		t.Fatalf("a member is refused: %s", got)
	}
	w.Must(w.Accounts.Sessions.Close(t.Context(), member.ID, session.ID)) // elsewhere: nobody tells the hub
	if got := s.subscribe("orders"); !strings.Contains(got, "topic_refused") {
		t.Errorf("a session that has ended still opens: %s", got)
	}
	if w.Hub.Kick(session.ID) != 1 {
		t.Error("signing out finds no connection to end")
	}
	if _, _, err := s.ReadMessage(); !websocket.IsCloseError(err, int(live.CloseSignedOut)) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestAMemberOfAnotherAccountHearsNothing(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b, _ := signedIn(w, w.Member("stranger"))
	s, _ := connect(t, w, b, "corner", "")
	for _, topic := range []string{"inbox", "orders", "campaigns", "overview"} {
		if got := s.subscribe(topic); !strings.Contains(got, "topic_refused") {
			t.Errorf("%s: %s", topic, got)
		}
	}
}

func TestWhoMayNotConnectIsToldSo(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	known := w.Browser()
	known.Get("/chat/corner")
	for name, try := range map[string]struct {
		browser      *apitest.Browser
		slug, origin string
		status       int
	}{
		"nobody":            {w.Browser(), "corner", "", http.StatusForbidden},
		"no such account":   {known, "nowhere", "", http.StatusNotFound},
		"no account":        {known, "", "", http.StatusNotFound},
		"another site":      {known, "corner", "https://evil.example", http.StatusForbidden},
		"a sandboxed frame": {known, "corner", "null", http.StatusForbidden},
	} {
		if s, response := connect(t, w, try.browser, try.slug, try.origin); s != nil || response.StatusCode != try.status {
			t.Errorf("%s: connected %v, %d", name, s != nil, response.StatusCode)
		}
	}
	_, err := w.Accounts.Accounts.SetState(t.Context(), of.ID, account.Closed, account.System("test"))
	w.Must(err)
	if s, _ := connect(t, w, known, "corner", ""); s != nil {
		t.Error("a visitor listens to a closed account")
	}
}

// timed is a connection that knows until when it may last; zero: for ever.
type timed struct {
	net.Conn
	until atomic.Pointer[time.Time]
}

func (c *timed) SetDeadline(at time.Time) error { c.until.Store(&at); return c.Conn.SetDeadline(at) }
func (c *timed) SetReadDeadline(at time.Time) error {
	c.until.Store(&at)
	return c.Conn.SetReadDeadline(at)
}
func (c *timed) SetWriteDeadline(at time.Time) error {
	c.until.Store(&at)
	return c.Conn.SetWriteDeadline(at)
}

// timing gives its connections to accepted.
type timing struct {
	net.Listener
	accepted chan *timed
}

func (l timing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &timed{Conn: conn}
	l.accepted <- c
	return c, nil
}

func TestAConnectionOutlivesTheTimesOfARequest(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	server := httptest.NewUnstartedServer(w)
	const limit = time.Hour // and not one that a busy machine could reach
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	accepted := make(chan *timed, 1)
	server.Listener = timing{server.Listener, accepted}
	server.Start()
	t.Cleanup(server.Close)
	s, response := dial(t, w, server.URL, b, "corner", "")
	if s == nil {
		t.Fatalf("no connection: %v", response)
	}
	w.Must(s.WriteJSON(map[string]any{"ping": 1}))
	if _, _, err := s.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	if until := (<-accepted).until.Load(); until == nil || !until.IsZero() {
		t.Errorf("the connection ends at %v", until)
	}
}
