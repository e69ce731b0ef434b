package live

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"plaza/fault"
)

// openHub serves a hub on a real socket. Who connects is who the query says.
// Topics that begin with "secret" are refused; all others lie in "shop".
func openHub(t testing.TB, l *Log, options HubOptions) (*Hub, *httptest.Server) {
	t.Helper()
	if options.Authorize == nil {
		options.Authorize = func(_ context.Context, _ any, topic string) (string, error) {
			if strings.HasPrefix(topic, "secret") {
				return "", fault.New(fault.Forbidden, "topic_forbidden", "Not for you.")
			}
			return "shop", nil
		}
	}
	options.Logger = quiet()
	h := NewHub(l, options)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		h.Serve(w, r, Identity{Key: query.Get("who"), Address: query.Get("from"), Subject: query.Get("who")})
	}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("close the hub: %v", err)
		}
		server.Close()
	})
	return h, server
}

// serverFrame is any frame of the server.
type serverFrame struct {
	Event        *eventReply      `json:"event"`
	Subscribed   *subscribedReply `json:"subscribed"`
	Reset        *positionReply   `json:"reset"`
	Position     *positionReply   `json:"position"`
	Unsubscribed *positionReply   `json:"unsubscribed"`
	Pong         *int64           `json:"pong"`
	Reconnect    *struct {
		After int64 `json:"after"`
	} `json:"reconnect"`
	Error *errorReply `json:"error"`
}

type browser struct {
	t  testing.TB
	ws *websocket.Conn
}

func dial(t testing.TB, server *httptest.Server, query string) *browser {
	t.Helper()
	ws, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/?"+query, nil)
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, response)
	}
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = ws.Close() })
	b := &browser{t, ws}
	b.say(`{"ping":0}`) // the hub knows a connection once it answers
	b.hear()
	return b
}

func (b *browser) say(frame string) {
	b.t.Helper()
	if err := b.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) hear() serverFrame {
	b.t.Helper()
	var f serverFrame
	if err := b.ws.ReadJSON(&f); err != nil {
		b.t.Fatal(err)
	}
	return f
}

func (b *browser) subscribe(topic string, since int64) {
	b.t.Helper()
	request := map[string]any{"topic": topic}
	if since >= 0 {
		request["since"] = since
	}
	data, err := json.Marshal(map[string]any{"subscribe": request})
	if err != nil {
		b.t.Fatal(err)
	}
	b.say(string(data))
}

// subscribed subscribes from now on and waits until that holds.
func (b *browser) subscribed(topic string) int64 {
	b.t.Helper()
	b.subscribe(topic, -1)
	f := b.hear()
	if f.Subscribed == nil {
		b.t.Fatalf("subscribing to %s answered %+v", topic, f)
	}
	return f.Subscribed.Sequence
}

// hearEvent skips to the next event.
func (b *browser) hearEvent() eventReply {
	b.t.Helper()
	for {
		if f := b.hear(); f.Event != nil {
			return *f.Event
		}
	}
}

// wantClosed reads on until the server closes, and checks why.
func (b *browser) wantClosed(code CloseCode) (heard []serverFrame) {
	b.t.Helper()
	for {
		var f serverFrame
		err := b.ws.ReadJSON(&f)
		if err == nil {
			heard = append(heard, f)
			continue
		}
		closed, ok := errors.AsType[*websocket.CloseError](err)
		if !ok || closed.Code != int(code) || (code.String() != "" && closed.Text != code.String()) {
			b.t.Fatalf("ended with %v, want close code %d", err, code)
		}
		return heard
	}
}

func TestSubscribersSeeWhatHappensInTheirTopics(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{})
	mustAppend(t, l, happened("shop", "inbox", 0))
	b := dial(t, server, "who=ann")
	if start := b.subscribed("inbox"); start != 1 {
		t.Fatalf("subscribed at %d, want 1", start)
	}
	both := happened("shop", "inbox", 4)
	both.Topics = append(both.Topics, "orders")
	mustAppend(t, l, happened("shop", "orders", 2), happened("city", "inbox", 3), both)
	event := b.hearEvent()
	if event.Sequence != 3 || event.Topic != "inbox" || string(event.Data) != `{"n":4}` ||
		event.Kind != "message.received" || event.At.IsZero() {
		t.Fatalf("heard %+v", event)
	}

	b.say(`{"unsubscribe":{"topic":"inbox"}}`)
	if f := b.hear(); f.Unsubscribed == nil {
		t.Fatalf("unsubscribing answered %+v", f)
	}
	mustAppend(t, l, happened("shop", "inbox", 5))
	b.say(`{"ping":7}`)
	if f := b.hear(); f.Pong == nil || *f.Pong != 7 {
		t.Fatalf("after unsubscribing heard %+v, want only the pong", f)
	}
}

func TestAPingTellsHowFarAQuietTopicIs(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{})
	b := dial(t, server, "")
	b.subscribed("orders")
	busy := dial(t, server, "")
	busy.subscribed("inbox")
	mustAppend(t, l, happened("shop", "inbox", 1), happened("shop", "inbox", 2))
	busy.hearEvent()
	b.say(`{"ping":1}`)
	if f := b.hear(); f.Position == nil || *f.Position != (positionReply{"orders", 2}) {
		t.Fatalf("heard %+v", f)
	}
	b.hear() // pong
	b.say(`{"ping":2}`)
	if f := b.hear(); f.Pong == nil {
		t.Fatalf("a position that did not change is told again: %+v", f)
	}
}

// TestResumingHasNoGapAndNoRepeat: browsers lose their connection over and
// over while many write, and each still sees every event once, in order.
func TestResumingHasNoGapAndNoRepeat(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]int{"held events fit": 1 << 16, "held events overflow": 16} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLog(t, openDB(t), LogOptions{})
			_, server := openHub(t, l, HubOptions{QueueFrames: queue})
			const writers, appends = 8, 40
			const last = writers*appends + 1
			wg := writeMany(t, "shop", writers, appends, l)
			var browsers sync.WaitGroup
			for range 4 {
				browsers.Go(func() { follow(t, []*httptest.Server{server}, last) })
			}
			wg.Wait()
			mustAppend(t, l, happened("shop", "inbox", 0))
			browsers.Wait()
		})
	}
}

// follow sees all events up to last, through connection after connection.
func follow(t *testing.T, servers []*httptest.Server, last int64) {
	var seen int64
	for connection := 0; seen < last; connection++ {
		b := dial(t, servers[connection%len(servers)], "")
		b.subscribe("inbox", seen)
		for heard := 0; seen < last && heard < 25; {
			var f serverFrame
			if err := b.ws.ReadJSON(&f); err != nil {
				if websocket.IsCloseError(err, int(CloseSlow)) {
					break // told to resume, so it does
				}
				t.Errorf("after %d: %v", seen, err)
				return
			}
			if f.Reset != nil || f.Error != nil {
				t.Errorf("after %d: %+v", seen, f)
				return
			}
			if f.Event == nil {
				continue
			}
			if f.Event.Sequence != seen+1 {
				t.Errorf("after %d came %d", seen, f.Event.Sequence)
				return
			}
			seen++
			heard++
		}
		_ = b.ws.Close()
	}
}

func TestABrowserMovesBetweenNodesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	options := LogOptions{Shared: true, Poll: 3 * time.Millisecond}
	one, two := openLog(t, db, options), openLog(t, db, options)
	_, serverOne := openHub(t, one, HubOptions{})
	_, serverTwo := openHub(t, two, HubOptions{})
	const writers, appends = 8, 30
	wg := writeMany(t, "shop", writers, appends, one, two)
	var browsers sync.WaitGroup
	for range 4 {
		browsers.Go(func() { follow(t, []*httptest.Server{serverOne, serverTwo}, writers*appends+1) })
	}
	wg.Wait()
	mustAppend(t, two, happened("shop", "inbox", 0))
	browsers.Wait()
}

func TestABrowserThatIsAheadOfItsNodeGetsNothingAgain(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	one := openLog(t, db, LogOptions{Shared: true})
	behind := openLog(t, db, LogOptions{Shared: true, Poll: time.Hour})
	_, server := openHub(t, behind, HubOptions{})
	stayed, came := dial(t, server, ""), dial(t, server, "")
	stayed.subscribed("inbox")
	for n := range 5 {
		mustAppend(t, one, happened("shop", "inbox", n))
	}
	came.subscribe("inbox", 5) // as it has seen on the other node
	if f := came.hear(); f.Subscribed == nil || f.Subscribed.Sequence != 5 || !f.Subscribed.Recovered {
		t.Fatalf("heard %+v", f)
	}
	mustAppend(t, behind, happened("shop", "inbox", 6))
	if event := came.hearEvent(); event.Sequence != 6 {
		t.Errorf("after 5 came %d", event.Sequence)
	}
	for n := range int64(6) {
		if event := stayed.hearEvent(); event.Sequence != n+1 {
			t.Errorf("after %d came %d", n, event.Sequence)
		}
	}
}

func TestABrowserThatMissedTooMuchIsReset(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	for n := range 20 {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	removeSegments(t, db, "shop", 5)
	_, server := openHub(t, l, HubOptions{Replay: 12})
	for name, since := range map[string]int64{
		"expired": 2, "too many": 7, "numbers from before a restored backup": 21,
	} {
		b := dial(t, server, "")
		b.subscribe("inbox", since)
		if f := b.hear(); f.Reset == nil || f.Reset.Sequence != 20 {
			t.Errorf("%s: heard %+v, want a reset at 20", name, f)
		}
	}
	b := dial(t, server, "")
	b.subscribe("inbox", 1)
	b.hear() // reset
	mustAppend(t, l, happened("shop", "inbox", 21))
	if event := b.hearEvent(); event.Sequence != 21 {
		t.Errorf("after a reset heard %+v", event)
	}
}

func TestEveryTopicIsAuthorized(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	var subject atomic.Value
	_, server := openHub(t, l, HubOptions{Authorize: func(_ context.Context, who any, topic string) (string, error) {
		subject.Store(who)
		switch topic {
		case "inbox":
			return "shop", nil
		case "broken":
			return "", errors.New("database is down")
		}
		return "", fault.New(fault.Forbidden, "topic_forbidden", "Not for you.")
	}})
	b := dial(t, server, "who=ann")
	b.subscribed("inbox")
	b.subscribe("secrets", -1)
	want := errorReply{Code: "topic_forbidden", Text: "Not for you.", Topic: "secrets"}
	if f := b.hear(); f.Error == nil || *f.Error != want {
		t.Errorf("heard %+v", f)
	}
	if subject.Load() != "ann" {
		t.Errorf("asked about %v", subject.Load())
	}
	mustAppend(t, l, happened("shop", "secrets", 1), happened("shop", "inbox", 2))
	if event := b.hearEvent(); event.Topic != "inbox" {
		t.Errorf("heard %+v", event)
	}
	b.subscribe("broken", -1)
	b.wantClosed(CloseInternal)
}

func TestForeignOriginsAreRefused(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{Origins: []string{"https://shop.example"}})
	for origin, want := range map[string]int{
		"":                             http.StatusSwitchingProtocols,
		server.URL:                     http.StatusSwitchingProtocols,
		"https://shop.example":         http.StatusSwitchingProtocols,
		"http://shop.example":          http.StatusForbidden,
		"https://shop.example.evil.io": http.StatusForbidden,
		"https://evil.example":         http.StatusForbidden,
		"null":                         http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		ws, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), header)
		if response == nil || response.StatusCode != want {
			t.Errorf("origin %q: %v, %v; want %d", origin, response, err, want)
		}
		if err == nil {
			_ = ws.Close()
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	h, server := openHub(t, l, HubOptions{PerIdentity: 2, PerAddress: 3, Connections: 5})
	refused := func(query string) int {
		_, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/?"+query, nil)
		if err == nil {
			return http.StatusSwitchingProtocols
		}
		return response.StatusCode
	}
	ann := dial(t, server, "who=ann&from=a")
	dial(t, server, "who=ann&from=a")
	if status := refused("who=ann&from=b"); status != http.StatusTooManyRequests {
		t.Errorf("third of one identity: %d", status)
	}
	dial(t, server, "who=bob&from=a")
	if status := refused("who=cat&from=a"); status != http.StatusTooManyRequests {
		t.Errorf("fourth of one address: %d", status)
	}
	dial(t, server, "who=&from=b")
	dial(t, server, "who=&from=c")
	if status := refused("who=dan&from=d"); status != http.StatusServiceUnavailable {
		t.Errorf("sixth of all: %d", status)
	}
	_ = ann.ws.Close()
	eventually(t, func() bool { return h.Connections() == 4 })
	dial(t, server, "who=ann&from=a")
}

// eventually waits for a condition that nothing announces.
func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it never came to hold")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAConnectionFollowsABoundedNumberOfTopics(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{Topics: 2})
	b := dial(t, server, "")
	b.subscribed("inbox")
	b.subscribed("orders")
	b.subscribed("orders") // again is not one more
	b.subscribe("overview", -1)
	if f := b.hear(); f.Error == nil || f.Error.Code != "live_topics" {
		t.Errorf("heard %+v", f)
	}
}

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

func counted(t testing.TB, counter prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := counter.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// narrow serves the same as server over sockets that buffer little, so that a
// browser that does not read is felt soon.
func narrow(t *testing.T, server *httptest.Server) *httptest.Server {
	t.Helper()
	narrowed := httptest.NewUnstartedServer(server.Config.Handler)
	narrowed.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if tcp, ok := conn.(*net.TCPConn); ok && state == http.StateNew {
			_ = tcp.SetWriteBuffer(4 << 10)
		}
	}
	narrowed.Start()
	t.Cleanup(narrowed.Close)
	return narrowed
}

func TestASlowBrowserIsClosedAndResumes(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	metrics := NewMetrics()
	_, server := openHub(t, l, HubOptions{Metrics: metrics, QueueFrames: 8})
	slow, quick := dial(t, narrow(t, server), ""), dial(t, server, "")
	slow.subscribed("inbox")
	quick.subscribed("inbox")
	large := happened("shop", "inbox", 1)
	large.Data = []byte(`"` + strings.Repeat("x", MaxDataBytes-2) + `"`)
	closed := metrics.closed.WithLabelValues(CloseSlow.String())
	last := int64(0)
	for counted(t, closed) == 0 { // until the sockets' buffers are full
		mustAppend(t, l, large)
		if last = quick.hearEvent().Sequence; last > 2000 {
			t.Fatal("a browser that never reads is never closed")
		}
	}
	seen := int64(0)
	for _, f := range slow.wantClosed(CloseSlow) {
		if f.Event.Sequence != seen+1 {
			t.Fatalf("after %d came %d", seen, f.Event.Sequence)
		}
		seen++
	}
	if seen >= last {
		t.Fatal("closed for being slow, yet it saw everything")
	}
	again := dial(t, server, "")
	again.subscribe("inbox", seen)
	for seen < last {
		event := again.hearEvent()
		if event.Sequence != seen+1 {
			t.Fatalf("after %d came %d", seen, event.Sequence)
		}
		seen++
	}
}

func TestASilentBrowserIsClosed(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	var ahead atomic.Int64
	h, server := openHub(t, l, HubOptions{
		Now:       func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		Heartbeat: 10 * time.Second,
	})
	silent, alive := dial(t, server, ""), dial(t, server, "")
	for range 3 { // one answers pings, the other never reads
		ahead.Add(int64(9 * time.Second))
		alive.say(`{"ping":1}`)
		alive.hear()
		visitAll(h)
	}
	silent.wantClosed(CloseSilent)
	alive.say(`{"ping":2}`)
	if f := alive.hear(); f.Pong == nil {
		t.Errorf("heard %+v", f)
	}
}

// visitAll is one whole round of the heartbeat.
func visitAll(h *Hub) {
	ping := newFrame(websocket.PingMessage, nil)
	h.each(func(c *connection) { c.visit(h.options.Now(), true, ping) })
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
			r.Subscribe == nil && r.Unsubscribe == nil && r.Ping == nil:
			t.Fatalf("%q was accepted as %+v", data, r)
		}
	})
}
