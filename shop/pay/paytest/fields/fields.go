// Package fields checks what a platform's stand-in is asked with: which fields a
// JSON object has to have and may have, and what may stand in them. Any other
// field is refused, as the strictest platform would.
package fields

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Object are the fields that a JSON object may have; any other is refused, and
// so is null.
type Object map[string]Field

// Field is one of them; see Need and May.
type Field struct {
	needed bool
	check  func(any) error
}

// Need is a field that has to be there.
func Need(check func(any) error) Field { return Field{true, check} }

// May is a field that may be missing.
func May(check func(any) error) Field { return Field{false, check} }

// Decode reads a JSON object by its description. Numbers stay as they were
// written. Errors: *Error where a field is at fault.
func Decode(body []byte, described Object) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("more than one value")
	}
	if err := described.Check(value); err != nil {
		return nil, err
	}
	return value.(map[string]any), nil
}

// Error is what is wrong with a field; Path is a JSON pointer.
type Error struct {
	Path string
	Err  error
}

// Error names the field.
func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }

// Check looks at one value, which has to be an object.
func (o Object) Check(value any) error {
	fields, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("no object")
	}
	for name, described := range o {
		if _, there := fields[name]; described.needed && !there {
			return &Error{"/" + name, fmt.Errorf("must be specified")}
		}
	}
	for name, value := range fields {
		described, known := o[name]
		if !known {
			return &Error{"/" + name, fmt.Errorf("unknown")}
		}
		if err := described.check(value); err != nil {
			if inner, ok := err.(*Error); ok {
				return &Error{"/" + name + inner.Path, inner.Err}
			}
			return &Error{"/" + name, err}
		}
	}
	return nil
}

// Text has from low to high bytes: where documents say characters this is the
// stricter reading.
func Text(low, high int) func(any) error {
	return func(value any) error {
		s, ok := value.(string)
		if !ok || len(s) < low || len(s) > high {
			return fmt.Errorf("a text of %d bytes; %d to %d", len(s), low, high)
		}
		return nil
	}
}

// Match is a text that matches a pattern as a whole.
func Match(pattern string) func(any) error {
	compiled := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(value any) error {
		if s, ok := value.(string); !ok || !compiled.MatchString(s) {
			return fmt.Errorf("does not match %s", pattern)
		}
		return nil
	}
}

// Whole is an integer within bounds, written as one.
func Whole(low, high int64) func(any) error {
	return func(value any) error {
		number, ok := value.(json.Number)
		if !ok {
			return fmt.Errorf("no number")
		}
		n, err := number.Int64()
		if err != nil || n < low || n > high {
			return fmt.Errorf("%s is not within %d and %d", number, low, high)
		}
		return nil
	}
}

// Canonical is a request as one text, whatever the order of its fields, to
// compare a repetition with.
func Canonical(asked map[string]any) string {
	encoded, err := json.Marshal(asked)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}
