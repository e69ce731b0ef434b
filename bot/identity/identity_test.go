package identity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/identity"
	"plaza/fault"
	"plaza/message"
	"plaza/store/storetest"
)

const shop = "01SHOP"

// town knows everybody whose name is a single letter, and what they were sent.
type town struct {
	*identity.Service
	mu   sync.Mutex
	at   time.Time
	sent []string
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{at: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
	w.Service = identity.New(identity.Dependencies{DB: storetest.Open(t, identity.Schemas()...),
		Subscribers: w, Sender: w, Texts: w, Now: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }})
	return w
}

func (w *town) Person(_ context.Context, account, id string) (message.Person, error) {
	of, channel, user, ok := message.SplitSubscriberID(id)
	if !ok || of != account || len(user) != 1 {
		return message.Person{}, fault.New(fault.NotFound, "no_such_subscriber", "No.")
	}
	return message.Person{ID: id, Account: of, Channel: channel, User: user, Name: user, Language: "en"}, nil
}

func (w *town) Send(_ context.Context, to message.Person, key string, out ...message.Outbound) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, to.User+" "+out[0].Text)
	return nil
}

func (w *town) Text(_, key string, args ...any) string {
	return strings.TrimSpace(fmt.Sprintln(append([]any{key}, args...)...))
}

func on(channel, user string) string { return message.SubscriberID(shop, channel, user) }

func (w *town) link(t *testing.T, one, other string) {
	t.Helper()
	if err := w.Link(t.Context(), shop, one, other, "01MEMBER"); err != nil {
		t.Fatal(err)
	}
}

func (w *town) linked(t *testing.T, of string) []string {
	t.Helper()
	found, err := w.Linked(t.Context(), shop, of)
	if err != nil {
		t.Fatal(err)
	}
	if found[0] != of {
		t.Errorf("%s does not come first in %v", of, found)
	}
	slices.Sort(found)
	return found
}

var (
	a, b, c, d = on("line", "a"), on("webchat", "b"), on("wechat", "c"), on("telegram", "d")
)

func TestALinkJoinsAllWhomEitherIsLinkedTo(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	if got := w.linked(t, a); len(got) != 1 {
		t.Errorf("before any link: %v", got)
	}
	w.link(t, a, b)
	w.link(t, c, d)
	for range 2 { // again changes nothing
		w.link(t, b, c)
	}
	for _, one := range []string{a, b, c, d} {
		if got := w.linked(t, one); !slices.Equal(got, slices.Sorted(slices.Values([]string{a, b, c, d}))) {
			t.Errorf("%s is %v", one, got)
		}
	}
	members, err := w.Members(t.Context(), shop, d)
	if err != nil || len(members) != 4 || members[3].By != "01MEMBER" {
		t.Errorf("%+v, %v", members, err)
	}
}

func TestAnUnlinkedPersonIsAloneAgainAndCanBeLinkedAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.link(t, a, b)
	w.link(t, a, c)
	for range 2 {
		if err := w.Unlink(t.Context(), shop, b); err != nil {
			t.Fatal(err)
		}
	}
	if alone, rest := w.linked(t, b), w.linked(t, a); len(alone) != 1 || len(rest) != 2 {
		t.Errorf("%v and %v", alone, rest)
	}
	w.link(t, d, b)
	w.link(t, b, a)
	if all := w.linked(t, c); len(all) != 4 {
		t.Errorf("linked again: %v", all)
	}
}

func TestStrangersAndOtherAccountsCanNotBeLinked(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, other := range []string{on("line", "nobody"), "01OTHER:line:a", "", "x"} {
		if err := w.Link(t.Context(), shop, a, other, "m"); !errors.Is(err, identity.ErrNotHere) {
			t.Errorf("%q: %v", other, err)
		}
	}
	if err := w.Link(t.Context(), shop, a, a, "m"); !errors.Is(err, identity.ErrSame) {
		t.Errorf("with themselves: %v", err)
	}
	if found, err := w.Linked(t.Context(), "01OTHER", a); err != nil || len(found) != 1 {
		t.Errorf("from another account: %v, %v", found, err)
	}
}

func TestManyLinksAtOnceJoinEverybody(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	everybody := []string{a, b, c, d, on("line", "e"), on("line", "f")}
	var all sync.WaitGroup
	for i := range everybody[1:] {
		for range 2 {
			all.Go(func() {
				for { // as people do when told to try again
					err := w.Link(context.Background(), shop, everybody[i], everybody[i+1], "m")
					if !errors.Is(err, identity.ErrBusy) {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
	}
	all.Wait()
	for i := range everybody[1:] { // whoever was moved away meanwhile is joined by asking once more
		w.link(t, everybody[i], everybody[i+1])
	}
	if got := w.linked(t, a); len(got) != len(everybody) {
		t.Errorf("%d of %d: %v", len(got), len(everybody), got)
	}
}

func (w *town) hear(t *testing.T, from string, in message.Inbound) (text string, buttons []message.Button) {
	t.Helper()
	person, err := w.Person(t.Context(), shop, from)
	if err != nil {
		t.Fatal(err)
	}
	if !w.Wants(in) {
		t.Fatalf("%+v is not wanted", in)
	}
	answer, handled, err := w.Answer(t.Context(), person, in)
	if err != nil || !handled || len(answer) != 1 {
		t.Fatalf("%v %v %v", answer, handled, err)
	}
	return answer[0].Text, answer[0].Buttons
}

func says(text string) message.Inbound { return message.Inbound{Kind: message.TextIn, Text: text} }

func (w *town) code(t *testing.T, from string) string {
	t.Helper()
	text, _ := w.hear(t, from, says(" 关联账号 "))
	return strings.Fields(text)[1]
}

func TestACodeLinksOnlyAfterAYesAndTellsBothSides(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	code := w.code(t, a)
	question, buttons := w.hear(t, b, says(strings.ToLower(strings.ReplaceAll(code, "-", ""))))
	if !strings.Contains(question, "identity.ask") || !strings.Contains(question, "a") || len(buttons) != 2 {
		t.Fatalf("asked %q with %v", question, buttons)
	}
	if got := w.linked(t, b); len(got) != 1 {
		t.Fatal("linked before they said yes")
	}
	w.hear(t, b, message.Inbound{Kind: message.Press, Payload: buttons[1].Payload})
	if got := w.linked(t, b); len(got) != 1 {
		t.Fatal("linked after they said no")
	}
	for _, yes := range []message.Inbound{{Kind: message.Press, Payload: buttons[0].Payload}, says(buttons[0].Say)} {
		if text, _ := w.hear(t, b, yes); !strings.Contains(text, "identity.joined") {
			t.Errorf("answered %q", text)
		}
	}
	if got := w.linked(t, b); len(got) != 2 {
		t.Errorf("linked: %v", got)
	}
	if len(w.sent) == 0 || !strings.HasPrefix(w.sent[0], "a identity.joined") {
		t.Errorf("told the other side %v", w.sent)
	}
	if text, _ := w.hear(t, c, says("ok "+code)); !strings.Contains(text, "link_code") {
		t.Errorf("a used code answers somebody else %q", text)
	}
}

func TestCodesEndAndCanNotBeGuessed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	code := w.code(t, a)
	if text, _ := w.hear(t, a, says(code)); !strings.Contains(text, "link_same") {
		t.Errorf("their own code: %q", text)
	}
	for range 10 {
		if text, _ := w.hear(t, c, says("ME-AAAA-AAAA")); !strings.Contains(text, "link_code") {
			t.Errorf("a made-up code: %q", text)
		}
	}
	if text, _ := w.hear(t, c, says(code)); !strings.Contains(text, "link_tries") {
		t.Errorf("after ten wrong ones: %q", text)
	}
	w.at = w.at.Add(11 * time.Minute)
	if text, _ := w.hear(t, b, says("OK "+code)); !strings.Contains(text, "link_code") {
		t.Errorf("after its time: %q", text)
	}
}

func TestOrdinaryTalkIsNotForLinking(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, text := range []string{"", "hello", "ok", "OK great", "me", "ME-1234-5678", "link", "ME-AAAA-AAAA please", "계정"} {
		if w.Wants(says(text)) {
			t.Errorf("%q is taken for linking", text)
		}
	}
}
