package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"plaza/store"
)

// crowd runs a function 64 times at once and returns the errors.
func crowd(run func(i int) error) []error {
	failed := make([]error, 64)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range failed {
		all.Go(func() {
			<-start
			failed[i] = run(i)
		})
	}
	close(start)
	all.Wait()
	return failed
}

// one checks that exactly one of a crowd succeeded, the others with the
// expected error.
func one(t *testing.T, failed []error, expected error) {
	t.Helper()
	winners := 0
	for _, err := range failed {
		if err == nil {
			winners++
			continue
		}
		refused(t, err, expected)
	}
	if winners != 1 {
		t.Errorf("%d succeeded", winners)
	}
}

func oneOf64InsertsWins(t *testing.T, w world) {
	for round := range 5 {
		id := fmt.Sprint("key", round)
		one(t, crowd(func(i int) error {
			return w.things.Insert(t.Context(), thing{ID: id, Account: "acme", Rank: int64(i)})
		}), store.ErrDuplicate)
	}
}

func oneOf64UniqueValuesWins(t *testing.T, w world) {
	one(t, crowd(func(i int) error {
		return worldwide.Across(w.db).Insert(t.Context(), global{ID: fmt.Sprint(i), Email: "same"})
	}), store.ErrDuplicate)
	if found, _, err := worldwide.Across(w.db).Find(t.Context(), store.Query{}); err != nil || len(found) != 1 {
		t.Errorf("there are %v, error %v", found, err)
	}
}

func stock100Sells100(t *testing.T, w world) {
	w.insert(t, thing{ID: "stock", Rank: 100})
	var sold atomic.Int64
	failed := crowd(func(int) error {
		for {
			err := w.things.Update(t.Context(), "stock", store.Inc("rank", -1), store.Gte("rank", 1))
			if err != nil {
				return err
			}
			sold.Add(1)
		}
	})
	for _, err := range failed {
		refused(t, err, store.ErrConditionFailed)
	}
	if left := w.get(t, "stock").Rank; sold.Load() != 100 || left != 0 {
		t.Errorf("sold %d, left %d", sold.Load(), left)
	}
}

func upsertsRaceToOneDocument(t *testing.T, w world) {
	for _, err := range crowd(func(int) error {
		_, err := w.things.Upsert(t.Context(), "counter", store.Inc("rank", 1))
		return err
	}) {
		must(t, err)
	}
	if got := w.get(t, "counter").Rank; got != 64 {
		t.Errorf("counted %d", got)
	}
}

func queueGivesEachItemOnce(t *testing.T, w world) {
	w.fill(t, "waiting", 200)
	var mutex sync.Mutex
	taken := map[string]int{}
	for _, err := range crowd(func(int) error {
		for {
			item, err := w.things.FindAndUpdate(t.Context(), store.Where(store.Eq("kind", "waiting")),
				store.Set("kind", "taken").Inc("rank", 1))
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			mutex.Lock()
			taken[item.ID]++
			mutex.Unlock()
		}
	}) {
		must(t, err)
	}
	if len(taken) != 200 {
		t.Errorf("%d of 200 items were taken", len(taken))
	}
	again := 0
	for _, times := range taken {
		again += times - 1
	}
	if again > 0 {
		t.Errorf("%d times an item was taken again", again)
	}
}

func findAndUpdateTakesTheFirst(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Kind: "k", Rank: 1, Note: "x"}, thing{ID: "b", Kind: "k", Rank: 2},
		thing{ID: "c", Kind: "k", Rank: 3, Note: "x"})
	query := store.Where(store.Eq("kind", "k"))
	for _, want := range []string{"b", "a", "c"} {
		order := map[string]store.Query{"b": query, "a": query.By("rank"), "c": query}[want]
		conditions := map[string][]store.Clause{"b": {store.Exists("note", false)}}[want]
		got, err := w.things.FindAndUpdate(t.Context(), order, store.Set("kind", "taken"), conditions...)
		if err != nil || got.ID != want || got.Kind != "taken" {
			t.Errorf("got %+v, error %v, expected %s", got, err, want)
		}
	}
	_, err := w.things.FindAndUpdate(t.Context(), query, store.Set("kind", "taken"))
	refused(t, err, store.ErrNotFound)
}

func cancelledCallsDoNothing(t *testing.T, w world) {
	w.insert(t, thing{ID: "a"})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	refused(t, w.things.Insert(gone, thing{ID: "b", Account: "acme"}), context.Canceled)
	_, err := w.things.Get(gone, "a")
	refused(t, err, context.Canceled)
	_, _, err = w.things.Find(gone, store.Query{})
	refused(t, err, context.Canceled)
	_, err = w.things.FindAndUpdate(gone, store.Where(store.Eq("kind", "")), store.Inc("rank", 1))
	refused(t, err, context.Canceled)
	if got := w.get(t, "a").Rank; got != 0 {
		t.Errorf("counted %d", got)
	}
}

func cancelledCallsHarmNobody(t *testing.T, w world) {
	w.insert(t, thing{ID: "a"})
	for _, err := range crowd(func(i int) error {
		ctx, cancel := context.WithCancel(t.Context())
		if i%2 == 0 {
			go cancel() // some time during the call
		} else {
			defer cancel()
		}
		err := w.things.Update(ctx, "a", store.Inc("rank", 1))
		if i%2 == 0 && errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}) {
		must(t, err)
	}
	if got := w.get(t, "a").Rank; got < 32 || got > 64 {
		t.Errorf("counted %d", got)
	}
}
