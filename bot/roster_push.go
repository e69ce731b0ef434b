package bot

import (
	"context"
	"errors"
	"slices"

	"plaza/message"
	"plaza/store"
)

// longTag is what no platform takes: such tags are ours alone. WeChat's limit is
// the shortest, 30 bytes.
const longTag = 30

// mergeTags is the platform's list with those of ours that it can't have.
func mergeTags(ours, theirs []string) []string {
	var merged []string
	for _, tag := range ours {
		if len(tag) > longTag || slices.Contains(theirs, tag) {
			merged = append(merged, tag)
		}
	}
	for _, tag := range theirs {
		if validTag(tag) && !slices.Contains(merged, tag) && len(merged) < maxTags {
			merged = append(merged, tag)
		}
	}
	return merged
}

type quietKey struct{}

// withoutPush marks changes that come from the platform: it need not be told.
func withoutPush(ctx context.Context) context.Context {
	return context.WithValue(ctx, quietKey{}, true)
}

// markForPush marks a subscriber whose remark or tags the platform has to be told.
func (b *Bot) markForPush(before Subscriber, after *Subscriber) {
	if _, ok := b.channels[after.Channel].(rostered); !ok || !after.Followed {
		return
	}
	if before.Remark != after.Remark || !slices.Equal(before.Tags, after.Tags) {
		now := b.now()
		after.PushAt = &now
	}
}

// pushDetails tells platforms of every change that is due.
func (b *Bot) pushDetails(ctx context.Context) error {
	return eachDue(ctx, b, subscribers, store.Lease{Now: b.now, For: pushPause, By: "push_at"}, b.push)
}

// push tells the platform of one subscriber. What has changed again meanwhile
// keeps its mark.
func (b *Bot) push(ctx context.Context, s Subscriber) error {
	done := func() error {
		err := subscribers.In(b.DB, s.Account).Update(ctx, s.ID, store.Unset("push_at"), store.Eq("version", s.Version))
		if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}
	channel, ok := b.channels[s.Channel].(rostered)
	credentials, err := b.credentials(ctx, s.Account, s.Channel)
	if !ok || !s.Followed || errors.Is(err, ErrNotConnected) {
		return done()
	}
	if err == nil {
		call, cancel := context.WithTimeout(ctx, sendLimit)
		defer cancel()
		err = channel.PushDetails(call, credentials, s.User, s.Remark, s.Tags)
	}
	refused, isRefusal := errors.AsType[*message.SendError](err)
	switch {
	case err == nil, isRefusal && (refused.Class == message.Permanent || refused.Class == message.Gone):
		return done() // told, or never to be taken
	}
	b.Logger.Warn("platform not told of a change", "account", s.Account, "channel", s.Channel, "error", err)
	return subscribers.In(b.DB, s.Account).Update(ctx, s.ID, store.Set("push_at", b.now().Add(rosterRetry)), store.Eq("version", s.Version))
}
