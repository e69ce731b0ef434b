package app

import (
	"context"
	"errors"
	"slices"

	"plaza/fault"
)

// Tagged tells the shop whether a subscriber has a tag; somebody who is none, and
// so has bought without following, has none.
func (o *outbox) Tagged(ctx context.Context, account, subscriber, tag string) (bool, error) {
	found, err := o.bot.Subscribers().Get(ctx, account, subscriber)
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Kind == fault.NotFound {
		return false, nil
	}
	return slices.Contains(found.Tags, tag), err
}
