package bot

import (
	"context"
	"slices"
	"testing"

	"plaza/fault"
	"plaza/message"
)

// bellboy is a messenger that tells its platform itself where to call.
type bellboy struct {
	*messenger
	told    []string // what the platform was told, oldest first
	refuses error
}

func (b *bellboy) Register(_ context.Context, credentials []byte, webhook string) error {
	b.told = append(b.told, "call "+webhook+" with "+string(credentials))
	return b.refuses
}

func (b *bellboy) Withdraw(_ context.Context, credentials []byte) error {
	b.told = append(b.told, "forget "+string(credentials))
	return b.refuses
}

func newBellboy(t *testing.T) (*house, *bellboy) {
	h, far := newHouse(t), &bellboy{messenger: newMessenger("bell")}
	h.WebhookURL = func(channel, account string) string { return "https://plaza.example/" + channel + "/" + account }
	h.channels["bell"] = far
	return h, far
}

func TestAPlatformIsToldWhereToCallAndWhenNotToAnyMore(t *testing.T) {
	h, far := newBellboy(t)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.Connections().Save(t.Context(), shop, "bell", []byte(`1`))
	do(err)
	_, err = h.Connections().Save(t.Context(), shop, "bell", []byte(`2`))
	do(err)
	do(h.Connections().Enable(t.Context(), shop, "bell", false))
	do(h.Connections().Enable(t.Context(), shop, "bell", true))
	do(h.Connections().Remove(t.Context(), shop, "bell"))
	at := "call https://plaza.example/bell/" + shop + " with "
	want := []string{at + "1", "forget 1", at + "2", "forget 2", at + "2", "forget 2"}
	if !slices.Equal(far.told, want) {
		t.Errorf("the platform was told %q, want %q", far.told, want)
	}
}

func TestAConnectionThatThePlatformRefusesIsKeptAndSaysWhy(t *testing.T) {
	h, far := newBellboy(t)
	far.refuses = fault.New(fault.Invalid, "no_such_bot", "There is no such bot.")
	saved, err := h.Connections().Save(t.Context(), shop, "bell", []byte(`1`))
	if err != nil || saved.State != Broken || saved.LastError != "There is no such bot." {
		t.Errorf("saved %+v, %v", saved, err)
	}
	if kept, err := h.Connections().Credentials(t.Context(), shop, "bell"); err != nil || string(kept) != "1" {
		t.Errorf("kept %s, %v", kept, err)
	}
	if err := h.Connections().Remove(t.Context(), shop, "bell"); err != nil {
		t.Errorf("a platform that does not listen keeps the connection: %v", err)
	}
}

func TestAFollowingThatIsToldTwiceIsGreetedOnce(t *testing.T) {
	h := newHouse(t)
	greeted := func(key string) bool {
		return len(h.handle(t, does("kim", key, message.Follow)).Messages) > 0
	}
	if first, second := greeted("1"), greeted("2"); !first || second {
		t.Errorf("greeted at the first report: %v, at the second: %v", first, second)
	}
	h.clock.advance(greetingAge)
	if !greeted("3") {
		t.Error("who presses Start again later gets no answer")
	}
}
