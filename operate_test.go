package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who names the wrong folder is told so, and where the demo's store is; no empty
// store is left behind there.
func TestCommandsRefuseAFolderWithoutAStore(t *testing.T) {
	credentials := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(credentials, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	without, beside := t.TempDir(), t.TempDir()
	demo := filepath.Join(beside, "demo")
	opened := []string{"account", "open", "--name", "Corner", "--owner", "mina@plaza.example", "--log-level", "error", "--data", demo}
	if err := run(t.Context(), opened, new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"token", "corner"}, {"link", "mina@plaza.example"}, {"account", "list"}, {"connect", "corner", "line", credentials},
		{"import", "corner", credentials}, {"backup", filepath.Join(t.TempDir(), "backup")},
	} {
		for folder, part := range map[string]string{without: "--data", beside: "say --data " + demo} {
			err := run(t.Context(), append(command, "--data", folder), new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), "there is no store in "+folder) || !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %v", command, err)
			}
		}
	}
	if left, err := os.ReadDir(without); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
