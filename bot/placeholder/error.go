package placeholder

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code names a mistake in a text.
type Code string

// The mistakes.
const (
	Unknown      Code = "placeholder_unknown"
	Unclosed     Code = "placeholder_unclosed"
	Empty        Code = "placeholder_empty"
	BadAttribute Code = "placeholder_attribute"
	TooLong      Code = "placeholder_too_long"
	NotText      Code = "placeholder_not_text"
)

// Error says what is wrong with a text and where.
type Error struct {
	Code Code
	// Line and Column count from 1, in characters as the merchant sees them.
	Line, Column int
	// Typed is what stands between the braces.
	Typed string
	// Names are those that can be typed instead.
	Names []string
}

// Error is the English sentence.
func (e *Error) Error() string {
	switch e.Code {
	case Unknown:
		return fmt.Sprintf("There is no placeholder {{%s}} (line %d, character %d). You can use: %s.", e.Typed, e.Line, e.Column, e.Offer())
	case Unclosed:
		return fmt.Sprintf("The placeholder at line %d, character %d has no closing }}. To write braces themselves, type \\{\\{.", e.Line, e.Column)
	case Empty:
		return fmt.Sprintf("The placeholder at line %d, character %d is empty. You can use: %s.", e.Line, e.Column, e.Offer())
	case BadAttribute:
		return fmt.Sprintf("{{%s}} at line %d, character %d is not an attribute: use small letters, digits and _, such as {{attr:size}}.", e.Typed, e.Line, e.Column)
	case NotText:
		return "This is not readable text (UTF-8)."
	default:
		return fmt.Sprintf("The text is longer than %d bytes.", MaxBytes)
	}
}

// Offer lists what can be typed instead.
func (e *Error) Offer() string {
	offered := make([]string, 0, len(e.Names)+1)
	for _, name := range e.Names {
		offered = append(offered, "{{"+name+"}}")
	}
	return strings.Join(append(offered, "{{"+AttributePrefix+"…}}"), ", ")
}

func mistake(code Code, text string, offset int, typed string, names []string) *Error {
	before := text[:offset]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return &Error{
		Code:   code,
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[lineStart:]) + 1,
		Typed:  typed,
		Names:  names,
	}
}
