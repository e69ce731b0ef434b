package storetest

import (
	"errors"
	"slices"
	"testing"

	"plaza/store"
)

// entry is a document whose key begins with its account.
type entry struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
}

var entries = store.Declare[entry](store.Schema{Name: "entries", KeyedByAccount: true})

// Where keys begin with the account, no query leaves the account's own, even
// where another account's id begins with it, and pages cover them all.
func keyedAccountsKeepToTheirKeys(t *testing.T, w world) {
	prepare(t, w.db, entries.Schema())
	keys := map[string][]string{}
	for _, account := range []string{"a", "ab", "b"} {
		for _, end := range []string{"", "/1", "/2", "/3", "z"} {
			id := account + end
			keys[account] = append(keys[account], id)
			must(t, entries.In(w.db, account).Insert(t.Context(), entry{ID: id, Account: account}))
		}
	}
	for account, want := range keys {
		scoped := entries.In(w.db, account)
		for name, at := range map[string]struct {
			query store.Query
			want  []string
		}{
			"all":       {store.Query{}.By("_id"), want},
			"backwards": {store.Query{}.By("-_id"), reversed(want)},
			"from":      {store.Where(store.Gte("_id", account+"/2")).By("_id"), want[2:]},
			"up to":     {store.Where(store.Lt("_id", account+"/2")).By("-_id"), reversed(want[:2])},
			"prefix":    {store.Where(store.Prefix("_id", account+"/")).By("-_id"), reversed(want[1:4])},
		} {
			if got := pagedIDs(t, scoped, at.query.Top(2)); !slices.Equal(got, at.want) {
				t.Errorf("%s of %q: got %v, want %v", name, account, got, at.want)
			}
		}
		count, err := scoped.Count(t.Context(), store.Query{}, 100)
		if err != nil || count != len(want) {
			t.Errorf("%q counts %d documents, %v; want %d", account, count, err, len(want))
		}
	}
}

// A key that begins otherwise is refused: it would be out of sight.
func keyedAccountsRefuseOtherKeys(t *testing.T, w world) {
	prepare(t, w.db, entries.Schema())
	scoped := entries.In(w.db, "a")
	if err := scoped.Insert(t.Context(), entry{ID: "c/1", Account: "a"}); !errors.Is(err, store.ErrScope) {
		t.Errorf("insert: got %v, want ErrScope", err)
	}
	if _, err := scoped.Upsert(t.Context(), "c/1", store.Set("x", 1)); !errors.Is(err, store.ErrScope) {
		t.Errorf("upsert: got %v, want ErrScope", err)
	}
}

var lines = store.Declare[entry](store.Schema{Name: "lines", KeyedByOwner: true})

// Where keys begin with what they belong to, its documents are found by that
// beginning, by their own account alone; a walk through an account is refused.
func ownedKeysAreFoundByTheirBeginning(t *testing.T, w world) {
	prepare(t, w.db, lines.Schema())
	for _, line := range []entry{{"run1:a", "a"}, {"run1:b", "a"}, {"run1:c", "a"}, {"run2:a", "b"}, {"run3:a", "a"}} {
		must(t, lines.In(w.db, line.Account).Insert(t.Context(), line))
	}
	query := store.Where(store.Prefix("_id", "run1:")).Top(2)
	if got := pagedIDs(t, lines.In(w.db, "a"), query.By("-_id")); !slices.Equal(got, []string{"run1:c", "run1:b", "run1:a"}) {
		t.Errorf("got %v", got)
	}
	if got := pagedIDs(t, lines.In(w.db, "b"), query); len(got) != 0 {
		t.Errorf("another account finds %v", got)
	}
	for name, open := range map[string]store.Query{"all": {}, "from": store.Where(store.Gte("_id", "run1:"))} {
		if _, _, err := lines.In(w.db, "a").Find(t.Context(), open); !errors.Is(err, store.ErrUndeclared) {
			t.Errorf("%s: got %v, want ErrUndeclared", name, err)
		}
	}
}

func pagedIDs(t *testing.T, scoped store.Scoped[entry], query store.Query) []string {
	t.Helper()
	var ids []string
	for found, err := range scoped.Each(t.Context(), query) {
		must(t, err)
		ids = append(ids, found.ID)
	}
	return ids
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
