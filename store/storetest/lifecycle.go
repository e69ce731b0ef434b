package storetest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plaza/store"
)

func expiredDocumentsGo(t *testing.T, w world) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	w.insert(t, thing{ID: "past", Expires: &past, Kind: "k"}, thing{ID: "future", Expires: &future, Kind: "k"}, thing{ID: "never", Kind: "k"})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for {
		if w.target.Expire != nil {
			must(t, w.target.Expire(ctx, w.engine))
		}
		keys := w.keys(t, store.Where(store.Eq("kind", "k")))
		slices.Sort(keys)
		if strings.Join(keys, " ") == "future never" {
			return
		}
		if len(keys) != 3 || w.target.Expire != nil || ctx.Err() != nil {
			t.Fatalf("there are %v", keys)
		}
	}
}

// versioned declares the things once more, with upgrades.
func versioned(upgrades ...store.Upgrade) store.Collection[thing] {
	schema := *things.Schema()
	schema.Upgrades = upgrades
	return store.Declare[thing](schema)
}

func kindFromNote(document store.Document) (bool, error) {
	note, found := document["note"]
	if !found {
		return false, nil
	}
	document["kind"] = fmt.Sprint("was ", note)
	delete(document, "note")
	return true, nil
}

func cityIsSet(document store.Document) (bool, error) {
	if _, done := document["upgraded"]; done {
		return false, nil
	}
	document["upgraded"] = true
	return true, nil
}

func (w world) fillNotes(t testing.TB, count int) {
	t.Helper()
	list := make([]thing, count)
	for i := range list {
		list[i] = thing{ID: fmt.Sprintf("%05d", i), Account: fmt.Sprint("account", i%3), Note: fmt.Sprint(i)}
	}
	w.insert(t, list...)
}

func upgradesReachEveryDocumentOnce(t *testing.T, w world) {
	const count = 210 // more than a page
	w.fillNotes(t, count)
	var calls atomic.Int64
	first := func(document store.Document) (bool, error) {
		calls.Add(1)
		return kindFromNote(document)
	}
	prepare(t, w.db, versioned(first).Schema())
	prepare(t, w.db, versioned(first).Schema())
	if calls.Load() != count {
		t.Errorf("upgraded %d times", calls.Load())
	}
	prepare(t, w.db, versioned(first, cityIsSet).Schema())
	if calls.Load() != count {
		t.Error("the first upgrade ran again")
	}
	w.checkUpgraded(t, count)
	if raw := w.raw(t, "00007"); raw["upgraded"] != true {
		t.Errorf("the second upgrade did not run: %v", raw)
	}
}

func (w world) checkUpgraded(t testing.TB, count int) {
	t.Helper()
	seen := 0
	for document, err := range things.Across(w.db).Each(t.Context(), store.Query{}) {
		must(t, err)
		if want := fmt.Sprint("was ", seen); document.Kind != want || document.Note != "" {
			t.Fatalf("%+v, expected kind %q", document, want)
		}
		seen++
	}
	if seen != count {
		t.Errorf("%d documents, expected %d", seen, count)
	}
	if keys := things.In(w.db, "account1"); true {
		found, _, err := keys.Find(t.Context(), store.Where(store.Eq("kind", "was 1")))
		if err != nil || len(found) != 1 {
			t.Errorf("the index has %v, error %v", found, err)
		}
	}
}

func upgradesRunFromSeveralNodes(t *testing.T, w world) {
	const count = 210
	w.fillNotes(t, count)
	schema := versioned(kindFromNote).Schema()
	failed := make(chan error, 4)
	for range cap(failed) {
		go func() { failed <- w.db.Prepare(t.Context(), schema) }()
	}
	for range cap(failed) {
		must(t, <-failed)
	}
	w.checkUpgraded(t, count)
}

func newerDataIsRefused(t *testing.T, w world) {
	prepare(t, w.db, versioned(kindFromNote, cityIsSet).Schema())
	refused(t, w.db.Prepare(t.Context(), versioned(kindFromNote).Schema()), store.ErrInvalid)
}

func newIndexHoldsOldDocuments(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Note: "x"}, thing{ID: "b", Note: "y"})
	byNote := func(unique bool) store.Collection[thing] {
		return store.Declare[thing](store.Schema{Name: "things", Indexes: []store.Index{{Fields: []string{"note"}, Unique: unique}}})
	}
	for _, unique := range []bool{false, true, false} {
		renewed := byNote(unique)
		prepare(t, w.db, renewed.Schema())
		found, _, err := renewed.In(w.db, "acme").Find(t.Context(), store.Where(store.Eq("note", "y")))
		if err != nil || len(found) != 1 || found[0].ID != "b" {
			t.Errorf("found %v, error %v", found, err)
		}
	}
	w.insert(t, thing{ID: "c", Note: "x"})
	if err := w.db.Prepare(t.Context(), byNote(true).Schema()); err == nil {
		t.Error("a unique index was built over equal values")
	}
	prepare(t, w.db, byNote(false).Schema())
	w.insert(t, thing{ID: "d", Note: "x"})
}

func everySchema() []*store.Schema {
	return []*store.Schema{things.Schema(), values.Schema(), worldwide.Schema()}
}

func archiveCarriesEverything(t *testing.T, w world) {
	w.climb(t)
	w.fillNotes(t, 210)
	must(t, worldwide.Across(w.db).Insert(t.Context(), global{ID: "g", Email: "e"}))
	var archive bytes.Buffer
	must(t, store.Dump(t.Context(), w.db, everySchema(), time.UnixMilli(5), &archive))

	target := newWorld(t, w.target)
	schemas := []*store.Schema{versioned(kindFromNote).Schema(), values.Schema(), worldwide.Schema()}
	prepare(t, target.db, schemas...)
	must(t, store.Load(t.Context(), target.db, schemas, time.UnixMilli(6), bytes.NewReader(archive.Bytes())))
	target.checkUpgraded(t, 210)
	all := store.Query{}.Top(store.MaxPage)
	before, _, err := values.In(w.db, "acme").Find(t.Context(), all)
	must(t, err)
	after, _, err := values.In(target.db, "acme").Find(t.Context(), all)
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("values came through changed, error %v", err)
	}
	restored, err := target.db.Restored(t.Context())
	if err != nil || !restored {
		t.Errorf("restored %t, error %v", restored, err)
	}
	err = store.Load(t.Context(), target.db, schemas, time.UnixMilli(6), bytes.NewReader(archive.Bytes()))
	refused(t, err, store.ErrDuplicate)
}

func damagedArchiveLoadsNothing(t *testing.T, w world) {
	w.fillNotes(t, 5)
	var archive bytes.Buffer
	must(t, store.Dump(t.Context(), w.db, everySchema(), time.UnixMilli(5), &archive))
	whole := archive.Bytes()
	target := newWorld(t, w.target)
	for name, damaged := range map[string][]byte{
		"empty": nil, "no archive": []byte("hello, hello, hello"), "cut": whole[:len(whole)-1], "half": whole[:len(whole)/2],
		"changed": bytes.Replace(whole, []byte("account1"), []byte("account2"), 1),
		"without": bytes.Replace(whole, []byte("sha256"), []byte("sha257"), 1),
	} {
		err := store.Load(t.Context(), target.db, everySchema(), time.UnixMilli(6), bytes.NewReader(damaged))
		refused(t, err, store.ErrArchive)
		if err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if found, _, err := things.Across(target.db).Find(t.Context(), store.Query{}); err != nil || len(found) != 0 {
		t.Errorf("there are %v, error %v", found, err)
	}
}

func restoredIsSaidUntilCleared(t *testing.T, w world) {
	for range 2 {
		restored, err := w.db.Restored(t.Context())
		if err != nil || restored {
			t.Fatalf("restored %t, error %v", restored, err)
		}
		must(t, w.db.MarkRestored(t.Context(), time.UnixMilli(1)))
		restored, err = w.db.Restored(t.Context())
		if err != nil || !restored {
			t.Fatalf("restored %t, error %v", restored, err)
		}
		must(t, w.db.ClearRestored(t.Context()))
		must(t, w.db.ClearRestored(t.Context()))
	}
}

func closedStoreSaysSo(t *testing.T, w world) {
	w.insert(t, thing{ID: "a"})
	must(t, w.db.Close())
	must(t, w.db.Close())
	_, err := w.things.Get(t.Context(), "a")
	refused(t, err, store.ErrClosed)
	_, _, err = w.things.Find(t.Context(), store.Query{})
	refused(t, err, store.ErrClosed)
	refused(t, w.things.Insert(t.Context(), thing{ID: "b", Account: "acme"}), store.ErrClosed)
	refused(t, w.things.Update(t.Context(), "a", store.Inc("rank", 1)), store.ErrClosed)
}
