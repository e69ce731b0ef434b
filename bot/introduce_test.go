package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"plaza/message"
	"plaza/store/storetest"
)

// party is a messenger whose calls bring several messages of people it names on
// request only.
type party struct {
	*messenger
	expected int
	asked    atomic.Int32
	all      chan struct{} // closed when everybody expected has been asked for
	once     sync.Once
}

func (p *party) Receive(_ []byte, request message.Request) (message.Received, error) {
	var received message.Received
	err := json.Unmarshal(request.Body, &received.Inbound)
	return received, err
}

// Introduce answers nobody before all have been asked for.
func (p *party) Introduce(ctx context.Context, _ []byte, in message.Inbound) (name, language string, err error) {
	if int(p.asked.Add(1)) == p.expected {
		p.once.Do(func() { close(p.all) })
	}
	select {
	case <-p.all:
		return "Guest " + in.User, "ko", nil
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

func TestStrangersOfOneCallAreIntroducedTogether(t *testing.T) {
	t.Parallel()
	const guests = 12
	p := &party{messenger: newMessenger("party"), expected: guests, all: make(chan struct{})}
	h := open(t, storetest.Open(t, Schemas()...), newClock(), newMessenger("far"))
	h.Channels, h.channels["party"] = append(h.Channels, p), p
	if _, err := h.Connections().Save(t.Context(), shop, "party", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	var list []message.Inbound
	for i := range 2 * guests { // each says two things
		list = append(list, message.Inbound{User: fmt.Sprint("u", i%guests), Key: fmt.Sprint("k", i), Kind: message.TextIn, Text: "hello"})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Webhooks().Handle(t.Context(), "party", shop, message.Request{Method: "POST", Body: body}); err != nil {
		t.Fatal(err)
	}
	if asked := p.asked.Load(); asked != guests {
		t.Errorf("%d were asked for, want each of %d once", asked, guests)
	}
	for i := range guests {
		one, err := h.Subscribers().Get(t.Context(), shop, message.SubscriberID(shop, "party", fmt.Sprint("u", i)))
		if err != nil || one.Name != fmt.Sprint("Guest u", i) || one.Language != "ko" {
			t.Errorf("%+v, %v", one, err)
		}
	}
}
