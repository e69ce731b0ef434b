package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MasterKey wraps the data keys. It is the one secret an operator has to keep.
type MasterKey struct{ key [keyBytes]byte }

// String keeps the key out of logs.
func (MasterKey) String() string { return "(master key)" }

// GoString keeps the key out of logs.
func (MasterKey) GoString() string { return "(master key)" }

// Encode writes the key as PLAZA_MASTER_KEY holds it.
func (m MasterKey) Encode() string { return base64.StdEncoding.EncodeToString(m.key[:]) }

// fingerprint tells keys apart without giving anything away.
func (m MasterKey) fingerprint() string {
	sum := sha256.Sum256(append([]byte("plaza master key\x00"), m.key[:]...))
	return hex.EncodeToString(sum[:8])
}

// NewMasterKey makes a random key.
func NewMasterKey() MasterKey {
	var master MasterKey
	rand.Read(master.key[:])
	return master
}

// ErrMasterKey: the text is not a master key.
var ErrMasterKey = errors.New("a master key is 32 random bytes in base64 (openssl rand -base64 32)")

// ParseMasterKey reads a key as Encode writes it.
func ParseMasterKey(text string) (MasterKey, error) {
	var master MasterKey
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != keyBytes {
		return master, ErrMasterKey
	}
	copy(master.key[:], key)
	if master == (MasterKey{}) {
		return master, ErrMasterKey
	}
	return master, nil
}

// LoadMasterKey takes the key from setting (the value of PLAZA_MASTER_KEY) or,
// if that is empty, from the file at path, which is made if it is not there.
// A file that others than its owner can read is refused.
func LoadMasterKey(setting, path string) (MasterKey, error) {
	if setting != "" {
		return ParseMasterKey(setting)
	}
	master, err := readMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return master, err
	}
	if err := writeMasterKey(path, NewMasterKey()); err != nil {
		return MasterKey{}, err
	}
	return readMasterKey(path) // another process may have been first
}

func readMasterKey(path string) (MasterKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("vault: master key: %w", err)
	}
	if open := info.Mode().Perm() &^ 0o600; open != 0 {
		return MasterKey{}, fmt.Errorf("vault: %s can be read by others (mode %v): chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("vault: master key: %w", err)
	}
	master, err := ParseMasterKey(string(text))
	if err != nil {
		return MasterKey{}, fmt.Errorf("vault: %s: %w", path, err)
	}
	return master, nil
}

// writeMasterKey makes the file whole or not at all, and never replaces one:
// what was sealed under the other key would be lost.
func writeMasterKey(path string, master MasterKey) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("vault: make master key: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(master.Encode() + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Link(file.Name(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("vault: make master key: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("vault: make master key: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("vault: make master key: %w", err)
	}
	return nil
}
