// Package digital keeps what is sold without a parcel: files to download and
// keys of a list, such as licences or gift codes. A key is given to one purchase
// and never to another, however often giving it is repeated and on however many
// nodes; keys are encrypted at rest, because whoever reads one can use it.
package digital

import (
	"context"
	"time"

	"plaza/fault"
	"plaza/store"
)

// The faults of digital goods.
var (
	ErrNoFile      = fault.New(fault.NotFound, "digital_file_not_found", "There is no such file.")
	ErrFileName    = fault.New(fault.Invalid, "digital_file_name", "The file needs a name of at most {0} characters.", maxName)
	ErrFileSize    = fault.New(fault.TooLarge, "digital_file_size", "The file is empty, or larger than {0} MB.", MaxBytes>>20)
	ErrKeys        = fault.New(fault.Invalid, "digital_keys", "Please give 1 to {0} keys, one a line, each of at most {1} characters.", MaxKeys, maxKey)
	ErrOutOfKeys   = fault.New(fault.Conflict, "digital_out_of_keys", "There are no keys left to give.")
	ErrRevoked     = fault.New(fault.Conflict, "digital_revoked", "This purchase was refunded, so it can no longer be downloaded.")
	ErrUsedUp      = fault.New(fault.Conflict, "digital_used_up", "This file has been downloaded as often as the purchase allows. Please ask us.")
	ErrNotYetGiven = fault.New(fault.Conflict, "digital_not_given", "This purchase is not ready yet. Please look again in a moment.")
)

// Bounds of digital goods.
const (
	MaxBytes  = 32 << 20
	MaxKeys   = 5000 // at a time
	maxKey    = 500
	maxName   = 120
	partBytes = 1 << 20
)

// Sealer encrypts what a database's reader must not see.
type Sealer interface {
	Seal(ctx context.Context, family, record string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, record string, sealed []byte) ([]byte, error)
}

// Goods are the digital goods of all accounts. Safe for concurrent use, on any
// number of nodes.
type Goods struct {
	DB     *store.DB
	Sealer Sealer
	Now    func() time.Time
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{files.Schema(), fileParts.Schema(), keys.Schema(), grants.Schema()}
}
