package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"plaza/store"
)

// marked is the condition that a mark still is what it was.
func marked(at *time.Time) store.Clause {
	if at == nil {
		return store.Exists("menu_at", false)
	}
	return store.Eq("menu_at", *at)
}

// mark has people looked at once more, then.
func (b *Bot) mark(ctx context.Context, people []Subscriber, at time.Time) error {
	operations := make([]store.Operation, len(people))
	for i, s := range people {
		operations[i] = subscribers.In(b.DB, s.Account).Updating(s.ID, store.Set("menu_at", at))
	}
	_, err := b.DB.Apply(ctx, operations...)
	return onlyExpected(err, store.ErrNotFound)
}

// markForMenu marks somebody who may have another menu from now on.
func (b *Bot) markForMenu(before Subscriber, after *Subscriber) {
	if _, ok := b.channels[after.Channel].(giving); !ok || !after.Followed {
		return
	}
	if !before.Followed || before.Language != after.Language || !slices.Equal(before.Tags, after.Tags) {
		now := b.now()
		after.MenuAt = &now
	}
}

// giveMarked gives theirs to all who are marked: those of one account and channel
// together, so that tags given to many are few calls.
func (b *Bot) giveMarked(ctx context.Context) error {
	var failed error
	for ctx.Err() == nil {
		people, _, err := subscribers.Across(b.DB).Find(ctx, store.Where(store.Lte("menu_at", b.now())).By("menu_at").Top(giveLimit))
		if err != nil || len(people) == 0 {
			return errors.Join(failed, err)
		}
		byConnection := map[string][]Subscriber{}
		for _, s := range people {
			id := connectionID(s.Account, s.Channel)
			byConnection[id] = append(byConnection[id], s)
		}
		for _, id := range slices.Sorted(maps.Keys(byConnection)) {
			if err := b.giveMarkedOf(ctx, byConnection[id]); err != nil {
				return errors.Join(failed, err)
			}
		}
	}
	return failed
}

// giveMarkedOf gives theirs to people of one account and channel.
func (b *Bot) giveMarkedOf(ctx context.Context, people []Subscriber) error {
	account, name := people[0].Account, people[0].Channel
	round, published, err := b.Menus().Round(ctx, account, name)
	if err != nil {
		return err
	}
	var following, rest []Subscriber
	for _, s := range people {
		if published && s.Followed {
			following = append(following, s)
		} else {
			rest = append(rest, s)
		}
	}
	if err := b.unmark(ctx, rest); err != nil || len(following) == 0 {
		return err
	}
	channel, credentials, err := b.giver(ctx, account, name)
	if err == nil {
		err = b.give(ctx, channel, credentials, round, following)
	}
	switch {
	case err == nil, errors.Is(err, errRoundOver), ctx.Err() != nil:
		return nil
	case errors.Is(err, ErrNotConnected): // perhaps for a while only
		return b.mark(ctx, following, b.now().Add(time.Hour))
	}
	b.Logger.Warn("menus not given", "account", account, "channel", name, "error", err)
	return b.mark(ctx, following, b.now().Add(givePause))
}

// unmark takes the mark off people who are given nothing; who has come back
// meanwhile keeps it.
func (b *Bot) unmark(ctx context.Context, people []Subscriber) error {
	operations := make([]store.Operation, len(people))
	for i, s := range people {
		operations[i] = subscribers.In(b.DB, s.Account).Updating(s.ID, store.Unset("menu_at"), store.Eq("version", s.Version))
	}
	_, err := b.DB.Apply(ctx, operations...)
	return onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound)
}
