package egress

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
)

// Together fetches a thing once for everybody who wants it at the same time. The
// zero value is ready, and safe for concurrent use.
type Together[T any] struct{ flight singleflight.Group }

// Fetch gives what somebody fetches under a key already, or else fetches it, within
// limit. When the first who waits gives up the fetch goes on, for the others' sake.
// Errors: those of fetch, and ctx's.
func (t *Together[T]) Fetch(ctx context.Context, key string, limit time.Duration, fetch func(context.Context) (T, error)) (T, error) {
	result := t.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
		defer cancel()
		return fetch(ctx)
	})
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case r := <-result:
		fetched, _ := r.Val.(T) // a nil interface is none of T
		return fetched, r.Err
	}
}
