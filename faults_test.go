package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEveryFaultIsTranslated reads the code for fault.New and fault.Error and
// looks each code up in the translations: a page never falls back to English.
func TestEveryFaultIsTranslated(t *testing.T) {
	spoken := map[string]map[string]string{}
	files, err := filepath.Glob("templates/translations/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &spoken); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	codes := faultCodes(t)
	if len(codes) < 300 {
		t.Fatalf("only %d faults found: the reading is wrong", len(codes))
	}
	for code, where := range codes {
		for _, language := range []string{"en", "zh", "ko"} {
			if spoken["fault."+code][language] == "" {
				t.Errorf("%s: fault %s has no text in %s", where, code, language)
			}
		}
	}
}

// faultCodes finds every fault.New(kind, "code", ...) outside tests, with its place.
func faultCodes(t *testing.T) map[string]string {
	t.Helper()
	codes, places := map[string]string{}, token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasSuffix(entry.Name(), "test") {
			return filepath.SkipDir // stand-ins of platforms
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(places, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			made, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || made.Sel.Name != "New" {
				return true
			}
			if from, ok := made.X.(*ast.Ident); !ok || from.Name != "fault" {
				return true
			}
			if code, ok := call.Args[1].(*ast.BasicLit); ok && code.Kind == token.STRING {
				if name, err := strconv.Unquote(code.Value); err == nil {
					codes[name] = places.Position(call.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}
