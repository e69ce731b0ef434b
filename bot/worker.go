package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

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
