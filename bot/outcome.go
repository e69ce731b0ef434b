package bot

import (
	"context"
	"errors"
	"time"

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
	now := b.now()
	item, err := outboxItems.Across(b.DB).FindAndUpdate(ctx,
		store.Where(store.Lte("report_at", now)).By("report_at"),
		store.Set("report_at", now.Add(reportPause)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b.report(ctx, item)
	return true, nil
}

// Advance moves the state of a message forward: delivered, read, or what a
// platform reports later. It never moves back; that is no error.
// Errors: store.ErrNotFound.
func (b *Bot) Advance(ctx context.Context, account, id string, state State, reason string) error {
	_, err := b.DB.Apply(ctx, advancing(b.DB, account, id, state, reason))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	if err != nil {
		return err
	}
	b.tell(ctx, deliveryEvent(account, conversationIDOf(id), id, state, reason))
	if b.Outcomes == nil {
		return nil
	}
	advanced, err := messages.In(b.DB, account).Get(ctx, id)
	if err != nil || advanced.Key == "" {
		return err
	}
	return b.Outcomes.Outcome(ctx, account, advanced.Key, state, reason)
}
