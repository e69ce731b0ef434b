package store

import (
	"context"
	"errors"
	"time"
)

// Lease keeps other workers away from a document that one of them has taken: its
// field "due", when it is to be looked at next, is set so far ahead.
type Lease struct {
	Now  func() time.Time
	For  time.Duration
	Also Update // what else taking it changes; perhaps nothing
}

// maxTaken bounds how many documents a worker takes in one go.
const maxTaken = 200

// TakeDue takes documents whose instant "due" has come, the longest due first, and
// does what there is to do for each, which ends with setting or unsetting "due".
// Whatever fails is due again when its lease is over, and holds up nothing else;
// so is what a crash has cut off. It returns how many it took, and what failed. Any
// number of workers may call it at the same time, on any number of nodes.
func TakeDue[T any](ctx context.Context, from Scoped[T], lease Lease, do func(T) error) (taken int, err error) {
	var failed []error
	for taken < maxTaken {
		now := lease.Now()
		update := append(Set("due", now.Add(lease.For)), lease.Also...)
		document, err := from.FindAndUpdate(ctx, Where(Lte("due", now)).By("due"), update)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return taken, errors.Join(append(failed, err)...)
		}
		taken++
		if err := do(document); err != nil {
			failed = append(failed, err)
		}
	}
	return taken, errors.Join(failed...)
}
