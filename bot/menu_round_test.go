package bot

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/line"
	"plaza/bot/line/linetest"
	"plaza/message"
	"plaza/store"
)

// tavern is a house on LINE: its stand-in is strict, and knows who sees what.
type tavern struct {
	*house
	line *linetest.Platform
	mu   sync.Mutex
	// after is called when a call has been carried out and before its answer.
	after func(path string)
}

func newTavern(t *testing.T, people int) *tavern {
	t.Helper()
	h := newHouse(t)
	v := &tavern{house: h}
	const secret = "0123456789abcdef0123456789abcdef"
	token := strings.Repeat("Ab+/", 40) + "="
	v.line = linetest.New(linetest.Account{ID: "1234567890", Secret: secret, Token: token}, h.clock.Now, nil)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		v.line.ServeHTTP(recorder, r)
		v.mu.Lock()
		after := v.after
		v.mu.Unlock()
		if after != nil {
			after(r.URL.Path)
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	t.Cleanup(host.Close)
	channel := line.New(line.Options{API: host.URL, Now: h.clock.Now})
	h.channels["line"] = channel
	h.Channels = append(h.Channels, channel)
	encoded, err := line.Credentials{Secret: secret, Token: token}.Encode()
	if err == nil {
		_, err = h.Connections().Save(t.Context(), shop, "line", encoded)
	}
	if err != nil {
		t.Fatal(err)
	}
	var follow []store.Operation
	for n := range people {
		in := v.person(n)
		s := newSubscriber(in, in.Language, h.now())
		s.Followed = true
		follow = append(follow, subscribers.In(h.DB, shop).Inserting(s))
	}
	if _, err := h.DB.Apply(t.Context(), follow...); err != nil {
		t.Fatal(err)
	}
	return v
}

// person lets LINE know the n-th person, who follows; each third speaks Korean.
func (v *tavern) person(n int) message.Inbound {
	in := message.Inbound{Account: shop, Channel: "line", User: linetest.UserID(n), Key: fmt.Sprint("follow", v.clock.Now(), n),
		Kind: message.Follow, Name: "Somebody", Language: []string{"en", "ko", "en"}[n%3]}
	v.line.Add(in.User, in.Name, in.Language)
	return in
}

// give does all there is to do, as a process does that starts a while later.
func (v *tavern) give(t *testing.T) {
	t.Helper()
	for range 3 {
		v.clock.advance(givePause + time.Second)
		if err := v.giveMenus(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (v *tavern) publish(t *testing.T, menus ...message.Menu) MenuPublication {
	t.Helper()
	board, err := v.Menus().Get(t.Context(), shop)
	if err == nil {
		_, err = v.Menus().Save(t.Context(), shop, board.Version, menus)
	}
	if err == nil {
		board, err = v.Menus().Publish(t.Context(), shop)
	}
	if published := board.Published["line"]; err != nil || published.State != MenuPublished {
		t.Fatalf("%+v, %v", published, err)
	}
	return board.Published["line"]
}

// sees is the key of the first entry of the menu that a person sees.
func (v *tavern) sees(user string) string {
	menu := v.line.MenuOf(user)
	if menu == nil {
		return ""
	}
	_, payload, _ := strings.Cut(string(menu.Areas[0].Action), `"data":"`)
	payload, _, _ = strings.Cut(payload, `"`)
	return payload
}

// allSee fails unless each follower sees the menu that is for them by what is known
// of them now.
func (v *tavern) allSee(t *testing.T) {
	t.Helper()
	wrong := 0
	for after := ""; ; {
		people, next, err := v.Subscribers().Followers(t.Context(), shop, People{Channel: "line"}, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range people {
			shown, _, err := v.Menus().Shown(t.Context(), s, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := v.sees(s.User); got != shown.Entries[0].Payload {
				if wrong++; wrong < 5 {
					t.Errorf("%s with %v, %s sees %q instead of %q", s.User, s.Tags, s.Language, got, shown.Entries[0].Payload)
				}
			}
			if s.MenuAt != nil {
				t.Errorf("%s is still marked", s.User)
			}
		}
		if after = next; next == "" {
			break
		}
	}
	if wrong > 0 {
		t.Errorf("%d see a wrong menu", wrong)
	}
}

var (
	vip    = message.MenuReaders{Tag: "vip"}
	korean = message.MenuReaders{Language: "ko"}
)

func TestOnLINEEverybodySeesTheMenuThatIsForThem(t *testing.T) {
	t.Parallel()
	const people = 1600
	v := newTavern(t, people)
	tag := func(id string, add, remove []string) {
		t.Helper()
		if _, err := v.Subscribers().Tag(t.Context(), shop, id, add, remove); err != nil {
			t.Fatal(err)
		}
	}
	first := message.SubscriberID(shop, "line", linetest.UserID(0))
	tag(first, []string{"vip"}, nil)
	published := v.publish(t, menu(message.MenuReaders{}, "shop"), menu(vip, "lounge"), menu(korean, "가게"), menu(message.MenuReaders{System: message.Apple}, "apple"))
	if !slices.Equal(published.LeftOut, []int{3}) {
		t.Errorf("left out: %v", published.LeftOut)
	}
	v.give(t)
	v.allSee(t)
	round, ok, err := v.Menus().Round(t.Context(), shop, "line")
	if err != nil || !ok || round.State != RoundDone || round.Seen != people || round.Given != 534 || v.line.Linked() != 534 {
		t.Errorf("%+v, %v; %d linked", round, err, v.line.Linked())
	}
	// Those who see everybody's menu cost no call, the others one for 500.
	if calls := v.line.Calls("/v2/bot/richmenu/bulk/link"); calls != 2 {
		t.Errorf("%d calls for many", calls)
	}
	// Somebody is known otherwise than before, leaves and comes back, or is new.
	tag(message.SubscriberID(shop, "line", linetest.UserID(3)), []string{"vip"}, nil)
	tag(first, nil, []string{"vip"})
	v.handle(t, message.Inbound{Account: shop, Channel: "line", User: linetest.UserID(4), Key: "gone", Kind: message.Unfollow})
	v.handle(t, v.person(people))
	v.handle(t, v.person(people+1))
	v.give(t)
	v.handle(t, v.person(4))
	v.give(t)
	v.allSee(t)
	// The next menus take the place of these, which go.
	v.publish(t, menu(message.MenuReaders{}, "shop"), menu(vip, "terrace"))
	v.give(t)
	v.allSee(t)
	if v.line.Menus() != 2 || v.line.Linked() != 1 {
		t.Errorf("%d menus, %d linked", v.line.Menus(), v.line.Linked())
	}
	v.publish(t)
	v.give(t)
	if v.line.Menus() != 0 || v.line.Linked() != 0 {
		t.Errorf("none: %d menus, %d linked", v.line.Menus(), v.line.Linked())
	}
}

func TestAGivingOfMenusGoesOnFromWhereItWasKilled(t *testing.T) {
	t.Parallel()
	const people = 1600 // two pages
	for name, killAt := range map[string]string{"after a call that nobody took note of": "/v2/bot/richmenu/bulk/link", "before the old menus go": "/v2/bot/richmenu/list"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newTavern(t, people)
			v.publish(t, menu(message.MenuReaders{}, "shop"), menu(korean, "old"))
			v.give(t)
			v.publish(t, menu(message.MenuReaders{}, "shop"), menu(korean, "new"))
			killed, kill := context.WithCancel(t.Context())
			calls := 0
			v.after = func(path string) {
				if calls++; path == killAt && (calls == 2 || killAt != "/v2/bot/richmenu/bulk/link") {
					kill()
				}
			}
			if err := v.giveMenus(killed); err != nil && killed.Err() == nil {
				t.Fatal(err)
			}
			v.mu.Lock()
			v.after = nil
			v.mu.Unlock()
			round, _, err := v.Menus().Round(t.Context(), shop, "line")
			if err != nil || killed.Err() == nil || round.State != RoundGiving {
				t.Fatalf("%+v, %v", round, err)
			}
			// Meanwhile somebody who may have been told already is not one of them
			// any more.
			english := "en"
			for n := 1; n < people; n += 300 {
				if _, err := v.Subscribers().Change(t.Context(), shop, message.SubscriberID(shop, "line", linetest.UserID(n)), Profile{Language: &english}); err != nil {
					t.Fatal(err)
				}
			}
			v.give(t)
			v.allSee(t)
			if round, _, err = v.Menus().Round(t.Context(), shop, "line"); err != nil || round.State != RoundDone || v.line.Menus() != 2 {
				t.Errorf("%+v, %v, %d menus", round, err, v.line.Menus())
			}
		})
	}
}

func TestMenusAndPeopleMayChangeWhileMenusAreGiven(t *testing.T) {
	t.Parallel()
	const people = 60
	v := newTavern(t, people)
	var all sync.WaitGroup
	for worker := range 3 {
		all.Go(func() {
			for n := range people {
				add, remove := []string{"vip"}, []string(nil)
				if (n+worker)%2 == 0 {
					add, remove = nil, []string{"vip"}
				}
				if _, err := v.Subscribers().Tag(t.Context(), shop, message.SubscriberID(shop, "line", linetest.UserID(n)), add, remove); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		all.Go(func() {
			for range 15 {
				v.clock.advance(time.Minute)
				if err := v.giveMenus(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range 12 {
		v.publish(t, menu(message.MenuReaders{}, fmt.Sprint("shop", n)), menu(vip, fmt.Sprint("lounge", n)), menu(korean, fmt.Sprint("ko", n)))
	}
	all.Wait()
	v.give(t)
	v.allSee(t)
	if v.line.Menus() != 3 {
		t.Errorf("%d menus stayed", v.line.Menus())
	}
}

func TestWhereLINEIsBusyMenusAreGivenLater(t *testing.T) {
	t.Parallel()
	v := newTavern(t, 4)
	v.publish(t, menu(message.MenuReaders{}, "shop"), menu(korean, "ko"))
	v.line.Limit("/v2/bot/richmenu/list", 0)
	if err := v.giveMenus(t.Context()); err != nil {
		t.Fatal(err)
	}
	round, _, err := v.Menus().Round(t.Context(), shop, "line")
	if err != nil || round.State != RoundGiving || round.Problem == "" {
		t.Errorf("%+v, %v", round, err)
	}
	v.line.Limit("/v2/bot/richmenu/list", 10)
	v.give(t)
	v.allSee(t)
	if round, _, err = v.Menus().Round(t.Context(), shop, "line"); err != nil || round.State != RoundDone || round.Problem != "" {
		t.Errorf("%+v, %v", round, err)
	}
}
