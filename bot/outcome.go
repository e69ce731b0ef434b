package bot

import (
	"context"
	"errors"
	"time"

	"plaza/live"
	"plaza/store"
)

// Outcomes hears what became of what was sent under a key: broadcast does, for
// its deliveries. It may hear the same more than once, and ignores keys that
// are not its own. reason is a code: a message.SendClass, "not_connected",
// "channel_unknown" or "crashed".
type Outcomes interface {
	Outcome(ctx context.Context, account, key string, state State, reason string) error
}

// badness orders the outcomes of one Send's parcels.
var badness = map[State]int{Sent: 1, Uncertain: 2, Failed: 3}

// reportPause is how long a report may take before it is made again.
const reportPause = time.Minute

// report tells what became of an item. If that fails, or a crash comes
// between, it is told again later.
func (b *Bot) report(ctx context.Context, item outboxItem) {
	if b.Outcomes == nil {
		return
	}
	key := item.ID[len(item.Person.ID)+1:]
	err := b.Outcomes.Outcome(ctx, item.Account, key, item.Outcome, item.Reason)
	if err == nil {
		err = outboxItems.In(b.DB, item.Account).Update(ctx, item.ID, store.Unset("report_at"))
	}
	if err != nil {
		b.Logger.Warn("outcome will be told again", "account", item.Account, "error", err)
	}
}

// reportAgain tells one outcome that was left untold, and whether there was one.
func (b *Bot) reportAgain(ctx context.Context) (bool, error) {
	item, found, err := store.TakeNext(ctx, outboxItems.Across(b.DB), store.Lease{Now: b.now, For: reportPause, By: "report_at"})
	if !found {
		return false, err
	}
	b.report(ctx, item)
	return true, nil
}

// Advance moves the state of a message forward: delivered, read, or what a
// platform reports later. It never moves back; that is no error.
// Errors: store.ErrNotFound.
func (b *Bot) Advance(ctx context.Context, account, id string, state State, reason string) error {
	return b.advanceAll(ctx, account, state, reason, id)
}

// advanceAll is Advance for several messages.
func (b *Bot) advanceAll(ctx context.Context, account string, state State, reason string, ids ...string) error {
	operations := make([]store.Operation, len(ids))
	for i, id := range ids {
		operations[i] = advancing(b.DB, account, id, state, reason)
	}
	results, err := b.DB.Apply(ctx, operations...)
	if len(results) == 0 {
		return err
	}
	var advanced []string
	var events []live.Event
	for i, id := range ids {
		if results[i].Err == nil {
			advanced = append(advanced, id)
			events = append(events, deliveryEvent(account, conversationIDOf(id), id, state, reason))
		}
	}
	b.tell(ctx, events...)
	return errors.Join(onlyExpected(err, store.ErrConditionFailed), b.outcomes(ctx, account, state, reason, advanced))
}

// outcomes reports messages that have moved forward to who asked for them.
func (b *Bot) outcomes(ctx context.Context, account string, state State, reason string, ids []string) error {
	if b.Outcomes == nil || len(ids) == 0 {
		return nil
	}
	found, err := messages.In(b.DB, account).GetMany(ctx, ids...)
	if err != nil {
		return err
	}
	for _, advanced := range found {
		if advanced.Key != "" {
			err = errors.Join(err, b.Outcomes.Outcome(ctx, account, advanced.Key, state, reason))
		}
	}
	return err
}

// Reached moves all that was sent to a person, up to the message last, forward to
// a state that a page tells of: Delivered or Read. Behind what has reached it
// already nothing is looked at. It is no error if there is no such message.
func (b *Bot) Reached(ctx context.Context, account, subscriber string, state State, last string) error {
	var after store.Cursor
	for range reachedPages {
		page, next, err := b.History(ctx, account, subscriber, after, reachedPage)
		if err != nil {
			return err
		}
		var ids []string
		done := next == ""
		for _, m := range page {
			if m.Out == nil || m.ID > last {
				continue
			}
			if m.State == state || m.State == Read {
				done = true
				break
			}
			ids = append(ids, m.ID)
		}
		if err := b.advanceAll(ctx, account, state, "", ids...); err != nil {
			return err
		}
		if done {
			return nil
		}
		after = next
	}
	return nil
}

// Reached looks at so many messages at a time, so often: somebody who has been
// away for longer than that has not read it all.
const (
	reachedPage  = 50
	reachedPages = 6
)
