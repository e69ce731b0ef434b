package storetest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

func insertedDocumentIsRead(t *testing.T, w world) {
	due := time.Date(2026, 3, 1, 10, 0, 0, 123e6, time.UTC)
	sent := thing{ID: "a", Account: "acme", Kind: "안녕", Rank: 1 << 60, Tags: []string{"x", "y"},
		Lines: []line{{SKU: "s", Quantity: 2}}, Due: &due, Place: place{City: "上海"}, Note: "a\x00b"}
	must(t, w.things.Insert(t.Context(), sent))
	if got := w.get(t, "a"); !reflect.DeepEqual(got, sent) {
		t.Errorf("read %+v, wrote %+v", got, sent)
	}
	w.insert(t, thing{ID: "b"}, thing{ID: "c"})
	found, err := w.things.GetMany(t.Context(), "c", "none", "a")
	must(t, err)
	if len(found) != 2 || found[0].ID != "c" || found[1].ID != "a" {
		t.Errorf("GetMany answered %+v", found)
	}
	_, err = w.things.Get(t.Context(), "none")
	refused(t, err, store.ErrNotFound)
}

func secondInsertIsRefused(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Note: "first"})
	refused(t, w.things.Insert(t.Context(), thing{ID: "a", Account: "acme"}), store.ErrDuplicate)
	stored, inserted, err := w.things.InsertIfAbsent(t.Context(), thing{ID: "a", Account: "acme", Note: "second"})
	must(t, err)
	if inserted || stored.Note != "first" {
		t.Errorf("inserted %t, stored %+v", inserted, stored)
	}
	_, inserted, err = w.things.InsertIfAbsent(t.Context(), thing{ID: "b", Account: "acme"})
	if err != nil || !inserted {
		t.Errorf("inserted %t, error %v", inserted, err)
	}
}

func insertManyAddsWhatIsMissing(t *testing.T, w world) {
	w.insert(t, thing{ID: "b"}, thing{ID: "d"})
	added, err := w.things.InsertMany(t.Context(), []thing{
		{ID: "a", Account: "acme"}, {ID: "b", Account: "acme"}, {ID: "c", Account: "acme"},
		{ID: "d", Account: "acme"}, {ID: "e", Account: "acme"}, {ID: "e", Account: "acme"}})
	must(t, err)
	if added != 3 {
		t.Errorf("added %d, expected 3", added)
	}
	if keys := strings.Join(w.keys(t, store.Query{}), ""); keys != "abcde" {
		t.Errorf("there are %s", keys)
	}
}

func bigDocumentsAreKept(t *testing.T, w world) {
	big := strings.Repeat("大", 1_000_000)
	w.insert(t, thing{ID: "big", Note: big})
	if w.get(t, "big").Note != big {
		t.Error("the document came back changed")
	}
	refused(t, w.things.Insert(t.Context(), thing{ID: "bigger", Account: "acme", Note: big + big}), store.ErrTooLarge)
}

// raw reads a document as it is stored.
func (w world) raw(t testing.TB, id string) bson.M {
	t.Helper()
	raw, err := w.engine.Get(t.Context(), things.Schema(), store.Scope{AllAccounts: true}, id)
	must(t, err)
	var document bson.M
	must(t, bson.Unmarshal(raw, &document))
	return document
}

func actionsChangeFields(t *testing.T, w world) {
	embedded := bson.D{{Key: "sku", Value: "s"}, {Key: "quantity", Value: int64(1)}}
	tests := map[string]struct {
		update store.Update
		field  string
		want   any // nil: the field is missing
	}{
		"set":                       {store.Set("kind", "new"), "kind", "new"},
		"set null":                  {store.Set("kind", nil), "kind", bson.Null{}},
		"set below what is missing": {store.Set("x.y.z", int64(1)), "x", bson.D{{Key: "y", Value: bson.D{{Key: "z", Value: int64(1)}}}}},
		"set two below one":         {store.Set("x.b", int64(1)).Set("x.a", int64(2)), "x", bson.D{{Key: "a", Value: int64(2)}, {Key: "b", Value: int64(1)}}},
		"set below a document":      {store.Set("place.zip", "1"), "place", bson.D{{Key: "city", Value: "Seoul"}, {Key: "zip", Value: "1"}}},
		"unset":                     {store.Unset("kind"), "kind", nil},
		"unset what is missing":     {store.Unset("nothing", "x.y"), "x", nil},
		"unset below":               {store.Unset("place.city"), "place", bson.D{}},
		"inc":                       {store.Inc("rank", -3), "rank", int64(4)},
		"inc what is missing":       {store.Inc("count", 5), "count", int64(5)},
		"inc int32":                 {store.Inc("small", 1), "small", int64(2)},
		"inc double":                {store.Inc("half", 1), "half", 1.5},
		"max raises":                {store.Max("rank", int64(9)), "rank", int64(9)},
		"max keeps":                 {store.Max("rank", int64(5)), "rank", int64(7)},
		"max makes":                 {store.Max("best", int64(5)), "best", int64(5)},
		"push":                      {store.Push("tags", "a"), "tags", bson.A{"a", "b", "a"}},
		"push makes":                {store.Push("more", "a"), "more", bson.A{"a"}},
		"add what is there":         {store.AddToSet("tags", "a"), "tags", bson.A{"a", "b"}},
		"add what is not":           {store.AddToSet("tags", "c"), "tags", bson.A{"a", "b", "c"}},
		"pull":                      {store.Pull("tags", "a"), "tags", bson.A{"b"}},
		"pull the last":             {store.Pull("lines", embedded), "lines", bson.A{}},
		"pull what is missing":      {store.Pull("nothing", "a"), "nothing", nil},
		"pull only equal documents": {store.Pull("lines", bson.D{{Key: "sku", Value: "s"}}), "lines", bson.A{embedded}},
	}
	for name, test := range tests {
		id := "id " + name
		w.insert(t, thing{ID: id, Kind: "old", Rank: 7, Tags: []string{"a", "b"},
			Lines: []line{{"s", 1}}, Place: place{"Seoul"}})
		must(t, w.things.Update(t.Context(), id, store.Set("small", int32(1)).Set("half", 0.5)))
		if err := w.things.Update(t.Context(), id, test.update); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, there := w.raw(t, id)[test.field]
		if test.want == nil {
			if there {
				t.Errorf("%s: %v is there", name, got)
			}
			continue
		}
		if _, isNull := test.want.(bson.Null); isNull && there && got == nil {
			continue
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %#v, expected %#v", name, got, test.want)
		}
	}
}

func arraysHoldArrays(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Tags: []string{"x"}})
	must(t, w.things.Update(t.Context(), "a", store.Push("tags", []string{"q"})))
	if got, want := w.raw(t, "a")["tags"], (bson.A{"x", bson.A{"q"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("tags are %v", got)
	}
	must(t, w.things.Update(t.Context(), "a", store.Pull("tags", "x"), store.Eq("tags", []string{"q"})))
	refused(t, w.things.Update(t.Context(), "a", store.Inc("rank", 1), store.Eq("tags", "q")), store.ErrConditionFailed)
}

func unfitUpdatesAreRefused(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Kind: "text", Rank: 1<<63 - 1, Tags: []string{"x"}})
	for name, update := range map[string]store.Update{
		"inc text":           store.Inc("kind", 1),
		"push onto text":     store.Push("kind", "x"),
		"set below text":     store.Set("kind.x", 1),
		"inc over the edge":  store.Inc("rank", 1),
		"two on one field":   store.Set("kind", "x").Set("kind", "y"),
		"one above another":  store.Set("place", "x").Set("place.city", "y"),
		"the key":            store.Set("_id", "b"),
		"the account":        store.Set("account", "b"),
		"an operator":        store.Set("$set", "b"),
		"a position":         store.Set("tags.0", "b"),
		"an empty name":      store.Set("a..b", "b"),
		"nothing":            nil,
		"an unknown type":    store.Set("kind", bson.Regex{Pattern: "x"}),
		"what bson does not": store.Set("kind", make(chan int)),
	} {
		if err := w.things.Update(t.Context(), "a", update); err == nil {
			t.Errorf("%s: done", name)
		} else {
			refused(t, err, store.ErrInvalid)
		}
	}
	if got := w.get(t, "a"); got.Kind != "text" || got.Rank != 1<<63-1 {
		t.Errorf("changed to %+v", got)
	}
}

func conditionsDecide(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Kind: "apple", Rank: 5, Tags: []string{"x", "y"},
		Lines: []line{{"s1", 1}, {"s2", 5}}, Place: place{"Seoul"}})
	tests := []struct {
		clause store.Clause
		holds  bool
	}{
		{store.Eq("kind", "apple"), true}, {store.Eq("kind", "Apple"), false},
		{store.Eq("rank", 5), true}, {store.Eq("rank", 5.0), true}, {store.Eq("rank", "5"), false},
		{store.Eq("tags", "y"), true}, {store.Eq("tags", "z"), false},
		{store.Eq("tags", []string{"x", "y"}), true}, {store.Eq("tags", []string{"y", "x"}), false},
		{store.Eq("nothing", nil), true}, {store.Eq("kind", nil), false}, {store.Eq("kind.sub", nil), true},
		{store.Eq("lines.sku", "s2"), true}, {store.Eq("lines.sku", "s3"), false},
		{store.Eq("lines.none", nil), true}, {store.Eq("lines.sku", nil), false},
		{store.Eq("place", bson.D{{Key: "city", Value: "Seoul"}}), true}, {store.Eq("place.city", "Seoul"), true},
		{store.Ne("kind", "apple"), false}, {store.Ne("tags", "y"), false}, {store.Ne("tags", "z"), true},
		{store.Ne("nothing", nil), false}, {store.Ne("nothing", 1), true},
		{store.Lt("rank", 6), true}, {store.Lt("rank", 5), false}, {store.Lte("rank", 5), true},
		{store.Gt("rank", 4.5), true}, {store.Gt("rank", 5), false}, {store.Gte("rank", 5), true},
		{store.Lt("rank", "z"), false}, {store.Gt("kind", 1), false}, {store.Gt("nothing", 1), false},
		{store.Gt("lines.quantity", 4), true}, {store.Gt("lines.quantity", 5), false},
		{store.Prefix("kind", "app"), true}, {store.Prefix("kind", "a.p"), false}, {store.Prefix("rank", ""), false},
		{store.Prefix("tags", "y"), true}, {store.Prefix("kind", ""), true},
		{store.In("kind", "pear", "apple"), true}, {store.In("kind", "pear"), false},
		{store.In[any]("nothing", nil, 1), true}, {store.In("tags", "q", "x"), true}, {store.In[string]("kind"), false},
		{store.Exists("kind", true), true}, {store.Exists("kind", false), false},
		{store.Exists("nothing", false), true}, {store.Exists("nothing", true), false}, {store.Exists("lines.sku", true), true},
	}
	for _, test := range tests {
		err := w.things.Update(t.Context(), "a", store.Inc("touched", 1), test.clause)
		if test.holds && err != nil {
			t.Errorf("%v: %v", test.clause, err)
		}
		if !test.holds {
			refused(t, err, store.ErrConditionFailed)
			if err == nil {
				t.Errorf("%v holds", test.clause)
			}
		}
	}
}

func failedConditionChangesNothing(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Rank: 1})
	refused(t, w.things.Update(t.Context(), "a", store.Inc("rank", 1), store.Eq("rank", 1), store.Eq("kind", "x")),
		store.ErrConditionFailed)
	refused(t, w.things.Update(t.Context(), "none", store.Inc("rank", 1)), store.ErrNotFound)
	refused(t, w.things.Update(t.Context(), "none", store.Inc("rank", 1), store.Eq("rank", 1)), store.ErrNotFound)
	if got := w.get(t, "a"); got.Rank != 1 {
		t.Errorf("rank is %d", got.Rank)
	}
	got, err := w.things.UpdateAndGet(t.Context(), "a", store.Inc("rank", 1), store.Eq("rank", 1), store.Lt("rank", 2))
	if err != nil || got.Rank != 2 {
		t.Errorf("rank is %d, error %v", got.Rank, err)
	}
	_, err = w.things.UpdateAndGet(t.Context(), "a", store.Inc("rank", 1), store.Eq("rank", 1))
	refused(t, err, store.ErrConditionFailed)
}

func upsertMakesOrChanges(t *testing.T, w world) {
	for want := int64(1); want <= 3; want++ {
		got, err := w.things.Upsert(t.Context(), "a", store.Inc("rank", 1).Set("kind", "counter"))
		must(t, err)
		if got.Rank != want || got.Account != "acme" || got.ID != "a" || got.Kind != "counter" {
			t.Errorf("got %+v", got)
		}
	}
	if keys := w.keys(t, store.Where(store.Eq("kind", "counter"))); len(keys) != 1 {
		t.Errorf("found %v", keys)
	}
	_, err := things.Across(w.db).Upsert(t.Context(), "b", store.Inc("rank", 1))
	refused(t, err, store.ErrScope)
}

func deleteRemovesUnderItsCondition(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Kind: "k", Tags: []string{"x", "y"}})
	refused(t, w.things.Delete(t.Context(), "a", store.Eq("kind", "other")), store.ErrConditionFailed)
	must(t, w.things.Delete(t.Context(), "a", store.Eq("kind", "k")))
	refused(t, w.things.Delete(t.Context(), "a"), store.ErrNotFound)
	if keys := w.keys(t, store.Where(store.Eq("tags", "x"))); len(keys) != 0 {
		t.Errorf("the index still has %v", keys)
	}
}

func applyAnswersEachOperation(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Rank: 1})
	returning := w.things.Updating("a", store.Inc("rank", 1))
	returning.Return = true
	results, err := w.db.Apply(t.Context(),
		w.things.Inserting(thing{ID: "b", Account: "acme"}),
		w.things.Inserting(thing{ID: "a", Account: "acme"}),
		returning,
		w.things.Updating("none", store.Inc("rank", 1)),
		w.things.Updating("b", store.Inc("rank", 7)),
		w.things.Deleting("b", store.Eq("rank", 8)),
		w.things.Deleting("b", store.Eq("rank", 7)),
		w.things.Inserting(thing{ID: "b", Account: "acme", Rank: 9}),
	)
	refused(t, err, store.ErrDuplicate)
	want := []error{nil, store.ErrDuplicate, nil, store.ErrNotFound, nil, store.ErrConditionFailed, nil, nil}
	for i, result := range results {
		refused(t, result.Err, want[i])
	}
	if rank, _ := results[2].Document.Lookup("rank").Int64OK(); len(results) != len(want) || rank != 2 {
		t.Errorf("%d results, returned %v", len(results), results[2].Document)
	}
	if got := w.get(t, "b"); got.Rank != 9 {
		t.Errorf("b is %+v", got)
	}
	_, err = w.db.Apply(t.Context(), w.things.Updating("a", store.Set("_id", "x")))
	refused(t, err, store.ErrInvalid)
}

func nothingFollowsAFailedGuard(t *testing.T, w world) {
	insert := func(id string) store.Operation { return w.things.Inserting(thing{ID: id, Account: "acme"}) }
	w.insert(t, thing{ID: "taken"})
	results, err := w.db.Apply(t.Context(), insert("a"), store.Guarding(insert("b")), insert("c"), insert("taken"),
		store.Guarding(insert("taken")), insert("d"), w.things.Updating("a", store.Set("note", "changed")), store.Guarding(insert("e")))
	refused(t, err, store.ErrDuplicate)
	for i, want := range []error{nil, nil, nil, store.ErrDuplicate, store.ErrDuplicate, store.ErrSkipped, store.ErrSkipped, store.ErrSkipped} {
		if len(results) != 8 || !errors.Is(results[i].Err, want) || (want == nil) != (results[i].Err == nil) {
			t.Errorf("operation %d: %v, want %v", i, results[i].Err, want)
		}
	}
	if keys := strings.Join(w.keys(t, store.Query{}), ","); keys != "a,b,c,taken" {
		t.Errorf("there are %s", keys)
	}
}
