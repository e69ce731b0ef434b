package sqlite

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"plaza/store"
)

func mustKey(t rapid.TB, value any) []byte {
	t.Helper()
	raw, err := store.RawValue(value)
	if err != nil {
		t.Fatal(err)
	}
	key, err := appendKey(nil, raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// edges are numbers around which integers and doubles are hard to tell apart.
var edges = rapid.OneOf(
	rapid.Int64(),
	rapid.Map(rapid.Custom(func(t *rapid.T) int64 {
		return int64(1)<<rapid.IntRange(50, 62).Draw(t, "bit") + rapid.Int64Range(-1100, 1100).Draw(t, "beside")
	}), func(v int64) int64 { return v }),
	rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, math.MaxInt64 - 1, 0, -1}),
)

func TestNumbersSortByTheirExactValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) (any, *big.Float) {
			integer := edges.Draw(t, name)
			if rapid.Bool().Draw(t, "negative") {
				integer = -integer
			}
			if rapid.Bool().Draw(t, "is double") {
				double := float64(integer)
				if rapid.Bool().Draw(t, "any double") {
					double = rapid.Float64().Draw(t, name)
				}
				return double, new(big.Float).SetFloat64(double)
			}
			return integer, new(big.Float).SetInt64(integer)
		}
		a, exactA := number("a")
		b, exactB := number("b")
		if got, want := bytes.Compare(mustKey(t, a), mustKey(t, b)), exactA.Cmp(exactB); got != want {
			t.Errorf("%v (%T) and %v (%T): keys %d, numbers %d", a, a, b, b, got, want)
		}
	})
}

// A key never begins with another: so keys can follow one another, and be
// inverted.
func TestNoKeyBeginsWithAnother(t *testing.T) {
	t.Parallel()
	value := rapid.OneOf(
		rapid.Map(rapid.String(), func(v string) any { return v }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(v []string) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.StringMatching("[a-c]{1,2}"), rapid.Int64(), 0, 1), func(v map[string]int64) any { return v }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(v []byte) any { return bson.Binary{Data: v} }),
		rapid.Map(rapid.Int64(), func(v int64) any { return v }),
		rapid.Map(rapid.Bool(), func(v bool) any { return v }),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := mustKey(t, value.Draw(t, "a")), mustKey(t, value.Draw(t, "b"))
		if !bytes.Equal(a, b) && bytes.HasPrefix(b, a) {
			t.Errorf("%x begins with %x", b, a)
		}
		invertedA, invertedB := bytes.Clone(a), bytes.Clone(b)
		invert(invertedA)
		invert(invertedB)
		if bytes.Compare(a, b) != -bytes.Compare(invertedA, invertedB) {
			t.Errorf("%x and %x do not turn round", a, b)
		}
	})
}

func FuzzStringKeys(f *testing.F) {
	for _, seed := range [][2]string{{"", "a"}, {"a", "a\x00"}, {"a\x00", "a\x00\xff"}, {"a\x00\x01", "a\x01"}, {"한", "漢"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		keyA, keyB := appendString(nil, a), appendString(nil, b)
		if got, want := bytes.Compare(keyA, keyB), cmp.Compare(a, b); got != want {
			t.Errorf("%q and %q: keys %d, strings %d", a, b, got, want)
		}
		low := appendEscaped(nil, a)
		within := bytes.Compare(keyB, low) >= 0 && (successor(low) == nil || bytes.Compare(keyB, successor(low)) < 0)
		if want := len(b) >= len(a) && b[:len(a)] == a; within != want && a != "" {
			t.Errorf("%q begins with %q: %t by keys", b, a, within)
		}
	})
}

// FuzzUpdate feeds any document and any change to the evaluator: it refuses or
// makes a well-formed document, never panics, and keeps other fields.
func FuzzUpdate(f *testing.F) {
	seed := func(document any, field, action string, value any) {
		raw, err := bson.Marshal(document)
		if err != nil {
			f.Fatal(err)
		}
		wrapped, err := bson.Marshal(bson.D{{Key: "v", Value: value}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(raw), field, action, []byte(wrapped))
	}
	seed(bson.M{"_id": "a", "n": 1, "l": bson.A{1, "x"}}, "n", "inc", int64(1))
	seed(bson.M{"_id": "a", "d": bson.M{"x": bson.M{"y": 1}}}, "d.x.z", "set", "v")
	seed(bson.M{"_id": "a", "l": bson.A{bson.M{"x": 1}}}, "l", "pull", bson.M{"x": 1})
	seed(bson.M{"_id": "a"}, "l.m", "push", nil)
	seed(bson.M{"_id": "a", "n": math.NaN()}, "n", "max", 1.5)
	f.Fuzz(func(t *testing.T, document []byte, field, action string, wrapped []byte) {
		raw := bson.Raw(document)
		if raw.Validate() != nil || bson.Raw(wrapped).Validate() != nil {
			return
		}
		value, err := bson.Raw(wrapped).LookupErr("v")
		if err != nil {
			return
		}
		change := store.Change{Field: field, Action: store.Action(action), Value: value}
		if change.Action == store.ActionInc {
			change.Value = int64(len(wrapped))
		}
		changed, err := applyUpdate(raw, store.Update{change})
		if err != nil {
			return
		}
		if err := changed.Validate(); err != nil {
			t.Fatalf("%v: %v", change, err)
		}
		if _, err := matches(changed, []store.Clause{store.Eq(field, value), store.Lt(field, 1)}); err != nil {
			return
		}
		before, err := raw.LookupErr("_id")
		if err != nil || field == "_id" || len(field) > 3 && field[:4] == "_id." {
			return
		}
		if after := changed.Lookup("_id"); !bytes.Equal(after.Value, before.Value) {
			t.Errorf("_id became %v", after)
		}
	})
}
