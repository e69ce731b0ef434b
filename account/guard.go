package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"plaza/store"
)

// attempt counts the sign-ins that failed for one email from one address, or
// for any email from one address. Both are kept as a hash only.
type attempt struct {
	ID          string    `bson:"_id"`
	Failures    int64     `bson:"failures"`
	LockedUntil time.Time `bson:"locked_until"`
	ExpiresAt   time.Time `bson:"expires_at"`
}

var attempts = store.Declare[attempt](store.Schema{
	Name: "sign_in_attempts", Global: true, ExpiresAt: "expires_at",
})

// How many failures are free, and how the pauses after that grow: 30 s, then
// double, up to an hour. A day without a failure forgets them.
const (
	freeFailures        = 5
	freeAddressFailures = 100 // an office shares one address
	firstPause          = 30 * time.Second
	longestPause        = time.Hour
	failureMemory       = 24 * time.Hour
)

// guard slows guessing down.
type guard struct {
	db  *store.DB
	now func() time.Time
}

// gate is one counter of the guard.
type gate struct {
	key  string
	free int64
}

func gatesFor(email, address string) []gate {
	if parsed, err := netip.ParseAddr(address); err == nil && parsed.Is6() && !parsed.Is4In6() {
		network, _ := parsed.Prefix(64) // one customer has a whole /64 to try from
		address = network.String()
	}
	return []gate{
		{hashGate(email + "|" + address), freeFailures},
		{hashGate("|" + address), freeAddressFailures},
	}
}

func hashGate(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// Enter counts an attempt as failed before it is made, so that a thousand at
// once do not get a thousand guesses. Errors: too_many_attempts.
func (g guard) Enter(ctx context.Context, gates []gate) error {
	for _, gate := range gates {
		if err := g.count(ctx, gate); err != nil {
			return err
		}
	}
	return nil
}

// Pass forgets the failures of somebody who proved to be right. What was tried
// on others from the same address stays counted, less this attempt, so that an
// account of one's own does not help to guess those of others.
func (g guard) Pass(ctx context.Context, gates []gate) error {
	err := attempts.Across(g.db).Delete(ctx, gates[0].key)
	for _, gate := range gates[1:] {
		err = errors.Join(err, attempts.Across(g.db).Update(ctx, gate.key,
			store.Inc("failures", -1), store.Gt("failures", 0)))
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return nil // somebody else passed at the same time
	}
	return err
}

func (g guard) count(ctx context.Context, gate gate) error {
	collection := attempts.Across(g.db)
	for {
		now := g.now()
		found, err := collection.Get(ctx, gate.key)
		fresh := errors.Is(err, store.ErrNotFound)
		if err != nil && !fresh {
			return fmt.Errorf("account: attempts: %w", err)
		}
		if wait := found.LockedUntil.Sub(now); wait > 0 {
			return tooManyAttempts(int((wait + time.Minute - 1) / time.Minute))
		}
		next := attempt{ID: gate.key, Failures: found.Failures + 1, ExpiresAt: now.Add(failureMemory)}
		next.LockedUntil = now.Add(pauseAfter(next.Failures - gate.free))
		if fresh {
			err = collection.Insert(ctx, next)
		} else {
			err = collection.Update(ctx, gate.key, store.Set("failures", next.Failures).
				Set("locked_until", next.LockedUntil).Set("expires_at", next.ExpiresAt),
				store.Eq("failures", found.Failures))
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, store.ErrDuplicate), errors.Is(err, store.ErrConditionFailed), errors.Is(err, store.ErrNotFound):
			// Another attempt came between: look again.
		default:
			return fmt.Errorf("account: attempts: %w", err)
		}
	}
}

// pauseAfter is the pause that the n-th failure beyond the free ones brings;
// the last free failure is the 0th.
func pauseAfter(n int64) time.Duration {
	if n < 0 {
		return 0
	}
	return min(firstPause<<min(n, 10), longestPause)
}
