package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// event as the hub sends it.
type event struct {
	Topic    string          `json:"topic"`
	Kind     string          `json:"kind"`
	Data     json.RawMessage `json:"data"`
	Sequence int64           `json:"sequence"`

	at time.Time // when it was here
}

// said is the text of a received message, empty for other events.
func (e event) said() string {
	var data struct {
		Message item `json:"message"`
	}
	if e.Kind != "message.received" || json.Unmarshal(e.Data, &data) != nil || data.Message.In == nil {
		return ""
	}
	return data.Message.In.Text
}

// listener hears a topic of the store on one node.
type listener struct {
	t    *testing.T
	name string

	mu     sync.Mutex
	events []event
	faulty []string // what should not have come
}

// listen opens a WebSocket as a page does, and returns when it is live. since
// is the number of the last event known; empty: begin now.
func (p *person) listen(n *node, name, topic, since string) *listener {
	p.t.Helper()
	target, err := url.Parse(n.base + "/live?account=corner")
	if err != nil {
		p.t.Fatal(err)
	}
	header := http.Header{"X-Forwarded-For": {p.address}}
	for _, cookie := range p.client.Jar.Cookies(target) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	connection, response, err := websocket.DefaultDialer.DialContext(p.t.Context(), strings.Replace(target.String(), "http", "ws", 1), header)
	if err != nil {
		p.t.Fatalf("no WebSocket: %v, %v", err, response)
	}
	p.t.Cleanup(func() { _ = connection.Close() })
	subscribe := map[string]any{"topic": topic}
	if since != "" {
		number, err := strconv.ParseInt(since, 10, 64)
		if err != nil {
			p.t.Fatal(err)
		}
		subscribe["since"] = number
	}
	if err := connection.WriteJSON(map[string]any{"subscribe": subscribe}); err != nil {
		p.t.Fatal(err)
	}
	l := &listener{t: p.t, name: name}
	live := make(chan struct{})
	go l.read(connection, live)
	select {
	case <-live:
	case <-time.After(patience):
		p.t.Fatalf("%s is not live", name)
	}
	return l
}

// read keeps what comes until the connection ends. live is closed at the first
// answer to the subscription.
func (l *listener) read(connection *websocket.Conn, live chan struct{}) {
	for begun := false; ; {
		var frame map[string]json.RawMessage
		if err := connection.ReadJSON(&frame); err != nil {
			return
		}
		if _, subscribed := frame["subscribed"]; subscribed && !begun {
			begun = true
			close(live)
		}
		l.keep(frame)
	}
}

func (l *listener) keep(frame map[string]json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, wrong := range []string{"reset", "error", "unsubscribed", "reconnect"} {
		if body, there := frame[wrong]; there {
			l.faulty = append(l.faulty, fmt.Sprintf("%s %s", wrong, body))
		}
	}
	body, there := frame["event"]
	if !there {
		return
	}
	heard := event{at: time.Now()}
	if err := json.Unmarshal(body, &heard); err != nil {
		l.faulty = append(l.faulty, err.Error())
	}
	if last := len(l.events) - 1; last >= 0 && heard.Sequence <= l.events[last].Sequence {
		l.faulty = append(l.faulty, fmt.Sprintf("event %d after %d", heard.Sequence, l.events[last].Sequence))
	}
	l.events = append(l.events, heard)
}

// heard are the events so far. Whatever should not have come fails the test.
func (l *listener) heard() []event {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fault := range l.faulty {
		l.t.Errorf("%s: %s", l.name, fault)
	}
	l.faulty = nil
	return append([]event(nil), l.events...)
}

// awaits waits for somebody's words and says when they were heard.
func (l *listener) awaits(text string) time.Time {
	l.t.Helper()
	var at time.Time
	eventually(l.t, l.name+" hears "+text, func() bool {
		for _, heard := range l.heard() {
			if heard.said() == text {
				at = heard.at
				return true
			}
		}
		return false
	})
	return at
}

// saidOnce counts how often each of the words was heard.
func saidOnce(t *testing.T, who string, events []event, words map[string]bool) {
	t.Helper()
	counts := map[string]int{}
	for _, heard := range events {
		if text := heard.said(); words[text] {
			counts[text]++
		}
	}
	for text := range words {
		if counts[text] != 1 {
			t.Errorf("%s heard %q %d times", who, text, counts[text])
		}
	}
}
