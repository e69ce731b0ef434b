package webchat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot"
	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

const shop = "01SHOP"

// world is a web chat whose bot repeats what it hears.
type world struct {
	*Service
	mu     sync.Mutex
	events []live.Event
	signs  []live.Signal
	at     time.Time
	db     *store.DB
}

func (w *world) Append(_ context.Context, events ...live.Event) error {
	w.mu.Lock()
	w.events = append(w.events, events...)
	w.mu.Unlock()
	return nil
}

func (w *world) Signal(_ context.Context, signals ...live.Signal) error {
	w.mu.Lock()
	w.signs = append(w.signs, signals...)
	w.mu.Unlock()
	return nil
}

func (w *world) Commit(ctx context.Context, operations []store.Operation, events ...live.Event) ([]store.Result, error) {
	results, err := w.db.Apply(ctx, operations...)
	if store.Happened(results) {
		_ = w.Append(ctx, events...) // never fails
	}
	return results, err
}

func (w *world) Text(language, key string, _ ...any) string { return language + " " + key }

func (w *world) BotAccount(_ context.Context, id string) (bot.Account, error) {
	return bot.Account{ID: id, Slug: "corner", Language: "en"}, nil
}

func (w *world) Answer(_ context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	return []message.Outbound{message.Text(p.Language + " " + in.Summary())}, true, nil
}

// Attached knows one file, of whoever asks in their own name.
func (w *world) Attached(_ context.Context, account, owner, address string) (message.Kind, message.Media, error) {
	if address != owner+".pdf" || account != shop {
		return "", message.Media{}, fault.New(fault.NotFound, "none", "None.")
	}
	return message.FileIn, message.Media{URL: "/attachments/" + address, Name: "plan.pdf", Type: "application/pdf", Size: 7}, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{at: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	db := storetest.Open(t, append(bot.Schemas(), Schemas()...)...)
	w.db = db
	now := func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.at
	}
	b := bot.New(bot.Dependencies{DB: db, Log: w, Texts: w, Accounts: w, Skills: []bot.Skill{w},
		Channels: []bot.Channel{Channel{Signals: w}}, Now: now, Logger: slog.New(slog.DiscardHandler)})
	w.Service = New(db, b, w, w, now)
	t.Cleanup(b.Wait)
	return w
}

func (w *world) visitor(t testing.TB, language string) (string, Visitor) {
	t.Helper()
	token, visitor, err := w.Welcome(context.Background(), shop, language)
	if err != nil {
		t.Fatal(err)
	}
	return token, visitor
}

func TestVisitorIsWhoHasTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, visitor := w.visitor(t, "ko-KR")
	found, err := w.Visitor(t.Context(), shop, token)
	if err != nil || found.User != visitor.User || found.Language != "ko" {
		t.Errorf("%+v, %v", found, err)
	}
	if strings.Contains(visitor.ID, token) {
		t.Error("the store has the token itself")
	}
	for _, wrong := range []string{"", "x", token + "x", strings.Repeat("A", len(token)), visitor.User} {
		if _, err := w.Visitor(t.Context(), shop, wrong); !errors.Is(err, ErrVisitor) {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
	if _, err := w.Visitor(t.Context(), "01OTHER", token); !errors.Is(err, ErrVisitor) {
		t.Errorf("the token counts in another account: %v", err)
	}
	w.mu.Lock()
	w.at = w.at.Add(48 * time.Hour)
	w.mu.Unlock()
	if later, err := w.Visitor(t.Context(), shop, token); err != nil || !later.ExpiresAt.After(found.ExpiresAt) {
		t.Errorf("a visit does not prolong the token: %+v, %v", later, err)
	}
}

func TestSayingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, visitor := w.visitor(t, "en")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			answer, err := w.Say(t.Context(), visitor, Said{Key: "c1", Text: " hello "})
			if err != nil || len(answer.Out) != 1 || answer.Out[0].Text != "en hello" || answer.Received.ID == "" {
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
	all.Wait()
	page, _, err := w.History(t.Context(), visitor, "", 10)
	if err != nil || len(page) != 2 || page[0].State != bot.Sent {
		t.Errorf("%+v, %v", page, err)
	}
	w.bot.Wait() // events are told right behind the answer
	if len(w.events) == 0 || w.events[0].Topics[1] != bot.ChatTopic(visitor.Person().ID) {
		t.Errorf("events %+v", w.events)
	}
}

func TestWhatCannotBeSaidIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, visitor := w.visitor(t, "en")
	for name, test := range map[string]struct {
		said Said
		want *fault.Error
	}{
		"nothing":     {Said{Key: "k"}, ErrEmpty},
		"blank":       {Said{Key: "k", Text: " \n"}, ErrEmpty},
		"no key":      {Said{Text: "x"}, ErrClientKey},
		"long key":    {Said{Key: strings.Repeat("k", 65), Text: "x"}, ErrClientKey},
		"odd key":     {Said{Key: "a b", Text: "x"}, ErrClientKey},
		"not text":    {Said{Key: "k", Text: "\xff"}, ErrEmpty},
		"zero byte":   {Said{Key: "k", Text: "a\x00"}, ErrEmpty},
		"too long":    {Said{Key: "k", Text: strings.Repeat("长", MaxText+1)}, ErrTooLong},
		"big payload": {Said{Key: "k", Payload: strings.Repeat("p", 300)}, ErrTooLong},
	} {
		if _, err := w.Say(t.Context(), visitor, test.said); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Say(t.Context(), visitor, Said{Key: "k", Text: strings.Repeat("长", MaxText)}); err != nil {
		t.Errorf("the longest message: %v", err)
	}
}

func TestAFileIsSentByWhoeverItIsOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ann := w.visitor(t, "en")
	_, bob := w.visitor(t, "en")
	mine := ann.Person().ID + ".pdf"
	answer, err := w.Say(t.Context(), ann, Said{Key: "f", Attachment: mine})
	in := answer.Received.In
	if err != nil || in == nil || in.Kind != message.FileIn || in.MediaURL != "/attachments/"+mine || in.MediaSize != 7 || in.FileName != "plan.pdf" {
		t.Errorf("%+v, %v", in, err)
	}
	if _, err := w.Say(t.Context(), bob, Said{Key: "f", Attachment: mine}); !errors.Is(err, ErrNoFile) {
		t.Errorf("bob sends ann's file: %v", err)
	}
}

func TestFollowingTwiceIsFollowingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, visitor := w.visitor(t, "zh")
	follow := func() {
		t.Helper()
		if _, err := w.Follow(t.Context(), visitor, "door"); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int64 {
		t.Helper()
		counts, err := w.bot.Subscribers().Counts(t.Context(), shop)
		if err != nil {
			t.Fatal(err)
		}
		return counts.All
	}
	follow()
	follow()
	if n := count(); n != 1 {
		t.Errorf("%d followers", n)
	}
	for range 2 {
		if _, err := w.Unfollow(t.Context(), visitor); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != 0 {
		t.Errorf("%d followers after leaving", n)
	}
	follow()
	if n := count(); n != 1 {
		t.Errorf("%d followers after coming back", n)
	}
	person, err := w.bot.Subscribers().Get(t.Context(), shop, visitor.Person().ID)
	if err != nil || person.Scene != "door" || person.Language != "zh" {
		t.Errorf("%+v, %v", person, err)
	}
}

func TestHistoryIsReadInPagesWhileMoreArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, visitor := w.visitor(t, "en")
	for i := range 10 {
		if _, err := w.Say(t.Context(), visitor, Said{Key: fmt.Sprint(i), Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	var after store.Cursor
	for n := 0; ; n++ {
		page, next, err := w.History(t.Context(), visitor, after, 6)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			if m.In != nil {
				lines = append(lines, m.In.Text)
			}
		}
		if after = next; after == "" {
			break
		}
		if _, err := w.Say(t.Context(), visitor, Said{Key: fmt.Sprint("new", n), Text: "new"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(lines, ""); got != "9876543210" {
		t.Errorf("read %q", got)
	}
}

func TestMarksMoveForwardAndOnlyOnOnesOwnMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ann := w.visitor(t, "en")
	_, bob := w.visitor(t, "en")
	var ids []string
	for n := range 3 {
		answer, err := w.Say(t.Context(), ann, Said{Key: fmt.Sprint(n), Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, answer.Messages[0].ID)
	}
	states := func() (all []bot.State) {
		page, _, err := w.History(t.Context(), ann, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			if m.Out != nil {
				all = append(all, m.State)
			}
		}
		slices.Reverse(all)
		return all
	}
	for _, step := range []struct {
		mark bot.State
		last string
		want []bot.State
	}{
		{bot.Delivered, ids[1], []bot.State{bot.Delivered, bot.Delivered, bot.Sent}},
		{bot.Read, ids[0], []bot.State{bot.Read, bot.Delivered, bot.Sent}},
		{bot.Read, ids[2], []bot.State{bot.Read, bot.Read, bot.Read}},
		{bot.Delivered, ids[2], []bot.State{bot.Read, bot.Read, bot.Read}},
		{bot.Read, ann.Person().ID + "/gone", []bot.State{bot.Read, bot.Read, bot.Read}},
	} {
		if err := w.Mark(t.Context(), ann, step.mark, step.last); err != nil || !slices.Equal(states(), step.want) {
			t.Errorf("%s up to %s: %v, %v", step.mark, step.last, states(), err)
		}
	}
	if err := w.Mark(t.Context(), bob, bot.Read, ids[0]); !errors.Is(err, ErrVisitor) {
		t.Errorf("bob marks ann's message: %v", err)
	}
	if err := w.Mark(t.Context(), ann, bot.Failed, ids[0]); err == nil {
		t.Error("a page says that sending failed")
	}
}

func TestWhoHasBeenAwayReadsAllAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ann := w.visitor(t, "en")
	last := ""
	for n := range 70 {
		answer, err := w.Say(t.Context(), ann, Said{Key: fmt.Sprint(n), Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		last = answer.Messages[0].ID
	}
	if err := w.Mark(t.Context(), ann, bot.Read, last); err != nil {
		t.Fatal(err)
	}
	page, _, err := w.History(t.Context(), ann, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page {
		if m.Out != nil && m.State != bot.Read {
			t.Fatalf("%s is %s", m.ID, m.State)
		}
	}
}

func TestWhatAMemberHasSeenIsToldAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ann := w.visitor(t, "en")
	if at, err := w.SeenAt(t.Context(), ann); err != nil || !at.IsZero() {
		t.Fatalf("seen before anything was said: %v, %v", at, err)
	}
	answer, err := w.Say(t.Context(), ann, Said{Key: "1", Text: "hi"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // looking again tells nothing
		if _, err := w.bot.Inbox().MarkRead(t.Context(), shop, ann.Person().ID); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := w.SeenAt(t.Context(), ann); err != nil || !at.Equal(answer.Received.At) {
		t.Errorf("seen up to %v, said at %v: %v", at, answer.Received.At, err)
	}
	w.bot.Wait()
	told := 0
	for _, event := range w.events {
		if event.Kind == "conversation.seen" && slices.Equal(event.Topics, []string{bot.ChatTopic(ann.Person().ID)}) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

func TestTypingIsShownToTheOtherSideAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ann := w.visitor(t, "en")
	if _, err := w.Say(t.Context(), ann, Said{Key: "1", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Typing(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []message.Signal{message.TypingOn, message.ReadMark} {
		if err := w.bot.Inbox().Signal(t.Context(), shop, ann.Person().ID, signal); err != nil {
			t.Fatal(err)
		}
	}
	var shown []string
	for _, signal := range w.signs {
		shown = append(shown, signal.Topics[0]+" "+signal.Kind)
	}
	if want := []string{bot.ConversationTopic(ann.Person().ID) + " typing", bot.ChatTopic(ann.Person().ID) + " typing"}; !slices.Equal(shown, want) {
		t.Errorf("shown %q", shown)
	}
}

func TestProfileIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, visitor := w.visitor(t, "en")
	name, language := "小明", "zh-CN"
	changed, err := w.Profile(t.Context(), visitor, nil, &language) // before the first word
	if err != nil || changed.Language != "zh" {
		t.Fatalf("%+v, %v", changed, err)
	}
	if visitor, err = w.Visitor(t.Context(), shop, token); err != nil {
		t.Fatal(err)
	}
	answer, err := w.Say(t.Context(), visitor, Said{Key: "1", Text: "hi"})
	if err != nil || answer.Out[0].Text != "zh hi" {
		t.Errorf("%+v, %v", answer.Out, err)
	}
	if _, err := w.Profile(t.Context(), visitor, &name, nil); err != nil {
		t.Fatal(err)
	}
	conversation, err := w.bot.Inbox().Get(t.Context(), shop, visitor.Person().ID)
	if err != nil || conversation.Name != name {
		t.Errorf("inbox shows %q, %v", conversation.Name, err)
	}
}

func FuzzSaid(f *testing.F) {
	f.Add("k", "hello", "")
	f.Add("k", "", "shop:buy:1")
	f.Add("", "\xff", "\x00")
	f.Fuzz(func(t *testing.T, key, text, payload string) {
		in, err := Said{Key: key, Text: text, Payload: payload}.inbound()
		if err == nil && (in.Key == "" || (in.Text == "" && in.Payload == "")) {
			t.Errorf("%+v was made of %q %q %q", in, key, text, payload)
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Errorf("%q %q %q: %v", key, text, payload, err)
		}
	})
}
