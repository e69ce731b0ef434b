package sqlite

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// found is what a dotted field leads to in a document. An array on the way
// stands for its documents, so there may be several values.
type found struct {
	values  []bson.RawValue
	missing bool // some way there ended early
}

// lookup follows a dotted field as MongoDB does.
func lookup(document bson.Raw, field string) found {
	var result found
	result.follow(document, field)
	return result
}

func (f *found) follow(document bson.Raw, field string) {
	name, rest, nested := strings.Cut(field, ".")
	value, err := document.LookupErr(name)
	switch {
	case err != nil:
		f.missing = true
	case !nested:
		f.values = append(f.values, value)
	case value.Type == bson.TypeEmbeddedDocument:
		f.follow(value.Document(), rest)
	case value.Type == bson.TypeArray:
		for _, element := range elements(value) {
			if element.Type == bson.TypeEmbeddedDocument {
				f.follow(element.Document(), rest)
			}
		}
	default:
		f.missing = true
	}
}

// each visits the values that a comparison looks at: a value itself, and the
// elements of an array besides. It stops when visit says true, and says so.
func (f *found) any(visit func(bson.RawValue) bool) bool {
	for _, value := range f.values {
		if visit(value) {
			return true
		}
		if value.Type != bson.TypeArray {
			continue
		}
		for _, element := range elements(value) {
			if visit(element) {
				return true
			}
		}
	}
	return false
}

func elements(array bson.RawValue) []bson.RawValue {
	values, err := array.Array().Values()
	if err != nil {
		return nil // unreadable: nothing in it matches
	}
	return values
}
