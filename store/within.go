package store

import (
	"context"
	"errors"
)

// AddWithin adds to a number of a document unless that would make it more than
// most, and says whether it did: what is allowed so often, or so much, in a day.
// Under a condition, so that many at once never exceed it. Where there is no
// document, the given one is made first, with the number
// 0 in it.
func AddWithin[T any](ctx context.Context, in Scoped[T], first T, id, field string, add, most int64) (within bool, err error) {
	for {
		err := in.Update(ctx, id, Inc(field, add), Lte(field, most-add))
		if errors.Is(err, ErrConditionFailed) {
			return false, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return err == nil, err
		}
		if _, _, err = in.InsertIfAbsent(ctx, first); err != nil {
			return false, err
		}
	}
}
