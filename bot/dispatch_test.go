package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/message"
	"plaza/store/storetest"
)

// pacedMessenger is a messenger with a published pace.
type pacedMessenger struct {
	*messenger
	pace message.Pace
}

func (p pacedMessenger) Pace() message.Pace { return p.pace }

// newPaced is a house whose far messenger keeps a pace.
func newPaced(t testing.TB, pace message.Pace) *house {
	t.Helper()
	h := newHouse(t)
	h.channels["far"] = pacedMessenger{h.far, pace}
	for _, account := range []string{shop, "01CITY"} {
		if _, err := h.Connections().Save(t.Context(), account, "far", []byte(`{"secret":"s3"}`)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func personOf(account, user string) message.Person {
	return message.Person{ID: message.SubscriberID(account, "far", user), Account: account, Channel: "far", User: user}
}

func campaign(t testing.TB, h *house, account string, people int) {
	t.Helper()
	for n := range people {
		person := personOf(account, fmt.Sprintf("%s%04d", account, n))
		if err := h.SendAs(t.Context(), ByCampaign, person, "run", message.Text("sale")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCampaignDelaysNobodyElsesAnswer(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 10, Burst: 10})
	campaign(t, h, shop, 300)
	drain(t, h.Bot) // the burst
	if err := h.Send(t.Context(), personOf("01CITY", "ann"), "k", message.Text("your answer")); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	if got := h.far.got(); got[len(got)-1] != "your answer" {
		t.Errorf("the other account's answer waits behind %d of the campaign's messages", len(got))
	}
	if err := h.Send(t.Context(), personOf(shop, "bob"), "k", message.Text("an answer of its own")); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(100 * time.Millisecond) // room for one
	drain(t, h.Bot)
	if got := h.far.got(); got[len(got)-1] != "an answer of its own" {
		t.Errorf("the account's own answer waits behind its campaign: %d went", len(got))
	}
}

func TestAccountsWithCampaignsTakeTurns(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 1000, Burst: 1000})
	campaign(t, h, shop, 60)
	campaign(t, h, "01CITY", 20)
	for range 40 {
		if worked, err := h.Deliver(t.Context()); err != nil || !worked {
			t.Fatal(worked, err)
		}
	}
	if left := h.waiting(t, "01CITY"); left > 1 {
		t.Errorf("%d of the smaller campaign's 20 messages wait after 40 turns of two", left)
	}
}

// waiting counts an account's messages that wait on the far channel.
func (h *house) waiting(t testing.TB, account string) int {
	t.Helper()
	count, err := h.Outbox().Waiting(t.Context(), account, "far", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// heavyMessenger is a messenger on which every message counts as eleven.
type heavyMessenger struct{ pacedMessenger }

func (heavyMessenger) Weight(message.Outbound) int { return 11 }

// The platform counts the pictures of an album one by one, and strictly.
func TestMessagesThatCountAsSeveralKeepThePace(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 30, Burst: 20})
	h.channels["far"] = heavyMessenger{pacedMessenger{h.far, message.Pace{PerSecond: 30, Burst: 20}}}
	campaign(t, h, shop, 40)
	begun, level := h.clock.Now(), 30.0
	for sent, step := 0, 20*time.Millisecond; sent < 40; h.clock.advance(step) {
		drain(t, h.Bot)
		level -= float64(11 * (len(h.far.got()) - sent))
		sent = len(h.far.got())
		if level < -1e-9 {
			t.Fatalf("too fast by %v after %v", -level, h.clock.Now().Sub(begun))
		}
		level = min(30, level+30*step.Seconds())
		if h.clock.Now().Sub(begun) > 16*time.Second {
			t.Fatalf("%d of 40 in 16 seconds", sent)
		}
	}
}

func TestAPersonRestsAfterAMessageThatCountsAsSeveral(t *testing.T) {
	t.Parallel()
	pace := message.Pace{PerSecond: 30, Burst: 20, PersonSeconds: 1}
	h := newPaced(t, pace)
	h.channels["far"] = heavyMessenger{pacedMessenger{h.far, pace}}
	send(t, h, personOf(shop, "ann"), "album", "album")
	send(t, h, personOf(shop, "ann"), "more", "more")
	drain(t, h.Bot)
	h.clock.advance(10 * time.Second)
	drain(t, h.Bot)
	if got := h.far.got(); len(got) != 1 {
		t.Errorf("%q after ten seconds", got)
	}
	h.clock.advance(2 * time.Second)
	drain(t, h.Bot)
	if got := h.far.got(); len(got) != 2 {
		t.Errorf("%q after twelve", got)
	}
}

func TestNodesTogetherKeepThePace(t *testing.T) {
	t.Parallel()
	db, c, far := storetest.Open(t, Schemas()...), newClock(), newMessenger("far")
	var nodes []*house
	for range 3 {
		node := open(t, db, c, far)
		node.shared = true
		node.channels["far"] = pacedMessenger{far, message.Pace{PerSecond: 20, Burst: 5}}
		nodes = append(nodes, node)
	}
	if _, err := nodes[0].Connections().Save(t.Context(), shop, "far", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	for n := range 300 { // every node posts
		send(t, nodes[n%3], personOf(shop, fmt.Sprint("p", n)), "k", fmt.Sprint(n))
	}
	begun := c.Now()
	for c.Now().Sub(begun) < 10*time.Second {
		for _, node := range nodes {
			drain(t, node.Bot)
		}
		c.advance(50 * time.Millisecond)
	}
	if got := len(far.got()); got > 205 || got < 190 {
		t.Errorf("three nodes sent %d messages in ten seconds, want about 200", got)
	}
}

func TestMessagesToOnePersonKeepTheirDistance(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100, PersonSeconds: 1})
	send(t, h, personOf(shop, "ann"), "k", "a1", "a2", "a3")
	send(t, h, personOf(shop, "bob"), "k", "b1")
	for _, want := range []string{"a1 b1", "a1 b1 a2", "a1 b1 a2 a3"} {
		drain(t, h.Bot)
		if got := strings.Join(h.far.got(), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		h.clock.advance(time.Second)
	}
	send(t, h, personOf(shop, "bob"), "k2", "b2")
	drain(t, h.Bot)
	send(t, h, personOf(shop, "bob"), "k3", "b3") // a lane of its own making
	drain(t, h.Bot)
	if got := h.far.got(); slices.Contains(got, "b3") {
		t.Error("the third message followed the second at once")
	}
}

func TestThrottledAccountWaitsAsAWhole(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	calls := 0
	h.far.answer = func(string) error {
		if calls++; calls == 1 {
			return &message.SendError{Class: message.RetryLater, Text: "too fast", RetryAfter: time.Minute}
		}
		return nil
	}
	for n := range 5 {
		send(t, h, personOf(shop, fmt.Sprint("p", n)), "k", "x")
	}
	drain(t, h.Bot)
	if calls != 1 {
		t.Errorf("%d calls within the minute the platform asked for", calls)
	}
	other := open(t, h.DB, h.clock, h.far) // the process is started again
	other.channels["far"] = h.channels["far"]
	drain(t, other.Bot)
	if calls != 1 {
		t.Errorf("%d calls after a restart within that minute", calls)
	}
	send(t, other, personOf("01CITY", "ann"), "k", "x")
	drain(t, other.Bot)
	if calls != 2 {
		t.Error("another account had to wait as well")
	}
	h.clock.advance(time.Minute + time.Second)
	drain(t, other.Bot)
	if got := len(h.far.got()); got != 6 {
		t.Errorf("%d messages arrived, want 6", got)
	}
}

// A platform that hangs holds up its own account only.
func TestHangingPlatformTakesOnlyItsShareOfTheWorkers(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 1000, Burst: 1000})
	hang, went := make(chan struct{}), make(chan struct{})
	h.far.answer = func(text string) error {
		if text == "quick" {
			close(went)
			return nil
		}
		h.far.mu.Unlock()
		defer h.far.mu.Lock()
		<-hang
		return nil
	}
	campaign(t, h, shop, 20)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		h.Run(ctx, 4)
		close(stopped)
	}()
	person := personOf("01CITY", "ann")
	send(t, h, person, "k", "quick")
	select {
	case <-went:
	case <-time.After(time.Minute):
		t.Error("the other account's message never went")
	}
	close(hang)
	stop()
	<-stopped
}
