package sqlite

import "errors"

// lockName is the file that shows a data folder to be in use.
const lockName = "plaza.lock"

// ErrLocked: another process has the data folder open.
var ErrLocked = errors.New("another process uses this data folder")
