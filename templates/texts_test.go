package templates

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"plaza/fault"
	"plaza/message"
)

func TestAnArgumentThatLooksLikeAPlaceholderStaysText(t *testing.T) {
	t.Parallel()
	texts := Texts{byLanguage: map[string]map[string]string{"en": {"greet": "{0} meets {1}"}}}
	if got := texts.Text("en", "greet", "{1}", "Ann"); got != "{1} meets Ann" {
		t.Fatalf("got %q", got)
	}
}

func TestAnUnknownKeyShowsItselfAndAnUnknownLanguageIsEnglish(t *testing.T) {
	t.Parallel()
	texts := newRenderer(t).Texts
	if got := texts.Text("en", "page.no-such"); got != "page.no-such" {
		t.Errorf("unknown key: %q", got)
	}
	if got := texts.Text("fr-FR", "page.ui.save"); got != "Save" {
		t.Errorf("unknown language: %q", got)
	}
	if got := texts.Text("zh_CN", "page.ui.save"); got != "保存" {
		t.Errorf("a platform's tag: %q", got)
	}
}

func TestBrokenTranslationsAreRefused(t *testing.T) {
	t.Parallel()
	for name, area := range map[string]string{
		"not JSON":             `{`,
		"a language missing":   `{"a": {"en": "A", "zh": "甲"}}`,
		"an empty text":        `{"a": {"en": "A", "zh": "甲", "ko": ""}}`,
		"another placeholder":  `{"a": {"en": "A {0}", "zh": "甲 {1}", "ko": "가 {0}"}}`,
		"a placeholder lacks":  `{"a": {"en": "A {0}", "zh": "甲", "ko": "가 {0}"}}`,
		"a placeholder extra":  `{"a": {"en": "A", "zh": "甲 {0}", "ko": "가"}}`,
		"known, but different": `{"known": {"en": "K {0}", "zh": "知 {0}", "ko": "안 {0}"}}`,
	} {
		texts := Texts{byLanguage: map[string]map[string]string{"en": {"known": "K"}, "zh": {"known": "知"}, "ko": {"known": "안"}}}
		if err := texts.add([]byte(area)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAFaultSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	texts := Texts{byLanguage: map[string]map[string]string{"en": {"fault.full": "Full: {0}."}, "ko": {"fault.full": "가득 참: {0}."}}}
	if got := texts.Fault("ko", fault.New(fault.Conflict, "full", "Full: {0}.", 3)); got != "가득 참: 3." {
		t.Errorf("translated: %q", got)
	}
	if got := texts.Fault("ko", fault.New(fault.Conflict, "new", "New: {0}.", 3)); got != "New: 3." {
		t.Errorf("not translated: %q", got)
	}
}

// used finds the keys that templates and scripts ask for. A word of several
// ({{word "state" .State}}) uses all keys below it.
func used(t *testing.T) (keys map[string]bool, groups []string) {
	t.Helper()
	keys = map[string]bool{}
	inTemplate, inScript := regexp.MustCompile(`\btm? "([a-z0-9.-]+)"`), regexp.MustCompile("\\bt\\(['`]([a-z.-]+)")
	word := regexp.MustCompile(`\bword "([a-z.-]+)"`)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		switch path.Ext(name) {
		case ".html":
			for _, found := range inTemplate.FindAllSubmatch(text, -1) {
				keys[pageTexts+string(found[1])] = true
			}
			for _, found := range word.FindAllSubmatch(text, -1) {
				groups = append(groups, pageTexts+string(found[1])+".")
			}
		case ".js":
			for _, found := range inScript.FindAllSubmatch(text, -1) {
				key := string(found[1])
				if !strings.HasPrefix(key, "event.") {
					key = "js." + key
				}
				keys[pageTexts+key] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, append(groups, pageTexts+"form.", pageTexts+"event.", pageTexts+"js.live.")
}

func TestEveryTextOfThePagesExistsAndIsUsed(t *testing.T) {
	t.Parallel()
	texts := newRenderer(t).Texts
	keys, groups := used(t)
	for key := range keys {
		if !texts.Has(key) && !strings.HasSuffix(key, ".") {
			t.Errorf("%s is used and has no text", key)
		}
	}
	for key := range texts.byLanguage[message.Languages[0]] {
		inGroup := func() bool {
			for _, group := range groups {
				if strings.HasPrefix(key, group) {
					return true
				}
			}
			return false
		}
		if strings.HasPrefix(key, pageTexts) && !keys[key] && !inGroup() {
			t.Errorf("%s is not used by any page", key)
		}
	}
}

func TestTheNamesOfLanguagesAreTheirOwn(t *testing.T) {
	t.Parallel()
	texts := newRenderer(t).Texts
	for _, language := range message.Languages {
		own := texts.Text(language, "page.language."+language)
		for _, other := range message.Languages {
			if got := texts.Text(other, "page.language."+language); got != own {
				t.Errorf("%s in %s is %q", language, other, got)
			}
		}
	}
}

func FuzzTranslations(f *testing.F) {
	seed, err := os.ReadFile("translations/public.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"a": {"en": "{0}{9}", "zh": "{9}{0}", "ko": "{0}{9}{0}"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		texts := Texts{byLanguage: map[string]map[string]string{"en": {}, "zh": {}, "ko": {}}}
		if texts.add(data) != nil {
			return
		}
		for key := range texts.byLanguage["en"] {
			if texts.Text("zh", key, 1, 2) == "" || texts.Text("ko", key) == "" {
				t.Fatalf("%q is silent in a language", key)
			}
		}
	})
}
