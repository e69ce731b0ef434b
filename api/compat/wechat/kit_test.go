package wechat_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plaza/account"
	"plaza/api/apitest"
	compat "plaza/api/compat/wechat"
	"plaza/bot/developer"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/message"
)

// stage is Plaza with one account that has a developer.
type stage struct {
	*apitest.World
	t       *testing.T
	account account.Account
	app     developer.App
	secret  string
	host    string // of the API, for programs
}

const (
	testToken = "plazatoken"
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

func newStage(t *testing.T) *stage {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	w := apitest.New(t, apitest.Options{Running: true, PublicURL: address})
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: w}}
	server.Start()
	t.Cleanup(server.Close)
	s := &stage{World: w, t: t, host: address + compat.Prefix, account: w.Merchant("corner")}
	s.app, s.secret, err = w.Developer.Open(t.Context(), s.account.ID)
	w.Must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Developer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// connect saves a callback, which the program has to verify.
func (s *stage) connect(address string, mode wechat.Mode, order developer.Order) {
	s.t.Helper()
	s.Must(s.Developer.Save(s.t.Context(), s.account.ID, developer.Saved{Order: order,
		Callback: developer.Callback{URL: address, Token: testToken, EncodingAESKey: testKey, Mode: mode}}))
	app, err := s.Developer.Find(s.t.Context(), s.account.ID)
	s.Must(err)
	s.app = app
}

// visitor is somebody with the chat page open.
type visitor struct {
	*apitest.Browser
	stage  *stage
	person message.Person
	seen   int // messages that were looked at
}

func (s *stage) visitor() *visitor {
	s.t.Helper()
	v := &visitor{Browser: s.Browser(), stage: s}
	v.open("/chat/corner")
	token := v.Cookies["plaza_visitor_"+s.account.ID].Value
	found, err := s.Webchat.Visitor(s.t.Context(), s.account.ID, token)
	s.Must(err)
	v.person = found.Person()
	return v
}

func (v *visitor) open(path string) apitest.Answer {
	v.stage.t.Helper()
	answer := v.Get(path)
	if answer.StatusCode == http.StatusSeeOther {
		answer = v.Get(answer.To())
	}
	if answer.StatusCode != http.StatusOK {
		v.stage.t.Fatalf("GET %s: %d %s", path, answer.StatusCode, answer.Read())
	}
	return answer
}

func (v *visitor) say(text string) { v.Submit("/chat/corner/say", "text", text) }
func (v *visitor) follow()         { v.Submit("/chat/corner/follow") }
func (v *visitor) press(e string)  { v.Submit("/chat/corner/say", "entry", e) }
func (v *visitor) openID() string  { return v.person.User }
func (v *visitor) history() []message.Outbound {
	v.stage.t.Helper()
	found, _, err := v.stage.Bot.History(v.stage.t.Context(), v.person.Account, v.person.ID, "", 100)
	v.stage.Must(err)
	var out []message.Outbound
	for i := len(found) - 1; i >= 0; i-- {
		if found[i].Out != nil {
			out = append(out, *found[i].Out)
		}
	}
	return out
}

// next waits for the next message that the chat shows.
func (v *visitor) next() message.Outbound {
	v.stage.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(3 * time.Millisecond) {
		if all := v.history(); len(all) > v.seen {
			v.seen++
			return all[v.seen-1]
		}
	}
	for _, p := range v.pushes() {
		v.stage.t.Logf("%s %s %s %d", p.Kind, p.State, p.Outcome, p.Status)
	}
	v.stage.t.Fatal("no answer came")
	return message.Outbound{}
}

func (v *visitor) pushes() []developer.Push {
	found, _, err := v.stage.Developer.Pushes(v.stage.t.Context(), v.stage.account.ID, "", 5)
	v.stage.Must(err)
	return found
}

// wants waits for a text.
func (v *visitor) wants(text string) {
	v.stage.t.Helper()
	if got := v.next(); got.Form != message.TextForm || got.Text != text {
		v.stage.t.Fatalf("the chat shows %+v, want %q", got, text)
	}
}

// eventually waits for something to become true.
func (s *stage) eventually(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !holds(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// entry finds the id of a menu entry on the page.
func (v *visitor) entry(name string) string {
	v.stage.t.Helper()
	menu, err := v.stage.Webchat.Menu(v.stage.t.Context(), v.stage.account.ID)
	v.stage.Must(err)
	page := v.open("/chat/corner")
	for _, e := range menu.Entries {
		for _, one := range append([]webchat.Entry{e}, e.Entries...) {
			if one.Name == name && strings.Contains(page.Text, one.ID) {
				return one.ID
			}
		}
	}
	v.stage.t.Fatalf("the page has no entry %q", name)
	return ""
}

// chatPath is where a code leads, as a path.
func chatPath(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.RequestURI()
}

// echoing is a callback that passes verification and says nothing.
func echoing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Query().Get("echostr")))
	}))
	t.Cleanup(server.Close)
	return server.URL
}
