package bot

import (
	"context"
	"sync"
	"testing"

	"plaza/shop/crashtest"
)

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
