package store

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxChoices bounds the values of an In clause.
const maxChoices = 1000

// encodeWrite checks the condition and the changes of an update, and returns
// them with their values in bson, so that they are encoded once.
func encodeWrite(conditions []Clause, update Update) ([]Clause, Update, error) {
	if len(update) == 0 {
		return nil, nil, fmt.Errorf("update without changes: %w", ErrInvalid)
	}
	conditions, err := encodeConditions(conditions)
	if err != nil {
		return nil, nil, err
	}
	encoded := make(Update, len(update))
	for i, change := range update {
		if encoded[i], err = change.encode(); err != nil {
			return nil, nil, fmt.Errorf("change of %q: %w", change.Field, err)
		}
		for _, earlier := range update[:i] {
			if overlap(earlier.Field, change.Field) {
				return nil, nil, fmt.Errorf("changes of %q and %q: %w", earlier.Field, change.Field, ErrInvalid)
			}
		}
	}
	return conditions, encoded, nil
}

// overlap says whether one field is, or lies in, the other.
func overlap(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return strings.HasPrefix(b, a) && (len(a) == len(b) || b[len(a)] == '.')
}

func (c Change) encode() (Change, error) {
	if err := checkField(c.Field); err != nil {
		return c, err
	}
	if root, _, _ := strings.Cut(c.Field, "."); root == keyField || root == accountField {
		return c, fmt.Errorf("it never changes: %w", ErrInvalid)
	}
	switch c.Action {
	case ActionUnset:
		return c, nil
	case ActionInc:
		if _, ok := c.Value.(int64); !ok {
			return c, fmt.Errorf("increment by %T: %w", c.Value, ErrInvalid)
		}
		return c, nil
	case ActionSet, ActionMax, ActionPush, ActionAddToSet, ActionPull:
		value, err := rawValue(c.Value)
		if err == nil && len(value.Value) > MaxDocumentBytes {
			return c, ErrTooLarge
		}
		c.Value = value
		return c, err
	}
	return c, fmt.Errorf("action %q: %w", c.Action, ErrInvalid)
}

func encodeConditions(conditions []Clause) ([]Clause, error) {
	encoded := make([]Clause, len(conditions))
	for i, clause := range conditions {
		value, err := rawValue(clause.Value)
		if err == nil {
			err = clause.check(value)
		}
		if err != nil {
			return nil, fmt.Errorf("condition on %q: %w", clause.Field, err)
		}
		clause.Value = value
		encoded[i] = clause
	}
	return encoded, nil
}

// check refuses a clause that does not go with its value.
func (c Clause) check(value bson.RawValue) error {
	if err := checkField(c.Field); err != nil {
		return err
	}
	switch c.Operator {
	case Equal, NotEqual:
		return nil
	case Less, LessOrEqual, Greater, GreaterOrEqual:
		if !ordered(value) {
			return fmt.Errorf("range over type %s: %w", value.Type, ErrInvalid)
		}
		return nil
	case HasPrefix:
		_, err := prefixValue(value)
		return err
	case OneOf:
		return checkChoices(value)
	case Present:
		if value.Type != bson.TypeBoolean {
			return fmt.Errorf("exists %s: %w", value.Type, ErrInvalid)
		}
		return nil
	}
	return fmt.Errorf("operator %q: %w", c.Operator, ErrInvalid)
}

func checkChoices(list bson.RawValue) error {
	if list.Type != bson.TypeArray {
		return fmt.Errorf("one of a %s: %w", list.Type, ErrInvalid)
	}
	values, err := list.Array().Values()
	if err != nil || len(values) > maxChoices {
		return fmt.Errorf("one of %d values: %w", len(values), ErrInvalid)
	}
	for _, value := range values {
		if err := checkType(value); err != nil {
			return err
		}
	}
	return nil
}
