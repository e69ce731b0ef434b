package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnOperatorsDay goes through the commands as docs/OPERATIONS.md has them, on
// one store: the answers name what is missing and where it belongs.
func TestAnOperatorsDay(t *testing.T) {
	t.Setenv("PLAZA_LOG_LEVEL", "error")
	in := func(folder string, arguments ...string) (said string, err error) {
		var out bytes.Buffer
		err = run(t.Context(), append(arguments, "--data", folder), &out)
		return out.String(), err
	}
	from, to, file := t.TempDir(), filepath.Join(t.TempDir(), "rehearsal"), filepath.Join(t.TempDir(), "backup.bson")
	key := filepath.Join(to, masterKeyFile)
	open24 := []string{"account", "open", "--name", "Corner 24", "--owner", "mina@plaza.example"}

	t.Run("links say which address they are for", func(t *testing.T) {
		said, err := in(from, open24...)
		if err != nil || !strings.Contains(said, "http://localhost:8080/chat/corner-24\n") || !strings.Contains(said, "PLAZA_PUBLIC_URL") {
			t.Fatalf("%q, %v", said, err)
		}
		t.Setenv("PLAZA_PUBLIC_URL", "https://chat.example.com")
		said, err = in(from, open24...)
		if err != nil || !strings.Contains(said, "https://chat.example.com/console/link/") || strings.Contains(said, "PLAZA_PUBLIC_URL") {
			t.Fatalf("%q, %v", said, err)
		}
	})
	t.Run("a command beside the server is told to stop it", func(t *testing.T) {
		server, err := open(t.Context(), &Settings{Data: from, LogLevel: "error"}, differences{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Vault.Seal(t.Context(), "connection", "corner", []byte("secret")); err != nil {
			t.Error(err)
		}
		if _, err := in(from, "account", "list"); err == nil || !strings.Contains(err.Error(), "stop the server") {
			t.Errorf("%v", err)
		}
		if err := server.close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a backup says to keep its key in another place", func(t *testing.T) {
		said, err := in(from, "backup", file)
		if err != nil || !strings.Contains(said, filepath.Join(from, masterKeyFile)) || !strings.Contains(said, "in another place") {
			t.Fatalf("%q, %v", said, err)
		}
	})
	t.Run("a restored store asks for its key instead of making one", func(t *testing.T) {
		said, err := in(to, "restore", file)
		if err != nil || !strings.Contains(said, "restored") || !strings.Contains(said, key) || !strings.Contains(said, "PLAZA_MASTER_KEY") {
			t.Fatalf("restore says %q, %v", said, err)
		}
		if _, err := in(to, "account", "list"); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("without the key: %v", err)
		}
		if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a key was made: %v", err)
		}
		t.Setenv("PLAZA_MASTER_KEY", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")
		if _, err := in(to, "account", "list"); err == nil || !strings.Contains(err.Error(), "this is not the master key") || !strings.Contains(err.Error(), key) {
			t.Errorf("with another key: %v", err)
		}
	})
	t.Run("the key beside it opens a restored store", func(t *testing.T) {
		right, err := os.ReadFile(filepath.Join(from, masterKeyFile))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(key, right, 0o600); err != nil {
			t.Fatal(err)
		}
		if said, err := in(to, "account", "list"); err != nil || !strings.Contains(said, "corner-24") {
			t.Errorf("%q, %v", said, err)
		}
	})
}
