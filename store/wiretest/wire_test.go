// Package wiretest holds the MongoDB engine to the promises of package store
// over a real wire. It is a module of its own, so that what the server in it
// needs stays out of the product.
//
// With PLAZA_TEST_MONGODB_URI set the other end is that deployment, and nothing
// is excused. Otherwise it is FerretDB in this process, which speaks MongoDB's
// protocol on top of SQLite.
package wiretest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"

	"plaza/store"
	"plaza/store/mongodb"
	"plaza/store/storetest"
)

// Reasons why FerretDB 1.24 cannot keep a promise.
const (
	noAtomicity = "FerretDB reads and then writes an updated document without a transaction"
	noExpiry    = "FerretDB has no expiring indexes"
	noPartial   = "FerretDB has no partial indexes, so no unique one over some documents"
)

func TestConformance(t *testing.T) {
	target := storetest.Target{}
	uri := os.Getenv("PLAZA_TEST_MONGODB_URI")
	if uri == "" {
		uri = serve(t)
		target.Excused = map[string]string{
			"ExpiredDocumentsGo":              noExpiry,
			"SparseUniqueLeavesOutTheLacking": noPartial,
			"QueueGivesEachItemOnce":          noAtomicity,
			"Stock100Sells100":                noAtomicity,
			"CancelledCallsHarmNobody":        noAtomicity,
			"InfinitiesAreNumbers":            "FerretDB stores no infinities",
			"ArraysHoldArrays":                "FerretDB stores no arrays in arrays",
			"UniqueIndexFollowsUpdates":       "FerretDB answers InternalError, not a duplicate key",
			"UpsertsRaceToOneDocument":        noAtomicity,
		}
	}
	target.Open = func(t testing.TB) store.Engine { return open(t, uri) }
	storetest.Run(t, target)
}

// serve runs FerretDB until the test ends and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it logs every refusal, and refusals are the point
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("stop FerretDB: %v", err)
		}
	})
	return server.MongoDBURI()
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
