package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

type errand struct {
	ID      string     `bson:"_id"`
	Account string     `bson:"account"`
	Tries   int64      `bson:"tries"`
	Due     *time.Time `bson:"due,omitempty"`
}

var errands = store.Declare[errand](store.Schema{Name: "errands", Indexes: []store.Index{{Fields: []string{"due"}, Across: true, Sparse: true}}})

func TestWhatIsDueIsTakenByOneAndWhatFailsIsDueAgain(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, errands.Schema())
	var at atomic.Int64
	now := func() time.Time { return time.UnixMilli(at.Load()).UTC() }
	for i := range 40 { // one a minute, the last twenty yet to come
		due := now().Add(time.Duration(i) * time.Minute)
		if err := errands.In(db, "a").Insert(t.Context(), errand{ID: string(rune('A' + i)), Account: "a", Due: &due}); err != nil {
			t.Fatal(err)
		}
	}
	at.Store((20 * time.Minute).Milliseconds() - 1)
	var mu sync.Mutex
	var done []string
	work := func(fail string) error {
		_, err := store.TakeDue(t.Context(), errands.Across(db), store.Lease{Now: now, For: time.Hour, Also: store.Inc("tries", 1)}, func(one errand) error {
			if one.ID == fail {
				return errors.New("not now")
			}
			mu.Lock()
			done = append(done, one.ID)
			mu.Unlock()
			return errands.In(db, "a").Update(t.Context(), one.ID, store.Unset("due"))
		})
		return err
	}
	var workers sync.WaitGroup
	var failures atomic.Int64
	for range 8 {
		workers.Go(func() {
			if work("C") != nil {
				failures.Add(1)
			}
		})
	}
	workers.Wait()
	slices.Sort(done)
	if len(done) != 19 || slices.Contains(done, "C") || len(slices.Compact(done)) != 19 || failures.Load() != 1 {
		t.Fatalf("done %q, %d workers failed", done, failures.Load())
	}
	if err := work(""); err != nil || len(done) != 19 {
		t.Errorf("before its lease is over: done %q, %v", done, err)
	}
	at.Add(time.Hour.Milliseconds())
	if err := work(""); err != nil || len(done) != 40 || done[19] != "U" || done[39] != "C" {
		t.Errorf("after it: done %q, %v", done, err) // what is due longest comes first: the failed one's lease ended last
	}
	if again, err := errands.In(db, "a").Get(t.Context(), "C"); err != nil || again.Tries != 2 || again.Due != nil {
		t.Errorf("%+v, %v", again, err)
	}
}
