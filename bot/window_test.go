package bot

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"plaza/message"
)

// gate is a messenger that lets an account send two messages within an hour of
// one of the person's.
type gate struct {
	*messenger
	calls int
}

func (*gate) Opens(in message.Inbound) message.Allowance {
	if in.Kind != message.TextIn {
		return message.Allowance{}
	}
	return message.Allowance{Messages: 2, For: time.Hour}
}

func (*gate) Calls(message.Outbound) int { return 1 }

func newGate(t *testing.T) (*house, *gate, Subscriber) {
	h := newHouse(t)
	g := &gate{messenger: h.far}
	g.answer = func(string) error { g.calls++; return nil }
	h.channels["far"] = g
	h.Channels = []Channel{g, h.channels["near"]}
	h.teach(t, Rule{On: OnDefault, Answers: []Template{{Form: HandoverAnswer, Text: Wording{"en": "wait"}}}})
	in := says("mina", "1", "hello")
	in.Channel = "far"
	h.handle(t, in)
	person, err := h.Subscribers().Get(t.Context(), shop, message.SubscriberID(shop, "far", "mina"))
	if err != nil {
		t.Fatal(err)
	}
	return h, g, person
}

// deliverAll sends whatever waits.
func (h *house) deliverAll(t *testing.T) {
	t.Helper()
	h.clock.advance(time.Second) // messages of one instant are set a little apart
	for worked := true; worked; {
		var err error
		if worked, err = h.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMessageAfterTheWindowIsRefusedBeforeThePlatformIsAsked(t *testing.T) {
	t.Parallel()
	h, g, person := newGate(t)
	for _, key := range []string{"a", "b", "c"} {
		if err := h.Send(t.Context(), person.Person(), key, message.Text(key)); err != nil {
			t.Fatal(err)
		}
	}
	h.deliverAll(t)
	if states := h.states(t, person.ID); g.calls != 2 || states["c"] != Failed || states["b"] != Sent {
		t.Errorf("%d calls, %v", g.calls, states)
	}
	again := says("mina", "2", "still there?") // opens it again
	again.Channel = "far"
	h.handle(t, again)
	if err := h.Send(t.Context(), person.Person(), "d", message.Text("d")); err != nil {
		t.Fatal(err)
	}
	h.deliverAll(t)
	h.clock.advance(time.Hour)
	if err := h.Send(t.Context(), person.Person(), "e", message.Text("e")); err != nil {
		t.Fatal(err)
	}
	h.deliverAll(t)
	if states := h.states(t, person.ID); g.calls != 3 || states["d"] != Sent || states["e"] != Failed {
		t.Errorf("%d calls, %v", g.calls, states)
	}
}

// states are what became of what was sent, by text.
func (h *house) states(t *testing.T, subscriber string) map[string]State {
	states := map[string]State{}
	for _, m := range h.history(t, subscriber) {
		if m.Out != nil {
			states[m.Out.Text] = m.State
		}
	}
	return states
}

func TestAnAgentLearnsThatTheWindowIsClosedBeforeWriting(t *testing.T) {
	t.Parallel()
	h, _, person := newGate(t)
	if _, err := h.Inbox().Take(t.Context(), shop, person.ID, "agent"); err != nil {
		t.Fatal(err)
	}
	c, err := h.Inbox().Get(t.Context(), shop, person.ID)
	if err != nil || c.Window == nil || !c.Window.Open(h.now()) || c.Window.Left != 2 {
		t.Fatalf("%+v, %v", c.Window, err)
	}
	h.clock.advance(time.Hour)
	if err := h.Inbox().Reply(t.Context(), shop, person.ID, "agent", "k", message.Text("late")); !errors.Is(err, ErrWindowClosed) {
		t.Errorf("%v", err)
	}
}

func TestThePlatformsWordOnTheWindowCounts(t *testing.T) {
	t.Parallel()
	h, g, person := newGate(t)
	g.answer = func(string) error {
		g.calls++
		return &message.SendError{Class: message.WindowClosed, Text: "closed"}
	}
	for _, key := range []string{"a", "b"} {
		if err := h.Send(t.Context(), person.Person(), key, message.Text(key)); err != nil {
			t.Fatal(err)
		}
	}
	h.deliverAll(t)
	if states := h.states(t, person.ID); g.calls != 1 || states["b"] != Failed {
		t.Errorf("%d calls, %v", g.calls, states)
	}
}

func TestWhatOpensAWindowNeverNarrowsIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	long, short := message.Allowance{Messages: 5, For: 48 * time.Hour}, message.Allowance{Messages: 3, For: time.Minute}
	var w *Window
	w = w.widen(long, at)
	if w = w.widen(short, at.Add(time.Hour)); !w.Until.Equal(at.Add(48 * time.Hour)) {
		t.Errorf("a press narrows it: %+v", w)
	}
	w.Left = 0
	if w = w.widen(short, at.Add(time.Hour)); w.Left != 3 {
		t.Errorf("a press opens nothing: %+v", w)
	}
	if w = w.widen(message.Allowance{}, at); w.Left != 3 {
		t.Errorf("nothing changes it: %+v", w)
	}
}

// herald is a gate that lets cards through when it is closed, and tells later
// how they ended.
type herald struct{ *gate }

func (herald) Notices(_ []byte, out message.Outbound) bool { return out.Form == message.CardForm }

func (h herald) SendNotice(_ context.Context, _ []byte, _ message.Person, key string, out message.Outbound) error {
	h.keys["notice "+key]++
	return nil
}

func (herald) Reports(_ context.Context, _ string, in message.Inbound) ([]message.Report, error) {
	if in.Fields["key"] == "" {
		return nil, errors.New("tell again")
	}
	return []message.Report{{Key: in.Fields["key"], Reason: "turned off"}}, nil
}

func TestWhatMayGoOutsideTheWindowDoesAndItsEndIsTold(t *testing.T) {
	t.Parallel()
	h, g, person := newGate(t)
	channel := herald{g}
	h.channels["far"] = channel
	h.Channels = []Channel{channel, h.channels["near"]}
	h.clock.advance(2 * time.Hour)
	if err := h.Send(t.Context(), person.Person(), "a", message.Text("closed"), message.OneCard(message.Card{Title: "order"})); err != nil {
		t.Fatal(err)
	}
	h.deliverAll(t)
	var sent Message
	for _, m := range h.history(t, person.ID) {
		if m.Out != nil && m.Out.Form == message.CardForm {
			sent = m
		}
	}
	key := platformKey(sent.ID)
	if states := h.states(t, person.ID); g.calls != 0 || states["closed"] != Failed || sent.State != Sent || g.keys["notice "+key] != 1 {
		t.Fatalf("%d calls, %v, %s, %v", g.calls, states, sent.State, g.keys)
	}
	event := does("mina", "job", message.Status)
	event.Channel = "far"
	if err := h.reported(t.Context(), channel, event); err == nil {
		t.Error("the platform is not asked to tell again")
	}
	event.Fields = map[string]string{"key": key}
	for range 2 {
		if err := h.reported(t.Context(), channel, event); err != nil {
			t.Fatal(err)
		}
	}
	if m := h.history(t, person.ID); !slices.ContainsFunc(m, func(m Message) bool {
		return m.ID == sent.ID && m.State == Failed && m.Reason == "turned off"
	}) {
		t.Error("the end is not noted")
	}
}
