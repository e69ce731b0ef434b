package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// A request that may be repeated, because its client cannot know how far it got,
// makes the same keys and secrets each time: so the repetition finds what the
// first attempt has written, instead of writing it again. Where they come from
// travels in the context.

type repeatKey struct{}

type repeatable struct {
	seed []byte
	at   time.Time

	mu    sync.Mutex
	drawn map[string]uint64
}

// Repeatable returns a context in which FreshID and FreshBytes give, for each
// purpose, the same sequence whenever seed is the same. Whoever knows the seed
// knows the secrets made of it. at is the instant in the ids: also always the
// same.
func Repeatable(ctx context.Context, seed []byte, at time.Time) context.Context {
	return context.WithValue(ctx, repeatKey{}, &repeatable{seed: seed, at: at, drawn: map[string]uint64{}})
}

// FreshID is NewID, but in a Repeatable context the next id of its sequence for
// that purpose.
func FreshID(ctx context.Context, purpose string) string {
	r, ok := ctx.Value(repeatKey{}).(*repeatable)
	if !ok {
		return NewID()
	}
	var id ulid.ULID
	_ = id.SetTime(uint64(r.at.UnixMilli())) // fails beyond the year 10889 only
	r.draw(purpose, id[6:])
	return id.String()
}

// FreshBytes fills random with random bytes, in a Repeatable context with the
// next of its sequence for that purpose.
func FreshBytes(ctx context.Context, purpose string, random []byte) {
	if r, ok := ctx.Value(repeatKey{}).(*repeatable); ok {
		r.draw(purpose, random)
		return
	}
	rand.Read(random) // never fails (package crypto/rand)
}

func (r *repeatable) draw(purpose string, into []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(into) > 0 {
		mac := hmac.New(sha256.New, r.seed)
		mac.Write(binary.BigEndian.AppendUint64([]byte(purpose+"\x00"), r.drawn[purpose]))
		r.drawn[purpose]++
		into = into[copy(into, mac.Sum(nil)):]
	}
}
