package sqlite

import (
	"fmt"
	"testing"
	"time"

	"plaza/store"
)

type leaf struct {
	ID   string `bson:"_id"`
	Text string `bson:"text"`
}

var leaves = store.Declare[leaf](store.Schema{Name: "leaves", Global: true})

// Under steady writing nobody folds the whole log by chance: the writer begins
// it anew when it is asked to, and nothing is lost by it.
func TestTheLogBeginsAnewUnderSteadyWriting(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	e, err := Open(folder, Options{FoldEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	db := store.New(e)
	if err := db.Prepare(t.Context(), leaves.Schema()); err != nil {
		t.Fatal(err)
	}
	beside, err := open(e.file, 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.close() })
	written := 0
	write := func() {
		if err := leaves.Across(db).Insert(t.Context(), leaf{fmt.Sprint(written), "text"}); err != nil {
			t.Fatal(err)
		}
		written++
	}
	for range 100 {
		write()
	}
	long, folded, err := beside.fold("PASSIVE")
	if err != nil || long < 100 || folded != long {
		t.Fatalf("%d of %d pages folded, %v", folded, long, err)
	}
	write() // so the log is never wholly folded when somebody writes
	e.restart.Store(true)
	write()
	for e.restart.Load() { // the writer does it behind the commit
		write()
	}
	write()
	if log, _, err := beside.fold("PASSIVE"); err != nil || log >= long {
		t.Errorf("the log has %d pages, %v", log, err)
	}
	if count, err := leaves.Across(db).Count(t.Context(), store.Query{}, 1000); err != nil || count != written {
		t.Errorf("%d of %d are there, %v", count, written, err)
	}
}
