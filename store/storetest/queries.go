package storetest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// ladder has a value on each rung, in MongoDB's order. Those on one rung are
// equal.
var ladder = [][]any{
	{nil},
	{int64(math.MinInt64)},
	{int64(-1<<53 - 1)},
	{-float64(1 << 53)},
	{-1.5},
	{int32(-1), int64(-1), -1.0},
	{0.0, int32(0)},
	{math.SmallestNonzeroFloat64},
	{int64(1)},
	{1.5},
	{int64(1 << 53), float64(1 << 53)},
	{int64(1<<53 + 1)},
	{float64(1<<53 + 2)},
	{int64(math.MaxInt64)},
	{float64(1 << 63)},
	{""},
	{"a"},
	{"a\x00"},
	{"a\x00b"},
	{"aa"},
	{"b"},
	{"\U0010FFFF"},
	{bson.D{}},
	{bson.D{{Key: "a", Value: int64(1)}}},
	{bson.D{{Key: "a", Value: int64(1)}, {Key: "b", Value: int64(0)}}},
	{bson.D{{Key: "a", Value: int64(2)}}},
	{bson.D{{Key: "b", Value: int64(1)}}},
	{bson.D{{Key: "a", Value: "x"}}},
	{bson.Binary{Data: []byte{9}}},
	{bson.Binary{Data: []byte{1, 2}}},
	{bson.ObjectID{1}},
	{bson.ObjectID{2}},
	{false},
	{true},
	{time.UnixMilli(-1).UTC()},
	{time.UnixMilli(0).UTC()},
	{time.UnixMilli(1).UTC()},
}

// climb inserts the ladder and returns the keys in its order.
func (w world) climb(t testing.TB) []string {
	t.Helper()
	var documents []valued
	var keys []string
	for rung, equal := range ladder {
		for i, value := range equal {
			id := fmt.Sprintf("%02d-%d", rung, i)
			keys = append(keys, id)
			documents = append(documents, valued{ID: id, Account: "acme", Value: value})
		}
	}
	for _, i := range []int{7, 3, 11} { // not in order
		documents = append(documents[i:], documents[:i]...)
	}
	_, err := values.In(w.db, "acme").InsertMany(t.Context(), documents)
	must(t, err)
	return keys
}

// walk reads a query to its end in pages.
func walk[T any](t testing.TB, scoped store.Scoped[T], query store.Query, key func(T) string) []string {
	t.Helper()
	keys := []string{}
	for document, err := range scoped.Each(t.Context(), query) {
		must(t, err)
		keys = append(keys, key(document))
	}
	return keys
}

func (v valued) key() string { return v.ID }

func valuesSortAcrossTypes(t *testing.T, w world) {
	keys := w.climb(t)
	scoped := values.In(w.db, "acme")
	backwards := slices.Clone(keys)
	slices.Reverse(backwards)
	for _, size := range []int{1, 3, 100} {
		for name, want := range map[string][]string{"value": keys, "-value": backwards} {
			if got := walk(t, scoped, store.Query{}.By(name).Top(size), valued.key); !slices.Equal(got, want) {
				t.Errorf("by %s in pages of %d:\n%v, expected\n%v", name, size, got, want)
			}
		}
	}
}

func infinitiesAreNumbers(t *testing.T, w world) {
	scoped := values.In(w.db, "acme")
	for id, value := range map[string]any{"b": math.Inf(-1), "c": -math.MaxFloat64, "d": math.MaxFloat64, "e": math.Inf(1), "a": math.NaN(), "f": "text"} {
		must(t, scoped.Insert(t.Context(), valued{ID: id, Account: "acme", Value: value}))
	}
	for want, query := range map[string]store.Query{
		"abcdef": store.Query{}.By("value"), "fedcba": store.Query{}.By("-value"),
		"bcd": store.Where(store.Lt("value", math.Inf(1))), "cde": store.Where(store.Gt("value", math.Inf(-1))),
		"a": store.Where(store.Eq("value", math.NaN())), "b": store.Where(store.Eq("value", math.Inf(-1))),
	} {
		if got := strings.Join(walk(t, scoped, query.Top(2), valued.key), ""); got != want {
			t.Errorf("%v: %s, expected %s", query, got, want)
		}
	}
	_, _, err := scoped.Find(t.Context(), store.Where(store.Lt("value", math.NaN())))
	refused(t, err, store.ErrInvalid)
}

func rangesStayWithinTheirType(t *testing.T, w world) {
	w.climb(t)
	scoped := values.In(w.db, "acme")
	rungs := func(clauses ...store.Clause) []string {
		var rungs []string
		for _, key := range walk(t, scoped, store.Where(clauses...).Top(7), valued.key) {
			rungs = append(rungs, key[:2])
		}
		return slices.Compact(rungs)
	}
	for rung, equal := range ladder {
		class := rangeClass(equal[0])
		for _, value := range equal {
			if got := rungs(store.Eq("value", value)); len(got) != 1 || got[0] != fmt.Sprintf("%02d", rung) {
				t.Errorf("equal to %#v: rungs %v", value, got)
			}
			if class == "" {
				continue
			}
			for clause, in := range map[store.Clause]func(int) bool{
				store.Lt("value", value):  func(other int) bool { return other < rung },
				store.Lte("value", value): func(other int) bool { return other <= rung },
				store.Gt("value", value):  func(other int) bool { return other > rung },
				store.Gte("value", value): func(other int) bool { return other >= rung },
			} {
				var want []string
				for other, values := range ladder {
					if rangeClass(values[0]) == class && in(other) {
						want = append(want, fmt.Sprintf("%02d", other))
					}
				}
				if got := rungs(clause); !slices.Equal(got, want) {
					t.Errorf("%v: rungs %v, expected %v", clause, got, want)
				}
			}
		}
	}
	if got := rungs(store.Gt("value", "a"), store.Lte("value", "b")); strings.Join(got, " ") != "17 18 19 20" {
		t.Errorf("between: %v", got)
	}
	if got := rungs(store.Prefix("value", "a")); strings.Join(got, " ") != "16 17 18 19" {
		t.Errorf("prefix: %v", got)
	}
}

// rangeClass names the type that ranges stay within; empty for types that have
// no ranges. Map keys have to be comparable, so binary is left out.
func rangeClass(value any) string {
	switch value.(type) {
	case nil, bson.D, bson.Binary:
		return ""
	case int32, int64, float64:
		return "number"
	}
	return reflect.TypeOf(value).String()
}

func arraysAreFoundByElement(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Rank: 2, Tags: []string{"x", "y", "x"}},
		thing{ID: "b", Rank: 1, Tags: []string{"y"}}, thing{ID: "c", Rank: 3},
		thing{ID: "d", Rank: 4, Lines: []line{{"s1", 1}, {"s2", 1}, {"s1", 2}}})
	check := func(want string, query store.Query) {
		t.Helper()
		if got := strings.Join(w.keys(t, query), ""); got != want {
			t.Errorf("found %q, expected %q", got, want)
		}
	}
	check("a", store.Where(store.Eq("tags", "x")))
	check("ba", store.Where(store.Eq("tags", "y")))
	check("ab", store.Where(store.Eq("tags", "y")).By("-rank"))
	check("a", store.Where(store.Eq("tags", "y"), store.Gt("rank", 1)))
	check("cd", store.Where(store.Eq("tags", nil)))
	check("d", store.Where(store.Eq("lines.sku", "s1")))
	check("abc", store.Where(store.Eq("lines.sku", nil)))
	must(t, w.things.Update(t.Context(), "a", store.Pull("tags", "x").Push("lines", line{"s1", 1})))
	check("", store.Where(store.Eq("tags", "x")))
	check("ba", store.Where(store.Eq("tags", "y")))
	check("ad", store.Where(store.Eq("lines.sku", "s1")))
	must(t, w.things.Update(t.Context(), "a", store.Pull("tags", "y")))
	check("cd", store.Where(store.Eq("tags", nil))) // an empty array is not null
}

func nestedFieldsAreFound(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Place: place{"Seoul"}}, thing{ID: "b", Place: place{"Sejong"}}, thing{ID: "c", Place: place{"Busan"}})
	if got := w.keys(t, store.Where(store.Prefix("place.city", "Se"))); strings.Join(got, "") != "ba" {
		t.Errorf("found %v", got)
	}
	must(t, w.things.Update(t.Context(), "b", store.Set("place.city", "Jeju")))
	if got := w.keys(t, store.Where().By("-place.city")); strings.Join(got, "") != "abc" {
		t.Errorf("found %v", got)
	}
}

func openArraysAreRefused(t *testing.T, w world) {
	w.insert(t, thing{ID: "a", Tags: []string{"x"}})
	_, _, err := w.things.Find(t.Context(), store.Query{}.By("tags"))
	refused(t, err, store.ErrInvalid)
	_, _, err = w.things.Find(t.Context(), store.Where(store.Eq("tags", []string{"x"})))
	refused(t, err, store.ErrInvalid)
}

func sparseIndexServesItsDocuments(t *testing.T, w world) {
	early, late := time.UnixMilli(1000).UTC(), time.UnixMilli(2000).UTC()
	w.insert(t, thing{ID: "a", Due: &late}, thing{ID: "b"}, thing{ID: "c", Due: &early})
	w.insert(t, thing{ID: "d", Account: "other", Due: &early})
	due := func() string {
		found, _, err := things.Across(w.db).Find(t.Context(), store.Where(store.Lte("due", late)))
		must(t, err)
		keys := ""
		for _, document := range found {
			keys += document.ID
		}
		return keys
	}
	if got := due(); got != "cda" {
		t.Errorf("due: %s", got)
	}
	must(t, w.things.Update(t.Context(), "c", store.Unset("due")))
	must(t, w.things.Update(t.Context(), "b", store.Set("due", early)))
	if got := due(); got != "bda" {
		t.Errorf("due: %s", got)
	}
	for _, query := range []store.Query{store.Where().By("due"), store.Where(store.Eq("due", nil))} {
		_, _, err := things.Across(w.db).Find(t.Context(), query)
		refused(t, err, store.ErrUndeclared)
	}
}

func uniqueIndexRefusesTheSecond(t *testing.T, w world) {
	scoped := worldwide.Across(w.db)
	must(t, scoped.Insert(t.Context(), global{ID: "a", Email: "x"}))
	refused(t, scoped.Insert(t.Context(), global{ID: "b", Email: "x"}), store.ErrDuplicate)
	must(t, scoped.Insert(t.Context(), global{ID: "b", Email: "y"}))
	keys := walk(t, scoped, store.Query{}.By("-email", "_id").Top(1), func(g global) string { return g.ID })
	if strings.Join(keys, "") != "ba" {
		t.Errorf("by email: %v", keys)
	}
}

func uniqueIndexFollowsUpdates(t *testing.T, w world) {
	scoped := worldwide.Across(w.db)
	must(t, scoped.Insert(t.Context(), global{ID: "a", Email: "x"}))
	must(t, scoped.Insert(t.Context(), global{ID: "b", Email: "y"}))
	refused(t, scoped.Update(t.Context(), "b", store.Set("email", "x")), store.ErrDuplicate)
	must(t, scoped.Update(t.Context(), "b", store.Set("email", "y")))
	must(t, scoped.Update(t.Context(), "a", store.Set("email", "z")))
	must(t, scoped.Update(t.Context(), "b", store.Set("email", "x")))
	for _, email := range []string{"x", "z"} {
		if _, err := scoped.First(t.Context(), store.Where(store.Eq("email", email))); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
}

func sparseUniqueLeavesOutTheLacking(t *testing.T, w world) {
	prepare(t, w.db, codes.Schema())
	_, err := codes.Across(w.db).InsertMany(t.Context(), []coded{
		{ID: "a", Account: "acme"}, {ID: "b", Account: "acme"},
		{ID: "c", Account: "acme", Code: "1"}, {ID: "d", Account: "other", Code: "1"}})
	must(t, err)
	scoped := codes.In(w.db, "acme")
	refused(t, scoped.Insert(t.Context(), coded{ID: "e", Account: "acme", Code: "1"}), store.ErrDuplicate)
	refused(t, scoped.Update(t.Context(), "a", store.Set("code", "1")), store.ErrDuplicate)
	found, err := scoped.First(t.Context(), store.Where(store.Eq("code", "1")))
	if err != nil || found.ID != "c" {
		t.Errorf("found %+v, error %v", found, err)
	}
	must(t, scoped.Delete(t.Context(), "c"))
	must(t, scoped.Update(t.Context(), "a", store.Set("code", "1"))) // it is free again
}

func undeclaredQueriesAreRefused(t *testing.T, w world) {
	for name, query := range map[string]store.Query{
		"no index":               store.Where(store.Eq("note", "x")),
		"not a leading field":    store.Where(store.Eq("rank", 1)),
		"two ranges":             store.Where(store.Gt("kind", "x"), store.Gt("rank", 1)),
		"order against index":    store.Where(store.Eq("kind", "x")).By("rank", "-_id", "note"),
		"order of another":       store.Where(store.Eq("kind", "x")).By("note"),
		"mixed directions":       store.Where().By("kind", "rank"),
		"key against direction":  store.Where(store.Eq("kind", "x")).By("-rank", "-_id"),
		"order skips the range":  store.Where(store.Gt("kind", "x")).By("-rank"),
		"account not in a index": store.Where(store.Lt("due", time.Now())),
	} {
		_, _, err := w.things.Find(t.Context(), query)
		refused(t, err, store.ErrUndeclared)
		if err == nil {
			t.Errorf("%s is served", name)
		}
	}
	for name, query := range map[string]store.Query{
		"operator of conditions": store.Where(store.Ne("kind", "x")),
		"list":                   store.Where(store.In("kind", "x")),
		"dollar":                 store.Where(store.Eq("$where", "x")),
		"position":               store.Where(store.Eq("tags.0", "x")),
		"page too large":         store.Where().Top(store.MaxPage + 1),
		"negative page":          store.Where().Top(-1),
		"regular expression":     store.Where(store.Eq("kind", bson.Regex{Pattern: "x"})),
		"twice":                  store.Where(store.Eq("kind", "x"), store.Eq("kind", "y")),
		"range of two types":     store.Where(store.Gt("kind", "x"), store.Lt("kind", 5)),
		"range over documents":   store.Where(store.Gt("kind", bson.D{})),
	} {
		_, _, err := w.things.Find(t.Context(), query)
		refused(t, err, store.ErrInvalid)
		if err == nil {
			t.Errorf("%s is served", name)
		}
	}
	_, _, err := w.things.Find(t.Context(), store.Where(store.Eq("account", "other")))
	refused(t, err, store.ErrScope)
}

func accountsNeverMeet(t *testing.T, w world) {
	ctx := t.Context()
	w.insert(t, thing{ID: "mine", Kind: "k", Tags: []string{"x"}})
	other := things.In(w.db, "other")
	_, err := other.Get(ctx, "mine")
	refused(t, err, store.ErrNotFound)
	found, err := other.GetMany(ctx, "mine")
	if err != nil || len(found) != 0 {
		t.Errorf("GetMany: %v, %v", found, err)
	}
	for _, query := range []store.Query{{}, store.Where(store.Eq("kind", "k")), store.Where(store.Eq("_id", "mine")), store.Where(store.Eq("tags", "x"))} {
		if found, _, err := other.Find(ctx, query); err != nil || len(found) != 0 {
			t.Errorf("%v: %v, %v", query, found, err)
		}
		_, err := other.FindAndUpdate(ctx, query, store.Inc("rank", 1))
		refused(t, err, store.ErrNotFound)
	}
	refused(t, other.Update(ctx, "mine", store.Inc("rank", 1)), store.ErrNotFound)
	refused(t, other.Delete(ctx, "mine"), store.ErrNotFound)
	_, err = other.Upsert(ctx, "mine", store.Inc("rank", 1))
	refused(t, err, store.ErrDuplicate)
	refused(t, other.Insert(ctx, thing{ID: "forged", Account: "acme"}), store.ErrScope)
	refused(t, things.Across(w.db).Insert(ctx, thing{ID: "nobody's"}), store.ErrScope)
	_, err = things.In(w.db, "").Get(ctx, "mine")
	refused(t, err, store.ErrScope)
	_, _, err = things.In(w.db, "").Find(ctx, store.Query{})
	refused(t, err, store.ErrScope)
	refused(t, things.In(w.db, "").Delete(ctx, "mine"), store.ErrScope)
	if got := w.get(t, "mine"); got.Rank != 0 {
		t.Errorf("changed to %+v", got)
	}
}

func globalCollectionsHaveNoAccount(t *testing.T, w world) {
	scoped := worldwide.Across(w.db)
	must(t, scoped.Insert(t.Context(), global{ID: "a", Email: "x"}))
	_, err := scoped.Upsert(t.Context(), "b", store.Set("email", "y"))
	must(t, err)
	if keys := walk(t, scoped, store.Query{}, func(g global) string { return g.ID }); strings.Join(keys, "") != "ab" {
		t.Errorf("found %v", keys)
	}
}
