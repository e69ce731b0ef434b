package kakao

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A fault reaches a merchant in the merchant's language.
func TestEveryFaultIsSpokenInThreeLanguages(t *testing.T) {
	t.Parallel()
	texts := loadTexts(t)
	made := regexp.MustCompile(`fault\.New\(fault\.\w+, "(\w+)",\s*"((?:[^"\\]|\\.)*)"`)
	own, _ := filepath.Glob("*.go")
	notices, _ := filepath.Glob("alimtalk/*.go")
	found := 0
	for _, path := range append(own, notices...) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range made.FindAllStringSubmatch(string(source), -1) {
			found++
			spoken := texts["fault."+match[1]]
			if spoken["en"] != match[2] || spoken["zh"] == "" || spoken["ko"] == "" {
				t.Errorf("%s says %q, the translations %q", match[1], match[2], spoken)
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
