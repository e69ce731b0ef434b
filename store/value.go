package store

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// rawValue turns a value of a clause or change into bson, and refuses the types
// the vocabulary does not have (regular expressions, decimals, timestamps):
// the engines would not agree about them.
func rawValue(value any) (bson.RawValue, error) {
	if raw, done := value.(bson.RawValue); done {
		return raw, checkType(raw)
	}
	if value == nil {
		return bson.RawValue{Type: bson.TypeNull}, nil // the driver has no encoder for it
	}
	if raw, known := plainValue(value); known {
		return raw, nil
	}
	kind, bytes, err := bson.MarshalValue(value)
	if err != nil {
		return bson.RawValue{}, fmt.Errorf("value of type %T: %w: %w", value, ErrInvalid, err)
	}
	raw := bson.RawValue{Type: kind, Value: bytes}
	return raw, checkType(raw)
}

// plainValue encodes the types that nearly all values have, without looking into
// them by reflection.
func plainValue(value any) (raw bson.RawValue, known bool) {
	switch v := value.(type) {
	case string:
		return bson.RawValue{Type: bson.TypeString, Value: bsoncore.AppendString(nil, v)}, true
	case bool:
		return bson.RawValue{Type: bson.TypeBoolean, Value: bsoncore.AppendBoolean(nil, v)}, true
	case int64:
		return bson.RawValue{Type: bson.TypeInt64, Value: bsoncore.AppendInt64(nil, v)}, true
	case time.Time:
		return bson.RawValue{Type: bson.TypeDateTime, Value: bsoncore.AppendDateTime(nil, v.UnixMilli())}, true
	}
	return raw, false
}

// RawValue is rawValue for the engines: they need the bson form of what a
// Clause or Change that was checked here carries.
func RawValue(value any) (bson.RawValue, error) { return rawValue(value) }

func checkType(value bson.RawValue) error {
	switch value.Type {
	case bson.TypeDouble, bson.TypeString, bson.TypeEmbeddedDocument, bson.TypeArray,
		bson.TypeBinary, bson.TypeObjectID, bson.TypeBoolean, bson.TypeDateTime,
		bson.TypeNull, bson.TypeInt32, bson.TypeInt64:
		return nil
	}
	return fmt.Errorf("bson type %s: %w", value.Type, ErrInvalid)
}

// ordered says whether a range with such a bound has a meaning here.
func ordered(bound bson.RawValue) bool {
	switch bound.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray, bson.TypeNull:
		return false
	case bson.TypeDouble:
		return !math.IsNaN(bound.Double())
	}
	return true
}

// rangeClass is the same for types that are compared with one another.
func rangeClass(kind bson.Type) bson.Type {
	switch kind {
	case bson.TypeInt32, bson.TypeInt64:
		return bson.TypeDouble
	}
	return kind
}

// prefixValue reads the string of a Prefix clause. MongoDB's expressions cannot
// hold a zero byte, so none is allowed.
func prefixValue(value bson.RawValue) (string, error) {
	prefix, ok := value.StringValueOK()
	if !ok || strings.ContainsRune(prefix, 0) {
		return "", ErrInvalid
	}
	return prefix, nil
}
