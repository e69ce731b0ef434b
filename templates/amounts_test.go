package templates

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"testing"

	"plaza/money"
)

func TestAmountsInTextsAreWrittenInTheirLanguage(t *testing.T) {
	texts, err := LoadTexts()
	if err != nil {
		t.Fatal(err)
	}
	amount := money.Of(1250, "CNY")
	for language, want := range map[string]string{"en": "CN¥12.50 paid. Thank you!", "fr": "CN¥12.50 paid. Thank you!", "zh": "¥12.50", "ko": "CN¥12.50"} {
		if got := texts.Text(language, "shop.paid", amount); !regexp.MustCompile(`(^|[^N])` + regexp.QuoteMeta(want)).MatchString(got) {
			t.Errorf("%s: %s", language, got)
		}
	}
}

// How a minus is written is for package money to say.
func TestNoTemplateWritesTheSignOfAnAmount(t *testing.T) {
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		text, err := files.ReadFile(name)
		if found := regexp.MustCompile(`[-−–+]\{\{ ?money .*?\}\}`).Find(text); found != nil {
			t.Errorf("%s: %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A browser counts decimals for cash, so the script has its own list.
func TestTheScriptCountsDecimalsAsTheServerDoes(t *testing.T) {
	script, err := files.ReadFile("assets/js/bubbles.js")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	list := regexp.MustCompile(`const decimals = \{(.*)\}`).FindSubmatch(script)
	if list == nil {
		t.Fatal("there is no list")
	}
	for _, entry := range regexp.MustCompile(`([A-Z]{3}): (\d)`).FindAllStringSubmatch(string(list[1]), -1) {
		told[entry[1]], _ = strconv.Atoi(entry[2])
	}
	want := map[string]int{}
	for _, currency := range money.Currencies() {
		if places := money.Decimals(currency); places != 2 {
			want[currency] = places
		}
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("the script knows %v, the server %v", told, want)
	}
}
