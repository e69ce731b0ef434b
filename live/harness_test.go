package live

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
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
	Signal       *signalReply     `json:"signal"`
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

// visitAll is one whole round of the heartbeat.
func visitAll(h *Hub) {
	ping := newFrame(websocket.PingMessage, nil)
	h.each(func(c *connection) { c.visit(h.options.Now(), true, ping) })
}
