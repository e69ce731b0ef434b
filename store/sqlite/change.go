package sqlite

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// change is one store.Change, made ready: its field in parts, its value in
// bson.
type change struct {
	path   []string
	action store.Action
	value  bson.RawValue
}

// applyUpdate makes the document as it is after the update. It shares nothing
// with the old one.
func applyUpdate(document bson.Raw, update store.Update) (bson.Raw, error) {
	changes := make([]change, len(update))
	for i, c := range update {
		value, err := store.RawValue(c.Value)
		if err != nil {
			return nil, err
		}
		changes[i] = change{path: strings.Split(c.Field, "."), action: c.Action, value: value}
	}
	// MongoDB adds new fields in the order of their names.
	slices.SortFunc(changes, func(a, b change) int { return slices.Compare(a.path, b.path) })
	changed, err := rewrite(make([]byte, 0, len(document)+128), document, changes)
	if err == nil && len(changed) > store.MaxDocumentBytes {
		return nil, store.ErrTooLarge
	}
	return changed, err
}

// rewrite appends the document with the changes done. They are sorted, so those
// that go below one field stand together.
func rewrite(out []byte, document bson.Raw, changes []change) ([]byte, error) {
	elements, err := document.Elements()
	if err != nil {
		return nil, fmt.Errorf("damaged document: %w", err)
	}
	start := len(out)
	out = append(out, 0, 0, 0, 0)
	done := make([]bool, len(changes))
	for _, element := range elements {
		name := element.Key()
		first, end := below(changes, name)
		if first == end {
			out = append(out, element...)
			continue
		}
		for i := first; i < end; i++ {
			done[i] = true
		}
		value := element.Value()
		if out, err = rewriteField(out, name, &value, changes[first:end]); err != nil {
			return nil, err
		}
	}
	for i := range changes {
		if done[i] {
			continue
		}
		name := changes[i].path[0]
		first, end := below(changes, name)
		for j := first; j < end; j++ {
			done[j] = true
		}
		if out, err = rewriteField(out, name, nil, changes[first:end]); err != nil {
			return nil, err
		}
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out[start:], uint32(len(out)-start))
	return out, nil
}

// below finds the changes at or below a field.
func below(changes []change, name string) (first, end int) {
	first = slices.IndexFunc(changes, func(c change) bool { return c.path[0] == name })
	if first < 0 {
		return 0, 0
	}
	for end = first; end < len(changes) && changes[end].path[0] == name; {
		end++
	}
	return first, end
}

// rewriteField appends one field with its changes done; current is nil when the
// document lacks it.
func rewriteField(out []byte, name string, current *bson.RawValue, changes []change) ([]byte, error) {
	if len(changes[0].path) == 1 { // then it is the only one: paths do not overlap
		value, err := changes[0].apply(current)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		if value == nil {
			return out, nil
		}
		return appendElement(out, name, *value), nil
	}
	inner := make([]change, len(changes))
	onlyUnset := true
	for i, c := range changes {
		inner[i] = change{path: c.path[1:], action: c.action, value: c.value}
		onlyUnset = onlyUnset && c.removes()
	}
	switch {
	case current == nil && onlyUnset:
		return out, nil
	case current == nil:
		current = &bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: []byte{5, 0, 0, 0, 0}}
	case current.Type != bson.TypeEmbeddedDocument && onlyUnset:
		return appendElement(out, name, *current), nil
	case current.Type != bson.TypeEmbeddedDocument:
		return nil, fmt.Errorf("field %q is a %s, not a document: %w", name, current.Type, store.ErrInvalid)
	}
	out = append(append(append(out, byte(bson.TypeEmbeddedDocument)), name...), 0)
	return rewrite(out, current.Document(), inner)
}

// removes: such a change has nothing to do where there is nothing.
func (c change) removes() bool {
	return c.action == store.ActionUnset || c.action == store.ActionPull
}

func appendElement(out []byte, name string, value bson.RawValue) []byte {
	out = append(append(append(out, byte(value.Type)), name...), 0)
	return append(out, value.Value...)
}

// apply is what becomes of a value; nil stands for none.
func (c change) apply(current *bson.RawValue) (*bson.RawValue, error) {
	switch c.action {
	case store.ActionSet:
		return &c.value, nil
	case store.ActionUnset:
		return nil, nil
	case store.ActionInc:
		if current == nil {
			return &c.value, nil
		}
		return increase(*current, c.value.Int64())
	case store.ActionMax:
		if current == nil {
			return &c.value, nil
		}
		order, err := compareValues(*current, c.value)
		if err != nil {
			return nil, err
		}
		if order < 0 {
			return &c.value, nil
		}
		return current, nil
	}
	return c.applyToArray(current)
}

func (c change) applyToArray(current *bson.RawValue) (*bson.RawValue, error) {
	var list []bson.RawValue
	if current == nil {
		if c.action == store.ActionPull {
			return nil, nil
		}
	} else {
		if current.Type != bson.TypeArray {
			return nil, fmt.Errorf("a %s, not an array: %w", current.Type, store.ErrInvalid)
		}
		list = elements(*current)
	}
	var failed error
	same := func(element bson.RawValue) bool {
		order, err := compareValues(element, c.value)
		if err != nil {
			failed = err
		}
		return err == nil && order == 0
	}
	switch c.action {
	case store.ActionPush:
		list = append(list, c.value)
	case store.ActionAddToSet:
		if !slices.ContainsFunc(list, same) {
			list = append(list, c.value)
		}
	case store.ActionPull:
		list = slices.DeleteFunc(list, same)
	default:
		return nil, fmt.Errorf("action %q: %w", c.action, store.ErrInvalid)
	}
	return arrayOf(list), failed
}

func arrayOf(list []bson.RawValue) *bson.RawValue {
	out := []byte{0, 0, 0, 0}
	for i, element := range list {
		out = appendElement(out, strconv.Itoa(i), element)
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return &bson.RawValue{Type: bson.TypeArray, Value: out}
}

// increase adds to a number. The sum of integers is an int64 and must fit.
func increase(current bson.RawValue, by int64) (*bson.RawValue, error) {
	var integer int64
	switch current.Type {
	case bson.TypeDouble:
		return number(bson.TypeDouble, math.Float64bits(current.Double()+float64(by))), nil
	case bson.TypeInt32:
		integer = int64(current.Int32())
	case bson.TypeInt64:
		integer = current.Int64()
	default:
		return nil, fmt.Errorf("a %s, not a number: %w", current.Type, store.ErrInvalid)
	}
	sum := integer + by
	if (sum > integer) != (by > 0) && by != 0 {
		return nil, fmt.Errorf("number too large: %w", store.ErrInvalid)
	}
	return number(bson.TypeInt64, uint64(sum)), nil
}

func number(kind bson.Type, bits uint64) *bson.RawValue {
	return &bson.RawValue{Type: kind, Value: binary.LittleEndian.AppendUint64(nil, bits)}
}
