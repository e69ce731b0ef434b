package store

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxChoices bounds the values of an In clause.
const maxChoices = 1000

// checkWrite checks the condition and the changes of an update.
func checkWrite(conditions []Clause, update Update) error {
	if len(update) == 0 {
		return fmt.Errorf("update without changes: %w", ErrInvalid)
	}
	if err := checkConditions(conditions); err != nil {
		return err
	}
	for i, change := range update {
		if err := change.check(); err != nil {
			return fmt.Errorf("change of %q: %w", change.Field, err)
		}
		for _, earlier := range update[:i] {
			if overlap(earlier.Field, change.Field) {
				return fmt.Errorf("changes of %q and %q: %w", earlier.Field, change.Field, ErrInvalid)
			}
		}
	}
	return nil
}

func overlap(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

func (c Change) check() error {
	if err := checkField(c.Field); err != nil {
		return err
	}
	if root, _, _ := strings.Cut(c.Field, "."); root == keyField || root == accountField {
		return fmt.Errorf("it never changes: %w", ErrInvalid)
	}
	switch c.Action {
	case ActionUnset:
		return nil
	case ActionInc:
		if _, ok := c.Value.(int64); !ok {
			return fmt.Errorf("increment by %T: %w", c.Value, ErrInvalid)
		}
		return nil
	case ActionSet, ActionMax, ActionPush, ActionAddToSet, ActionPull:
		value, err := rawValue(c.Value)
		if err == nil && len(value.Value) > MaxDocumentBytes {
			return ErrTooLarge
		}
		return err
	}
	return fmt.Errorf("action %q: %w", c.Action, ErrInvalid)
}

func checkConditions(conditions []Clause) error {
	for _, clause := range conditions {
		if err := clause.check(); err != nil {
			return fmt.Errorf("condition on %q: %w", clause.Field, err)
		}
	}
	return nil
}

func (c Clause) check() error {
	if err := checkField(c.Field); err != nil {
		return err
	}
	value, err := rawValue(c.Value)
	if err != nil {
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
