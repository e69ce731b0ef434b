package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"plaza/message"
)

// register is a messenger whose platform lists who follows.
type register struct {
	*messenger
	mu      sync.Mutex
	page    int
	order   []string
	people  map[string]message.Follower
	details int                     // calls
	fails   func(details int) error // before a call for details
}

func (r *register) Followers(_ context.Context, _ []byte, after string) ([]string, int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	start := slices.Index(r.order, after) + 1
	return slices.Clone(r.order[start:min(len(r.order), start+r.page)]), len(r.order), nil
}

func (r *register) Details(_ context.Context, _ []byte, users []string) (found []message.Follower, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.details++
	if r.fails != nil {
		if err := r.fails(r.details); err != nil {
			return nil, err
		}
	}
	for _, user := range users {
		found = append(found, r.people[user])
	}
	return found, nil
}

func (r *register) PushDetails(_ context.Context, _ []byte, user, remark string, tags []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.people[user]
	f.Remark, f.Tags = remark, tags
	r.people[user] = f
	return nil
}

func newRegister(t *testing.T, people int) (*house, *register) {
	h := newHouse(t)
	r := &register{messenger: h.far, page: 250, people: map[string]message.Follower{}}
	for i := range people {
		user := fmt.Sprintf("u%05d", i)
		r.order = append(r.order, user)
		r.people[user] = message.Follower{User: user, Follows: true, Tags: []string{"old"}, Scene: "door", Language: "zh_CN"}
	}
	h.channels["far"] = r
	h.Channels = []Channel{r, h.channels["near"]}
	return h, r
}

func (h *house) counted(t *testing.T) (all, old int64) {
	t.Helper()
	counts, err := h.Subscribers().Counts(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	return counts.All, counts.Tags["old"]
}

func TestAListOfFollowersIsReadOnFromWhereItWasKilled(t *testing.T) {
	t.Parallel()
	const people = 730
	h, r := newRegister(t, people)
	killed, kill := context.WithCancel(t.Context())
	r.fails = func(calls int) error {
		if calls == 5 {
			kill()
			return killed.Err()
		}
		return nil
	}
	if _, err := h.Subscribers().ReadRoster(t.Context(), shop, "far"); err != nil {
		t.Fatal(err)
	}
	if err := h.readRosters(killed); err != nil {
		t.Fatal(err)
	}
	half, _, err := h.Subscribers().Roster(t.Context(), shop, "far")
	if err != nil || half.State != RosterReading || half.Seen != 250 { // of the page behind, nothing is written
		t.Fatalf("%+v, %v", half, err)
	}
	before := r.details
	h.clock.advance(rosterTerm + time.Second)
	if err := h.readRosters(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole, _, err := h.Subscribers().Roster(t.Context(), shop, "far")
	if err != nil || whole.State != RosterRead || whole.Seen != people || whole.Added != people || whole.Total != people {
		t.Errorf("%+v, %v", whole, err)
	}
	if again := r.details - before; again > (people-250)/100+3 {
		t.Errorf("%d calls for the rest: it began anew", again)
	}
	if all, old := h.counted(t); all != people || old != people {
		t.Errorf("%d followers counted, %d with the tag", all, old)
	}
}

// The counters are told of a page at once, unless somebody wrote at that moment.
func TestWhoComesInBetweenIsCountedOnce(t *testing.T) {
	t.Parallel()
	const people = 40
	h, r := newRegister(t, people)
	var fresh []Subscriber
	for _, user := range r.order {
		fresh = append(fresh, h.follower(Roster{Account: shop, Channel: "far"}, r.people[user], "en"))
	}
	for _, at := range []int{7, 8, 39} {
		follow := does(r.order[at], "follow", message.Follow)
		follow.Channel = "far"
		h.handle(t, follow)
	}
	added, err := h.insertCounted(t.Context(), fresh)
	all, old := h.counted(t)
	if err != nil || added != people-3 || all != people || old != people-3 {
		t.Errorf("%d added, %d counted, %d with the tag, %v", added, all, old, err)
	}
	if left, err := h.finishCounting(t.Context()); left || err != nil {
		t.Errorf("a note was left: %v, %v", left, err)
	}
	h.clock.advance(2 * countingGrace)
	if left, err := h.finishCounting(t.Context()); left || err != nil {
		t.Errorf("a note was left: %v, %v", left, err)
	}
}

func TestWhatMembersChangeCountsUntilThePlatformHasIt(t *testing.T) {
	t.Parallel()
	h, r := newRegister(t, 2)
	read := func() {
		t.Helper()
		if _, err := h.Subscribers().ReadRoster(t.Context(), shop, "far"); err != nil {
			t.Fatal(err)
		}
		if err := h.readRosters(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	read()
	id := message.SubscriberID(shop, "far", "u00000")
	remark, long := "regular", "a tag far too long for any of them"
	if _, err := h.Subscribers().Change(t.Context(), shop, id, Profile{Remark: &remark}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Subscribers().Tag(t.Context(), shop, id, []string{"vip", long}, []string{"old"}); err != nil {
		t.Fatal(err)
	}
	read() // the platform's word is older than the member's
	if s, err := h.Subscribers().Get(t.Context(), shop, id); err != nil || s.Remark != remark || !slices.Contains(s.Tags, "vip") {
		t.Fatalf("%+v, %v", s, err)
	}
	h.clock.advance(time.Second)
	if err := h.pushDetails(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told := r.people["u00000"]; told.Remark != remark || !slices.Contains(told.Tags, "vip") {
		t.Errorf("the platform was told %+v", told)
	}
	// From now on the platform's word counts, but for what it can't have.
	r.people["u00000"] = message.Follower{User: "u00000", Follows: true, Remark: "from their console", Tags: []string{"new"}}
	r.people["u00001"] = message.Follower{User: "u00001"} // has left
	read()
	s, err := h.Subscribers().Get(t.Context(), shop, id)
	if err != nil || s.Remark != "from their console" || !slices.Equal(s.Tags, []string{long, "new"}) || s.PushAt != nil {
		t.Errorf("%+v, %v", s, err)
	}
	if all, old := h.counted(t); all != 1 || old != 0 {
		t.Errorf("%d followers, %d with the old tag", all, old)
	}
}

func TestAListThatCantBeReadSaysWhyAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	h, r := newRegister(t, 10)
	r.fails = func(calls int) error {
		if calls == 1 {
			return errors.New("busy")
		}
		return nil
	}
	if _, err := h.Subscribers().ReadRoster(t.Context(), shop, "far"); err != nil {
		t.Fatal(err)
	}
	if err := h.readRosters(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read, _, err := h.Subscribers().Roster(t.Context(), shop, "far"); err != nil || read.Problem == "" || read.State != RosterReading {
		t.Errorf("%+v, %v", read, err)
	}
	h.clock.advance(rosterRetry + time.Second)
	if err := h.readRosters(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read, _, err := h.Subscribers().Roster(t.Context(), shop, "far"); err != nil || read.State != RosterRead || read.Seen != 10 {
		t.Errorf("%+v, %v", read, err)
	}
}
