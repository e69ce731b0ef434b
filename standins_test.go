package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// linked are the packages that the program consists of when it is built with
// these tags.
func linked(t *testing.T, tags string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-tags", tags, ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

var standInPackage = regexp.MustCompile(`^plaza/.*test$|^plaza/bot/standin$|^plaza/demo/phones$|silenceper|jsonschema`)

var buildTags = regexp.MustCompile(`(?:go|\$\(GO\)) build -tags (\S+)`)

func TestReleasesLeaveTheStandInsOut(t *testing.T) {
	for _, file := range []string{"Makefile", "Dockerfile"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tags := buildTags.FindSubmatch(content)
		if tags == nil {
			t.Fatalf("%s builds without tags", file)
		}
		for _, name := range linked(t, string(tags[1])) {
			if standInPackage.MatchString(name) {
				t.Errorf("what %s builds has %s in it", file, name)
			}
		}
	}
}

func TestTheDemoLinksNoPackageOfTests(t *testing.T) {
	names := linked(t, "nomsgpack")
	if !slices.Contains(names, "plaza/demo/phones") {
		t.Error("the demo has no phones")
	}
	for _, name := range names {
		if name == "testing" || strings.HasPrefix(name, "testing/") || name == "net/http/httptest" {
			t.Errorf("%s is linked", name)
		}
	}
}
