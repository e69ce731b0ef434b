package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

// drain lets one worker send until nothing is due.
func drain(t testing.TB, b *Bot) {
	t.Helper()
	for {
		worked, err := b.Deliver(context.Background())
		if err != nil {
			t.Fatalf("Deliver: %v", err)
		}
		if !worked {
			return
		}
	}
}

func farPerson(user string) message.Person {
	return message.Person{ID: message.SubscriberID(shop, "far", user), Account: shop, Channel: "far", User: user, Language: "en"}
}

func send(t testing.TB, h *house, person message.Person, key string, texts ...string) {
	t.Helper()
	out := make([]message.Outbound, len(texts))
	for i, text := range texts {
		out[i] = message.Text(text)
	}
	if err := h.Send(context.Background(), person, key, out...); err != nil {
		t.Fatal(err)
	}
}

func states(t testing.TB, h *house, person message.Person) string {
	t.Helper()
	var all []string
	for _, m := range h.history(t, person.ID) {
		all = append(all, m.Out.Text+":"+string(m.State))
	}
	slices.Reverse(all)
	return strings.Join(all, " ")
}

func TestSameKeySendsOnceAndInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := farPerson("ann")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { send(t, h, ann, "k1", "one", "two") })
	}
	all.Wait()
	send(t, h, ann, "k2", "three")
	for range 4 { // several workers at once
		all.Go(func() { drain(t, h.Bot) })
	}
	all.Wait()
	send(t, h, ann, "k1", "one", "two")
	drain(t, h.Bot)
	if got := strings.Join(h.far.got(), " "); got != "one two three" {
		t.Errorf("the platform got %q", got)
	}
	if got := states(t, h, ann); got != "one:sent two:sent three:sent" {
		t.Errorf("recorded %q", got)
	}
}

func TestFailedSendsEndInAStateWithAReason(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		failure error
		state   State
		reason  string
	}{
		"window":  {&message.SendError{Class: message.WindowClosed, Text: "no reply in 48 hours"}, Failed, "no reply in 48 hours"},
		"gone":    {&message.SendError{Class: message.Gone, Text: "left"}, Failed, "left"},
		"refused": {&message.SendError{Class: message.Permanent, Text: "bad picture"}, Failed, "bad picture"},
		"unclear": {errors.New("read: connection reset"), Uncertain, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.far.answer = func(text string) error {
				if text == "bad" {
					return test.failure
				}
				return nil
			}
			ann := farPerson("ann")
			send(t, h, ann, "k1", "bad", "good")
			drain(t, h.Bot)
			if got := states(t, h, ann); got != "bad:"+string(test.state)+" good:sent" {
				t.Errorf("recorded %q", got)
			}
			if got := h.history(t, ann.ID)[1].Reason; got != test.reason {
				t.Errorf("reason %q", got)
			}
		})
	}
}

func TestBusyPlatformIsTriedAgainLaterWithoutOvertaking(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	failures := 3
	h.far.answer = func(string) error {
		if failures > 0 {
			failures--
			return &message.SendError{Class: message.RetryLater, Text: "busy", RetryAfter: time.Minute}
		}
		return nil
	}
	ann, bob := farPerson("ann"), farPerson("bob")
	send(t, h, ann, "k1", "one")
	drain(t, h.Bot)
	send(t, h, ann, "k2", "two")
	drain(t, h.Bot) // posting makes the lane due, and one is still first
	send(t, h, bob, "k1", "other")
	for range 3 {
		drain(t, h.Bot)
		h.clock.advance(time.Hour)
	}
	drain(t, h.Bot)
	got := h.far.got()
	if len(got) != 3 || slices.Index(got, "one") > slices.Index(got, "two") {
		t.Errorf("the platform got %q", got)
	}
}

func TestPlatformThatIsNeverReadyIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	calls := 0
	h.far.answer = func(string) error {
		calls++
		return &message.SendError{Class: message.RetryLater, Text: "busy"}
	}
	send(t, h, farPerson("ann"), "k1", "one")
	for range 2 * maxAttempts {
		drain(t, h.Bot)
		h.clock.advance(maxBackOff)
	}
	if got := states(t, h, farPerson("ann")); got != "one:failed" || calls != maxAttempts {
		t.Errorf("recorded %q after %d calls", got, calls)
	}
}

// A worker dies between calling the platform and marking that it did.
func TestCrashWhileSendingRepeatsOnlyWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	for _, repeatable := range []bool{true, false} {
		t.Run(fmt.Sprint("repeatable=", repeatable), func(t *testing.T) {
			t.Parallel()
			db, c, far := storetest.Open(t, Schemas()...), newClock(), newMessenger("far")
			far.repeatable = repeatable
			dying := open(t, db, c, far)
			dying.shared = true
			if _, err := dying.Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
			ann := farPerson("ann")
			send(t, dying, ann, "k1", "one", "two")
			died := errors.New("killed")
			far.answer = func(string) error { panic(died) }
			func() {
				defer func() {
					if got := recover(); got != died {
						t.Errorf("recovered %v", got)
					}
				}()
				far.keys["(reached the platform)"]++
				_, _ = dying.Deliver(t.Context())
			}()
			far.mu = sync.Mutex{}
			far.answer = nil

			alive := open(t, db, c, far)
			alive.shared = true
			drain(t, alive.Bot)
			if got := far.got(); len(got) != 0 {
				t.Fatalf("the route was taken while its lease ran: %q", got)
			}
			c.advance(2 * routeTerm)
			drain(t, alive.Bot)
			c.advance(time.Second) // a route that another node had begins without a burst
			drain(t, alive.Bot)
			want, wantStates := "one two", "one:sent two:sent"
			if !repeatable {
				want, wantStates = "two", "one:uncertain two:sent"
			}
			if got := strings.Join(far.got(), " "); got != want {
				t.Errorf("the platform got %q, want %q", got, want)
			}
			if got := states(t, alive, ann); got != wantStates {
				t.Errorf("recorded %q, want %q", got, wantStates)
			}
		})
	}
}

func TestNodeWhoseRouteWasTakenSendsNothingMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.shared = true
	other := open(t, h.DB, h.clock, h.far)
	other.shared = true
	ann := farPerson("ann")
	send(t, h, ann, "k1", "one", "two")
	first := true
	h.far.answer = func(string) error {
		if !first {
			return nil
		}
		first = false
		h.far.mu.Unlock()
		defer h.far.mu.Lock()
		h.clock.advance(2 * routeTerm) // it stalls inside the call
		drain(t, other.Bot)            // and another node takes the route
		h.clock.advance(time.Second)
		drain(t, other.Bot)
		return nil
	}
	drain(t, h.Bot)
	if got := states(t, h, ann); got != "one:uncertain two:sent" {
		t.Errorf("recorded %q", got)
	}
	if n := len(h.far.got()); n != 2 {
		t.Errorf("the platform got %q", h.far.got())
	}
}

func TestWorkersStopAndGiveTheirLanesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sending, finish := make(chan struct{}), make(chan struct{})
	h.far.answer = func(text string) error {
		if text == "one" {
			close(sending)
			<-finish
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		h.Run(ctx, 2)
		close(stopped)
	}()
	send(t, h, farPerson("ann"), "k1", "one", "two")
	<-sending
	stop()
	close(finish)
	<-stopped
	if got := states(t, h, farPerson("ann")); got != "one:sent two:queued" {
		t.Fatalf("recorded %q", got)
	}
	drain(t, h.Bot) // at once: the lease was given back
	if got := states(t, h, farPerson("ann")); got != "one:sent two:sent" {
		t.Errorf("recorded %q", got)
	}
}

func TestStateOfAMessageNeverMovesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rank := map[State]int{Queued: 0, Sending: 1, Sent: 2, Delivered: 3, Read: 4, Failed: 5, Uncertain: 5}
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		ann := farPerson(fmt.Sprint("ann", round))
		send(t, h, ann, "k", "x")
		id := h.history(t, ann.ID)[0].ID
		was := Queued
		for _, state := range rapid.SliceOfN(rapid.SampledFrom([]State{Sending, Sent, Delivered, Read, Failed, Uncertain}), 1, 8).Draw(r, "states") {
			if err := h.Advance(context.Background(), shop, id, state, ""); err != nil {
				r.Fatal(err)
			}
			is := h.history(t, ann.ID)[0].State
			if rank[is] < rank[was] || (rank[was] >= 4 && is != was) {
				r.Fatalf("%s became %s when told %s", was, is, state)
			}
			was = is
		}
	})
}

func TestBulkSendIsWrittenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var deliveries []Delivery
	for i := range 50 {
		in := says(fmt.Sprint("u", i), "", "")
		deliveries = append(deliveries, Delivery{Person: message.Person{ID: in.SubscriberID(), Account: shop, Channel: "near", User: in.User},
			Key: "run1", Out: []message.Outbound{message.Text("sale"), message.Text("today")}, At: h.clock.Now()})
	}
	if err := h.SendMany(t.Context(), deliveries[:30]); err != nil { // then it is killed
		t.Fatal(err)
	}
	h.clock.advance(time.Minute)
	if err := h.SendMany(t.Context(), deliveries); err != nil {
		t.Fatal(err)
	}
	for _, d := range deliveries {
		if got := states(t, h, d.Person); got != "sale:sent today:sent" {
			t.Errorf("%s has %q", d.Person.ID, got)
		}
	}
	if err := h.SendMany(t.Context(), []Delivery{{Person: farPerson("x"), Key: "k"}}); err == nil {
		t.Error("a bulk send over somebody else's platform was taken")
	}
}

func TestMessageForADisconnectedChannelFailsInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	send(t, h, farPerson("ann"), "k1", "one")
	if err := h.Connections().Enable(t.Context(), shop, "far", false); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	message, err := messages.In(h.DB, shop).First(t.Context(), store.Where(store.Prefix("_id", farPerson("ann").ID)))
	if err != nil || message.State != Failed || message.Reason != ErrNotConnected.Text {
		t.Errorf("%+v, %v", message, err)
	}
}

func TestRestoredStoreSendsNothingUntilSomebodyHasLooked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	send(t, h, farPerson("ann"), "k1", "one")
	if err := h.DB.MarkRestored(t.Context(), h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	if got := h.far.got(); len(got) != 0 {
		t.Fatalf("a restored store sent %q", got)
	}
	if err := h.DB.ClearRestored(t.Context()); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	if got := h.far.got(); len(got) != 1 {
		t.Errorf("sent %q after somebody looked", got)
	}
}

func TestNewMessagesDoNotHastenARetry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	calls := 0
	h.far.answer = func(string) error {
		calls++
		return &message.SendError{Class: message.RetryLater, Text: "busy", RetryAfter: time.Hour}
	}
	ann := farPerson("ann")
	for n := range 2 * maxAttempts {
		send(t, h, ann, string(rune('a'+n)), "text")
		h.clock.advance(time.Second)
		drain(t, h.Bot)
	}
	if calls != 1 {
		t.Errorf("the platform was called %d times within the hour it asked for", calls)
	}
	h.far.answer = nil
	h.clock.advance(time.Hour)
	drain(t, h.Bot)
	if n := len(h.far.got()); n != 2*maxAttempts {
		t.Errorf("%d messages arrived, want %d", n, 2*maxAttempts)
	}
}
