package templates

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
)

// Texts holds every sentence of the program in each of its languages.
type Texts struct {
	byLanguage map[string]map[string]string
}

// placeholder is {0}, {1}, ... in a text.
var placeholder = regexp.MustCompile(`\{\d\}`)

// LoadTexts reads the built-in translations. A key that lacks a language or has
// other placeholders in one of them is an error. Two areas may know the same
// fault: the sentence of the first area, by name, is the one that is spoken.
func LoadTexts() (*Texts, error) {
	entries, err := files.ReadDir("translations")
	if err != nil {
		return nil, err
	}
	texts := &Texts{byLanguage: map[string]map[string]string{}}
	for _, language := range message.Languages {
		texts.byLanguage[language] = map[string]string{}
	}
	for _, entry := range entries {
		data, err := files.ReadFile(path.Join("translations", entry.Name()))
		if err != nil {
			return nil, err
		}
		if err := texts.add(data); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return texts, nil
}

func (t *Texts) add(data []byte) error {
	var area map[string]map[string]string
	if err := json.Unmarshal(data, &area); err != nil {
		return err
	}
	for key, translations := range area {
		for _, language := range message.Languages {
			text := translations[language]
			if text == "" {
				return fmt.Errorf("key %q has no text in %q", key, language)
			}
			known, twice := t.byLanguage[language][key]
			if twice && !samePlaceholders(text, known) {
				return fmt.Errorf("key %q exists twice, with different placeholders", key)
			}
			if twice {
				continue
			}
			if !samePlaceholders(text, translations[message.Languages[0]]) {
				return fmt.Errorf("key %q has other placeholders in %q", key, language)
			}
			t.byLanguage[language][key] = text
		}
	}
	return nil
}

// samePlaceholders compares as sets: a language may repeat one or change their
// order.
func samePlaceholders(a, b string) bool {
	contains := func(text, other string) bool {
		for _, place := range placeholder.FindAllString(text, -1) {
			if !strings.Contains(other, place) {
				return false
			}
		}
		return true
	}
	return contains(a, b) && contains(b, a)
}

// Has says whether a key exists.
func (t *Texts) Has(key string) bool {
	_, ok := t.byLanguage[message.Languages[0]][key]
	return ok
}

// Text gives the sentence of a key with {0}, {1} replaced by args, amounts of money
// as the language writes them, and of what stands in both forms behind one, Korean
// particles ("{0}을(를)") and English plurals ("{0} day(s)"), the form that fits. An unknown language is English; an unknown
// key gives the key itself, which shows in the page and breaks nothing.
func (t *Texts) Text(language, key string, args ...any) string {
	text, ok := t.byLanguage[message.LanguageOf(language)][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	values := make([]string, len(args))
	for i, arg := range args {
		if amount, ok := arg.(money.Amount); ok {
			arg = amount.In(message.LanguageOf(language))
		}
		values[i] = fmt.Sprint(arg)
	}
	return fill(text, values)
}

// fill writes a text with its values in one pass, so that a value that looks like
// a placeholder stays as it is, and so does a placeholder without a value.
func fill(text string, values []string) string {
	var filled strings.Builder
	for place := placeholder.FindStringIndex(text); place != nil; place = placeholder.FindStringIndex(text) {
		filled.WriteString(text[:place[0]])
		known := int(text[place[0]+1] - '0')
		if known >= len(values) {
			filled.WriteString(text[place[0]:place[1]])
			text = text[place[1]:]
			continue
		}
		filled.WriteString(values[known])
		text = text[place[1]:]
		for _, fit := range [...]func(value, text string) (before, rest string){withHonorific, withParticle} {
			before, rest := fit(values[known], text)
			filled.WriteString(before)
			text = rest
		}
		text = withPlural(values[known], text)
	}
	filled.WriteString(text)
	return filled.String()
}

// withPlural writes the first English plural behind a value, which a text writes
// in both forms ("{0} new message(s)"), in the form that fits.
func withPlural(value, text string) string {
	singular, rest, ok := strings.Cut(text, "(s)")
	if !ok || placeholder.MatchString(singular) {
		return text
	}
	if value == "1" {
		return singular + rest
	}
	return singular + "s" + rest
}

// Fault gives the sentence of a fault in a language; the fault's own English
// sentence where there is no translation.
func (t *Texts) Fault(language string, err *fault.Error) string {
	key := "fault." + err.Code
	if !t.Has(key) {
		return err.Text
	}
	return t.Text(language, key, err.Args...)
}

// Under gives all texts whose key starts with prefix, without the prefix: the
// texts that a script needs.
func (t *Texts) Under(language, prefix string) map[string]string {
	found := map[string]string{}
	for key, text := range t.byLanguage[message.LanguageOf(language)] {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			found[rest] = text
		}
	}
	return found
}
