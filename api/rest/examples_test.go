package rest_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// curl matches a request in the documentation: its path and, if it has one, its
// JSON.
var curl = regexp.MustCompile(`curl -s(?: -X (\w+))? "?\$PLAZA([^" ]*)"?[^\n]*?(?:\\\n[^\n]*?)?(?:-d '([^']*)')?(?:\n|$)`)

// quoted matches a variable that a shell puts into JSON between single quotes,
// and kept one that stays as it is written there.
var (
	quoted = regexp.MustCompile(`'"(\$[A-Z]+)"'`)
	kept   = regexp.MustCompile(`-d '[^']*\$[A-Z]+`)
)

func TestTheExamplesInTheDocumentationWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/api.md")
	must(t, err)
	if found := kept.Find(text); found != nil {
		t.Errorf("a shell does not put the variable in: %s", found)
	}
	text = quoted.ReplaceAll(text, []byte("$1"))
	k := newKit(t)
	p, opened := k.program("corner")
	ids := k.furnish(opened)
	fill := strings.NewReplacer("$ORDER", ids["order"], "$CODE", ids["code"], "$CAMPAIGN", ids["campaign"],
		"$SUBSCRIBER", ids["subscriber"], "$REQUEST", ids["request"],
		"$VARIANT", ids["variant"])
	played, bodies := 0, 0
	for _, example := range curl.FindAllStringSubmatch(string(text), -1) {
		method, path, body := example[1], fill.Replace(example[2]), fill.Replace(example[3])
		if strings.Contains(example[0], "-F file=") {
			contentType, form := pictureForm(t, drawn(t))
			p.raw(http.MethodPost, path, contentType, form).want(http.StatusCreated)
			played++
			continue
		}
		if body != "" {
			bodies++
		}
		if method == "" {
			if method = http.MethodGet; body != "" {
				method = http.MethodPost
			}
		}
		if got := p.raw(method, path, "application/json", []byte(body)); got.status >= 300 {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
		played++
	}
	if examples := strings.Count(string(text), "curl -s"); played != examples || bodies != strings.Count(string(text), "-d '") || bodies == 0 {
		t.Errorf("%d of %d examples were played, %d with a body", played, examples, bodies)
	}
}
