package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/message"
	"plaza/store"
)

// caller is a platform that takes several messages in a call, answers by tokens
// that work once, and knows people by name.
type caller struct {
	*messenger
	used  map[string]bool
	calls []string
	// next is what goes wrong with the next calls: "lost" does all and loses the
	// answer, "cut" does nothing, "busy" refuses, "bad" minds a message for good.
	next []string
}

var errNoAnswer = errors.New("connection lost")

func (c *caller) Batch(out []message.Outbound) int {
	if strings.HasPrefix(out[0].Text, "huge") {
		return 0
	}
	return min(len(out), 2)
}

func (c *caller) call(kind, once string, out []message.Outbound) error {
	trouble := ""
	if len(c.next) > 0 {
		trouble, c.next = c.next[0], c.next[1:]
	}
	c.calls = append(c.calls, fmt.Sprint(kind, len(out)))
	switch {
	case trouble == "busy":
		return &message.SendError{Class: message.RetryLater}
	case trouble == "cut":
		return errNoAnswer
	case trouble == "bad" || slices.ContainsFunc(out, func(o message.Outbound) bool { return o.Text == "bad" }):
		return &message.SendError{Class: message.Permanent, Text: "bad"}
	case c.used[once] && kind == "reply":
		return message.ErrReplyToken
	case c.used[once]:
		return nil
	}
	c.used[once] = true
	for _, o := range out {
		c.sent = append(c.sent, o.Text)
	}
	if trouble == "lost" {
		return errNoAnswer
	}
	return nil
}

func (c *caller) Reply(_ context.Context, _ []byte, _ message.Person, token string, out []message.Outbound) error {
	return c.call("reply", token, out)
}

func (c *caller) SendBatch(_ context.Context, _ []byte, _ message.Person, key string, out []message.Outbound) error {
	return c.call("push", key, out)
}

func (c *caller) Send(_ context.Context, _ []byte, _ message.Person, key string, out message.Outbound) error {
	return c.call("push", key, []message.Outbound{out})
}

func (c *caller) Introduce(_ context.Context, _ []byte, in message.Inbound) (string, string, error) {
	c.calls = append(c.calls, "who")
	if in.User == "nobody" {
		return "", "", errNoAnswer
	}
	return "Ann", "ko", nil
}

// newCaller is a house whose far platform is a caller that gives no response.
func newCaller(t *testing.T, words ...string) (*house, *caller) {
	h := newHouse(t)
	c := &caller{messenger: h.far, used: map[string]bool{}}
	c.repeatable = true
	h.channels["far"] = c
	answers := make([]Template, len(words))
	for i, word := range words {
		answers[i] = say(word)
	}
	h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"hi"}, Answers: answers})
	return h, c
}

// ask lets somebody write with a reply token, and sends what comes of it.
func ask(t *testing.T, h *house, pause time.Duration) {
	t.Helper()
	in := says("nobody", "m1", "hi")
	in.Channel, in.ReplyToken = "far", "token"
	if _, err := h.receive(t.Context(), in, nil, nothingFits); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(pause)
	for range 12 {
		drain(t, h.Bot)
		h.clock.advance(3 * time.Second)
	}
}

func TestATokenAnswersOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause time.Duration
		next  []string
		words []string
		calls string
		sent  string // each once, or the state says why not
		state string
	}{
		"good":              {words: []string{"a", "b"}, calls: "reply2", sent: "a b", state: "sent"},
		"rest by push":      {words: []string{"a", "b", "c"}, calls: "reply2 push1", sent: "a b c", state: "sent"},
		"too late":          {pause: time.Minute, words: []string{"a", "b"}, calls: "push2", sent: "a b", state: "sent"},
		"busy":              {next: []string{"busy"}, words: []string{"a"}, calls: "reply1 reply1", sent: "a", state: "sent"},
		"nothing got there": {next: []string{"cut", "cut"}, words: []string{"a"}, calls: "reply1 reply1 reply1", sent: "a", state: "sent"},
		"answer lost":       {next: []string{"lost"}, words: []string{"a", "b"}, calls: "reply2 reply2", sent: "a b", state: "sent"},
		"lost, then busy":   {next: []string{"lost", "busy"}, words: []string{"a"}, calls: "reply1 reply1 reply1", sent: "a", state: "sent"},
		"never known":       {next: slices.Repeat([]string{"cut"}, 20), words: []string{"a"}, sent: "", state: "uncertain"},
		"too big":           {words: []string{"huge"}, calls: "push1", sent: "huge", state: "sent"},
		"one of two is bad": {words: []string{"a", "bad"}, calls: "reply2 push2 push1 push1", sent: "a", state: "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := newCaller(t, test.words...)
			c.next = test.next
			ask(t, h, test.pause)
			calls := strings.TrimPrefix(strings.Join(c.calls, " "), "who ")
			if test.calls != "" && calls != test.calls || strings.Join(c.sent, " ") != test.sent {
				t.Errorf("by %s the platform got %q", calls, c.sent)
			}
			if test.calls == "" && strings.Contains(calls, "push") {
				t.Errorf("pushed what may have been said: %s", calls)
			}
			last := h.history(t, message.SubscriberID(shop, "far", "nobody"))
			if state := string(last[0].State); state != test.state {
				t.Errorf("the last message is %s", state)
			}
		})
	}
}

// TestACrashInsideAReplyDoesNotSayItTwice: the worker died behind the call.
func TestACrashInsideAReplyDoesNotSayItTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause time.Duration
		state State
	}{"soon": {5 * time.Second, Sent}, "late": {time.Minute, Uncertain}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := newCaller(t, "a", "b")
			in := says("nobody", "m1", "hi")
			in.Channel, in.ReplyToken = "far", "token"
			if _, err := h.receive(t.Context(), in, nil, nothingFits); err != nil {
				t.Fatal(err)
			}
			items, _, err := outboxItems.In(h.DB, shop).Find(t.Context(), store.Query{})
			if err != nil || len(items) != 1 {
				t.Fatalf("%d items, %v", len(items), err)
			}
			if err := h.begin(t.Context(), &job{}, items[0], 2); err != nil {
				t.Fatal(err)
			}
			c.used["token"], c.sent = true, []string{"a", "b"}
			h.clock.advance(test.pause)
			drain(t, h.Bot)
			for _, m := range h.history(t, in.SubscriberID()) {
				if m.Direction == Out && m.State != test.state {
					t.Errorf("%q is %s", m.Out.Text, m.State)
				}
			}
			if len(c.sent) != 2 {
				t.Errorf("the person got %q", c.sent)
			}
		})
	}
}

func TestAStrangerIsAskedForOnceAndGreetedInTheirLanguage(t *testing.T) {
	t.Parallel()
	h, c := newCaller(t, "a")
	for i, user := range []string{"ann", "ann", "nobody", "nobody"} {
		in := says(user, fmt.Sprint("m", i), "hi")
		in.Channel = "far"
		h.handle(t, in)
	}
	if got := strings.Join(c.calls, " "); got != "who who" {
		t.Errorf("asked: %s", got)
	}
	ann, err := h.Subscribers().Get(t.Context(), shop, message.SubscriberID(shop, "far", "ann"))
	if err != nil || ann.Name != "Ann" || ann.Language != "ko" {
		t.Errorf("%+v, %v", ann, err)
	}
}

func TestOneBadMessageOfACallLosesNoOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	several := &severalAtOnce{messenger: h.far}
	h.channels["far"] = several
	several.inbound = []message.Inbound{{User: "ann", Key: "1", Kind: message.TextIn, Text: "one"}, {Key: "2"}, {User: "bob", Key: "3", Kind: message.TextIn, Text: "three"}}
	if _, err := h.Webhooks().Handle(t.Context(), "far", shop, webhook("{}")); !errors.Is(err, ErrInbound) {
		t.Errorf("%v", err)
	}
	for _, user := range []string{"ann", "bob"} {
		if got := h.history(t, message.SubscriberID(shop, "far", user)); len(got) == 0 {
			t.Errorf("%s's message is lost", user)
		}
	}
}

type severalAtOnce struct {
	*messenger
	inbound []message.Inbound
}

func (s *severalAtOnce) Receive([]byte, message.Request) (message.Received, error) {
	return message.Received{Inbound: s.inbound}, nil
}

func TestASilentMessageIsShownAndNotAnswered(t *testing.T) {
	t.Parallel()
	h, c := newCaller(t, "a")
	in := says("ann", "m1", "hi")
	in.Channel, in.Silent = "far", true
	answer := h.handle(t, in)
	if len(answer.Messages) != 0 || len(h.history(t, in.SubscriberID())) != 1 || len(c.sent) != 0 {
		t.Errorf("%+v, sent %q", answer, c.sent)
	}
}

func TestWhatWasTakenBackIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	said := says("ann", "m1", "a secret")
	said.Channel = "far"
	if _, err := h.Handle(t.Context(), said, []byte("raw secret")); err != nil {
		t.Fatal(err)
	}
	takenBack := does("ann", "e2", message.Unsend)
	takenBack.Channel, takenBack.Payload = "far", "m1"
	h.handle(t, takenBack)
	stranger := does("bob", "e3", message.Unsend) // of what never came
	stranger.Channel, stranger.Payload = "far", "m9"
	h.handle(t, stranger)
	for _, m := range h.history(t, said.SubscriberID()) {
		if m.Direction == In && (m.In.Text != "" || m.In.Kind != message.Unsend) {
			t.Errorf("the message is still there: %+v", m.In)
		}
	}
	if _, raw, err := h.Inbounds().Raw(t.Context(), shop, inboundID(said)); !errors.Is(err, ErrInboundGone) {
		t.Errorf("the body is still there: %q, %v", raw, err)
	}
	c, err := h.Inbox().Get(t.Context(), shop, said.SubscriberID())
	if err != nil || strings.Contains(c.Last.Summary, "secret") {
		t.Errorf("the list shows %q, %v", c.Last.Summary, err)
	}
}
