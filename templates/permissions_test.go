package templates

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plaza/account"
)

// TestPagesAskForPermissionsThatExist: one that nobody has hides a button from
// everybody, and no page fails.
func TestPagesAskForPermissionsThatExist(t *testing.T) {
	t.Parallel()
	asked := regexp.MustCompile(`\.Can "([^"]*)"`)
	known := account.Owner.Permissions()
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, found := range asked.FindAllStringSubmatch(string(content), -1) {
			if !slices.Contains(known, account.Permission(found[1])) {
				t.Errorf("%s asks for %q", path, found[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
