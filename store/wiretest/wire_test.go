package wiretest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/mongodb"
	"plaza/store/storetest"
)

// Reasons why FerretDB 1.24 cannot keep a promise.
const (
	noExpiry  = "FerretDB has no expiring indexes"
	noPartial = "FerretDB has no partial indexes, so no unique one over some documents"
)

// TestConformance runs the store's suite on the MongoDB engine. With
// PLAZA_TEST_MONGODB_URI set the other end is that deployment, and nothing is
// excused.
func TestConformance(t *testing.T) {
	target := storetest.Target{}
	uri := os.Getenv("PLAZA_TEST_MONGODB_URI")
	if uri == "" {
		uri = Serve(t)
		target.Excused = map[string]string{
			"ExpiredDocumentsGo":              noExpiry,
			"SparseUniqueLeavesOutTheLacking": noPartial,
			"InfinitiesAreNumbers":            "FerretDB stores no infinities",
			"ArraysHoldArrays":                "FerretDB stores no arrays in arrays",
			"UniqueIndexFollowsUpdates":       "FerretDB answers InternalError, not a duplicate key",
		}
	}
	target.Open = func(t testing.TB) store.Engine { return open(t, uri) }
	storetest.Run(t, target)
}

var databases atomic.Int64

// open gives a test a database of its own.
func open(t testing.TB, uri string) store.Engine {
	t.Helper()
	name := fmt.Sprintf("plaza_test_%d_%d", time.Now().UnixNano(), databases.Add(1))
	engine, err := mongodb.Open(t.Context(), uri, mongodb.Options{Database: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
		drop(t, uri, name)
	})
	return engine
}

// drop removes a test's database, over a connection of its own: the test may
// have closed its own.
func drop(t testing.TB, uri, name string) {
	t.Helper()
	ctx := context.Background()
	engine, err := mongodb.Open(ctx, uri, mongodb.Options{Database: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Drop(ctx); err != nil {
		t.Error(err)
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}
