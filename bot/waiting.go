package bot

import (
	"context"
	"errors"
	"time"

	"plaza/store"
)

// Outbox shows what waits to be sent, what failed, and what nobody knows the end
// of.
type Outbox struct{ bot *Bot }

// Outbox gives access to it.
func (b *Bot) Outbox() Outbox { return Outbox{b} }

// Route is how sending over one channel stands for an account.
type Route struct {
	Channel string `json:"channel"`
	// Waiting counts messages that wait, up to MaxWaiting.
	Waiting int `json:"waiting"`
	// Uncertain and Failed count those that wait for a member's decision.
	Uncertain int64 `json:"uncertain"`
	Failed    int64 `json:"failed"`
	// Outage is why nothing goes out; absent when messages do.
	Outage *Outage `json:"outage,omitempty"`
	// PausedUntil is how long the platform asked the account to wait; absent when
	// it did not, or that time is over.
	PausedUntil *time.Time `json:"paused_until,omitempty"`
}

// MaxWaiting is as far as waiting messages are counted for pages.
const MaxWaiting = 1000

// Routes tells how sending stands on every channel with a platform behind it
// over which the account has sent.
func (o Outbox) Routes(ctx context.Context, account string) ([]Route, error) {
	b := o.bot
	standing := make(map[string]routeRecord)
	for record, err := range routes.In(b.DB, account).Each(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		standing[record.Channel] = record
	}
	list := []Route{}
	for _, channel := range b.ChannelNames() {
		if isDirect(b.channels[channel]) {
			continue
		}
		route := Route{Channel: channel, Outage: standing[channel].Outage}
		if until := standing[channel].PausedUntil; until != nil && until.After(b.now()) {
			route.PausedUntil = until
		}
		counts, err := counters.In(b.DB, account).GetMany(ctx,
			account+":"+string(ListUncertain)+":"+channel, account+":"+string(ListFailed)+":"+channel)
		if err != nil {
			return nil, err
		}
		for _, counter := range counts {
			if counter.ID == account+":"+string(ListUncertain)+":"+channel {
				route.Uncertain = counter.Count
			} else {
				route.Failed = counter.Count
			}
		}
		if route.Waiting, err = o.Waiting(ctx, account, channel, MaxWaiting); err != nil {
			return nil, err
		}
		list = append(list, route)
	}
	return list, nil
}

// Waiting counts the messages of an account that wait on a channel, but not
// beyond limit.
func (o Outbox) Waiting(ctx context.Context, account, channel string, limit int) (int, error) {
	return outboxItems.In(o.bot.DB, account).Count(ctx,
		store.Where(store.Prefix("lane", connectionID(account, channel)+":")), limit)
}

// TryAgain has a channel that is out tried at once, because a member asks for
// it or has corrected the connection. On one that is not, it does nothing.
// Errors: ErrNotConnected.
func (o Outbox) TryAgain(ctx context.Context, account, channel string) error {
	b, now := o.bot, o.bot.now()
	if _, err := b.Connections().Get(ctx, account, channel); err != nil {
		return err
	}
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
