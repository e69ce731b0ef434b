package sqlite

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder keeps other processes out until it is closed, or this process
// ends: the file is opened without sharing it.
func lockFolder(folder string) (io.Closer, error) {
	path := filepath.Join(folder, lockName)
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	const unshared = 0
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, unshared, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w (%w)", folder, ErrLocked, err)
	}
	return os.NewFile(uintptr(handle), path), nil
}
