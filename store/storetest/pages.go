package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plaza/store"
)

// fill inserts documents of one kind, several to a rank, and returns their keys
// in the order of the index.
func (w world) fill(t testing.TB, kind string, count int) []string {
	t.Helper()
	var list []thing
	var keys []string
	for i := range count {
		document := thing{ID: fmt.Sprintf("%s%04d", kind, i), Account: "acme", Kind: kind, Rank: int64((count - i) / 3)}
		list, keys = append(list, document), append(keys, document.ID)
	}
	w.insert(t, list...)
	return keys
}

func (d thing) key() string { return d.ID }

func pagesCoverEverythingOnce(t *testing.T, w world) {
	keys := w.fill(t, "k", 50)
	w.fill(t, "other", 5)
	for _, size := range []int{1, 2, 3, 7, 49, 50, 51} {
		got := walk(t, w.things, store.Where(store.Eq("kind", "k")).By("-rank", "_id").Top(size), thing.key)
		if !slices.Equal(got, keys) {
			t.Errorf("pages of %d: %v", size, got)
		}
		got = walk(t, w.things, store.Where(store.Prefix("_id", "k")).Top(size), thing.key)
		if !slices.Equal(got, keys) {
			t.Errorf("by key, pages of %d: %v", size, got)
		}
	}
}

func pagesGoBackwards(t *testing.T, w world) {
	keys := w.fill(t, "k", 20)
	slices.Reverse(keys)
	for _, query := range []store.Query{
		store.Where(store.Eq("kind", "k")).By("rank"), store.Where(store.Eq("kind", "k")).By("rank", "-_id"),
		store.Where().By("-_id"), store.Where(store.Gte("_id", "k")).By("-_id"),
	} {
		if got := walk(t, w.things, query.Top(3), thing.key); !slices.Equal(got, keys) {
			t.Errorf("%v: %v", query, got)
		}
	}
}

func cursorsBelongToTheirQuery(t *testing.T, w world) {
	w.fill(t, "k", 5)
	query := store.Where(store.Eq("kind", "k")).Top(2)
	_, next, err := w.things.Find(t.Context(), query)
	must(t, err)
	if strings.ContainsAny(string(next), "+/= &?") {
		t.Errorf("cursor %q is not fit for a URL", next)
	}
	middle := string(next[:20]) + "AAAA" + string(next[24:])
	for name, wrong := range map[string]store.Query{
		"damaged": query.From("x" + next), "cut": query.From(next[:len(next)-5]), "changed": query.From(store.Cursor(middle)),
		"nonsense": query.From("!"), "long": query.From(store.Cursor(strings.Repeat("A", 1<<20))),
		"other value": store.Where(store.Eq("kind", "j")).From(next),
		"other order": query.By("rank").From(next), "other index": store.Where().From(next),
	} {
		_, _, err := w.things.Find(t.Context(), wrong)
		refused(t, err, store.ErrCursor)
		if err == nil {
			t.Errorf("a cursor is taken: %s", name)
		}
	}
	_, _, err = things.In(w.db, "other").Find(t.Context(), query.From(next))
	refused(t, err, store.ErrCursor)
	if _, _, err := w.things.Find(t.Context(), query.Top(3).From(next)); err != nil {
		t.Errorf("another page size: %v", err)
	}
}

func cursorsAreStableWhileWriting(t *testing.T, w world) {
	keys := w.fill(t, "k", 60)
	query := store.Where(store.Eq("kind", "k")).Top(7)
	var seen []string
	for round := 0; ; round++ {
		page, next, err := w.things.Find(t.Context(), query)
		must(t, err)
		for _, document := range page {
			if !strings.HasPrefix(document.ID, "new") {
				seen = append(seen, document.ID)
			}
		}
		if next == "" {
			break
		}
		query.After = next
		last := page[len(page)-1]
		w.insert(t, thing{ID: fmt.Sprintf("newer%d", round), Kind: "k", Rank: 1000}, // before
			thing{ID: fmt.Sprintf("new%d", round), Kind: "k", Rank: last.Rank - 1}) // behind
		must(t, w.things.Delete(t.Context(), last.ID)) // what the cursor stands on
	}
	if !slices.Equal(seen, keys) {
		t.Errorf("seen %v", seen)
	}
}

func countStopsAtItsLimit(t *testing.T, w world) {
	w.fill(t, "k", 20)
	for limit, want := range map[int]int{5: 5, 20: 20, 100: 20} {
		if got, err := w.things.Count(t.Context(), store.Where(store.Eq("kind", "k")), limit); err != nil || got != want {
			t.Errorf("up to %d: %d, error %v", limit, got, err)
		}
	}
	if got, err := w.things.Count(t.Context(), store.Where(store.Eq("kind", "none")), 5); err != nil || got != 0 {
		t.Errorf("none: %d, error %v", got, err)
	}
}
