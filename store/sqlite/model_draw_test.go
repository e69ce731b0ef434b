package sqlite_test

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"plaza/store"
)

var (
	genScalar = rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Map(rapid.Int32Range(-2, 2), func(v int32) any { return v }),
		rapid.Map(rapid.SampledFrom([]int64{-1, 0, 1, 2, 1 << 53, 1<<53 + 1, -1<<53 - 1}), func(v int64) any { return v }),
		rapid.Map(rapid.SampledFrom([]float64{-1, -0.5, 0, 1, 1.5, 1 << 53}), func(v float64) any { return v }),
		rapid.Map(rapid.SampledFrom([]string{"", "a", "a\x00", "ab", "b", "é"}), func(v string) any { return v }),
		rapid.Map(rapid.Bool(), func(v bool) any { return v }),
	)
	genText = rapid.SampledFrom([]string{"", "a", "ab", "b"})
	genID   = rapid.SampledFrom([]string{"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"})
)

func genDocument(t *rapid.T) bson.M {
	document := bson.M{"_id": genID.Draw(t, "id"), "account": "acme"}
	for _, field := range []string{"a", "b", "u"} {
		if rapid.Bool().Draw(t, "has "+field) {
			document[field] = genScalar.Draw(t, field)
		}
	}
	if rapid.Bool().Draw(t, "has list") {
		document["list"] = bson.A(rapid.SliceOfN(genScalar, 0, 3).Draw(t, "list"))
	}
	if rapid.Bool().Draw(t, "has n") {
		document["n"] = bson.D{{Key: "x", Value: genScalar.Draw(t, "x")}}
	}
	return document
}

func genCondition(t *rapid.T) store.Clause {
	field := rapid.SampledFrom([]string{"a", "b", "u", "list", "n.x", "none"}).Draw(t, "field")
	bound := genScalar.Filter(func(v any) bool { return v != nil })
	switch rapid.IntRange(0, 8).Draw(t, "operator") {
	case 0:
		return store.Eq(field, genScalar.Draw(t, "value"))
	case 1:
		return store.Ne(field, genScalar.Draw(t, "value"))
	case 2:
		return store.Lt(field, bound.Draw(t, "bound"))
	case 3:
		return store.Lte(field, bound.Draw(t, "bound"))
	case 4:
		return store.Gt(field, bound.Draw(t, "bound"))
	case 5:
		return store.Gte(field, bound.Draw(t, "bound"))
	case 6:
		return store.In(field, rapid.SliceOfN(genScalar, 0, 3).Draw(t, "values")...)
	case 7:
		return store.Exists(field, rapid.Bool().Draw(t, "present"))
	}
	return store.Prefix(field, genText.Draw(t, "prefix"))
}

func genUpdate(t *rapid.T) store.Update {
	var update store.Update
	fields := rapid.Permutation([]string{"a", "b", "u", "list", "n.x"}).Draw(t, "fields")
	for _, field := range fields[:rapid.IntRange(1, 3).Draw(t, "changes")] {
		value := genScalar.Draw(t, "value")
		if field == "list" {
			action := rapid.SampledFrom([]store.Action{store.ActionPush, store.ActionPull, store.ActionAddToSet, store.ActionUnset}).Draw(t, "action")
			update = append(update, store.Change{Field: field, Action: action, Value: value})
			continue
		}
		switch rapid.IntRange(0, 3).Draw(t, "action") {
		case 0:
			update = update.Unset(field)
		case 1:
			update = update.Inc(field, rapid.Int64Range(-2, 2).Draw(t, "by"))
		case 2:
			update = update.Max(field, value)
		default:
			update = update.Set(field, value)
		}
	}
	return update
}

// genQuery draws a query that an index serves, and its whole order.
func genQuery(t *rapid.T) (store.Query, []string) {
	value := func() any { return genScalar.Draw(t, "value") }
	bound := genScalar.Filter(func(v any) bool { return v != nil })
	var clauses []store.Clause
	order := []string{"_id"}
	ranged := func(field string) {
		switch rapid.IntRange(0, 4).Draw(t, "range") {
		case 0:
			clauses = append(clauses, store.Lte(field, bound.Draw(t, "high")))
		case 1:
			clauses = append(clauses, store.Gt(field, bound.Draw(t, "low")))
		case 2:
			clauses = append(clauses, store.Prefix(field, genText.Draw(t, "prefix")))
		case 3:
			low := bound.Draw(t, "low")
			high := bound.Filter(func(v any) bool { return modelRank(v) == modelRank(low) }).Draw(t, "high")
			clauses = append(clauses, store.Gte(field, low), store.Lt(field, high))
		}
	}
	switch rapid.IntRange(0, 4).Draw(t, "index") {
	case 0:
		order = []string{"a", "-b", "_id"}
		ranged("a")
	case 1:
		clauses, order = append(clauses, store.Eq("a", value())), []string{"-b", "_id"}
		ranged("b")
	case 2:
		clauses, order = append(clauses, store.Eq("list", value())), []string{"a", "_id"}
		ranged("a")
	case 3:
		clauses, order = append(clauses, store.Gte("n.x", bound.Draw(t, "low"))), []string{"n.x", "_id"}
	case 4:
		clauses, order = append(clauses, store.Gte("u", bound.Draw(t, "low"))), []string{"u"}
	}
	if rapid.Bool().Draw(t, "backward") {
		for i, field := range order {
			if name, descending := strings.CutPrefix(field, "-"); descending {
				order[i] = name
			} else {
				order[i] = "-" + field
			}
		}
	}
	return store.Where(clauses...).By(order...).Top(rapid.IntRange(1, 4).Draw(t, "page")), order
}
