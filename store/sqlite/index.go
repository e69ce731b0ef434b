package sqlite

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// collection is a prepared collection: a table of documents,
//
//	n (row number), id, account, doc (bson)
//
// and a table of entries, key to row number, for each declared index.
type collection struct {
	schema  *store.Schema
	table   string // quoted
	entries []*entries
	expiry  *entries // nil when documents stay

	byID, insert, update, remove string
}

// entries is an index: the keys of what it holds, in order, in a table.
type entries struct {
	path  *store.AccessPath
	roots []string // the top-level fields its keys come from
	table string   // quoted

	holder, insert, remove string
}

func newCollection(schema *store.Schema) *collection {
	table := quote(schema.Name)
	c := &collection{
		schema: schema,
		table:  table,
		byID:   "SELECT n, doc FROM " + table + " WHERE id = ?",
		insert: "INSERT INTO " + table + " (id, account, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
		update: "UPDATE " + table + " SET doc = ? WHERE n = ?",
		remove: "DELETE FROM " + table + " WHERE n = ?",
	}
	for _, path := range schema.Paths() {
		if !path.Native {
			c.entries = append(c.entries, newEntries(schema, path))
		}
	}
	if field := schema.ExpiresAt; field != "" {
		c.expiry = newEntries(schema, &store.AccessPath{Name: "expiry " + field, Sparse: field,
			Fields: []store.Order{{Field: field}, {Field: "_id"}}})
		c.entries = append(c.entries, c.expiry)
	}
	return c
}

func newEntries(schema *store.Schema, path *store.AccessPath) *entries {
	table := quote(schema.Name + indexTableOf + path.Name)
	e := &entries{
		path:   path,
		table:  table,
		holder: "SELECT n FROM " + table + " WHERE key = ?",
		insert: "INSERT INTO " + table + " (key, n) VALUES (?, ?)",
		remove: "DELETE FROM " + table + " WHERE key = ?",
	}
	for _, order := range path.Fields {
		root, _, _ := strings.Cut(order.Field, ".")
		e.roots = append(e.roots, root)
	}
	return e
}

// indexTableOf stands between a collection and the path in an index table's name.
const indexTableOf = " by "

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// touchedBy says whether an update can change the keys of a document.
func (e *entries) touchedBy(update store.Update) bool {
	return slices.ContainsFunc(update, func(change store.Change) bool {
		root, _, _ := strings.Cut(change.Field, ".")
		return slices.Contains(e.roots, root)
	})
}

// keys are the keys of a document in this index: one, or one for each element
// of the field that holds an array, or none in a sparse index.
func (e *entries) keys(document bson.Raw) ([][]byte, error) {
	if sparse := e.path.Sparse; sparse != "" {
		if field := lookup(document, sparse); len(field.values) == 0 {
			return nil, nil
		}
	}
	keys := [][]byte{make([]byte, 0, 160)}
	for _, order := range e.path.Fields {
		if len(keys) == 1 { // the usual case, without detours
			if value, err := document.LookupErr(order.Field); err == nil && value.Type != bson.TypeArray {
				if keys[0], err = appendOrdered(keys[0], value, order); err != nil {
					return nil, fmt.Errorf("field %q: %w", order.Field, err)
				}
				continue
			}
		}
		parts, err := fieldKeys(document, order)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", order.Field, err)
		}
		if len(parts) == 1 {
			for i := range keys {
				keys[i] = append(keys[i], parts[0]...)
			}
			continue
		}
		if len(keys) > 1 {
			return nil, fmt.Errorf("index %q holds two arrays: %w", e.path.Name, store.ErrInvalid)
		}
		stem := keys[0]
		keys = make([][]byte, len(parts))
		for i, part := range parts {
			keys[i] = slices.Concat(stem, part)
		}
	}
	return keys, nil
}

// fieldKeys are the distinct keys of one field; at least one.
func fieldKeys(document bson.Raw, order store.Order) ([][]byte, error) {
	var keys [][]byte
	add := func(value bson.RawValue) error {
		key, err := appendOrdered(nil, value, order)
		keys = append(keys, key)
		return err
	}
	field := lookup(document, order.Field)
	if field.missing {
		keys = append(keys, directed([]byte{tagNull}, order))
	}
	for _, value := range field.values {
		if value.Type != bson.TypeArray {
			if err := add(value); err != nil {
				return nil, err
			}
			continue
		}
		for _, element := range elements(value) {
			if err := add(element); err != nil {
				return nil, err
			}
		}
	}
	if len(keys) == 0 {
		keys = append(keys, directed([]byte{tagNothing}, order))
	}
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal), nil
}

// appendOrdered appends the key of a value, inverted for descending fields.
func appendOrdered(key []byte, value bson.RawValue, order store.Order) ([]byte, error) {
	start := len(key)
	key, err := appendKey(key, value)
	if err == nil && order.Descending {
		invert(key[start:])
	}
	return key, err
}

func directed(key []byte, order store.Order) []byte {
	if order.Descending {
		invert(key)
	}
	return key
}

// span is a stretch of an index: low included, high not.
type span struct{ low, high []byte }

// firstKey and lastKey have every key between them: they begin with a type's
// tag, plain or inverted.
var firstKey, lastKey = []byte{0x00}, []byte{0xFF}

// spanOf is what a plan reads of its index.
func spanOf(plan *store.Plan) (span, error) {
	var base []byte
	for i, value := range plan.Equal {
		var err error
		if base, err = appendOrdered(base, value, plan.Path.Fields[i]); err != nil {
			return span{}, err
		}
	}
	s := span{low: base, high: successor(base)}
	if len(base) == 0 {
		s = span{low: firstKey, high: lastKey}
	}
	if !plan.Range.Unbounded() {
		if err := s.narrow(base, plan.Range, plan.Order()[0]); err != nil {
			return span{}, err
		}
	}
	if plan.After == nil {
		return s, nil
	}
	return s, s.behind(base, plan)
}

// behind leaves out what earlier pages have shown.
func (s *span) behind(base []byte, plan *store.Plan) error {
	last := bytes.Clone(base)
	for i, value := range plan.After {
		var err error
		if last, err = appendOrdered(last, value, plan.Order()[i]); err != nil {
			return store.ErrCursor
		}
	}
	if plan.Backward {
		if bytes.Compare(last, s.high) < 0 {
			s.high = last
		}
	} else if last = append(last, 0); bytes.Compare(last, s.low) > 0 {
		s.low = last
	}
	return nil
}

// narrow keeps those entries whose next field lies in the range.
func (s *span) narrow(base []byte, r store.Range, order store.Order) error {
	low, high, err := bounds(r)
	if err != nil {
		return err
	}
	if order.Descending {
		low, high = mirrored(high), mirrored(low)
	}
	s.low, s.high = slices.Concat(base, low), slices.Concat(base, high)
	return nil
}

// mirrored turns an inclusive lower bound of ascending keys into an exclusive
// upper one of their inversions, and the other way round. Bounds here begin
// with a type's tag, so there always is a successor.
func mirrored(bound []byte) []byte {
	inverted := bytes.Clone(bound)
	invert(inverted)
	return successor(inverted)
}

// bounds of a range in ascending keys. Only values of the bounds' type are
// within, and NaN never is.
func bounds(r store.Range) (low, high []byte, err error) {
	if r.Prefix != "" {
		low = appendEscaped([]byte{tagString}, r.Prefix)
		return low, successor(low), nil
	}
	var tag byte
	for _, bound := range []*store.Bound{r.Low, r.High} {
		if bound != nil {
			tag = typeTag(bound.Value)
		}
	}
	low, high = []byte{tag}, []byte{tag + 1}
	if tag == tagNumber {
		low = append(low, 0, 0, 0, 0, 0, 0, 0, 1)
	}
	if r.Low != nil {
		if low, err = appendKey(nil, r.Low.Value); err != nil {
			return nil, nil, err
		}
		if !r.Low.Inclusive {
			low = successor(low)
		}
	}
	if r.High != nil {
		if high, err = appendKey(nil, r.High.Value); err != nil {
			return nil, nil, err
		}
		if r.High.Inclusive {
			high = successor(high)
		}
	}
	return low, high, nil
}

// without are the keys of a that are not in b.
func without(a, b [][]byte) [][]byte {
	var rest [][]byte
	for _, key := range a {
		if !slices.ContainsFunc(b, func(other []byte) bool { return bytes.Equal(other, key) }) {
			rest = append(rest, key)
		}
	}
	return rest
}
