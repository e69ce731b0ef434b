package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"plaza/fault"
	"plaza/message"
)

// signboard is a messenger with menus.
type signboard struct {
	*messenger
	mu      sync.Mutex
	shown   []message.Menu
	refuses error
}

func (s *signboard) PublishMenus(_ context.Context, _ []byte, menus []message.Menu) (leftOut []int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses != nil {
		return nil, s.refuses
	}
	s.shown = menus
	for i, menu := range menus {
		if menu.For.Language != "" {
			leftOut = append(leftOut, i)
		}
	}
	return leftOut, nil
}

// newSignboard gives a house whose far messenger has menus.
func newSignboard(t *testing.T) (*house, *signboard) {
	h := newHouse(t)
	s := &signboard{messenger: h.far}
	h.channels["far"] = s
	h.Channels = []Channel{s, h.channels["near"]}
	return h, s
}

func menu(readers message.MenuReaders, labels ...string) message.Menu {
	m := message.Menu{For: readers}
	for _, label := range labels {
		m.Entries = append(m.Entries, message.MenuEntry{Label: label, Action: message.PressAction, Payload: label})
	}
	return m
}

func TestMenusAreADraftUntilTheyArePublished(t *testing.T) {
	t.Parallel()
	h, board := newSignboard(t)
	menus := []message.Menu{menu(message.MenuReaders{}, "Shop", "Help"), menu(message.MenuReaders{Tag: "vip"}, "Lounge"), menu(message.MenuReaders{Language: "ko"}, "가게")}
	saved, err := h.Menus().Save(t.Context(), shop, 0, menus)
	if err != nil || saved.Version != 1 || board.shown != nil {
		t.Fatalf("%+v, %v", saved, err)
	}
	if _, err := h.Menus().Save(t.Context(), shop, 0, menus); !errors.Is(err, ErrMenuOrder) {
		t.Errorf("an older draft was saved over a newer one: %v", err)
	}
	published, err := h.Menus().Publish(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	if got := published.Published["far"]; got.State != MenuPublished || got.Version != 1 || !slices.Equal(got.LeftOut, []int{2}) || len(board.shown) != 3 {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		name string
		who  Subscriber
		want string
	}{
		{"everybody", Subscriber{Account: shop, Channel: "far", Language: "en"}, "Shop"},
		{"the tagged", Subscriber{Account: shop, Channel: "far", Language: "ko", Tags: []string{"vip"}}, "Lounge"},
	} {
		if shown, ok, err := h.Menus().Shown(t.Context(), c.who, message.Apple); err != nil || !ok || shown.Entries[0].Label != c.want {
			t.Errorf("%s see %+v, %v", c.name, shown, err)
		}
	}
}

func TestAFailedPublicationSaysWhyAndKeepsWhatPeopleSee(t *testing.T) {
	t.Parallel()
	h, board := newSignboard(t)
	for version, label := range []string{"Old", "New"} {
		if _, err := h.Menus().Save(t.Context(), shop, int64(version), []message.Menu{menu(message.MenuReaders{}, label)}); err != nil {
			t.Fatal(err)
		}
		if version == 1 {
			board.refuses = fault.New(fault.Forbidden, "restricted", "Not granted.")
		}
		if _, err := h.Menus().Publish(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
	}
	after, err := h.Menus().Get(t.Context(), shop)
	if got := after.Published["far"]; err != nil || got.State != PublicationFailed || got.Problem != "Not granted." || got.Menus[0].Entries[0].Label != "Old" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAPublicationThatACrashBrokeOffIsFinished(t *testing.T) {
	t.Parallel()
	h, board := newSignboard(t)
	if _, err := h.Menus().Save(t.Context(), shop, 0, []message.Menu{menu(message.MenuReaders{}, "Shop")}); err != nil {
		t.Fatal(err)
	}
	due := h.now().Add(publicationPause)
	if err := menuBoards.In(h.DB, shop).Update(t.Context(), shop, begunOn("far", h.now()).Set("due_at", due)); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(publicationPause + time.Second)
	if err := h.Recover(t.Context()); err != nil || len(board.shown) != 1 {
		t.Fatalf("%v, shown %v", err, board.shown)
	}
	if again, err := h.publishAgain(t.Context()); again || err != nil {
		t.Errorf("and once more: %v, %v", again, err)
	}
}

func TestAMenuThatNoPhoneHasRoomForIsRefused(t *testing.T) {
	t.Parallel()
	h, _ := newSignboard(t)
	deep := menu(message.MenuReaders{}, "a")
	deep.Entries[0].Entries = menu(message.MenuReaders{}, "b").Entries
	deep.Entries[0].Entries[0].Entries = menu(message.MenuReaders{}, "c").Entries
	link := message.Menu{Entries: []message.MenuEntry{{Label: "x", Action: message.OpenAction, URL: "javascript:alert(1)"}}}
	for name, c := range map[string]struct {
		menus []message.Menu
		want  *fault.Error
		field string
	}{
		"four at the foot":     {[]message.Menu{menu(message.MenuReaders{}, "a", "b", "c", "d")}, ErrMenuCount, "menus.0"},
		"empty":                {[]message.Menu{{}}, ErrMenuCount, "menus.0"},
		"without a name":       {[]message.Menu{menu(message.MenuReaders{}, "")}, ErrMenuLabel, "menus.0.entries.0.label"},
		"three levels":         {[]message.Menu{deep}, ErrMenuCount, "menus.0.entries.0.entries.0"},
		"a script as address":  {[]message.Menu{link}, ErrMenuURL, "menus.0.entries.0.url"},
		"the first for some":   {[]message.Menu{menu(message.MenuReaders{Tag: "vip"}, "a")}, ErrMenuReaders, "menus.0.for"},
		"the second for all":   {[]message.Menu{menu(message.MenuReaders{}, "a"), menu(message.MenuReaders{}, "b")}, ErrMenuReaders, "menus.1.for"},
		"an unknown telephone": {[]message.Menu{menu(message.MenuReaders{}, "a"), menu(message.MenuReaders{System: "nokia"}, "b")}, ErrMenuReaders, "menus.1.for"},
	} {
		_, err := h.Menus().Save(t.Context(), shop, 0, c.menus)
		if refused, ok := errors.AsType[*fault.Error](err); !ok || !errors.Is(err, c.want) || refused.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}
