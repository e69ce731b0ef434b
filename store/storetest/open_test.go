package storetest_test

import (
	"errors"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

type item struct {
	ID      string    `bson:"_id"`
	Account string    `bson:"account"`
	Status  string    `bson:"status"`
	Tags    []string  `bson:"tags,omitempty"`
	Rank    int       `bson:"rank"`
	At      time.Time `bson:"at"`
}

var items = store.Declare[item](store.Schema{Name: "items", Indexes: []store.Index{
	{Fields: []string{"status", "-rank"}}, {Fields: []string{"tags"}},
	{Fields: []string{"at"}, Across: true}}})

func TestSmoke(t *testing.T) {
	db := storetest.Open(t, items.Schema())
	in := items.In(db, "a")
	for i, id := range []string{"x", "y", "z"} {
		if err := in.Insert(t.Context(), item{ID: id, Account: "a", Status: "new", Rank: i, Tags: []string{"t", id}, At: time.Unix(int64(i), 0).UTC()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Insert(t.Context(), item{ID: "x", Account: "a"}); !errors.Is(err, store.ErrDuplicate) {
		t.Fatal(err)
	}
	page, next, err := in.Find(t.Context(), store.Where(store.Eq("status", "new")).Top(2))
	if err != nil || len(page) != 2 || page[0].ID != "z" || next == "" {
		t.Fatal(page, next, err)
	}
	page, next, err = in.Find(t.Context(), store.Where(store.Eq("status", "new")).Top(2).From(next))
	if err != nil || len(page) != 1 || page[0].ID != "x" || next != "" {
		t.Fatal(page, next, err)
	}
	page, _, err = in.Find(t.Context(), store.Where(store.Eq("tags", "y")))
	if err != nil || len(page) != 1 || page[0].ID != "y" {
		t.Fatal(page, err)
	}
	if _, _, err := in.Find(t.Context(), store.Where(store.Eq("rank", 1))); !errors.Is(err, store.ErrUndeclared) {
		t.Fatal(err)
	}
	got, err := in.UpdateAndGet(t.Context(), "y", store.Inc("rank", 40).Set("status", "old").Set("a.b", 1), store.Eq("rank", 1))
	if err != nil || got.Rank != 41 {
		t.Fatal(got, err)
	}
	got, err = items.Across(db).FindAndUpdate(t.Context(), store.Where(store.Lte("at", time.Unix(5, 0))), store.Set("status", "taken"), store.Ne("status", "new"))
	if err != nil || got.ID != "y" {
		t.Fatal(got, err)
	}
	all, _, err := in.Find(t.Context(), store.Query{})
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	if _, err := items.In(db, "b").Get(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	if err := in.Delete(t.Context(), "x", store.Eq("status", "nope")); !errors.Is(err, store.ErrConditionFailed) {
		t.Fatal(err)
	}
	if n, err := in.Count(t.Context(), store.Where(store.Eq("tags", "t")), 100); n != 3 || err != nil {
		t.Fatal(n, err)
	}
}
