package bot

import (
	"context"
	"errors"

	"plaza/store"
)

// Outbox shows what waits, what failed and what nobody knows the end of.
type Outbox struct{ bot *Bot }

// Outbox gives access to it.
func (b *Bot) Outbox() Outbox { return Outbox{b} }

// Waiting counts the messages of an account that wait on a channel, but not
// beyond limit.
func (o Outbox) Waiting(ctx context.Context, account, channel string, limit int) (int, error) {
	return outboxItems.In(o.bot.DB, account).Count(ctx,
		store.Where(store.Prefix("lane", connectionID(account, channel)+":")), limit)
}

// TryAgain has a channel that is out tried at once, because a member asks for
// it or has corrected the connection.
func (o Outbox) TryAgain(ctx context.Context, account, channel string) error {
	b, now := o.bot, o.bot.now()
	err := routes.In(b.DB, account).Update(ctx, connectionID(account, channel),
		store.Set("outage.next_try", now), store.Gt("outage.next_try", now))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return nil // nothing is out
	}
	if err != nil {
		return err
	}
	b.nudge()
	b.tell(ctx, routeEvent(account, channel))
	return nil
}
