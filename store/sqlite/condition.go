package sqlite

import (
	"bytes"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// matches says whether every clause holds for the document.
func matches(document bson.Raw, clauses []store.Clause) (bool, error) {
	for _, clause := range clauses {
		holds, err := clauseHolds(document, clause)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func clauseHolds(document bson.Raw, clause store.Clause) (bool, error) {
	operand, err := store.RawValue(clause.Value)
	if err != nil {
		return false, err
	}
	field := lookup(document, clause.Field)
	switch clause.Operator {
	case store.Equal:
		return field.equals(operand)
	case store.NotEqual:
		equal, err := field.equals(operand)
		return !equal, err
	case store.OneOf:
		for _, choice := range elements(operand) {
			if equal, err := field.equals(choice); err != nil || equal {
				return equal, err
			}
		}
		return false, nil
	case store.HasPrefix:
		prefix := operand.StringValue()
		return field.any(func(value bson.RawValue) bool {
			text, isText := value.StringValueOK()
			return isText && strings.HasPrefix(text, prefix)
		}), nil
	case store.Present:
		return (len(field.values) > 0) == operand.Boolean(), nil
	}
	return field.compares(clause.Operator, operand)
}

// equals is MongoDB's equality: numbers by value whatever their type, an array
// through its elements as well, and null also where the field is missing.
func (f *found) equals(operand bson.RawValue) (bool, error) {
	if f.missing && operand.Type == bson.TypeNull {
		return true, nil
	}
	wanted, err := appendKey(nil, operand)
	if err != nil {
		return false, err
	}
	return f.any(func(value bson.RawValue) bool {
		key, err := appendKey(nil, value)
		return err == nil && bytes.Equal(key, wanted)
	}), nil
}

// compares holds when a value of the operand's type stands in that relation.
func (f *found) compares(operator store.Operator, operand bson.RawValue) (bool, error) {
	bound, err := appendKey(nil, operand)
	if err != nil {
		return false, err
	}
	var accept func(order int) bool
	switch operator {
	case store.Less:
		accept = func(order int) bool { return order < 0 }
	case store.LessOrEqual:
		accept = func(order int) bool { return order <= 0 }
	case store.Greater:
		accept = func(order int) bool { return order > 0 }
	case store.GreaterOrEqual:
		accept = func(order int) bool { return order >= 0 }
	default:
		return false, fmt.Errorf("operator %q: %w", operator, store.ErrInvalid)
	}
	return f.any(func(value bson.RawValue) bool {
		key, err := appendKey(nil, value)
		if err != nil || key[0] != bound[0] || isNaN(value) {
			return false
		}
		return accept(bytes.Compare(key, bound))
	}), nil
}

// isNaN: a NaN is neither less nor greater than any number.
func isNaN(value bson.RawValue) bool {
	number, ok := value.DoubleOK()
	return ok && number != number
}
