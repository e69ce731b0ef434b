package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"plaza/message"
	"plaza/store/storetest"
)

// A process dies after the skill began and before the answer was recorded.
func TestMessageBegunBeforeACrashIsFinishedAfterIt(t *testing.T) {
	t.Parallel()
	db, c := storetest.Open(t, Schemas()...), newClock()
	begun, never := make(chan struct{}), make(chan struct{})
	dying := open(t, db, c, newMessenger("far"), skill(func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
		close(begun)
		<-never
		return nil, false, errors.New("the process is gone")
	}))
	in := says("ann", "m1", "hello")
	in.Channel = "far"
	ctx, leave := context.WithCancel(t.Context())
	go func() { _, _ = dying.Handle(ctx, in, []byte("raw")) }()
	<-begun
	leave()
	t.Cleanup(func() { close(never) })

	far := newMessenger("far")
	alive := open(t, db, c, far, skill(echo))
	if _, err := alive.Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := alive.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	alive.Wait()
	if n := len(alive.history(t, in.SubscriberID())); n != 0 {
		t.Fatalf("the message was taken from a process that may still be alive (%d messages)", n)
	}
	c.advance(2 * claimGrace)
	if err := alive.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	alive.Wait()
	drain(t, alive.Bot)
	if got := far.got(); len(got) != 1 || got[0] != "echo hello" {
		t.Errorf("the platform got %q", got)
	}
	if got := alive.handle(t, in); !got.Repeated || !got.Later || len(got.Messages) != 1 {
		t.Errorf("the platform's retry got %+v", got)
	}
	if n := len(alive.history(t, in.SubscriberID())); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestPlatformRetryAfterACrashIsAnswered(t *testing.T) {
	t.Parallel()
	db, c := storetest.Open(t, Schemas()...), newClock()
	before := open(t, db, c, newMessenger("far"))
	in := says("ann", "m1", "hello")
	v, err := before.visitOf(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if v.record, err = before.newRecord(t.Context(), v, []byte("raw")); err != nil {
		t.Fatal(err)
	}
	if err := before.claim(t.Context(), v); err != nil { // and then it dies
		t.Fatal(err)
	}
	after := open(t, db, c, newMessenger("far"), skill(echo))
	if got := spoken(after.handle(t, in)); got != "echo hello" {
		t.Errorf("answered %q", got)
	}
	if got := after.handle(t, in); spoken(got) != "echo hello" || !got.Repeated {
		t.Errorf("repeated: %+v", got)
	}
	if err := after.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(after.history(t, in.SubscriberID())); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestRawBodyCanBeSeenAndReplayed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(echo))
	answer := h.handle(t, says("ann", "m1", "price"))
	h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"price"}, Answers: []Template{say("It costs 3.")}})
	_, raw, err := h.Inbounds().Raw(t.Context(), shop, answer.Received.Inbound)
	if err != nil || string(raw) != "raw m1" {
		t.Errorf("raw = %q, %v", raw, err)
	}
	if _, _, err := h.Inbounds().Raw(t.Context(), "01CITY", answer.Received.Inbound); !errors.Is(err, ErrInboundGone) {
		t.Errorf("another account reads it: %v", err)
	}
	record, err := inbounds.In(h.DB, shop).Get(t.Context(), answer.Received.Inbound)
	if err != nil || strings.Contains(string(record.Raw), "raw m1") {
		t.Errorf("kept in clear: %q %v", record.Raw, err)
	}
	before := len(h.history(t, answer.Received.Conversation))
	out, err := h.Inbounds().Replay(t.Context(), shop, answer.Received.Inbound)
	if err != nil || len(out) != 1 || out[0].Text != "It costs 3." {
		t.Errorf("replayed: %+v, %v", out, err)
	}
	if after := len(h.history(t, answer.Received.Conversation)); after != before {
		t.Errorf("a replay changed the conversation: %d, then %d", before, after)
	}
}
