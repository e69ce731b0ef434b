package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"plaza/message"
)

// ear is an Outcomes that remembers, and fails at first.
type ear struct {
	failures int
	heard    []string
}

func (e *ear) Outcome(_ context.Context, account, key string, state State, reason string) error {
	if e.failures > 0 {
		e.failures--
		return errors.New("cannot hear")
	}
	e.heard = append(e.heard, strings.Join([]string{account, key, string(state), reason}, " "))
	return nil
}

func TestOutcomeIsToldUntilItIsHeard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	listening := &ear{failures: 2}
	h.Outcomes = listening
	h.far.answer = func(text string) error {
		if text == "bad" {
			return &message.SendError{Class: message.Gone, Text: "left"}
		}
		return nil
	}
	send(t, h, farPerson("ann"), "k1", "bad", "good")
	drain(t, h.Bot)
	for range 3 {
		h.clock.advance(2 * reportPause)
		if err := h.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(listening.heard, ", "); got != shop+" k1 failed gone" {
		t.Errorf("heard %q", got)
	}
	person := message.Person{ID: message.SubscriberID(shop, "near", "bob"), Account: shop, Channel: "near", User: "bob"}
	if err := h.SendMany(t.Context(), []Delivery{{Person: person, Key: "run:1", Out: []message.Outbound{message.Text("x")}, At: h.clock.Now()}}); err != nil {
		t.Fatal(err)
	}
	if err := h.Advance(t.Context(), shop, h.history(t, person.ID)[0].ID, Read, ""); err != nil {
		t.Fatal(err)
	}
	if got := listening.heard[len(listening.heard)-1]; got != shop+" run:1 read " {
		t.Errorf("heard %q", got)
	}
}
