package broadcast

import (
	"sync"
	"testing"
	"time"

	"plaza/store/storetest"
)

// Two nodes, one of which always comes to a standstill in the middle of a page
// until its lease has been taken by the other.
func TestAWorkerThatLostItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, testSchemas()...)
	at := &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
	slow, quick := worldOn(t, db, at), worldOn(t, db, at)
	slow.people.add("webchat", 1800)
	quick.people = slow.people
	quick.Service.Subscribers = slow.people
	campaign := slow.scheduled(plan())
	slow.chat.after = func(int) {
		slow.chat.after = nil
		at.advance(time.Minute)
		quick.work()
	}
	slow.work()
	quick.mustBe(campaign.ID, Done, "")
	if sent := slow.chat.sent.Load() + quick.chat.sent.Load(); sent != 1800 {
		t.Errorf("%d messages were written", sent)
	}
	if counts := quick.run(campaign.ID).Counts; counts.Sent != 1800 {
		t.Errorf("the run counts %+v", counts)
	}
}

func TestManyNodesFireOnce(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, testSchemas()...)
	at := &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
	nodes := make([]*world, 4)
	var sent int64
	for i := range nodes {
		nodes[i] = worldOn(t, db, at)
		nodes[i].people.add("webchat", 2000)
	}
	daily := plan()
	daily.When = When{Kind: Recurring, Cron: "0 10 * * *"} // ten it is now
	campaign := nodes[0].scheduled(daily)
	for range 3 {
		at.advance(24 * time.Hour)
		var group sync.WaitGroup
		for _, node := range nodes {
			group.Go(node.work)
		}
		group.Wait()
		nodes[0].work()
	}
	for _, node := range nodes {
		sent += node.chat.sent.Load()
	}
	found, _, err := nodes[0].Runs(t.Context(), shop, campaign.ID, "", 10)
	if err != nil || len(found) != 3 || sent != 6000 {
		t.Fatalf("three days made %d runs and %d messages, %v", len(found), sent, err)
	}
	for _, run := range found {
		if run.Counts.Sent != 2000 || run.FinishedAt.IsZero() {
			t.Errorf("run %s counts %+v", run.ID, run.Counts)
		}
	}
	nodes[0].mustBe(campaign.ID, Scheduled, "")
}

func TestStopFinishesThePageAndGivesTheLeaseBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 15_000)
	begun := make(chan struct{})
	var once sync.Once
	w.chat.after = func(int) { once.Do(func() { close(begun) }) }
	campaign := w.scheduled(plan())
	w.Start(t.Context())
	<-begun
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	present := w.campaign(campaign.ID)
	if present.State == Sending && present.DueAt.After(w.clock.Now()) {
		t.Errorf("the lease is kept until %v", present.DueAt)
	}
	if counts := w.run(campaign.ID).Counts; counts.Sent != w.chat.sent.Load() {
		t.Errorf("%d were sent and %d counted", w.chat.sent.Load(), counts.Sent)
	}
	if err := w.Stop(t.Context()); err != nil {
		t.Errorf("a second stop: %v", err)
	}
	w.work()
	if w.chat.sent.Load() != 15_000 {
		t.Errorf("%d were sent in the end", w.chat.sent.Load())
	}
}
