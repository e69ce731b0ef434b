// Package storetest gives tests a store, and holds engines to what package
// store promises.
package storetest

import (
	"testing"
	"time"

	"plaza/store"
	"plaza/store/sqlite"
)

// Open gives a test the embedded store in a folder of its own, with the schemas
// prepared. It is closed when the test ends.
func Open(t testing.TB, schemas ...*store.Schema) *store.DB {
	t.Helper()
	// Tests have clocks of their own: nothing may be swept by the real one.
	engine, err := sqlite.Open(t.TempDir(), sqlite.Options{SweepEvery: 24 * time.Hour})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	db := store.New(engine)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if err := db.Prepare(t.Context(), schemas...); err != nil {
		t.Fatalf("prepare the store: %v", err)
	}
	return db
}
