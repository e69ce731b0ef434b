package bot

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// gatherNext sends what waits in a lane of a collecting channel, if there is a
// chance.
func (b *Bot) gatherNext(ctx context.Context, j *job, channel collecting, credentials []byte, first outboxItem) (verdict, error) {
	again, err := b.gather(ctx, j, channel, credentials, first)
	if again == 0 || err != nil {
		return verdict{more: err == nil}, err
	}
	due := b.now().Add(again)
	return verdict{due: due}, b.postpone(ctx, j.lane, due)
}

// gather says how long it is until the next chance; zero when something happened.
func (b *Bot) gather(ctx context.Context, j *job, channel collecting, credentials []byte, first outboxItem) (again time.Duration, _ error) {
	switch {
	case first.Begun: // and the claim is over
		return 0, b.end(ctx, first, ending{Uncertain, "crashed", crashedWords, b.now()})
	case !b.now().Before(first.CreatedAt.Add(holdFor)):
		return 0, b.end(ctx, first, ending{Failed, string(message.WindowClosed), heldTooLong, b.now()})
	}
	items, err := b.claimWaiting(ctx, first.Account, first.Lane, false)
	if err != nil {
		return 0, err
	}
	if len(items) == 0 { // a call of the person's was quicker
		return time.Second, nil
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	j.called = true
	out := waitingOut(items)
	rest, err := channel.Gather(call, credentials, first.Person, parcelKey(items[0]), out)
	if err == nil {
		b.react(ctx, j, nil)
		return 0, b.use(ctx, items, leftOver(out, rest), ending{state: Sent, report: b.now()})
	}
	if closed, ok := errors.AsType[*message.SendError](err); ok && closed.Class == message.WindowClosed && closed.RetryAfter == 0 {
		return b.knock(call, j, channel, credentials, first, items, closed)
	}
	return b.gatheringFailed(ctx, j, items, leftOver(out, rest), err)
}

// knock lets the platform fetch what waits: it may come at once, so nothing is
// claimed meanwhile.
func (b *Bot) knock(ctx context.Context, j *job, channel collecting, credentials []byte, first outboxItem, items []outboxItem, closed *message.SendError) (again time.Duration, _ error) {
	if err := b.giveBack(ctx, items, nil); err != nil {
		return 0, err
	}
	err := channel.Knock(ctx, credentials, first.Person)
	if err == nil {
		err = closed
	}
	ctx = context.WithoutCancel(ctx)
	items, failed := b.claimWaiting(ctx, first.Account, first.Lane, false)
	if failed != nil {
		return 0, failed
	}
	if len(items) == 0 { // fetched, or being fetched
		return time.Second, nil
	}
	out := waitingOut(items)
	return b.gatheringFailed(ctx, j, items, leftOver(out, out), err)
}

// gatheringFailed decides what a failed call means for what waited.
func (b *Bot) gatheringFailed(ctx context.Context, j *job, items []outboxItem, left [][]message.Outbound, err error) (again time.Duration, _ error) {
	first := items[0]
	failure, named := errors.AsType[*message.SendError](err)
	if !named || failure.Class != message.WindowClosed { // to wait is no failure
		failure = b.failed(ctx, j, first, err)
	} else {
		j.called = false
	}
	if waits(failure) {
		return 0, b.giveBack(ctx, items, nil)
	}
	switch failure.Class {
	case message.WindowClosed:
		return b.hold(ctx, items, failure)
	case message.RetryLater:
		if first.Attempts+1 < maxAttempts {
			again = backOff(first.Attempts)
			at := b.now().Add(again)
			_, err := b.DB.Apply(ctx, outboxItems.In(b.DB, first.Account).Updating(first.ID, store.Inc("attempts", 1)))
			return again, errors.Join(err, b.giveBack(ctx, items, &at))
		}
	case message.Gone:
		left = make([][]message.Outbound, len(left)) // nothing will ever arrive
	}
	if reflect.DeepEqual(slices.Concat(left...), waitingOut(items)) {
		left[0] = nil // it is the first that can't be sent
	}
	state := Failed
	if failure.Class == message.Uncertain {
		state = Uncertain
	}
	return 0, b.use(ctx, items, left, ending{state, string(failure.Class), failure.Text, b.now()})
}

// hold lets messages wait. A campaign's do not, unless the person is about to
// call: nobody wants last week's offer with an answer to something else.
func (b *Bot) hold(ctx context.Context, items []outboxItem, failure *message.SendError) (again time.Duration, _ error) {
	if failure.RetryAfter == 0 {
		var kept []outboxItem
		for _, item := range items {
			if item.By != ByCampaign {
				kept = append(kept, item)
			} else if err := b.end(ctx, item, ending{Failed, string(message.WindowClosed), failure.Text, b.now()}); err != nil {
				return 0, err
			}
		}
		if items = kept; len(items) == 0 {
			return 0, nil
		}
	}
	first := items[0]
	again = first.CreatedAt.Add(holdFor).Sub(b.now())
	if failure.RetryAfter > 0 {
		again = min(again, failure.RetryAfter)
	}
	again = max(again, time.Second)
	at := b.now().Add(again)
	if err := b.giveBack(ctx, items, &at); err != nil {
		return 0, err
	}
	words := failure.Text
	if words == "" {
		words = waitingWords
	}
	var operations []store.Operation
	var events []live.Event
	for _, item := range items {
		for _, p := range item.Parcels[item.Next:] {
			operations = append(operations, messages.In(b.DB, item.Account).Updating(p.Message,
				store.Set("reason", words), store.Eq("state", Queued), store.Ne("reason", words)))
			events = append(events, deliveryEvent(item.Account, item.Person.ID, p.Message, Queued, words))
		}
	}
	results, err := b.DB.Apply(ctx, operations...)
	if err := onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound); err != nil {
		return again, err
	}
	var told []live.Event
	for i, result := range results {
		if result.Err == nil {
			told = append(told, events[i])
		}
	}
	b.tell(ctx, told...)
	return again, nil
}
