package bot

import (
	"context"
	"errors"
	"testing"

	"plaza/message"
)

// courteous is a messenger that shows signals.
type courteous struct {
	*messenger
	shown []message.Signal
}

func (c *courteous) Signal(_ context.Context, credentials []byte, to message.Person, signal message.Signal) error {
	if to.User != "ann" || string(credentials) != `{"secret":"s3"}` {
		return errors.New("shown to the wrong person")
	}
	c.shown = append(c.shown, signal)
	return nil
}

func TestASignalGoesWhereItCanBeShownAndNowhereElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	able := &courteous{messenger: newMessenger("far")}
	in := message.Inbound{Account: shop, Channel: "far", User: "ann", Key: "1", Kind: message.TextIn, Text: "hi"}
	h.handle(t, in)
	signal := func(account string) error {
		return h.Inbox().Signal(t.Context(), account, in.SubscriberID(), message.TypingOn)
	}
	if err := signal(shop); err != nil {
		t.Errorf("a messenger that cannot show it: %v", err)
	}
	h.channels["far"] = able
	if err := signal(shop); err != nil || len(able.shown) != 1 {
		t.Errorf("shown %v, %v", able.shown, err)
	}
	if err := signal("01CITY"); err == nil || len(able.shown) != 1 {
		t.Errorf("another account signals to this one's subscriber: %v", err)
	}
}

// waited is a messenger that tells when a signal is shown.
type waited struct {
	*messenger
	shown chan message.Signal
}

func (waited) Direct() bool { return true }

func (w waited) Signal(_ context.Context, _ []byte, _ message.Person, signal message.Signal) error {
	w.shown <- signal
	return nil
}

func TestWhoWaitsForAnAnswerIsShownThatItIsBeingMade(t *testing.T) {
	t.Parallel()
	shown := make(chan message.Signal, 8)
	h := newHouse(t, skill(func(ctx context.Context, _ message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		if in.Text == "slow" {
			select {
			case <-shown:
			case <-ctx.Done():
				return nil, false, errors.New("nothing was shown")
			}
		}
		return []message.Outbound{message.Text("done")}, true, nil
	}))
	h.channels["near"] = waited{newMessenger("near"), shown}
	for n, text := range []string{"slow", "quick"} {
		if answer := h.handle(t, says("ann", string(rune('a'+n)), text)); len(answer.Out) != 1 || answer.Out[0].Text != "done" {
			t.Errorf("%s: %+v", text, answer.Out)
		}
	}
	if len(shown) != 0 {
		t.Error("a quick answer was announced, or a slow one twice")
	}
}
