package bot

import (
	"context"
	"errors"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// failed reads how a call failed, and tells the route.
func (b *Bot) failed(ctx context.Context, j *job, item outboxItem, err error) *message.SendError {
	failure := &message.SendError{Class: message.Uncertain, Text: "no answer", Cause: err}
	if named, ok := errors.AsType[*message.SendError](err); ok {
		failure = named
	}
	b.Logger.Warn("sending failed", "account", item.Account, "channel", item.Person.Channel,
		"class", failure.Class, "attempts", item.Attempts+1, "error", failure)
	b.react(ctx, j, failure)
	return failure
}

// ended decides what the outcome of a call means for its messages.
func (b *Bot) ended(ctx context.Context, j *job, item outboxItem, count int, repeatable bool, err error) (verdict, error) {
	if err == nil {
		b.react(ctx, j, nil)
		return b.settle(ctx, j, item, count, Sent, "", "")
	}
	failure := b.failed(ctx, j, item, err)
	switch {
	case waits(failure):
		return verdict{more: true}, b.putBack(ctx, item, store.Set("begun", false))
	case failure.Class == message.RetryLater, failure.Class == message.Uncertain && repeatable:
		if j.trial || item.Attempts+1 < maxAttempts {
			return b.retry(ctx, j, item, store.Set("begun", false))
		}
	case failure.Class == message.Uncertain:
		return b.settle(ctx, j, item, count, Uncertain, string(failure.Class), failure.Text)
	case count > 1:
		return verdict{more: true}, b.oneByOne(ctx, item)
	}
	state := Failed
	if failure.Class == message.Uncertain {
		state = Uncertain
	}
	return b.settle(ctx, j, item, count, state, string(failure.Class), failure.Text)
}

// retry has a parcel tried again later. One that tried a route that is out has
// not used up an attempt by it.
func (b *Bot) retry(ctx context.Context, j *job, item outboxItem, update store.Update) (verdict, error) {
	due := b.now().Add(backOff(item.Attempts))
	if !j.trial {
		update = update.Inc("attempts", 1)
	}
	if err := b.putBack(ctx, item, update.Set("retry_at", due)); err != nil {
		return verdict{}, err
	}
	return verdict{due: due}, b.postpone(ctx, j.lane, due)
}

// putBack writes how a parcel waits that the platform did not take, as far as is
// known.
func (b *Bot) putBack(ctx context.Context, item outboxItem, update store.Update) error {
	err := outboxItems.In(b.DB, item.Account).Update(ctx, item.ID, update, store.Eq("next", item.Next))
	return onlyExpected(err, store.ErrConditionFailed)
}

// settle marks parcels as done with and goes on to the next. class says why
// they failed, words say it to a member.
func (b *Bot) settle(ctx context.Context, j *job, item outboxItem, count int, state State, class, words string) (verdict, error) {
	next := store.Set("next", item.Next+count).Set("attempts", 0).Set("begun", false).
		Unset("retry_at", "reply_token", "replying")
	if badness[state] > badness[item.Outcome] {
		item.Outcome, item.Reason = state, class
		next = next.Set("outcome", state).Set("reason", class)
	}
	last := item.Next+count == len(item.Parcels)
	if last {
		next = next.Unset("lane")
		if b.Outcomes != nil {
			next = next.Set("report_at", b.now().Add(reportPause))
		}
	}
	var events []live.Event
	var notes []Undelivered
	if !item.Mass {
		for _, p := range item.Parcels[item.Next : item.Next+count] {
			events = append(events, deliveryEvent(item.Account, item.Person.ID, p.Message, state, words))
		}
		notes = b.undeliveredOf(item, item.Parcels[item.Next:item.Next+count], state, class, words)
	}
	operations := append(b.notingUndelivered(notes), b.advancing(item, count, state, words)...)
	operations = append(operations, b.massMark(item, state, class)...)
	ending := len(operations)
	operations = append(operations,
		outboxItems.In(b.DB, item.Account).Updating(item.ID, next, store.Eq("next", item.Next)))
	if last && item.alone {
		operations = append(operations, b.emptying(j.lane))
	}
	results, err := b.Log.Commit(ctx, operations, events...)
	if err = onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound, store.ErrDuplicate); err != nil {
		return verdict{}, err
	}
	b.countUndelivered(ctx, notes, results)
	if results[ending].Err == nil {
		b.metrics.count(item.Person.Channel, state, class, count)
	}
	if last && results[ending].Err == nil {
		b.report(ctx, item)
	}
	if last && item.alone { // if something came meanwhile, the store says so
		return verdict{due: b.now()}, nil
	}
	return verdict{more: true}, nil
}

// advancing moves the next parcels' messages forward.
func (b *Bot) advancing(item outboxItem, count int, state State, reason string) []store.Operation {
	if item.Mass {
		return nil
	}
	operations := make([]store.Operation, count)
	for i := range operations {
		operations[i] = advancing(b.DB, item.Account, item.Parcels[item.Next+i].Message, state, reason)
	}
	return operations
}

// advancing moves a message's state forward; where it is further already, the
// condition fails and it stays.
func advancing(db *store.DB, account, id string, state State, reason string) store.Operation {
	update := store.Set("state", state)
	if reason != "" {
		update = update.Set("reason", reason)
	}
	return messages.In(db, account).Updating(id, update, store.In("state", before[state]...))
}

// deliveryEvent tells the inbox, the page of the campaign and the person's page.
func deliveryEvent(account, conversation, id string, state State, reason string) live.Event {
	return event(account, "delivery.changed", map[string]string{
		"id": id, "conversation": conversation, "state": string(state), "reason": reason,
	}, "inbox", ChatTopic(conversation))
}

// conversationIDOf is the conversation that a message belongs to.
func conversationIDOf(messageID string) string {
	return messageID[:max(0, len(messageID)-len(platformKey(messageID))-1)]
}
