package bot

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Refusal is a call to a webhook that was turned away: the platform's, with
// settings that do not fit ours, or a stranger's.
type Refusal struct {
	Code string    `bson:"code" json:"code"` // of the fault
	Text string    `bson:"text" json:"text"` // in English
	Args []string  `bson:"args,omitempty" json:"-"`
	At   time.Time `bson:"at" json:"at"`
}

const (
	// heardPause is how often a call of the platform is noted at most, and
	// refusedPause a refused one: anybody can send those.
	heardPause   = time.Minute
	refusedPause = 10 * time.Second
)

// heard notes that the platform called.
func (b *Bot) heard(ctx context.Context, found *opened, channel string) {
	now := b.now()
	if !b.connections.pass(&found.heardAt, now, heardPause) {
		return
	}
	at := store.Set("last_heard_at", now)
	err := b.note(ctx, found.account, channel, at.Set("state", Working).
		Unset("last_error", "last_fault", "last_args", "refused"), store.Ne("rejected", true))
	if errors.Is(err, store.ErrConditionFailed) { // it calls us, and does not take our calls
		_ = b.note(ctx, found.account, channel, at)
	}
}

// refused notes that a call was turned away and why, for whoever is connecting
// the channel just now. What was heard before stays: a stranger's call says
// nothing against the connection.
func (b *Bot) refused(ctx context.Context, found *opened, channel string, err error) {
	why, ok := errors.AsType[*fault.Error](err)
	now := b.now()
	if !ok || !b.connections.pass(&found.refusedAt, now, refusedPause) {
		return
	}
	_ = b.note(ctx, found.account, channel, store.Set("refused",
		Refusal{Code: why.Code, Text: why.Text, Args: why.Words(), At: now}))
}

// pass says whether it is time to write again, and takes it as done.
func (c *connectionCache) pass(last *time.Time, now time.Time, pause time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(*last) < pause {
		return false
	}
	*last = now
	return true
}

// note writes to a connection, if the conditions hold, and tells the pages that
// show it. It has logged the error that it returns.
func (b *Bot) note(ctx context.Context, account, channel string, update store.Update, conditions ...store.Clause) error {
	err := connections.In(b.DB, account).Update(ctx, connectionID(account, channel), update, conditions...)
	switch {
	case err == nil:
		b.tell(ctx, event(account, "channel.changed", map[string]string{"channel": channel}, "inbox"))
	case !errors.Is(err, store.ErrConditionFailed):
		b.Logger.Warn("connection not noted", "account", account, "channel", channel, "error", err)
	}
	return err
}

// broken marks a connection as not working, and why.
func broken(err error) store.Update {
	code, words, args := inWords(err)
	return store.Set("state", Broken).Set("last_error", words).Set("last_fault", code).Set("last_args", args)
}

// inWords is what a member may read of an error.
func inWords(err error) (code, words string, args []string) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code, f.Text, f.Words()
	}
	if s, ok := errors.AsType[*message.SendError](err); ok {
		return "", s.Text, nil
	}
	return errAnswer.Code, errAnswer.Text, nil
}

// errAnswer is an answer that no channel has words for.
var errAnswer = fault.New(fault.Unavailable, "platform_answer", "The platform did not answer as expected.")
