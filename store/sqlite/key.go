package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// Index keys are byte strings that compare, byte by byte, as MongoDB compares
// the values: first by type, in its order of types, then within the type. Every
// encoded value tells where it ends, so that values can follow one another in
// one key, and be inverted for descending order.
const (
	tagEnd      = 0x00 // ends a document or an array
	tagNothing  = 0x08 // an empty array: it has an entry, but matches no value
	tagNull     = 0x10
	tagNumber   = 0x18
	tagString   = 0x20
	tagDocument = 0x28
	tagArray    = 0x30
	tagBinary   = 0x38
	tagObjectID = 0x40
	tagBool     = 0x48
	tagDate     = 0x50
)

// appendKey appends the key of a value. Errors: store.ErrInvalid for a type
// that has no place in an index.
func appendKey(key []byte, value bson.RawValue) ([]byte, error) {
	switch value.Type {
	case bson.TypeNull, bson.TypeUndefined:
		return append(key, tagNull), nil
	case bson.TypeInt32:
		return appendInteger(key, int64(value.Int32())), nil
	case bson.TypeInt64:
		return appendInteger(key, value.Int64()), nil
	case bson.TypeDouble:
		return appendNumber(key, value.Double(), 0), nil
	case bson.TypeString:
		return appendString(append(key, tagString), value.StringValue()), nil
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return appendNested(key, value)
	case bson.TypeBinary:
		subtype, data := value.Binary()
		key = binary.BigEndian.AppendUint32(append(key, tagBinary), uint32(len(data)))
		return append(append(key, subtype), data...), nil
	case bson.TypeObjectID:
		return append(append(key, tagObjectID), value.Value...), nil
	case bson.TypeBoolean:
		return append(key, tagBool, value.Value[0]), nil
	case bson.TypeDateTime:
		return binary.BigEndian.AppendUint64(append(key, tagDate), uint64(value.DateTime())^1<<63), nil
	}
	return nil, fmt.Errorf("bson type %s in an index: %w", value.Type, store.ErrInvalid)
}

// appendInteger places an integer exactly among the doubles: by the largest
// double that is not above it, then by its distance from there, which is below
// 1024 for any int64.
func appendInteger(key []byte, integer int64) []byte {
	floor := float64(integer)
	if floor >= math.MaxInt64 || int64(floor) > integer {
		floor = math.Nextafter(floor, math.Inf(-1))
	}
	return appendNumber(key, floor, uint16(integer-int64(floor)))
}

func appendNumber(key []byte, floor float64, above uint16) []byte {
	var bits uint64 // NaN comes before all numbers
	if !math.IsNaN(floor) {
		bits = math.Float64bits(floor + 0) // -0 + 0 is 0
		if bits>>63 == 1 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
	}
	key = binary.BigEndian.AppendUint64(append(key, tagNumber), bits)
	return binary.BigEndian.AppendUint16(key, above)
}

// appendString writes 0 as 0 255 and ends with 0 1.
func appendString(key []byte, s string) []byte {
	return append(appendEscaped(key, s), 0, 1)
}

func appendEscaped(key []byte, s string) []byte {
	for i := range len(s) {
		key = append(key, s[i])
		if s[i] == 0 {
			key = append(key, 0xFF)
		}
	}
	return key
}

// appendNested writes a document or array: element by element, by type, then
// name, then value, as MongoDB compares them.
func appendNested(key []byte, value bson.RawValue) ([]byte, error) {
	elements, err := bson.Raw(value.Value).Elements()
	if err != nil {
		return nil, fmt.Errorf("damaged bson: %w", store.ErrInvalid)
	}
	isArray := value.Type == bson.TypeArray
	key = append(key, tagDocument)
	if isArray {
		key[len(key)-1] = tagArray
	}
	for _, element := range elements {
		encoded, err := appendKey(nil, element.Value())
		if err != nil {
			return nil, err
		}
		key = append(key, encoded[0])
		if !isArray {
			key = append(append(key, element.Key()...), 0)
		}
		key = append(key, encoded[1:]...)
	}
	return append(key, tagEnd), nil
}

// compareValues orders two values as MongoDB does.
func compareValues(a, b bson.RawValue) (int, error) {
	keyA, err := appendKey(nil, a)
	if err != nil {
		return 0, err
	}
	keyB, err := appendKey(nil, b)
	return bytes.Compare(keyA, keyB), err
}

// typeTag is the first byte of a value's key: values with the same tag are of
// comparable types.
func typeTag(value bson.RawValue) byte {
	key, err := appendKey(nil, value)
	if err != nil {
		return tagEnd
	}
	return key[0]
}

// invert turns ascending order into descending.
func invert(key []byte) {
	for i := range key {
		key[i] = ^key[i]
	}
}

// successor is the smallest key above all that begin with prefix; nil when
// there is none.
func successor(prefix []byte) []byte {
	next := bytes.Clone(prefix)
	for i := len(next) - 1; i >= 0; i-- {
		if next[i]++; next[i] != 0 {
			return next[:i+1]
		}
	}
	return nil
}
