package store

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Lease keeps other workers away from a document that one of them has taken: the
// instant when it is to be looked at next is set so far ahead.
type Lease struct {
	Now  func() time.Time
	For  time.Duration
	By   string // the instant's field; empty: "due"
	Also Update // what else taking it changes; perhaps nothing
}

// maxTaken bounds how many documents a worker takes in one go.
const maxTaken = 200

// TakeNext takes the document that is longest due; found is false when none is. Of
// any number of workers, on any number of nodes, one has it until its lease is over.
func TakeNext[T any](ctx context.Context, from Scoped[T], lease Lease) (taken T, found bool, err error) {
	now, by := lease.Now(), cmp.Or(lease.By, "due")
	update := append(Set(by, now.Add(lease.For)), lease.Also...)
	taken, err = from.FindAndUpdate(ctx, Where(Lte(by, now)).By(by), update)
	if errors.Is(err, ErrNotFound) {
		return taken, false, nil
	}
	return taken, err == nil, err
}

// TakeDue takes documents that are due, the longest due first, and does what there
// is to do for each, which ends with setting or unsetting its instant.
// Whatever fails is due again when its lease is over, and holds up nothing else;
// so is what a crash has cut off. It returns how many it took, and what failed. Any
// number of workers may call it at the same time, on any number of nodes.
func TakeDue[T any](ctx context.Context, from Scoped[T], lease Lease, do func(T) error) (taken int, err error) {
	var failed []error
	for taken < maxTaken {
		document, found, err := TakeNext(ctx, from, lease)
		if err != nil {
			return taken, errors.Join(append(failed, err)...)
		}
		if !found {
			break
		}
		taken++
		if err := do(document); err != nil {
			failed = append(failed, err)
		}
	}
	return taken, errors.Join(failed...)
}
