package bot

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"plaza/live"
	"plaza/message"
	"plaza/shop/crashtest"
	"plaza/store/storetest"
)

// On a store for several nodes nothing spans two documents, so a process may
// die between any two writes. The platform sends the message again.
func TestAnswerToAFlowIsTakenOnceWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes++ {
		db, plug := crashtest.Open(t, Schemas()...)
		h := open(t, db, newClock(), newMessenger("far"))
		h.shared = true
		flow, err := h.Flows().Save(t.Context(), shop, Flow{Name: "booking", Steps: []Step{
			{ID: "day", Ask: Wording{"en": "Which day?"}, Kind: AskText, Store: "day"},
			{ID: "guests", Ask: Wording{"en": "How many?"}, Kind: AskText, Store: "guests"},
			{ID: "name", Ask: Wording{"en": "Which name?"}, Kind: AskText, Store: "name"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"book"}, Flow: flow.ID})
		h.handle(t, says("ann", "m1", "book"))
		h.Wait()
		plug.CrashAfter(writes, false)
		_, _ = h.Handle(t.Context(), says("ann", "m2", "friday"), nil)
		h.Wait()
		crashed := plug.Restart()
		h.clock.advance(2 * leaseTerm)
		if got := spoken(h.handle(t, says("ann", "m2", "friday"))); got != "How many?" {
			t.Errorf("after %d writes: %q was asked next", writes, got)
		}
		if got := spoken(h.handle(t, says("ann", "m3", "four"))); got != "Which name?" {
			t.Errorf("after %d writes: then %q was asked", writes, got)
		}
		if n := len(h.history(t, says("ann", "", "").SubscriberID())); n != 6 {
			t.Errorf("after %d writes: %d messages, want 6", writes, n)
		}
		if !crashed {
			return
		}
	}
}

// A worker stands still, after it has made sure of its lease and before it
// begins to send, for longer than the lease.
func TestWorkerThatStoodStillSendsNothingAgain(t *testing.T) {
	t.Parallel()
	db, plug := crashtest.Open(t, Schemas()...)
	c, far := newClock(), newMessenger("far")
	slow, other := open(t, db, c, far), open(t, db, c, far)
	if _, err := slow.Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	send(t, slow, farPerson("ann"), "k1", "one")
	slow.shared, other.shared = true, true
	asleep, wake := plug.Sleep(3) // past taking the route
	var standing sync.WaitGroup
	standing.Go(func() { _, _ = slow.Deliver(context.Background()) })
	<-asleep
	c.advance(2 * routeTerm)
	drain(t, other.Bot)
	wake()
	standing.Wait()
	far.mu.Lock()
	defer far.mu.Unlock()
	for _, times := range far.keys {
		if times != 1 {
			t.Errorf("the platform got the message %d times", times)
		}
	}
	if len(far.keys) != 1 {
		t.Errorf("%d messages, want 1", len(far.keys))
	}
}

// The first part of an answer fits into the response, the second does not. Where
// nobody waits any more, both go by the outbox. Wherever the process dies, the
// platform gets each part once, and the event log hears of everything.
func TestEveryPartOfAnAnswerComesOnceWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"somebody waits": false, "nobody waits": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for writes := 0; dieWhileAnswering(t, writes, late); writes++ {
			}
		})
	}
}

func dieWhileAnswering(t *testing.T, writes int, late bool) (died bool) {
	t.Helper()
	db, plug := crashtest.Open(t, Schemas()...)
	c, far := newClock(), newMessenger("far")
	waiting, leave := context.WithCancel(t.Context())
	defer leave()
	gone := make(chan struct{})
	answers := skill(func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
		if late {
			leave()
			<-gone
		}
		return []message.Outbound{message.Text("one"), message.Text("two")}, true, nil
	})
	firstFits := func(answer []message.Outbound) []message.Outbound { return answer[1:] }
	dying, other := open(t, db, c, far, answers), open(t, db, c, far, answers)
	dying.shared, other.shared = true, true
	if _, err := other.Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	in := says("ann", "m1", "hello")
	in.Channel = "far"

	plug.CrashAfter(writes, false)
	answer, err := dying.receive(waiting, in, []byte("raw"), firstFits)
	close(gone)
	dying.Wait()
	died = plug.Restart()
	var got []string
	if err == nil && !answer.Later {
		got = append(got, answer.Out[0].Text)
	}
	c.advance(2 * leaseTerm)
	drain(t, other.Bot)
	if err != nil || answer.Later { // so the platform asks again
		answer, err = other.receive(t.Context(), in, []byte("raw"), firstFits)
		if err != nil {
			t.Fatal(err)
		}
		if !answer.Later {
			got = append(got, answer.Out[0].Text)
		}
	}
	other.Wait()
	c.advance(2 * claimGrace)
	if err := other.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	drain(t, other.Bot)
	got = append(got, far.got()...)
	slices.Sort(got)
	if !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("after %d writes the platform got %q", writes, got)
	}
	wantTold(t, other.history(t, in.SubscriberID()), append(dying.events.all(), other.events.all()...))
	return died
}

// wantTold checks that the event log has heard of every message.
func wantTold(t *testing.T, history []Message, events []live.Event) {
	t.Helper()
	told := map[string]bool{}
	for _, event := range events {
		var what Shown
		if err := json.Unmarshal(event.Data, &what); err != nil {
			t.Fatal(err)
		}
		told[what.Message.ID] = true
	}
	if len(history) == 0 {
		t.Error("there is no message")
	}
	for _, m := range history {
		if !told[m.ID] {
			t.Errorf("the log has not heard of %s %s", m.Direction, m.summary())
		}
	}
}

// In a store of one process there is no moment between an answer and its event:
// the log has it when the caller is told.
func TestAnswerAndItsEventAreThereTogether(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, append(Schemas(), live.Schemas()...)...)
	h := open(t, db, newClock(), newMessenger("far"), skill(echo))
	log := live.NewLog(db, live.LogOptions{})
	defer func() { _ = log.Close() }()
	h.Bot.Log = log
	in := says("ann", "m1", "hello")
	h.handle(t, in)
	head, err := log.Head(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	page, err := log.Read(t.Context(), shop, 0, head, []string{ChatTopic(in.SubscriberID())}, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantTold(t, h.history(t, in.SubscriberID()), page.Events)
}
