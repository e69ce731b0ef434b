package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

// Two nodes share a store: each message arrives at both, at the same time.
func TestTwoNodesHandleEachMessageOnce(t *testing.T) {
	t.Parallel()
	db, c := storetest.Open(t, Schemas()...), newClock()
	var inside, asked atomic.Int32
	once := skill(func(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		if inside.Add(1) > 1 {
			t.Error("one person's messages are handled on two nodes at once")
		}
		defer inside.Add(-1)
		asked.Add(1)
		return echo(ctx, p, in)
	})
	var nodes []*house
	for range 2 {
		node := open(t, db, c, newMessenger("far"), once)
		node.shared = true
		nodes = append(nodes, node)
	}
	var all sync.WaitGroup
	for n := range 10 {
		for _, node := range nodes {
			all.Go(func() {
				in := says("ann", fmt.Sprint(n), fmt.Sprint(n))
				if got := spoken(node.handle(t, in)); got != "echo "+in.Text {
					t.Errorf("%q answered with %q", in.Text, got)
				}
			})
		}
	}
	// The clock is ours: let a lease never run out while it is held.
	all.Wait()
	if asked.Load() != 10 {
		t.Errorf("the skill was asked %d times, want 10", asked.Load())
	}
	if n := len(nodes[0].history(t, says("ann", "", "").SubscriberID())); n != 20 {
		t.Errorf("%d messages, want 20", n)
	}
}

func TestNodeThatLostItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	db, c := storetest.Open(t, Schemas()...), newClock()
	node := open(t, db, c, newMessenger("far"), skill(echo))
	node.shared = true
	id := says("ann", "", "").SubscriberID()
	stalled := skill(func(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		c.advance(2 * leaseTerm) // a long pause of the whole process
		node.handle(t, says("ann", "m2", "second"))
		return echo(ctx, p, in)
	})
	slow := open(t, db, c, newMessenger("far"), stalled)
	slow.shared = true
	if _, err := slow.Handle(t.Context(), says("ann", "m1", "first"), nil); !errors.Is(err, store.ErrConditionFailed) && !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("the stalled node's work was taken: %v", err)
	}
	conversation, err := node.Inbox().Get(t.Context(), shop, id)
	if err != nil || conversation.Last.Summary != "echo second" {
		t.Errorf("conversation = %+v, %v", conversation.Last, err)
	}
	if got := spoken(node.handle(t, says("ann", "m1", "first"))); got != "echo first" {
		t.Errorf("the platform's retry got %q", got)
	}
}
