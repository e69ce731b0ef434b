package pushtest

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Browser is a subscription as a browser has it.
type Browser struct {
	Endpoint, Public, Secret string // as a page is given them

	private *ecdh.PrivateKey
	secret  []byte
	sender  string // the key that the subscription is bound to
	gone    bool
}

// Taken is a message that the service took, opened.
type Taken struct {
	Browser *Browser
	Content string
	TTL     time.Duration
	Urgency string
	Topic   string
	Subject string // of the sender's signature
}

// Service is a push service. It is safe for concurrent use.
type Service struct {
	t      testing.TB
	server *httptest.Server
	now    func() time.Time

	mu       sync.Mutex
	browsers map[string]*Browser // by path
	taken    []Taken
	refused  []string
	troubles []Trouble
	calls    int
	changed  chan struct{}
	hurry    chan struct{} // closed: slow calls come to an end
}

// Trouble is how the service answers a call instead of taking it.
type Trouble struct {
	Status     int
	RetryAfter string
	Slow       bool // does not answer until Hurry
}

// New starts a service; it ends with the test.
func New(t testing.TB, now func() time.Time) *Service {
	s := &Service{t: t, now: now, browsers: map[string]*Browser{}, changed: make(chan struct{}), hurry: make(chan struct{})}
	s.server = httptest.NewTLSServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// Roots are whom to trust to reach the service.
func (s *Service) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.server.Certificate())
	return pool
}

// Subscribe makes a subscription that only who has the sender's key may use.
func (s *Service) Subscribe(sender string) *Browser {
	s.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	encode := base64.RawURLEncoding.EncodeToString
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprintf("/wpush/%d-%s", len(s.browsers)+1, encode(secret[:6]))
	browser := &Browser{Endpoint: s.server.URL + path, Public: encode(private.PublicKey().Bytes()), Secret: encode(secret),
		private: private, secret: secret, sender: sender}
	s.browsers[path] = browser
	return browser
}

// Unsubscribe ends a subscription, as a person does in their browser.
func (s *Service) Unsubscribe(browser *Browser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	browser.gone = true
}

// Fail lets the next calls fail, one for each trouble.
func (s *Service) Fail(troubles ...Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = append(s.troubles, troubles...)
}

// Hurry ends the slow calls, which fail, and makes no more of them. Once only.
func (s *Service) Hurry() { close(s.hurry) }

// Taken are the messages that were taken, the oldest first.
func (s *Service) Taken() []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Taken(nil), s.taken...)
}

// Refused says why calls were refused that no honest sender makes.
func (s *Service) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.refused...)
}

// Calls is how many calls there were.
func (s *Service) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Await waits until so many calls were made.
func (s *Service) Await(ctx context.Context, calls int) error {
	for {
		s.mu.Lock()
		made, changed := s.calls, s.changed
		s.mu.Unlock()
		if made >= calls {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d calls: %w", made, calls, ctx.Err())
		}
	}
}

// ServeHTTP takes a message.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	status, trouble := s.answer(r, body)
	switch {
	case trouble.Slow:
		select {
		case <-r.Context().Done():
			return
		case <-s.hurry:
			status = http.StatusServiceUnavailable
		}
	case trouble.RetryAfter != "":
		w.Header().Set("Retry-After", trouble.RetryAfter)
	case status == http.StatusCreated:
		w.Header().Set("Location", s.server.URL+"/message/"+strconv.Itoa(s.Calls()))
	}
	w.WriteHeader(status)
}

func (s *Service) answer(r *http.Request, body []byte) (status int, trouble Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	close(s.changed)
	s.changed = make(chan struct{})
	if len(s.troubles) > 0 {
		trouble, s.troubles = s.troubles[0], s.troubles[1:]
		return trouble.Status, trouble
	}
	taken, status, why := s.check(r, body)
	if why != "" {
		s.refused = append(s.refused, why)
	}
	if status == http.StatusCreated {
		s.taken = append(s.taken, taken)
	}
	return status, trouble
}

var topicForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// check is what a service may insist on; why tells of what it would not see from
// an honest sender.
func (s *Service) check(r *http.Request, body []byte) (taken Taken, status int, why string) {
	browser := s.browsers[r.URL.Path]
	header := r.Header
	ttl, err := strconv.Atoi(header.Get("TTL"))
	switch {
	case r.Method != http.MethodPost:
		return taken, http.StatusMethodNotAllowed, "method " + r.Method
	case browser == nil:
		return taken, http.StatusNotFound, ""
	case browser.gone:
		return taken, http.StatusGone, ""
	case err != nil || ttl < 0:
		return taken, http.StatusBadRequest, "no TTL (RFC 8030, 5.2)"
	case header.Get("Content-Encoding") != "aes128gcm":
		return taken, http.StatusUnsupportedMediaType, "coding " + header.Get("Content-Encoding")
	case len(body) > 4096:
		return taken, http.StatusRequestEntityTooLarge, fmt.Sprintf("%d bytes (RFC 8030, 7.2)", len(body))
	case header.Get("Topic") != "" && !topicForm.MatchString(header.Get("Topic")):
		return taken, http.StatusBadRequest, "topic " + header.Get("Topic")
	case !strings.Contains(" very-low low normal high ", " "+header.Get("Urgency")+" "):
		return taken, http.StatusBadRequest, "urgency " + header.Get("Urgency")
	}
	subject, status, err := verify(header.Get("Authorization"), "https://"+r.Host, browser.sender, s.now())
	if err != nil {
		return taken, status, err.Error()
	}
	content, err := open(browser, body)
	if err != nil { // a real service cannot tell, and the browser shows nothing
		return taken, http.StatusBadRequest, err.Error()
	}
	return Taken{Browser: browser, Content: string(content), TTL: time.Duration(ttl) * time.Second,
		Urgency: header.Get("Urgency"), Topic: header.Get("Topic"), Subject: subject}, http.StatusCreated, ""
}
