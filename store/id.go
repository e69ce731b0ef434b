package store

import "github.com/oklog/ulid/v2"

// NewID makes a key that sorts by the time it was made (ULID, 26 characters).
// Keys made in one process in one millisecond keep their order.
func NewID() string { return ulid.Make().String() }
