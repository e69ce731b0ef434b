package account

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plaza/message"
)

// What this package says, collected from its own source, so that a new fault or
// a new kind of entry cannot be forgotten.
func saidBySource(t *testing.T, folder string) (keys []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	text := func(e ast.Expr) string {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return ""
		}
		value, _ := strconv.Unquote(literal.Value)
		return value
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr: // fault.New(kind, "code", ...)
				called, ok := node.Fun.(*ast.SelectorExpr)
				if ok && called.Sel.Name == "New" && len(node.Args) > 2 && text(node.Args[1]) != "" {
					keys = append(keys, "fault."+text(node.Args[1]))
				}
			case *ast.BasicLit: // "member.added", as actions are written
				thing, verb, ok := strings.Cut(text(node), ".")
				if ok && (thing == "account" || thing == "member" || thing == "token") && verb != "" {
					keys = append(keys, "audit.action."+text(node))
				}
			}
			return true
		})
	}
	return keys
}

func TestEverythingSaidHereIsSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../templates/translations/account.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	keys := append(saidBySource(t, "."), saidBySource(t, "../picture")...)
	if len(keys) < 40 {
		t.Fatalf("only %d keys found in the source: %v", len(keys), keys)
	}
	for _, role := range Roles() {
		keys = append(keys, "role.hint."+string(role))
	}
	for _, permission := range Owner.Permissions() {
		keys = append(keys, "permission."+string(permission))
	}
	used := map[string]bool{}
	for _, key := range keys {
		used[key] = true
		for _, language := range message.Languages {
			if texts[key][language] == "" {
				t.Errorf("%s is not said in %q", key, language)
			}
		}
	}
	for key := range texts {
		if !used[key] {
			t.Errorf("%s is never said", key)
		}
	}
}
