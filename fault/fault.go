// Package fault is the one kind of error that people get to see: what sort of
// thing went wrong, a stable code, and one sentence that says it. Everything
// else is internal: logged, never shown.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what the reader of an error can do about it.
type Kind int

// The kinds. The outside form of each (status code, page) is chosen in api.
const (
	// Internal is everything that is not a *Error: our own mistake.
	Internal Kind = iota
	// Invalid input: correct it and try again.
	Invalid
	// Unauthenticated: sign in first.
	Unauthenticated
	// Forbidden: signed in, but this role or token may not.
	Forbidden
	// NotFound: no such thing, or not in this account.
	NotFound
	// Conflict: the thing is no longer, or not yet, in a state that allows it.
	Conflict
	// TooLarge: over a documented size limit.
	TooLarge
	// Limited: too often; try later.
	Limited
	// Unavailable: a system that this one needs does not answer.
	Unavailable
)

// Error carries what may be shown. Code is stable and in snake case; it is the
// key of the translation ("fault." + Code) with Args for its placeholders.
// Text is the English sentence. Field names the input at fault, if it is one.
type Error struct {
	Kind  Kind
	Code  string
	Text  string
	Field string
	Args  []any
	Cause error
}

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Text
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors with the same code equal for errors.Is.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// New makes an error. Text may hold {0}, {1} for args, as translations do.
func New(kind Kind, code, text string, args ...any) *Error {
	for i, arg := range args {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return &Error{Kind: kind, Code: code, Text: text, Args: args}
}

// In names the input field at fault and returns a copy.
func (e *Error) In(field string) *Error {
	copied := *e
	copied.Field = field
	return &copied
}

// Because keeps the cause for the log and returns a copy.
func (e *Error) Because(cause error) *Error {
	copied := *e
	copied.Cause = cause
	return &copied
}

// If is an error where something is wrong, and nil where nothing is.
func If(wrong bool, e *Error) error {
	if !wrong {
		return nil
	}
	return e
}

// All is everything that is wrong, of which there may be nothing: who filled in a
// form mends all of it at once. Whoever wants one error finds the first.
func All(wrong ...error) error {
	wrong = slices.DeleteFunc(slices.Clone(wrong), func(err error) bool { return err == nil })
	if len(wrong) == 1 {
		return wrong[0]
	}
	return errors.Join(wrong...)
}

// Each gives the errors that All has joined, and those in their places, each one
// for itself. Other errors come as they are.
func Each(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, Each(one)...)
	}
	return all
}

// Words spells the arguments out, as they are kept for a sentence in another
// language.
func (e *Error) Words() []string {
	words := make([]string, len(e.Args))
	for i, arg := range e.Args {
		words[i] = fmt.Sprint(arg)
	}
	return words
}

// KindOf finds the kind of an error; Internal for any that is not an *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
