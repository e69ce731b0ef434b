package bot

import (
	"context"
	"errors"
	"time"

	"plaza/message"
	"plaza/store"
)

const (
	// replyWithin is how long a reply token is tried. LINE promises a minute from
	// the webhook's arrival.
	replyWithin = 45 * time.Second
	// replySure is how long a token is trusted to live: one that is refused
	// within that time, after an attempt of unknown outcome, was used by it.
	// People have seen tokens end after half a minute.
	replySure = 20 * time.Second
)

// batchOf is how many parcels go into the next call.
func batchOf(channel Channel, item outboxItem) int {
	batching, ok := channel.(batching)
	if !ok || item.Single {
		return 1
	}
	return max(1, batching.Batch(waiting(item)))
}

// waiting are the messages that an item has yet to send.
func waiting(item outboxItem) []message.Outbound {
	out := make([]message.Outbound, 0, len(item.Parcels)-item.Next)
	for _, parcel := range item.Parcels[item.Next:] {
		out = append(out, parcel.Out)
	}
	return out
}

// dispatch makes the call that an item's next parcels take, and says how many they
// are.
func dispatch(ctx context.Context, channel Channel, credentials []byte, item outboxItem) (count int, err error) {
	count = batchOf(channel, item)
	if count > 1 {
		return count, channel.(batching).SendBatch(ctx, credentials, item.Person, parcelKey(item), waiting(item)[:count])
	}
	return 1, channel.Send(ctx, credentials, item.Person, parcelKey(item), item.Parcels[item.Next].Out)
}

// oneByOne goes on with one message to a call, because the platform has refused
// several together and does not say which it minds.
func (b *Bot) oneByOne(ctx context.Context, item outboxItem) error {
	return outboxItems.In(b.DB, item.Account).Update(ctx, item.ID,
		store.Set("single", true).Set("begun", false), store.Eq("next", item.Next))
}

// answerByToken sends an item's next parcels by the reply token. used is false
// when the token is of no use (any more), and the outbox has to send them.
//
// A call whose outcome nobody knows is made again while the token surely lives:
// if it is refused then, the first call has used it. Later than that the outcome
// stays unknown; sending by another call might say the same twice.
func (b *Bot) answerByToken(ctx context.Context, j *job, item *outboxItem, channel Channel, credentials []byte) (used bool, _ verdict, _ error) {
	replier, ok := channel.(replying)
	age, doubt, count := b.now().Sub(item.CreatedAt), item.Replying > 0, item.Replying
	if ok && !doubt {
		count = replier.Batch(waiting(*item))
	}
	switch {
	case !ok, count == 0, !doubt && age > replyWithin:
		return false, verdict{}, b.dropToken(ctx, item)
	case doubt && age > replySure:
		v, err := b.settle(ctx, j, *item, count, Uncertain, string(message.Uncertain), "The platform did not say whether it took the answer.")
		return true, v, err
	}
	if err := b.begin(ctx, j, *item, count); err != nil {
		return true, verdict{}, err
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err := replier.Reply(call, credentials, item.Person, item.ReplyToken, waiting(*item)[:count])
	if err == nil || errors.Is(err, message.ErrReplyToken) {
		b.react(ctx, j, nil)
	}
	switch {
	case err == nil, errors.Is(err, message.ErrReplyToken) && doubt:
		v, err := b.settle(ctx, j, *item, count, Sent, "", "")
		return true, v, err
	case errors.Is(err, message.ErrReplyToken):
		return false, verdict{}, b.dropToken(ctx, item)
	}
	failure := b.failed(ctx, j, *item, err)
	again := store.Set("begun", false)
	surelyNot := failure.Class == message.RetryLater || failure.Class == message.Refused
	if surelyNot && !doubt {
		again = again.Unset("replying")
	}
	switch {
	case waits(failure):
		return true, verdict{more: true}, b.putBack(ctx, *item, again)
	case surelyNot, failure.Class == message.Uncertain:
		v, err := b.retry(ctx, j, *item, again)
		return true, v, err
	case doubt: // refused now, but the call before may have gone through
		v, err := b.settle(ctx, j, *item, count, Uncertain, string(message.Uncertain), failure.Text)
		return true, v, err
	}
	return false, verdict{}, b.dropToken(ctx, item)
}

// dropToken has the rest of an item sent the ordinary way.
func (b *Bot) dropToken(ctx context.Context, item *outboxItem) error {
	item.ReplyToken, item.Replying, item.Begun = "", 0, false
	return outboxItems.In(b.DB, item.Account).Update(ctx, item.ID,
		store.Set("begun", false).Unset("reply_token", "replying"), store.Eq("next", item.Next))
}
