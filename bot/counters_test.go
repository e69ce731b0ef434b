package bot

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/store"
)

// noted is a follower whose counters have yet to be told.
func noted(t *testing.T, h *house, user string) Subscriber {
	t.Helper()
	s := newSubscriber(says(user, "", ""), "en", h.now())
	s.Followed, s.Version, s.Tags = true, 1, []string{"new"}
	s.Counting = countChange(Subscriber{}, s, h.now())
	if err := subscribers.In(h.DB, shop).Insert(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// tells is somebody who tells the counters of a change, as they have read it.
func tells(t *testing.T, tell func() error) {
	t.Helper()
	if err := tell(); err != nil {
		t.Error(err)
	}
}

func wantFollowers(t *testing.T, h *house, want int64) {
	t.Helper()
	got, err := h.Subscribers().Counts(t.Context(), shop)
	if err != nil || got.All != want || got.Tags["new"] != want {
		t.Errorf("counted %+v, %v; there are %d", got, err, want)
	}
}

// Whoever has read that a change is untold, and comes to it late, counts nothing
// twice: neither after the one who made the change, nor before, nor one after
// another.
func TestAStaleReaderCountsNobodyTwice(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"creator settler", "settler creator", "settler settler creator", "finisher settler", "settler finisher", "creator settler settler finisher"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			read := noted(t, h, "ann")
			for _, who := range strings.Fields(order) {
				stale := read
				tells(t, func() error {
					switch who {
					case "creator":
						return h.count(t.Context(), shop, stale.ID, stale.Counting)
					case "settler":
						return h.settleCounting(t.Context(), &stale)
					}
					h.clock.advance(2 * countingGrace)
					_, err := h.finishCounting(t.Context())
					return err
				})
			}
			wantFollowers(t, h, 1)
			if left, err := subscribers.In(h.DB, shop).Get(t.Context(), read.ID); err != nil || left.Counting != nil {
				t.Errorf("still to be told: %+v, %v", left.Counting, err)
			}
		})
	}
}

func TestManyWhoTellOfOneChangeTellItOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const people, tellers = 10, 4
	var all sync.WaitGroup
	for i := range people {
		read := noted(t, h, fmt.Sprint("u", i))
		for n := range tellers {
			stale := read
			all.Go(func() {
				tells(t, func() error {
					if n == 0 {
						return h.count(t.Context(), shop, stale.ID, stale.Counting)
					}
					return h.settleCounting(t.Context(), &stale)
				})
			})
		}
	}
	all.Wait()
	wantFollowers(t, h, people)
}

// What is kept to know a late comer by does not grow.
func TestMarksOfTakenOverChangesGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 20 {
		read := noted(t, h, fmt.Sprint("u", i))
		tells(t, func() error { return h.settleCounting(t.Context(), &read) })
		h.clock.advance(markLife / 4)
	}
	kept, err := counters.In(h.DB, shop).Get(t.Context(), shop+":"+allCounter)
	if err != nil || kept.Count != 20 || len(kept.Applied) > 6 || len(kept.Left) != len(kept.Applied) {
		t.Errorf("%+v, %v", kept, err)
	}
}

// Who made a change and was away for long leaves it to others.
func TestALateCreatorLeavesTheCountersAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	read := noted(t, h, "ann")
	stale := read
	tells(t, func() error { return h.settleCounting(t.Context(), &stale) })
	for range 3 { // so that its marks are gone
		h.clock.advance(markLife + time.Minute)
		other := noted(t, h, store.NewID())
		tells(t, func() error { return h.settleCounting(t.Context(), &other) })
	}
	tells(t, func() error { return h.count(t.Context(), shop, read.ID, read.Counting) })
	wantFollowers(t, h, 4)
}
