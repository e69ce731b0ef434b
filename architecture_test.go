package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport lists, for each folder, which of our own folders it may import
// besides its own subfolders. The arrows point one way; only main wires.
var mayImport = map[string][]string{
	"fault":      {},
	"egress":     {"fault"},
	"skew":       {},
	"money":      {"fault"},
	"store":      {},
	"message":    {"fault", "money"},
	"live":       {"fault", "store"},
	"templates":  {"fault", "message", "money"},
	"account":    {"fault", "live", "message", "money", "store"},
	"picture":    {"fault", "store"},
	"attachment": {"fault", "message", "store"},
	"bot":        {"egress", "fault", "live", "message", "money", "store"},
	"broadcast":  {"fault", "live", "message", "money", "store"},
	"shop":       {"egress", "fault", "live", "message", "money", "store"},
	"app":        {"account", "attachment", "bot", "broadcast", "egress", "fault", "live", "message", "money", "picture", "shop", "skew", "store", "templates"},
	"api":        {"account", "attachment", "bot", "broadcast", "fault", "live", "message", "money", "picture", "shop", "skew", "store", "templates"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range ourPackages(t) {
		folder, inside := folderOf(p.ImportPath)
		allowed, listed := mayImport[folder]
		if !listed {
			continue // main and the commands beside it wire everything
		}
		for _, imported := range p.Imports {
			target, ours := folderOf(imported)
			// The outside's test kit runs the whole program.
			if !ours || target == folder || slices.Contains(allowed, target) || p.ImportPath == "plaza/api/apitest" {
				continue
			}
			t.Errorf("%s imports %s: %s may import only %v", p.ImportPath, imported, folder, allowed)
		}
		if inside && folder != "api" && slices.Contains(p.Imports, "github.com/gin-gonic/gin") {
			t.Errorf("%s imports gin: HTTP frameworks stay in api", p.ImportPath)
		}
		if folder != "store" && !strings.HasSuffix(p.ImportPath, "test") { // test tools open a real store
			for _, engine := range []string{"plaza/store/sqlite", "plaza/store/mongodb", "modernc.org/sqlite"} {
				if slices.Contains(p.Imports, engine) {
					t.Errorf("%s imports %s: only main chooses an engine", p.ImportPath, engine)
				}
			}
		}
	}
}

func TestNoFolderHasANameThatSaysNothing(t *testing.T) {
	for _, p := range ourPackages(t) {
		for _, part := range strings.Split(p.ImportPath, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helpers", "models", "types", "misc", "lib"}, part) {
				t.Errorf("%s: %q is no name for a package", p.ImportPath, part)
			}
		}
	}
}

func ourPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < len(mayImport) {
		t.Fatalf("only %d packages listed", len(packages))
	}
	return packages
}

// folderOf gives the top folder of one of our packages.
func folderOf(importPath string) (folder string, ours bool) {
	path, ours := strings.CutPrefix(importPath, "plaza/")
	folder, _, _ = strings.Cut(path, "/")
	return folder, ours
}
