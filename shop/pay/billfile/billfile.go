// Package billfile keeps a provider's bill while it is read: in a file, because
// it may be large, that has no name any more, so that it is gone with its last
// reader, whatever happens.
package billfile

import (
	"io"
	"os"
)

// Create makes the file and fills it. The caller closes it.
func Create(fill func(io.Writer) error) (*os.File, error) {
	file, err := os.CreateTemp("", "bill-*")
	if err != nil {
		return nil, err
	}
	if err = os.Remove(file.Name()); err == nil {
		err = fill(file)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
