// Package placeholder fills the blanks that a merchant types into a text:
// {{name}}, {{name|friend}} with what to say when there is nothing to fill in,
// {{attr:size}} for an attribute. There is no logic and no code in it, and what
// is filled in is never looked at again, so hostile text stays text. To write
// braces themselves, put a backslash before them: \{\{.
package placeholder

import (
	"strings"
	"unicode/utf8"
)

// MaxBytes bounds a text with placeholders.
const MaxBytes = 16 << 10

// AttributePrefix begins a placeholder for one of the subscriber's attributes.
const AttributePrefix = "attr:"

// Template is a parsed text, ready to be filled in any number of times.
type Template struct {
	parts []part
}

// part is either literal text or a placeholder.
type part struct {
	text     string // literal, or the fallback of a placeholder
	name     string // empty for literal text
	fallback bool   // the merchant gave one
}

// Values answers what a placeholder stands for; ok is false, or the value
// empty, when there is nothing to fill in.
type Values func(name string) (value string, ok bool)

// Parse reads a text whose placeholders must be among names, or be an
// attribute. Errors: *Error, which says where and what to type instead.
func Parse(text string, names ...string) (*Template, error) {
	if len(text) > MaxBytes {
		return nil, &Error{Code: TooLong, Names: names}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Code: NotText, Names: names}
	}
	var template Template
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			template.parts = append(template.parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case escaped(rest):
			literal.WriteByte(rest[1])
			i += 2
		case strings.HasPrefix(rest, "{{"):
			end := closing(rest[2:])
			if end < 0 {
				return nil, mistake(Unclosed, text, i, "", names)
			}
			inside := rest[2 : 2+end]
			found, err := blank(inside, names)
			if err != "" {
				return nil, mistake(err, text, i, strings.TrimSpace(inside), names)
			}
			flush()
			template.parts = append(template.parts, found)
			i += 2 + end + 2
		default:
			literal.WriteByte(rest[0])
			i++
		}
	}
	flush()
	return &template, nil
}

// escaped says whether text begins with a backslash that protects a brace or
// another backslash.
func escaped(text string) bool {
	return len(text) >= 2 && text[0] == '\\' && strings.IndexByte(`{}\`, text[1]) >= 0
}

// closing finds the end of a placeholder; one never spans lines or holds
// another, so that a forgotten brace is reported where it was forgotten.
func closing(text string) int {
	end := strings.Index(text, "}}")
	if end < 0 || strings.ContainsAny(text[:end], "\n{") {
		return -1
	}
	return end
}

func blank(inside string, names []string) (part, Code) {
	name, fallback, given := strings.Cut(inside, "|")
	name = strings.ToLower(strings.TrimSpace(name))
	found := part{name: name, text: strings.TrimSpace(fallback), fallback: given}
	if name == "" {
		return part{}, Empty
	}
	if attribute, ok := strings.CutPrefix(name, AttributePrefix); ok {
		if !ValidAttribute(attribute) {
			return part{}, BadAttribute
		}
		return found, ""
	}
	for _, known := range names {
		if name == known {
			return found, ""
		}
	}
	return part{}, Unknown
}

// ValidAttribute says whether name can name an attribute: 1 to 32 lower-case
// letters, digits and underscores.
func ValidAttribute(name string) bool {
	if name == "" || len(name) > 32 {
		return false
	}
	for _, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// Fill writes the text with values in place. Without a value the fallback
// stands; without a fallback, nothing.
func (t *Template) Fill(values Values) string {
	if len(t.parts) == 1 && t.parts[0].name == "" {
		return t.parts[0].text
	}
	var filled strings.Builder
	for _, part := range t.parts {
		if part.name == "" {
			filled.WriteString(part.text)
			continue
		}
		if value, ok := values(part.name); ok && value != "" {
			filled.WriteString(value)
		} else {
			filled.WriteString(part.text)
		}
	}
	return filled.String()
}

// Uses says whether the text has the placeholder name.
func (t *Template) Uses(name string) bool {
	for _, part := range t.parts {
		if part.name == name {
			return true
		}
	}
	return false
}

// Escape protects text that must appear as it is inside a template.
func Escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `{`, `\{`, `}`, `\}`).Replace(text)
}
