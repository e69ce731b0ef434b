package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/fault"
	"plaza/message"
)

func echo(_ context.Context, _ message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	return []message.Outbound{message.Text("echo " + in.Text)}, true, nil
}

func TestRetriedMessageGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	h := newHouse(t, skill(func(_ context.Context, _ message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		return []message.Outbound{message.Text(fmt.Sprintf("answer %d", asked.Add(1)))}, true, nil
	}))
	in := says("ann", "m1", "hello")
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if got := spoken(h.handle(t, in)); got != "answer 1" {
				t.Errorf("a retry was answered %q", got)
			}
		})
	}
	all.Wait()
	if got := h.handle(t, in); spoken(got) != "answer 1" || !got.Repeated || got.Received.ID == "" || len(got.Messages) != 1 {
		t.Errorf("a late retry was answered %+v", got)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the skill was asked %d times", n)
	}
	if n := len(h.history(t, in.SubscriberID())); n != 2 {
		t.Errorf("the conversation has %d messages, want 2", n)
	}
	if n := h.events.count("message.received"); n != 1 {
		t.Errorf("%d events of the message, want 1", n)
	}
}

func TestSameKeyOfAnotherPersonIsAnotherMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(echo))
	if got := spoken(h.handle(t, says("ann", "1", "a"))); got != "echo a" {
		t.Error(got)
	}
	if got := spoken(h.handle(t, says("bob", "1", "b"))); got != "echo b" {
		t.Error(got)
	}
}

func TestMessagesOfOnePersonAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	var inside, most atomic.Int32
	h := newHouse(t, skill(func(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		now := inside.Add(1)
		defer inside.Add(-1)
		if now > most.Load() {
			most.Store(now)
		}
		return echo(ctx, p, in)
	}))
	const count = 64
	// Each joins the queue before the next, as connections of one platform do;
	// all are being handled at the same time.
	var all sync.WaitGroup
	for i := range count {
		in := says("ann", fmt.Sprint(i), fmt.Sprintf("%03d", i))
		joined := make(chan struct{})
		all.Go(func() {
			running, _ := h.calls.join(inboundID(in))
			place := h.turns.join(in.SubscriberID())
			close(joined)
			ctx := context.Background()
			if err := h.turns.wait(ctx, place); err != nil {
				t.Error(err)
			}
			if _, err := h.takeIn(ctx, running, in, nil, nil); err != nil {
				t.Error(err)
			}
			h.turns.leave(place)
			h.calls.end(inboundID(in), running, Answer{}, nil)
		})
		<-joined
	}
	all.Wait()
	history := h.history(t, says("ann", "", "").SubscriberID())
	if len(history) != 2*count {
		t.Fatalf("%d messages recorded, want %d", len(history), 2*count)
	}
	for i := range count { // newest first: answer, then question
		want := fmt.Sprintf("%03d", count-1-i)
		if out, in := history[2*i], history[2*i+1]; out.Out == nil || out.Out.Text != "echo "+want || in.In == nil || in.In.Text != want {
			t.Fatalf("out of order at %d: %+v %+v", i, out.Out, in.In)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d messages of one person were handled at once", most.Load())
	}
	open, _, err := h.Inbox().List(t.Context(), shop, Filter{}, "", 10)
	if err != nil || len(open) != 1 {
		t.Errorf("%d open conversations, %v; want one", len(open), err)
	}
}

func TestHandleKeepsOrderOfParallelCallersAndSubscribers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(echo))
	var all sync.WaitGroup
	for user := range 40 {
		for n := range 5 {
			all.Go(func() {
				in := says(fmt.Sprintf("user%d", user), fmt.Sprint(n), fmt.Sprint(user, n))
				if got := spoken(h.handle(t, in)); got != "echo "+in.Text {
					t.Errorf("%q answered with %q", in.Text, got)
				}
			})
		}
	}
	all.Wait()
	people, _, err := h.Subscribers().List(t.Context(), shop, People{}, "", 100)
	if err != nil || len(people) != 40 {
		t.Fatalf("%d subscribers, %v; want 40", len(people), err)
	}
	for _, person := range people {
		history := h.history(t, person.ID)
		if len(history) != 10 {
			t.Errorf("%s has %d messages, want 10", person.ID, len(history))
		}
		for i := 0; i+1 < len(history); i += 2 {
			if history[i].Out.Text != "echo "+history[i+1].In.Text {
				t.Errorf("%s: %q follows %q", person.ID, history[i].Out.Text, history[i+1].In.Text)
			}
		}
	}
}

func TestWhatGoesWrongInASkillIsAnsweredPolitely(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]skill{
		"panic": func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
			panic("index out of range, secret 4711")
		},
		"error": func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
			return nil, false, errors.New("connection lost")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, broken)
			answer := h.handle(t, says("ann", "m1", "my secret words"))
			said := spoken(answer)
			_, rest, found := strings.Cut(said, "Reference: ")
			if !found {
				t.Fatalf("answered %q", said)
			}
			id := strings.TrimSuffix(rest, ")")
			if log := h.log.String(); !strings.Contains(log, id) || strings.Contains(log, "my secret words") {
				t.Errorf("log has no id %s, or the message itself: %s", id, log)
			}
			if strings.Contains(said, "4711") || len(h.history(t, answer.Received.Conversation)) != 2 {
				t.Errorf("said %q; history %d", said, len(h.history(t, answer.Received.Conversation)))
			}
		})
	}
}

func TestFaultOfASkillIsToldInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
		return nil, false, fault.New(fault.Conflict, "sold_out", "Sold out.")
	}))
	if got := spoken(h.handle(t, says("ann", "m1", "buy"))); got != "en:fault.sold_out" {
		t.Errorf("said %q", got)
	}
}

func TestFollowingIsKeptWhateverOrderEventsArriveIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := func(minute int, in message.Inbound) message.Inbound {
		in.At = h.clock.Now().Add(time.Duration(minute) * time.Minute)
		return in
	}
	followed := func() bool {
		t.Helper()
		found, err := h.Subscribers().Get(t.Context(), shop, does("ann", "", "").SubscriberID())
		if err != nil {
			t.Fatal(err)
		}
		return found.Followed
	}
	h.handle(t, at(0, says("ann", "m0", "hello"))) // before the follow
	if followed() {
		t.Error("writing on our own channel is not following")
	}
	in := at(1, does("ann", "f1", message.Follow))
	in.Scene = "door"
	if got := spoken(h.handle(t, in)); !strings.Contains(got, "Welcome to Corner Shop") {
		t.Errorf("welcomed with %q", got)
	}
	if !followed() {
		t.Error("does not follow after following")
	}
	h.clock.advance(10 * time.Minute)
	h.handle(t, at(0, does("ann", "u1", message.Unfollow)))
	if followed() {
		t.Error("follows after leaving")
	}
	h.handle(t, at(-9, does("ann", "f1b", message.Follow))) // a late delivery of what was true once
	if followed() {
		t.Error("an old event brought the follower back")
	}
	found, _ := h.Subscribers().Get(t.Context(), shop, in.SubscriberID())
	if found.Scene != "door" {
		t.Errorf("arrived by %q", found.Scene)
	}
}

func TestWritingProvesFollowingWhereOnlyFollowersCanWrite(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(echo))
	h.far.followers = true
	in := says("ann", "m1", "hello")
	in.Channel = "far"
	h.handle(t, in)
	counts, err := h.Subscribers().Counts(t.Context(), shop)
	if err != nil || counts.All != 1 || counts.Channels["far"] != 1 {
		t.Errorf("counts %+v, %v", counts, err)
	}
}

func TestEventsThatNobodyWaitsForLeaveTheConversationAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
		t.Error("a skill was asked")
		return nil, false, nil
	}))
	for _, kind := range []message.Kind{message.View, message.Position, message.Status} {
		if got := h.handle(t, does("ann", string(kind), kind)); len(got.Out) != 0 || got.Received.ID != "" {
			t.Errorf("%s answered with %+v", kind, got)
		}
	}
	list, _, err := h.Inbounds().List(t.Context(), shop, "", 10)
	if err != nil || len(list) != 3 {
		t.Errorf("%d records, %v; want 3", len(list), err)
	}
	if _, err := h.Inbox().Get(t.Context(), shop, does("ann", "", "").SubscriberID()); !errors.Is(err, ErrNoConversation) {
		t.Errorf("conversation: %v", err)
	}
}

func TestMessagesWithoutSenderOrKeyAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, in := range []message.Inbound{
		{}, says("", "m", "x"), says("ann", "", "x"), says("a\x00b", "m", "x"), says("ann", "\xff", "x"),
		says(strings.Repeat("a", 129), "m", "x"), {Account: "a:b", Channel: "near", User: "u", Key: "k", Kind: message.TextIn},
		{Account: shop, Channel: "near", User: "u", Key: "k"},
	} {
		if _, err := h.Handle(t.Context(), in, nil); !errors.Is(err, ErrInbound) {
			t.Errorf("Handle(%+v) = %v", in, err)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.teach(t, Rule{On: OnFollow, Answers: []Template{say("Hello {{name|friend}}")}})
	for i, hostile := range []string{"{{order}}", "{{attr:x}}", "<script>alert(1)</script>", "]]>", "\u202e", strings.Repeat("长", 200), "'; DROP TABLE"} {
		in := does(fmt.Sprint("u", i), "f", message.Follow)
		in.Name = hostile
		want := "Hello " + truncate(hostile, maxName)
		if got := spoken(h.handle(t, in)); got != want {
			t.Errorf("%q was greeted with %q", hostile, got)
		}
		h.handle(t, says(fmt.Sprint("u", i), "m", hostile))
	}
	if _, err := json.Marshal(h.events.all()); err != nil {
		t.Error(err)
	}
}

// A skill that sends something by itself while it answers: a receipt, say.
func TestSkillMaySendWhileItAnswers(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"near", "far"} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			var h *house
			h = newHouse(t, skill(func(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
				for range 2 {
					if err := h.Send(ctx, p, "receipt:"+in.Key, message.Text("receipt "+in.Key)); err != nil {
						return nil, false, err
					}
				}
				return []message.Outbound{message.Text("paid " + in.Key)}, true, nil
			}))
			for _, key := range []string{"1", "2"} {
				in := says("ann", key, "pay")
				in.Channel = channel
				if got := spoken(h.handle(t, in)); got != "paid "+key {
					t.Errorf("answered %q", got)
				}
			}
			drain(t, h.Bot)
			id := message.SubscriberID(shop, channel, "ann")
			if n := len(h.history(t, id)); n != 6 {
				t.Errorf("%d messages, want 6", n)
			}
			history := h.history(t, id)
			for i := 1; i < len(history); i++ {
				if history[i].At.After(history[i-1].At) {
					t.Errorf("out of order: %s after %s", history[i-1].summary(), history[i].summary())
				}
			}
			conversation, err := h.Inbox().Get(t.Context(), shop, id)
			if err != nil || conversation.State != Open || !conversation.LastAt.Equal(history[0].At) {
				t.Errorf("conversation %+v, %v", conversation, err)
			}
		})
	}
}
