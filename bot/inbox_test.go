package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"plaza/message"
	"plaza/store"
)

func TestOneMemberTakesAConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.handle(t, says("ann", "1", "help")).Received.Conversation
	var winners atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := h.Inbox().Take(t.Context(), shop, id, fmt.Sprint("member", i))
			switch {
			case err == nil:
				winners.Add(1)
			case !errors.Is(err, ErrTaken):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d members took the conversation", winners.Load())
	}
}

func TestBotIsSilentWhileAMemberHasTheConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(echo))
	inbox := h.Inbox()
	id := h.handle(t, says("ann", "1", "help")).Received.Conversation
	if err := inbox.Reply(t.Context(), shop, id, "kim", "r0", message.Text("?")); !errors.Is(err, ErrNotYours) {
		t.Errorf("an agent without the conversation replies: %v", err)
	}
	if _, err := inbox.Take(t.Context(), shop, id, "kim"); err != nil {
		t.Fatal(err)
	}
	if got := h.handle(t, says("ann", "2", "anybody?")); len(got.Out) != 0 {
		t.Errorf("the bot answered %q", spoken(got))
	}
	for range 3 { // a nervous click
		if err := inbox.Reply(t.Context(), shop, id, "kim", "r1", message.Text("Yes, Kim here.")); err != nil {
			t.Fatal(err)
		}
	}
	mine, _, err := inbox.List(t.Context(), shop, Filter{Agent: "kim"}, "", 10)
	if err != nil || len(mine) != 1 || mine[0].Unread != 1 || mine[0].Last.Summary != "Yes, Kim here." {
		t.Errorf("inbox of kim: %+v, %v", mine, err)
	}
	if after, err := inbox.MarkRead(t.Context(), shop, id); err != nil || after.Unread != 0 {
		t.Errorf("read: %+v, %v", after, err)
	}
	if _, err := inbox.HandBack(t.Context(), shop, id); err != nil {
		t.Fatal(err)
	}
	if got := spoken(h.handle(t, says("ann", "3", "thanks"))); got != "echo thanks" {
		t.Errorf("after handing back: %q", got)
	}
	history := h.history(t, id)
	var lines []string
	for _, m := range history {
		lines = append(lines, m.summary())
	}
	slices.Reverse(lines)
	if got := strings.Join(lines, ", "); got != "help, echo help, anybody?, Yes, Kim here., thanks, echo thanks" {
		t.Errorf("history: %s", got)
	}
	if _, err := inbox.Close(t.Context(), shop, id); err != nil {
		t.Fatal(err)
	}
	if open, _, err := inbox.List(t.Context(), shop, Filter{}, "", 10); err != nil || len(open) != 0 {
		t.Errorf("open after closing: %+v, %v", open, err)
	}
	h.handle(t, says("ann", "4", "again"))
	if open, _, err := inbox.List(t.Context(), shop, Filter{}, "", 10); err != nil || len(open) != 1 {
		t.Errorf("does not open again: %+v, %v", open, err)
	}
}

func TestButtonsWorkWhileAMemberHasTheConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, skill(func(_ context.Context, _ message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		return []message.Outbound{message.Text("no orders yet")}, in.Payload == "orders", nil
	}))
	h.teach(t, Rule{On: OnPress, Payload: "hours", Answers: []Template{say("from nine")}})
	h.teach(t, Rule{On: OnPress, Payload: "person", Answers: []Template{{Form: HandoverAnswer, Text: Wording{"en": "A person answers."}}}})
	h.teach(t, Rule{On: OnDefault, Answers: []Template{say("pardon?")}})
	inbox := h.Inbox()
	id := h.handle(t, says("ann", "1", "help")).Received.Conversation
	if _, err := inbox.Take(t.Context(), shop, id, "kim"); err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{"hours": "from nine", "orders": "no orders yet", "person": "A person answers.", "unknown": ""} {
		in := does("ann", payload, message.Press)
		in.Payload = payload
		if got := spoken(h.handle(t, in)); got != want {
			t.Errorf("%s is answered %q", payload, got)
		}
	}
	if got := spoken(h.handle(t, says("ann", "2", "hours"))); got != "" {
		t.Errorf("what is said to the member is answered %q", got)
	}
	if conversation, err := inbox.Get(t.Context(), shop, id); err != nil || conversation.Agent != "kim" {
		t.Errorf("the conversation is %q's, %v", conversation.Agent, err)
	}
}

func TestNotesAreForColleagues(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.handle(t, says("ann", "1", "help")).Received.Conversation
	if _, err := h.Inbox().AddNote(t.Context(), shop, id, "kim", "prefers mornings"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Inbox().AddNote(t.Context(), shop, id, "kim", ""); !errors.Is(err, ErrNoteLength) {
		t.Errorf("an empty note: %v", err)
	}
	notes, _, err := h.Inbox().Notes(t.Context(), shop, id, "", 10)
	if err != nil || len(notes) != 1 || notes[0].Text != "prefers mornings" {
		t.Errorf("%+v, %v", notes, err)
	}
	for _, event := range h.events.all() {
		if event.Kind == "conversation.noted" && slices.ContainsFunc(event.Topics, func(topic string) bool { return strings.HasPrefix(topic, "chat:") }) {
			t.Error("the subscriber's page hears of notes")
		}
	}
}

func TestInboxIsTheAccountsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.handle(t, says("ann", "1", "help")).Received.Conversation
	if _, err := h.Inbox().Take(t.Context(), "01CITY", id, "spy"); !errors.Is(err, ErrNoConversation) {
		t.Errorf("take: %v", err)
	}
	if page, _, err := h.History(t.Context(), "01CITY", id, "", 10); err != nil || len(page) != 0 {
		t.Errorf("history: %d, %v", len(page), err)
	}
	if _, err := h.Subscribers().Tag(t.Context(), "01CITY", id, []string{"x"}, nil); !errors.Is(err, ErrNoSubscriber) {
		t.Errorf("tag: %v", err)
	}
}

// recount counts followers the slow way.
func recount(t *testing.T, h *house) Counts {
	t.Helper()
	counts := Counts{Channels: map[string]int64{}, Tags: map[string]int64{}}
	for person, err := range subscribers.In(h.DB, shop).Each(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !person.Followed {
			continue
		}
		counts.All++
		counts.Channels[person.Channel]++
		for _, tag := range person.Tags {
			counts.Tags[tag]++
		}
	}
	return counts
}

func TestCountersAreExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var all sync.WaitGroup
	for user := range 12 {
		name := fmt.Sprint("u", user)
		id := says(name, "", "").SubscriberID()
		h.handle(t, does(name, "f", message.Follow))
		for step := range 6 {
			all.Go(func() {
				kind := []message.Kind{message.Unfollow, message.Follow}[(user+step)%2]
				h.handle(t, does(name, fmt.Sprint(kind, step), kind))
			})
			all.Go(func() {
				add, remove := []string{fmt.Sprint("tag", step%3), "vip"}, []string{fmt.Sprint("tag", (step+1)%3)}
				if _, err := h.Subscribers().Tag(t.Context(), shop, id, add, remove); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	got, err := h.Subscribers().Counts(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	if want := recount(t, h); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, there are %v", got, want)
	}
	for _, name := range []string{allCounter, tagCounter + "vip"} {
		kept, err := counters.In(h.DB, shop).Get(t.Context(), shop+":"+name)
		if err != nil || len(kept.Applied) != 0 {
			t.Errorf("marks left on %s: %v, %v", name, kept.Applied, err)
		}
	}
}

// A process dies between a follow and the telling of it, at every step.
func TestCountersAreExactAfterACrash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const followers = 5
	for i := range followers {
		subscriber := newSubscriber(says(fmt.Sprint("u", i), "", ""), "en", h.now())
		before := Subscriber{}
		subscriber.Followed, subscriber.Version, subscriber.Tags = true, 1, []string{"new"}
		subscriber.Counting = countChange(before, subscriber, h.now())
		if err := subscribers.In(h.DB, shop).Insert(t.Context(), subscriber); err != nil {
			t.Fatal(err)
		}
		for n, name := range subscriber.Counting.Add { // some counters were told
			if n >= i {
				break
			}
			id := shop + ":" + name
			if _, _, err := counters.In(h.DB, shop).InsertIfAbsent(t.Context(), counter{ID: id, Account: shop}); err != nil {
				t.Fatal(err)
			}
			mark := subscriber.Counting.Mark
			if err := counters.In(h.DB, shop).Update(t.Context(), id, store.Inc("count", 1).Push("applied", mark), store.Ne("applied", mark)); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.clock.advance(2 * countingGrace)
	for range 2 {
		if err := h.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.Subscribers().Counts(t.Context(), shop)
	if err != nil || got.All != followers || got.Tags["new"] != followers || got.Channels["near"] != followers {
		t.Errorf("counted %+v, %v", got, err)
	}
}

func TestAudienceIsWhoFollowsAndConsents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.Subscribers()
	for i := range 7 {
		name := fmt.Sprint("u", i)
		h.handle(t, does(name, "f", message.Follow))
		id := says(name, "", "").SubscriberID()
		var err error
		switch i {
		case 1:
			muted := true
			_, err = people.Change(t.Context(), shop, id, Profile{Muted: &muted})
		case 2:
			_, err = people.Change(t.Context(), shop, id, Profile{Consent: &Consent{Notices: true}})
		case 3:
			h.handle(t, does(name, "u", message.Unfollow))
		case 4, 5:
			_, err = people.Tag(t.Context(), shop, id, []string{"vip"}, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	reached := func(audience Audience) string {
		t.Helper()
		var users []string
		for after, more := "", true; more; more = after != "" {
			page, next, err := people.Recipients(t.Context(), shop, audience, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, person := range page {
				users = append(users, person.User)
			}
			after = next
		}
		return strings.Join(users, " ")
	}
	for _, test := range []struct {
		audience Audience
		want     string
	}{
		{Audience{Purpose: Promotions}, "u0 u4 u5 u6"},
		{Audience{Purpose: Notices}, "u0 u2 u4 u5 u6"},
		{Audience{Purpose: Promotions, Tag: "vip"}, "u4 u5"},
		{Audience{Purpose: Promotions, Channel: "near"}, "u0 u4 u5 u6"},
		{Audience{Purpose: Promotions, Channel: "far"}, ""},
	} {
		if got := reached(test.audience); got != test.want {
			t.Errorf("%+v reaches %q, want %q", test.audience, got, test.want)
		}
	}
	if n, err := people.Estimate(t.Context(), shop, Audience{Tag: "vip"}); err != nil || n != 2 {
		t.Errorf("estimate %d, %v", n, err)
	}
}

func TestPeopleAreFoundByTheBeginningOfAnyWord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := does("ann", "f", message.Follow)
	in.Name = "Ann  Müller"
	h.handle(t, in)
	remark := "牛奶 大客户"
	if _, err := h.Subscribers().Change(t.Context(), shop, in.SubscriberID(), Profile{Remark: &remark}); err != nil {
		t.Fatal(err)
	}
	for search, want := range map[string]int{"an": 1, "ＭÜL": 1, "ann mü": 1, "大客": 1, "üller": 0, "客户": 0} {
		found, _, err := h.Subscribers().List(t.Context(), shop, People{Search: search}, "", 10)
		if err != nil || len(found) != want {
			t.Errorf("%q finds %d, %v; want %d", search, len(found), err, want)
		}
	}
}
