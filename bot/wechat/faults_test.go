package wechat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A fault reaches a merchant in the merchant's language.
func TestEveryFaultIsSpokenInThreeLanguages(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../templates/translations/wechat.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]map[string]string
	if err := json.Unmarshal(content, &texts); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`fault\.New\(fault\.\w+, "(\w+)",\s*"((?:[^"\\]|\\.)*)"`)
	found := 0
	for _, path := range sources {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range made.FindAllStringSubmatch(string(source), -1) {
			found++
			spoken := texts["fault."+match[1]]
			if english := strings.ReplaceAll(match[2], `\"`, `"`); spoken["en"] != english || spoken["zh"] == "" || spoken["ko"] == "" {
				t.Errorf("%s says %q, the translations %q", match[1], english, spoken)
			}
		}
	}
	spoken := 0
	for key := range texts {
		if strings.HasPrefix(key, "fault.") {
			spoken++
		}
	}
	if found != spoken {
		t.Errorf("%d faults and %d translations", found, spoken)
	}
}
