package sqlite_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"plaza/store"
	"plaza/store/storetest"
)

// The model says what the store should do, in the plainest way: documents in a
// map, every question answered by looking at all of them.

var modelled = store.Declare[bson.M](store.Schema{Name: "modelled", Indexes: []store.Index{
	{Fields: []string{"a", "-b"}},
	{Fields: []string{"list", "a"}},
	{Fields: []string{"n.x"}, Sparse: true},
	{Fields: []string{"u"}, Unique: true, Sparse: true},
}})

type model map[string]bson.M

// get follows a dotted field of the model's documents, which hold no arrays of
// documents.
func get(document bson.M, field string) (any, bool) {
	name, rest, nested := strings.Cut(field, ".")
	value, found := document[name]
	if !nested || !found {
		return value, found
	}
	inner, isDocument := value.(bson.D)
	if !isDocument {
		return nil, false
	}
	for _, element := range inner {
		if element.Key == rest {
			return element.Value, true
		}
	}
	return nil, false
}

func modelRank(value any) int {
	switch value.(type) {
	case nil:
		return 0
	case int32, int64, float64:
		return 1
	case string:
		return 2
	case bool:
		return 3
	}
	panic(fmt.Sprintf("the model has no %T", value))
}

func modelCompare(a, b any) int {
	if order := cmp.Compare(modelRank(a), modelRank(b)); order != 0 {
		return order
	}
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case nil:
		return 0
	}
	return modelNumber(a).Cmp(modelNumber(b))
}

func modelNumber(value any) *big.Float {
	switch value := value.(type) {
	case int32:
		return new(big.Float).SetInt64(int64(value))
	case int64:
		return new(big.Float).SetInt64(value)
	}
	return new(big.Float).SetFloat64(value.(float64))
}

func (m model) holds(document bson.M, clause store.Clause) bool {
	value, found := get(document, clause.Field)
	candidates := []any{value}
	if list, isList := value.(bson.A); isList {
		candidates = list
	}
	some := func(accept func(any) bool) bool { return slices.ContainsFunc(candidates, accept) }
	equal := func(wanted any) bool { return some(func(v any) bool { return modelCompare(v, wanted) == 0 }) }
	ordered := func(accept func(int) bool) bool {
		return found && some(func(v any) bool {
			return modelRank(v) == modelRank(clause.Value) && accept(modelCompare(v, clause.Value))
		})
	}
	switch clause.Operator {
	case store.Equal:
		return equal(clause.Value)
	case store.NotEqual:
		return !equal(clause.Value)
	case store.OneOf:
		return slices.ContainsFunc(clause.Value.([]any), equal)
	case store.Present:
		return found == clause.Value
	case store.HasPrefix:
		return some(func(v any) bool {
			text, isText := v.(string)
			return isText && strings.HasPrefix(text, clause.Value.(string))
		})
	case store.Less:
		return ordered(func(order int) bool { return order < 0 })
	case store.LessOrEqual:
		return ordered(func(order int) bool { return order <= 0 })
	case store.Greater:
		return ordered(func(order int) bool { return order > 0 })
	}
	return ordered(func(order int) bool { return order >= 0 })
}

func (m model) all(document bson.M, clauses []store.Clause) bool {
	return !slices.ContainsFunc(clauses, func(c store.Clause) bool { return !m.holds(document, c) })
}

// find answers a query whose order is given in full.
func (m model) find(query store.Query, order []string) []string {
	var keys []string
	for id, document := range m {
		if m.all(document, query.Where) {
			keys = append(keys, id)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		for _, field := range order {
			name, descending := strings.CutPrefix(field, "-")
			x, _ := get(m[a], name)
			y, _ := get(m[b], name)
			if result := modelCompare(x, y); result != 0 {
				if descending {
					return -result
				}
				return result
			}
		}
		return 0
	})
	return keys
}

func (m model) taken(id string, document bson.M) bool {
	value, found := document["u"]
	for other, there := range m {
		taken, also := there["u"]
		if other != id && found && also && modelCompare(value, taken) == 0 {
			return true
		}
	}
	return false
}

func (m model) update(id string, update store.Update, conditions []store.Clause) error {
	old, found := m[id]
	if !found {
		return store.ErrNotFound
	}
	if !m.all(old, conditions) {
		return store.ErrConditionFailed
	}
	document := maps.Clone(old)
	for _, change := range update {
		if err := modelChange(document, change); err != nil {
			return err
		}
	}
	if m.taken(id, document) {
		return store.ErrDuplicate
	}
	m[id] = document
	return nil
}

func modelChange(document bson.M, change store.Change) error {
	if change.Field == "n.x" {
		inner := bson.M{}
		if n, found := document["n"]; found {
			for _, element := range n.(bson.D) {
				inner[element.Key] = element.Value
			}
		} else if change.Action == store.ActionUnset {
			return nil
		}
		if err := modelChange(inner, store.Change{Field: "x", Action: change.Action, Value: change.Value}); err != nil {
			return err
		}
		document["n"] = bson.D{}
		if x, found := inner["x"]; found {
			document["n"] = bson.D{{Key: "x", Value: x}}
		}
		return nil
	}
	value, found := document[change.Field]
	list, isList := value.(bson.A)
	switch change.Action {
	case store.ActionSet:
		document[change.Field] = change.Value
	case store.ActionUnset:
		delete(document, change.Field)
	case store.ActionMax:
		if !found || modelCompare(value, change.Value) < 0 {
			document[change.Field] = change.Value
		}
	case store.ActionInc:
		switch number := value.(type) {
		case int32:
			document[change.Field] = int64(number) + change.Value.(int64)
		case int64:
			document[change.Field] = number + change.Value.(int64)
		case float64:
			document[change.Field] = number + float64(change.Value.(int64))
		default:
			if found {
				return store.ErrInvalid
			}
			document[change.Field] = change.Value
		}
	default:
		if found && !isList {
			return store.ErrInvalid
		}
		same := func(v any) bool { return modelCompare(v, change.Value) == 0 }
		switch {
		case change.Action == store.ActionPull && found:
			document[change.Field] = slices.DeleteFunc(slices.Clone(list), same)
		case change.Action == store.ActionPush, change.Action == store.ActionAddToSet && !slices.ContainsFunc(list, same):
			document[change.Field] = append(slices.Clone(list), change.Value)
		}
	}
	return nil
}

func TestStoreAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, modelled.Schema())
	scoped := modelled.In(db, "acme")
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		m := model{}
		for id := range 8 { // what the last run left
			if err := scoped.Delete(ctx, fmt.Sprint("k", id)); err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
		}
		agree := func(err, expected error) {
			if !errors.Is(err, expected) {
				t.Fatalf("store: %v, model: %v", err, expected)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				document := genDocument(t)
				id := document["_id"].(string)
				var expected error
				if _, taken := m[id]; taken || m.taken(id, document) {
					expected = store.ErrDuplicate
				} else {
					m[id] = document
				}
				agree(scoped.Insert(ctx, document), expected)
			},
			"update": func(t *rapid.T) {
				id, update, condition := genID.Draw(t, "id"), genUpdate(t), genCondition(t)
				agree(scoped.Update(ctx, id, update, condition), m.update(id, update, []store.Clause{condition}))
			},
			"delete": func(t *rapid.T) {
				id, condition := genID.Draw(t, "id"), genCondition(t)
				document, found := m[id]
				var expected error
				switch {
				case !found:
					expected = store.ErrNotFound
				case !m.holds(document, condition):
					expected = store.ErrConditionFailed
				default:
					delete(m, id)
				}
				agree(scoped.Delete(ctx, id, condition), expected)
			},
			"find and update": func(t *rapid.T) {
				query, order := genQuery(t)
				update, condition := genUpdate(t), genCondition(t)
				expected := error(store.ErrNotFound)
				for _, id := range m.find(query, order) {
					if m.holds(m[id], condition) {
						expected = m.update(id, update, nil)
						break
					}
				}
				_, err := scoped.FindAndUpdate(ctx, query, update, condition)
				agree(err, expected)
			},
			"find": func(t *rapid.T) {
				query, order := genQuery(t)
				var keys []string
				for document, err := range scoped.Each(ctx, query) {
					if err != nil {
						t.Fatal(err)
					}
					keys = append(keys, document["_id"].(string))
				}
				if want := m.find(query, order); !slices.Equal(keys, want) {
					t.Fatalf("%+v: store %v, model %v of %v", query, keys, want, m)
				}
			},
			"": func(t *rapid.T) {
				for id, want := range m {
					if got, err := scoped.Get(ctx, id); err != nil || !reflect.DeepEqual(got, want) {
						t.Fatalf("store %v, model %v, error %v", got, want, err)
					}
				}
			},
		})
	})
}
