package pin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"time"

	"golang.org/x/crypto/argon2"
)

// cost is what one hash costs: memory in KiB, passes, lanes.
type cost struct {
	Memory uint32 `json:"m"`
	Passes uint32 `json:"t"`
	Lanes  uint8  `json:"p"`
}

// recommended is the first choice of OWASP's password storage cheat sheet for
// argon2id: 19 MiB, two passes, one lane.
var recommended = cost{Memory: 19 * 1024, Passes: 2, Lanes: 1}

const (
	// hashesAtOnce bounds the memory that PINs can take: 4 × 19 MiB, however many
	// type theirs at once.
	hashesAtOnce = 4
	// waitForHash is how long somebody waits for their turn before they are asked
	// to try again: better than a page that never comes.
	waitForHash = 10 * time.Second
	saltBytes   = 16
	keyBytes    = 32
)

// hash is what is kept, sealed, of a PIN.
type hash struct {
	Cost cost   `json:"cost"`
	Salt []byte `json:"salt"`
	Key  []byte `json:"key"`
}

// hashes computes them, a few at a time.
type hashes struct {
	cost  cost
	slots chan struct{}
	// derive is argon2.IDKey; tests count its calls.
	derive func(pin, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte
}

func newHashes(of cost) *hashes {
	return &hashes{cost: of, slots: make(chan struct{}, hashesAtOnce), derive: argon2.IDKey}
}

// make computes what is kept of a PIN. Errors: ErrBusy.
func (h *hashes) make(ctx context.Context, pin string) (hash, error) {
	made := hash{Cost: h.cost, Salt: make([]byte, saltBytes)}
	rand.Read(made.Salt)
	var err error
	made.Key, err = h.run(ctx, pin, made)
	return made, err
}

// matches compares in constant time. Errors: ErrBusy.
func (h *hashes) matches(ctx context.Context, pin string, kept hash) (bool, error) {
	key, err := h.run(ctx, pin, kept)
	return err == nil && len(kept.Key) == keyBytes && subtle.ConstantTimeCompare(key, kept.Key) == 1, err
}

func (h *hashes) run(ctx context.Context, pin string, of hash) ([]byte, error) {
	patience, cancel := context.WithTimeout(ctx, waitForHash)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-patience.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, ErrBusy
	}
	return h.derive([]byte(pin), of.Salt, of.Cost.Passes, of.Cost.Memory, of.Cost.Lanes, keyBytes), nil
}
