package live

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plaza/fault"
)

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

func TestWhoMayNoLongerSeeATopicSeesNoMoreOfIt(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]func(*Hub, *browser){
		"answers the hub's ping": func(h *Hub, _ *browser) { visitAll(h) },
		"says something":         func(_ *Hub, b *browser) { b.say(`{"unsubscribe":{"topic":"none"}}`) },
		"pings": func(_ *Hub, b *browser) {
			if err := b.ws.WriteMessage(websocket.PingMessage, nil); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLog(t, openDB(t), LogOptions{})
			var late atomic.Int64
			var dismissed atomic.Bool
			h, server := openHub(t, l, HubOptions{
				Heartbeat: time.Minute,
				Now:       func() time.Time { return time.Unix(1_800_000_000+late.Load(), 0) },
				Authorize: func(_ context.Context, _ any, topic string) (string, error) {
					if topic == "inbox" && dismissed.Load() {
						return "", fault.New(fault.Forbidden, "topic_forbidden", "Not any more.")
					}
					return "shop", nil
				},
			})
			b := dial(t, server, "who=ann")
			b.subscribed("inbox")
			b.subscribed("chat")
			dismissed.Store(true)
			late.Add(61)
			sign(h, b)
			f := b.hear()
			for f.Error == nil && f.Event == nil {
				f = b.hear()
			}
			if want := (errorReply{"topic_forbidden", "Not any more.", "inbox"}); f.Error == nil || *f.Error != want {
				t.Fatalf("heard %+v", f)
			}
			mustAppend(t, l, happened("shop", "inbox", 1), happened("shop", "chat", 2))
			if event := b.hearEvent(); event.Topic != "chat" {
				t.Errorf("heard %+v after the right was withdrawn", event)
			}
		})
	}
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
