// Package storetest gives tests a store, and holds engines to what package
// store promises.
package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/sqlite"
)

// Open gives a test the embedded store in a folder of its own, with the schemas
// prepared. It is closed when the test ends.
func Open(t testing.TB, schemas ...*store.Schema) *store.DB {
	t.Helper()
	return OpenOn(t, itself, schemas...)
}

func itself(engine store.Engine) store.Engine { return engine }

// OpenOn is Open with something between the store and its engine.
func OpenOn(t testing.TB, between func(store.Engine) store.Engine, schemas ...*store.Schema) *store.DB {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, sqlite.FileName), prepared(t, schemas), 0o600); err != nil {
		t.Fatal(err)
	}
	db := open(t, folder, between, schemas)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return db
}

func open(t testing.TB, folder string, between func(store.Engine) store.Engine, schemas []*store.Schema) *store.DB {
	t.Helper()
	// Tests have clocks of their own: nothing may be swept by the real one. None of
	// them cuts the power.
	engine, err := sqlite.Open(folder, sqlite.Options{SweepEvery: 24 * time.Hour, Unflushed: true})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	db := store.New(between(engine))
	if err := db.Prepare(t.Context(), schemas...); err != nil {
		t.Fatalf("prepare the store: %v", err)
	}
	return db
}

// empties are the files of stores that have their collections and nothing in
// them, by what describes the collections. Making a hundred collections takes
// most of a second; copying them takes a few milliseconds.
var empties sync.Map

// prepared is the file of an empty store with these collections.
func prepared(t testing.TB, schemas []*store.Schema) []byte {
	t.Helper()
	if len(schemas) == 0 {
		return nil
	}
	made, _ := empties.LoadOrStore(description(schemas), &empty{})
	e := made.(*empty)
	e.Lock()
	defer e.Unlock()
	if e.file != nil {
		return e.file
	}
	folder := t.TempDir()
	if err := open(t, folder, itself, schemas).Close(); err != nil {
		t.Fatalf("close the store: %v", err)
	}
	file, err := os.ReadFile(filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	e.file = file
	return file
}

type empty struct {
	sync.Mutex
	file []byte
}

// description tells collections apart. What an upgrade does is not in it: an
// empty store has nothing to upgrade.
func description(schemas []*store.Schema) string {
	var all strings.Builder
	for _, s := range schemas {
		fmt.Fprintf(&all, "%q %t %t %t %+v %q %q %d\n", s.Name, s.Global, s.KeyedByAccount, s.KeyedByOwner, s.Indexes, s.ShardKey, s.ExpiresAt, len(s.Upgrades))
	}
	return all.String()
}
