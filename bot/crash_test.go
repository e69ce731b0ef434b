package bot

import (
	"context"
	"sync"
	"testing"

	"plaza/shop/crashtest"
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
	asleep, wake := plug.Sleep(2) // past taking the lane and renewing it
	var standing sync.WaitGroup
	standing.Go(func() { _, _ = slow.Deliver(context.Background()) })
	<-asleep
	c.advance(2 * laneTerm)
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
