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
