package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

const (
	// sendLimit is how long one call of a platform may take.
	sendLimit = 20 * time.Second
	// outboxPoll is how often a node looks for what another node has posted or
	// what is due again. What this node posts wakes it at once.
	outboxPoll = 500 * time.Millisecond
	// maxAttempts is how often a parcel is tried; with the back-off below, for
	// about three hours.
	maxAttempts = 12
	// maxBackOff bounds the wait between two attempts.
	maxBackOff = 30 * time.Minute
	// waitLimit is how long a message may wait for its channel: after a day
	// hardly anybody wants it any more.
	waitLimit = 24 * time.Hour
)

// waitLimit is how long a message may wait: for longer on a channel that has an
// end of its own for what waits.
func (b *Bot) waitLimit(channel string) time.Duration {
	if _, ok := b.channels[channel].(collecting); ok {
		return holdFor + waitLimit
	}
	return waitLimit
}

// backOff is how long to wait after the n-th failed attempt.
func backOff(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 20), maxBackOff)
}

// nudge has this node look for work.
func (b *Bot) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run sends what the outbox holds and finishes what crashes left, with so many
// messages under way at a time, until ctx ends; then it lets those come to an
// end, gives the leases back and returns. Any number of nodes may run at once.
func (b *Bot) Run(ctx context.Context, workers int) {
	b.outbox.mu.Lock()
	b.outbox.share(workers)
	b.outbox.mu.Unlock()
	var running sync.WaitGroup
	running.Go(func() { b.handOut(ctx, workers) })
	running.Go(func() { b.followRosters(ctx) })
	b.repeat(ctx, 10*time.Second, b.Recover)
	running.Wait()
}

// repeat does something now and then until ctx ends.
func (b *Bot) repeat(ctx context.Context, pause time.Duration, do func(context.Context) error) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			b.Logger.Error("recovery", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// handOut hands messages to workers as they may go.
func (b *Bot) handOut(ctx context.Context, workers int) {
	free := make(chan struct{}, workers)
	var underway sync.WaitGroup
	for ctx.Err() == nil {
		free <- struct{}{}
		picked, wait, err := b.pickNext(ctx)
		if err != nil && ctx.Err() == nil {
			b.Logger.Error("outbox", "error", err)
		}
		if picked != nil {
			underway.Go(func() {
				if err := b.carry(ctx, picked); err != nil && ctx.Err() == nil {
					b.Logger.Error("outbox", "error", err)
				}
				<-free
				b.nudge()
			})
			continue
		}
		<-free
		timer := time.NewTimer(min(max(wait, time.Millisecond), outboxPoll))
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	underway.Wait()
	b.giveAllBack(context.WithoutCancel(ctx))
}

// pickNext is next, but picks nothing from a restored store until an operator
// has looked: much of what waited when the backup was made has been sent since.
func (b *Bot) pickNext(ctx context.Context) (*job, time.Duration, error) {
	if restored, err := b.DB.Restored(ctx); restored || err != nil {
		return nil, outboxPoll, err
	}
	return b.next(ctx)
}

// Deliver sends the one message whose turn it is and reports whether there was
// one that may go now.
func (b *Bot) Deliver(ctx context.Context) (worked bool, err error) {
	picked, _, err := b.pickNext(ctx)
	if picked == nil {
		return false, err
	}
	return true, b.carry(ctx, picked)
}

// giveAllBack ends the leases that this node has.
func (b *Bot) giveAllBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b.outbox.mu.Lock()
	defer b.outbox.mu.Unlock()
	for _, r := range b.outbox.routes {
		b.outbox.drop(r)
		b.leaveRoute(ctx, r)
	}
	b.outbox.discoverAt = time.Time{}
}

// errRouteLost: another node has the route, or has seen to this very message.
var errRouteLost = errors.New("bot: outbox route was taken over")

// carry sends the first message that waits in a lane. What has begun is ended
// and marked even when the node is shutting down.
func (b *Bot) carry(ctx context.Context, j *job) error {
	ctx = context.WithoutCancel(ctx)
	v, err := b.sendFirst(ctx, j)
	if err != nil {
		v = verdict{due: b.now().Add(5 * time.Second)}
		err = errors.Join(err, b.postpone(ctx, j.lane, v.due))
	}
	b.outbox.end(j, b.now(), v)
	return err
}

// sendFirst looks what is first in a lane, and sends it if it may go.
func (b *Bot) sendFirst(ctx context.Context, j *job) (verdict, error) {
	items, _, err := outboxItems.In(b.DB, j.lane.Account).Find(ctx,
		store.Where(store.Eq("lane", j.lane.ID)).By("order").Top(2))
	if err != nil {
		return verdict{}, err
	}
	if len(items) == 0 {
		return verdict{due: b.now()}, b.empty(ctx, j.lane)
	}
	item := items[0]
	item.alone = len(items) == 1
	now := b.now()
	switch {
	case !item.Begun && now.Sub(item.CreatedAt) > b.waitLimit(item.Person.Channel):
		return b.settle(ctx, j, item, 1, Failed, "expired", "It could not be sent in time.")
	case j.overdue:
		return verdict{}, b.postpone(ctx, j.lane, now)
	case item.RetryAt != nil && now.Before(*item.RetryAt):
		return verdict{due: *item.RetryAt}, b.postpone(ctx, j.lane, *item.RetryAt)
	}
	v, err := b.sendNext(ctx, j, item)
	if errors.Is(err, errRouteLost) { // the other goes on
		return verdict{due: b.now()}, nil
	}
	return v, err
}

// sendNext sends the next parcels of an item.
func (b *Bot) sendNext(ctx context.Context, j *job, item outboxItem) (verdict, error) {
	channel, known := b.channels[item.Person.Channel]
	if !known {
		return b.settle(ctx, j, item, 1, Failed, "channel_unknown", "This channel is not known here.")
	}
	credentials, err := b.credentials(ctx, item.Account, item.Person.Channel)
	if errors.Is(err, ErrNotConnected) {
		return b.settle(ctx, j, item, 1, Failed, "not_connected", ErrNotConnected.Text)
	}
	if err != nil {
		return verdict{}, err
	}
	if item.Mass {
		return b.sendMass(ctx, j, channel, credentials, item)
	}
	if gatherer, ok := channel.(collecting); ok {
		return b.gatherNext(ctx, j, gatherer, credentials, item)
	}
	if item.ReplyToken != "" {
		used, v, err := b.answerByToken(ctx, j, &item, channel, credentials)
		if used || err != nil {
			return v, err
		}
	}
	if item.Begun && !isRepeatable(channel) {
		// Somebody began to send this and never said how it ended.
		return b.settle(ctx, j, item, 1, Uncertain, "crashed", crashedWords)
	}
	if closed, err := b.shut(ctx, channel, item.Person); err != nil {
		return verdict{}, err
	} else if closed {
		return b.sendNotice(ctx, j, channel, credentials, item)
	}
	if err := b.begin(ctx, j, item, 0); err != nil {
		return verdict{}, err
	}
	if scales, ok := channel.(weighing); ok {
		b.outbox.weigh(j, scales.Weight(item.Parcels[item.Next].Out))
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	count, err := dispatch(call, channel, credentials, item)
	b.used(ctx, channel, item, err)
	return b.ended(ctx, j, item, count, isRepeatable(channel), err)
}

// parcelKey is the same on every repetition of a parcel, and no other's.
func parcelKey(item outboxItem) string {
	return platformKey(messageID("", item.CreatedAt, item.ID, item.Next))
}

// begin marks that the sending begins, unless the parcel has been begun or done
// with since we looked: a node that stood still for longer than its lease learns
// it here, before it sends what another has sent.
// replying is how many parcels a reply token is to answer with; 0 without one.
func (b *Bot) begin(ctx context.Context, j *job, item outboxItem, replying int) error {
	ours := []store.Clause{store.Eq("next", item.Next)}
	if !item.Begun {
		ours = append(ours, store.Ne("begun", true))
	}
	begun := store.Set("begun", true)
	if replying > 0 {
		begun = begun.Set("replying", replying)
	}
	results, err := b.DB.Apply(ctx, slices.Concat([]store.Operation{
		outboxItems.In(b.DB, item.Account).Updating(item.ID, begun, ours...),
	}, b.advancing(item, max(1, replying), Sending, ""))...)
	if len(results) > 0 && errors.Is(results[0].Err, store.ErrConditionFailed) {
		return errRouteLost
	}
	j.called = true
	return onlyExpected(err, store.ErrConditionFailed)
}

// crashedWords tell a member of a sending whose end nobody knows.
const crashedWords = "The sending was interrupted; it may or may not have arrived."

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
