package bot

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"plaza/message"
	"plaza/shop/crashtest"
	"plaza/store"
)

// undeliveredOn lists what a list of the house's account holds.
func (h *house) undeliveredOn(t testing.TB, list UndeliveredList) []Undelivered {
	t.Helper()
	found, _, err := h.Outbox().Undelivered(t.Context(), shop, list, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// farRoute is how sending on the far channel stands.
func (h *house) farRoute(t testing.TB) Route {
	t.Helper()
	routes, err := h.Outbox().Routes(t.Context(), shop)
	if err != nil || len(routes) != 1 || routes[0].Channel != "far" {
		t.Fatalf("%+v, %v", routes, err)
	}
	return routes[0]
}

func failing(text string) error {
	switch text {
	case "lost":
		return errors.New("read: time-out")
	case "bad":
		return &message.SendError{Class: message.Gone, Text: "They left."}
	}
	return nil
}

func TestUncertainAndFailedMessagesAreCountedAndListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.far.answer = failing
	ann, bob := farPerson("ann"), farPerson("bob")
	send(t, h, ann, "k1", "lost", "fine")
	send(t, h, bob, "k1", "bad")
	if err := h.SendAs(t.Context(), ByCampaign, bob, "run", message.Text("lost")); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	if route := h.farRoute(t); route.Uncertain != 2 || route.Failed != 1 || route.Waiting != 0 {
		t.Errorf("%+v", route)
	}
	uncertain := h.undeliveredOn(t, ListUncertain)
	if len(uncertain) != 2 {
		t.Fatalf("%d uncertain, want 2", len(uncertain))
	}
	for _, u := range uncertain {
		if want := map[string]Author{ann.ID: ByBot, bob.ID: ByCampaign}[u.Conversation]; u.Author != want || u.Summary != "lost" || u.Words != "no answer" {
			t.Errorf("%+v", u)
		}
	}
	if failed := h.undeliveredOn(t, ListFailed); len(failed) != 1 || failed[0].Class != string(message.Gone) || failed[0].Words != "They left." {
		t.Errorf("failed: %+v", failed)
	}
}

func TestUncertainMessageIsSentAgainOnceWhenAMemberSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.far.answer = failing
	in := message.Inbound{Account: shop, Channel: "far", User: "ann", Key: "m", Kind: message.TextIn, Text: "hi"}
	if _, err := h.Handle(t.Context(), in, nil); err != nil {
		t.Fatal(err)
	}
	h.Wait()
	send(t, h, farPerson("ann"), "k1", "lost")
	send(t, h, farPerson("ann"), "k2", "lost")
	drain(t, h.Bot)
	listed := h.undeliveredOn(t, ListUncertain)
	h.far.answer = nil
	for range 2 { // clicked twice
		if err := h.Outbox().SendAgain(t.Context(), shop, "member", listed[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Outbox().Leave(t.Context(), shop, "member", listed[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Outbox().SendAgain(t.Context(), shop, "member", listed[1].ID); !errors.Is(err, ErrNotUndelivered) {
		t.Errorf("one that was left alone: %v", err)
	}
	if err := h.Outbox().SendAgain(t.Context(), "01CITY", "member", listed[0].ID); err == nil {
		t.Error("another account's message was sent again")
	}
	drain(t, h.Bot)
	count := 0
	for _, text := range h.far.got() {
		if text == "lost" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("sent again %d times", count)
	}
	if route := h.farRoute(t); route.Uncertain != 0 {
		t.Errorf("%+v", route)
	}
	decided := h.undeliveredOn(t, ListDecided)
	if len(decided) != 2 || decided[0].Member != "member" || decided[0].Decision == decided[1].Decision {
		t.Errorf("decided: %+v", decided)
	}
}

// The counts are right wherever a process dies while it notes a message and
// while a member decides about it.
func TestCountsOfUndeliveredMessagesSurviveCrashes(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes++ {
		db, plug := crashtest.Open(t, Schemas()...)
		h := open(t, db, newClock(), newMessenger("far"))
		h.shared = true
		h.far.answer = failing
		if _, err := h.Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			send(t, h, farPerson(fmt.Sprint("p", n)), "k", "lost")
		}
		plug.CrashAfter(writes, writes%2 == 0)
		_, _ = h.Deliver(t.Context())
		if listed, _, err := h.Outbox().Undelivered(t.Context(), shop, ListUncertain, "", 50); err == nil && len(listed) > 0 {
			_ = h.Outbox().Leave(t.Context(), shop, "member", listed[0].ID)
		}
		crashed := plug.Restart()
		alive := open(t, db, h.clock, h.far) // another process goes on
		alive.shared = true
		h.clock.advance(countingGrace + routeTerm)
		for range 20 {
			if err := alive.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			drain(t, alive.Bot)
			h.clock.advance(time.Second)
		}
		open, _ := undeliveredCount(t, db)
		if route := alive.farRoute(t); int(route.Uncertain) != open || route.Waiting != 0 {
			t.Errorf("after %d writes: counted %d uncertain of %d, %d wait", writes, route.Uncertain, open, route.Waiting)
		}
		if !crashed {
			return
		}
	}
}

func undeliveredCount(t testing.TB, db *store.DB) (uncertain, failed int) {
	t.Helper()
	for u, err := range undelivered.In(db, shop).Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		switch u.List {
		case ListUncertain:
			uncertain++
		case ListFailed:
			failed++
		}
	}
	return uncertain, failed
}
