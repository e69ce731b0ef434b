package wiretest

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

type counter struct {
	ID    string `bson:"_id"`
	Count int64  `bson:"count"`
}

var counters = store.Declare[counter](store.Schema{Name: "counters", Global: true})

// TestARefusedWriteIsDoneOnce: at a fail-over the server says that it did
// nothing, and the engine tries again until it did it, once.
func TestARefusedWriteIsDoneOnce(t *testing.T) {
	server, db := counting(t)
	scope := counters.Across(db)
	for _, code := range []int32{91, 112, 189, 10107, 11600, 11602, 13435} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			key := fmt.Sprint(code)
			server.Refuse("insert", "counters", code)
			if err := scope.Insert(t.Context(), counter{ID: key}); err != nil {
				t.Fatal(err)
			}
			server.Refuse("update", "counters", code)
			if err := scope.Update(t.Context(), key, store.Inc("count", 1)); err != nil {
				t.Fatal(err)
			}
			server.Refuse("findAndModify", "counters", code)
			found, err := scope.UpdateAndGet(t.Context(), key, store.Inc("count", 1))
			if err != nil || found.Count != 2 {
				t.Errorf("counted two as %d, %v", found.Count, err)
			}
		})
	}
}

// TestADoubtedWriteIsNotRepeated: the write was done; that it may be lost again
// is for the caller to know, and doing it again could count twice.
func TestADoubtedWriteIsNotRepeated(t *testing.T) {
	server, db := counting(t)
	scope := counters.Across(db)
	if err := scope.Insert(t.Context(), counter{ID: "one"}); err != nil {
		t.Fatal(err)
	}
	for i, code := range []int32{64, 91, 189, 11602} {
		server.Doubt("update", "counters", code)
		if err := scope.Update(t.Context(), "one", store.Inc("count", 1)); err == nil {
			t.Errorf("%d: nothing was said of the doubt", code)
		}
		found, err := scope.Get(t.Context(), "one")
		if err != nil || found.Count != int64(i+1) {
			t.Errorf("%d: counted %d as %d, %v", code, i+1, found.Count, err)
		}
	}
}

// TestADoubtOfManyIsToldBesideARefusal: of several that are inserted together
// one is there already, and that the others have spread is in doubt.
func TestADoubtOfManyIsToldBesideARefusal(t *testing.T) {
	server, db := counting(t)
	scope := counters.Across(db)
	if err := scope.Insert(t.Context(), counter{ID: "there"}); err != nil {
		t.Fatal(err)
	}
	server.answer("insert", "counters", true, bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(1)},
		{Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: int32(1)}, {Key: "code", Value: int32(11000)}}}},
		{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: int32(64)}, {Key: "errmsg", Value: "doubted by the test"}}}})
	if n, err := scope.InsertMany(t.Context(), []counter{{ID: "new"}, {ID: "there"}}); err == nil {
		t.Errorf("%d inserted, and nothing was said of the doubt", n)
	}
}

func counting(t *testing.T) (*Server, *store.DB) {
	t.Helper()
	server := Start(t)
	db := store.New(open(t, server.URI))
	if err := db.Prepare(t.Context(), counters.Schema()); err != nil {
		t.Fatal(err)
	}
	return server, db
}
