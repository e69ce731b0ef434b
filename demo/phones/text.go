package phones

import (
	"regexp"
	"strings"
)

var address = regexp.MustCompile(`https?://[^\s<>"']+`)

// plain makes a text with its addresses to tap on.
func plain(text string) (spans []Span) {
	for text != "" {
		at := address.FindStringIndex(text)
		if at == nil {
			return append(spans, Span{Text: text})
		}
		link := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)。，）")
		if at[0] > 0 {
			spans = append(spans, Span{Text: text[:at[0]]})
		}
		spans = append(spans, Span{Text: link, Link: link})
		text = text[at[0]+len(link):]
	}
	return spans
}

// text reads a value of a message as it came.
func text(object map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	s, _ := object[path[len(path)-1]].(string)
	return s
}

// objects reads a list of objects.
func objects(value any) (all []map[string]any) {
	list, _ := value.([]any)
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}
