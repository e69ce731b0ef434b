package placeholder

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var names = []string{"name", "account", "order"}

func values(known map[string]string) Values {
	return func(name string) (string, bool) {
		value, ok := known[name]
		return value, ok
	}
}

func TestBlanksAreFilled(t *testing.T) {
	t.Parallel()
	known := values(map[string]string{"name": "小明", "account": "Corner Shop", "attr:size": "XL", "order": ""})
	for text, want := range map[string]string{
		"":                                 "",
		"Hello":                            "Hello",
		"Hello {{name}}!":                  "Hello 小明!",
		"Hello {{ NAME | friend }}!":       "Hello 小明!",
		"Order {{order}}.":                 "Order .",
		"Order {{order|none yet}}.":        "Order none yet.",
		"Size {{attr:size}}":               "Size XL",
		"Size {{attr:colour|any}}":         "Size any",
		`\{\{name\}\} is literal`:          "{{name}} is literal",
		`one { brace } and a \ are theirs`: `one { brace } and a \ are theirs`,
		"}} alone":                         "}} alone",
		"{{name|a|b}}":                     "小明",
		"{{account}}{{account}}":           "Corner ShopCorner Shop",
	} {
		template, err := Parse(text, names...)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if got := template.Fill(known); got != want {
			t.Errorf("%q filled = %q, want %q", text, got, want)
		}
	}
}

func TestMistakesSayWhereTheyAreAndWhatToType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text         string
		code         Code
		line, column int
	}{
		{"Hi {{nam}}", Unknown, 1, 4},
		{"你好，{{nmae|朋友}}", Unknown, 1, 4},
		{"one\ntwo {{name", Unclosed, 2, 5},
		{"{{name}", Unclosed, 1, 1},
		{"{{name {{account}}", Unclosed, 1, 1},
		{"{{\nname}}", Unclosed, 1, 1},
		{"{{ }}", Empty, 1, 1},
		{"{{|friend}}", Empty, 1, 1},
		{"{{attr:Größe}}", BadAttribute, 1, 1},
		{"{{attr:}}", BadAttribute, 1, 1},
		{"{{ .Name }}", Unknown, 1, 1},
		{"{{if name}}", Unknown, 1, 1},
	} {
		_, err := Parse(test.text, names...)
		mistake, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("Parse(%q) = %v, want an error", test.text, err)
			continue
		}
		if mistake.Code != test.code || mistake.Line != test.line || mistake.Column != test.column {
			t.Errorf("Parse(%q) = %s at %d:%d, want %s at %d:%d", test.text,
				mistake.Code, mistake.Line, mistake.Column, test.code, test.line, test.column)
		}
		if mistake.Code == Unknown && !strings.Contains(mistake.Error(), "{{account}}") {
			t.Errorf("%q does not offer what can be typed", mistake.Error())
		}
	}
}

func TestWhatIsFilledInIsNeverReadAgain(t *testing.T) {
	t.Parallel()
	template, err := Parse("Hello {{name}}", names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, hostile := range []string{"{{order}}", "{{attr:secret}}", `\{\{`, "{{.}}", "<script>", "{{name}}"} {
		if got := template.Fill(values(map[string]string{"name": hostile, "order": "42", "attr:secret": "x"})); got != "Hello "+hostile {
			t.Errorf("a person called %q got %q", hostile, got)
		}
	}
}

func TestEscapedTextComesOutAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune(`a{}\|名 `)), 0, 40, -1).Draw(t, "text")
		template, err := Parse(Escape(text), names...)
		if err != nil {
			t.Fatalf("Parse(Escape(%q)): %v", text, err)
		}
		if got := template.Fill(values(nil)); got != text {
			t.Fatalf("%q came out as %q", text, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "{{name}}", "{{name|friend}}", `\{\{`, "{{attr:size}}", "{{", "}}", "{{{{name}}}}", "{{name|{{order}}}}", "\xff{{name}}"} {
		f.Add(seed, "value")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		template, err := Parse(text, names...)
		if err != nil {
			if mistake, ok := errors.AsType[*Error](err); !ok || mistake.Error() == "" {
				t.Fatalf("%q: not a helpful error: %v", text, err)
			}
			return
		}
		filled := template.Fill(func(string) (string, bool) { return value, true })
		if utf8.ValidString(value) && !utf8.ValidString(filled) {
			t.Fatalf("%q filled with %q is not text: %q", text, value, filled)
		}
		if most := len(text) + strings.Count(text, "{{")*len(value); len(filled) > most {
			t.Fatalf("%q filled with %q grew to %q", text, value, filled)
		}
	})
}
