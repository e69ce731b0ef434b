package live

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestBadFramesCloseTheConnection(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{})
	for _, bad := range []string{
		``, `[]`, `{}`, `{"subscribe":{"topic":""}}`, `{"subscribe":{"topic":"a","since":-1}}`,
		`{"ping":1}{"ping":2}`, `{"ping":1,"unsubscribe":{"topic":"a"}}`, `{"publish":{"topic":"a"}}`,
	} {
		b := dial(t, server, "")
		b.say(bad)
		b.wantClosed(CloseProtocol)
	}
	b := dial(t, server, "")
	b.say(`{"subscribe":{"topic":"` + strings.Repeat("a", MaxFrameBytes) + `"}}`)
	b.wantClosed(websocket.CloseMessageTooBig)
}

func TestTooManyFramesCloseTheConnection(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{Rate: 0.001, Burst: 3})
	b := dial(t, server, "")
	for range 3 {
		b.say(`{"ping":1}`)
	}
	if heard := b.wantClosed(CloseBusy); len(heard) != 2 {
		t.Errorf("%d pings were answered after the first, want 2", len(heard))
	}
}

func TestASilentBrowserIsClosed(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	h, server := openHub(t, l, HubOptions{Heartbeat: 10 * time.Second})
	silent, alive := dial(t, server, "who=silent"), dial(t, server, "who=alive")
	h.each(func(c *connection) {
		if c.identity.Key == "silent" { // as if nothing had come for so long
			c.heard.Add(-(26 * time.Second).Milliseconds())
		}
	})
	visitAll(h)
	silent.wantClosed(CloseSilent)
	alive.say(`{"ping":2}`)
	if f := alive.hear(); f.Pong == nil {
		t.Errorf("heard %+v", f)
	}
}

func TestPingsReachABrowserThatSaysNothing(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	const beat = 160 * time.Millisecond
	began := time.Now()
	var silence atomic.Int64
	_, server := openHub(t, l, HubOptions{Heartbeat: beat,
		Now: func() time.Time { return began.Add(time.Duration(silence.Load())) }})
	b := dial(t, server, "")
	silence.Store(int64(beat)) // long enough for a ping, too short to be closed
	pinged := make(chan struct{})
	var once sync.Once
	b.ws.SetPingHandler(func(string) error { once.Do(func() { close(pinged) }); return nil })
	go func() { _, _, _ = b.ws.ReadMessage() }()
	select {
	case <-pinged:
	case <-time.After(patience):
		t.Fatal("no ping came")
	}
}

func TestAnUnansweredCloseIsCutOff(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	var ahead atomic.Int64
	h, server := openHub(t, l, HubOptions{
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	dial(t, server, "who=ann") // never reads, so never answers
	if kicked := h.Kick("ann"); kicked != 1 {
		t.Fatalf("kicked %d", kicked)
	}
	ahead.Add(int64(2 * closeWithin))
	visitAll(h)
	eventually(t, func() bool { return h.Connections() == 0 })
}

func TestAKickedIdentityIsClosedForGood(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	h, server := openHub(t, l, HubOptions{})
	ann, bob := dial(t, server, "who=ann"), dial(t, server, "who=bob")
	ann.subscribed("inbox")
	bob.subscribed("inbox")
	if kicked := h.Kick("ann"); kicked != 1 {
		t.Errorf("kicked %d", kicked)
	}
	mustAppend(t, l, happened("shop", "inbox", 1))
	bob.hearEvent()
	if heard := ann.wantClosed(CloseSignedOut); len(heard) != 0 {
		t.Errorf("after the kick heard %+v", heard)
	}
}

func TestAShutdownTellsBrowsersToComeBackOneAfterAnother(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	h, server := openHub(t, l, HubOptions{Spread: 4 * time.Second})
	var browsers []*browser
	for range 4 {
		browsers = append(browsers, dial(t, server, ""))
	}
	closed := make(chan error, 1)
	go func() { closed <- h.Close(t.Context()) }()
	told := make(map[int64]bool)
	for _, b := range browsers {
		heard := b.wantClosed(CloseRestart)
		if len(heard) != 1 || heard[0].Reconnect == nil {
			t.Fatalf("heard %+v", heard)
		}
		told[heard[0].Reconnect.After] = true
	}
	for _, after := range []int64{0, 1000, 2000, 3000} {
		if !told[after] {
			t.Errorf("nobody was told to come back after %d ms: %v", after, told)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	_, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after the shutdown: %v, %v", response, err)
	}
}

func TestRoomsCloseBehindTheLastSubscriber(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	h, server := openHub(t, l, HubOptions{})
	for range 3 {
		b := dial(t, server, "")
		b.subscribed("inbox")
		_ = b.ws.Close()
	}
	eventually(t, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.rooms) == 0 && len(l.watched()) == 0
	})
}

func FuzzBrowserFrame(f *testing.F) {
	for _, seed := range []string{
		`{"subscribe":{"topic":"inbox","since":123}}`, `{"unsubscribe":{"topic":"chat:a:webchat:b"}}`,
		`{"ping":1}`, `{}`, `{"ping":null}`, `{"subscribe":{"topic":"\u0000"}}`, `[]`, `{"ping":1e400}`,
		`{"signal":{"topic":"chat:a","kind":"typing"}}`, `{"signal":{"topic":"chat:a"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRequest(data)
		if err != nil {
			if !errors.Is(err, errFrame) {
				t.Fatalf("%q: %v is not errFrame", data, err)
			}
			return
		}
		switch {
		case r.Subscribe != nil && (!validTopic(r.Subscribe.Topic) || r.Unsubscribe != nil || r.Ping != nil),
			r.Unsubscribe != nil && (!validTopic(r.Unsubscribe.Topic) || r.Ping != nil),
			r.Signal != nil && (!validTopic(r.Signal.Topic) || r.Signal.Kind == "" || r.Subscribe != nil || r.Unsubscribe != nil || r.Ping != nil),
			r.Subscribe == nil && r.Unsubscribe == nil && r.Signal == nil && r.Ping == nil:
			t.Fatalf("%q was accepted as %+v", data, r)
		}
	})
}
