package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"plaza/message"
)

// outageOf reads what pages show of a route.
func outageOf(t testing.TB, h *house, account string) *Outage {
	t.Helper()
	record, err := routes.In(h.DB, account).Get(t.Context(), connectionID(account, "far"))
	if err != nil {
		t.Fatal(err)
	}
	return record.Outage
}

func TestPlatformThatIsDownIsTriedWithOneMessageNowAndThen(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	down, calls := true, 0
	h.far.answer = func(string) error {
		calls++
		if down {
			return &message.SendError{Class: message.RetryLater, Text: "Far can't be reached."}
		}
		return nil
	}
	campaign(t, h, shop, 30)
	began := h.now()
	drain(t, h.Bot)
	outage := outageOf(t, h, shop)
	if calls != opensAfter || outage == nil || outage.Cause != Unreachable || !outage.Since.Equal(began) ||
		!outage.NextTry.Equal(began.Add(firstTry)) || outage.Words != "Far can't be reached." {
		t.Fatalf("after %d calls: %+v", calls, outage)
	}
	for tries := range 4 {
		h.clock.advance(outage.NextTry.Sub(h.now()))
		drain(t, h.Bot)
		if outage = outageOf(t, h, shop); calls != opensAfter+1+tries || outage.Tries != 1+tries {
			t.Fatalf("after %d calls: %+v", calls, outage)
		}
	}
	down = false
	h.clock.advance(lastTry)
	drain(t, h.Bot)
	h.clock.advance(time.Hour) // those that failed before the circuit opened back off
	drain(t, h.Bot)
	if got := len(h.far.got()); got != 30 {
		t.Errorf("%d of 30 messages arrived once the platform was back", got)
	}
	if outage := outageOf(t, h, shop); outage != nil {
		t.Errorf("still out: %+v", outage)
	}
	if n := h.events.count("channel.changed"); n != 6 {
		t.Errorf("pages were told %d times, want 6: out, four times still out, back", n)
	}
}

func TestOutageUsesUpNoAttempts(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	down := true
	h.far.answer = func(string) error {
		if down {
			return &message.SendError{Class: message.RetryLater, Text: "down"}
		}
		return nil
	}
	for n := range 6 {
		send(t, h, personOf(shop, fmt.Sprint("p", n)), "k", "x")
	}
	for range 20 * 60 / 5 { // twenty hours
		drain(t, h.Bot)
		h.clock.advance(5 * time.Minute)
	}
	down = false
	drain(t, h.Bot)
	h.clock.advance(time.Hour)
	drain(t, h.Bot)
	if got := len(h.far.got()); got != 6 {
		t.Errorf("%d of 6 messages arrived after twenty hours", got)
	}
}

func TestMessageThatWaitsForADayIsGivenUpEvenDuringAnOutage(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	h.far.answer = func(string) error { return &message.SendError{Class: message.RetryLater, Text: "down"} }
	for n := range 8 {
		send(t, h, personOf(shop, fmt.Sprint("p", n)), "k", "x")
	}
	drain(t, h.Bot)
	h.clock.advance(waitLimit - time.Minute)
	send(t, h, personOf(shop, "late"), "k", "x")
	drain(t, h.Bot)
	h.clock.advance(2 * time.Minute)
	drain(t, h.Bot)
	if got := h.waiting(t, shop); got > 2 {
		t.Errorf("%d messages wait, want that of the last minutes and that which tried last", got)
	}
	h.clock.advance(lastTry)
	drain(t, h.Bot)
	if got := h.waiting(t, shop); got != 1 {
		t.Errorf("%d messages wait, want that of the last minutes", got)
	}
	if got := h.history(t, personOf(shop, "p3").ID)[0]; got.State != Failed || got.Reason != "It could not be sent in time." {
		t.Errorf("%s: %q", got.State, got.Reason)
	}
}

func TestRejectedCredentialsStopTheChannelUntilTheyAreCorrected(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	valid, calls := false, 0
	h.far.answer = func(string) error {
		calls++
		if !valid {
			return &message.SendError{Class: message.Refused, Text: "The token is wrong."}
		}
		return nil
	}
	for n := range 3 {
		send(t, h, personOf(shop, fmt.Sprint("p", n)), "k", "x")
	}
	drain(t, h.Bot)
	h.clock.advance(firstTry - time.Second)
	drain(t, h.Bot)
	connection, err := h.Connections().Get(t.Context(), shop, "far")
	if err != nil || connection.State != Broken || connection.LastError != "The token is wrong." || calls != 1 {
		t.Fatalf("after %d calls: %+v, %v", calls, connection, err)
	}
	found, err := h.connection(t.Context(), shop, "far")
	if err != nil {
		t.Fatal(err)
	}
	h.heard(t.Context(), found, "far") // that the platform calls us says nothing about our calls
	if connection, _ = h.Connections().Get(t.Context(), shop, "far"); connection.State != Broken {
		t.Errorf("connection is %s after a webhook", connection.State)
	}
	valid = true
	if _, err := h.Connections().Save(t.Context(), shop, "far", []byte(`{"secret":"s3"}`)); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(outboxPoll)
	drain(t, h.Bot)
	if got := len(h.far.got()); got != 3 {
		t.Errorf("%d of 3 messages arrived after the correction", got)
	}
	if connection, _ = h.Connections().Get(t.Context(), shop, "far"); connection.State != Working || connection.LastError != "" {
		t.Errorf("connection is %s: %q", connection.State, connection.LastError)
	}
}

// Three accounts have found the platform down; the fourth need not lose more
// than one message's certainty to find it as well.
func TestPlatformThatIsDownForSeveralIsDownForAll(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 100, Burst: 100})
	accounts := []string{"01A", "01B", "01C", "01D"}
	h.Accounts = anyAccount{}
	down := true
	h.far.answer = func(string) error {
		if down {
			return errors.New("read: time-out")
		}
		return nil
	}
	for _, account := range accounts {
		if _, err := h.Connections().Save(t.Context(), account, "far", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			if err := h.Send(t.Context(), personOf(account, fmt.Sprint("p", n)), "k", message.Text("x")); err != nil {
				t.Fatal(err)
			}
		}
		drain(t, h.Bot)
	}
	want := []int{10 - opensAfter, 10 - opensAfter, 10 - opensAfter, 9}
	var got []int
	for _, account := range accounts {
		got = append(got, h.waiting(t, account))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v messages wait, want %v", got, want)
	}
	down = false
	h.clock.advance(firstTry)
	drain(t, h.Bot)
	for _, account := range accounts {
		if outage := outageOf(t, h, account); outage != nil {
			t.Errorf("%s is still out: %+v", account, outage)
		}
	}
}

// anyAccount knows every account.
type anyAccount struct{}

func (anyAccount) BotAccount(_ context.Context, id string) (Account, error) {
	return Account{ID: id, Slug: id, Language: "en", Zone: time.UTC}, nil
}
