package store_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"plaza/store"
	"plaza/store/storetest"
)

type allowance struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Used    int64  `bson:"used"`
}

var allowances = store.Declare[allowance](store.Schema{Name: "allowances"})

// TestManyAtOnceNeverUseMoreThanIsAllowed, and what is allowed can be used up.
func TestManyAtOnceNeverUseMoreThanIsAllowed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, allowances.Schema())
	scope := allowances.In(db, "a")
	first := allowance{ID: "monday", Account: "a"}
	var workers sync.WaitGroup
	var within atomic.Int64
	for range 40 {
		workers.Go(func() {
			ok, err := store.AddWithin(t.Context(), scope, first, first.ID, "used", 3, 50)
			if err != nil {
				t.Error(err)
			}
			if ok {
				within.Add(1)
			}
		})
	}
	workers.Wait()
	if day, err := scope.Get(t.Context(), first.ID); err != nil || within.Load() != 16 || day.Used != 48 {
		t.Errorf("%d were within: %+v, %v", within.Load(), day, err)
	}
	for _, then := range []struct {
		add  int64
		fits bool
	}{{3, false}, {2, true}, {1, false}, {51, false}} {
		if ok, err := store.AddWithin(t.Context(), scope, first, first.ID, "used", then.add, 50); err != nil || ok != then.fits {
			t.Errorf("%d more: %v, %v", then.add, ok, err)
		}
	}
	empty := allowance{ID: "tuesday", Account: "a"}
	if ok, err := store.AddWithin(t.Context(), scope, empty, empty.ID, "used", 51, 50); err != nil || ok {
		t.Errorf("more than a day's at once: %v, %v", ok, err)
	}
}
