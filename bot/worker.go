package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

const (
	// laneTerm is how long a worker has a lane; it is renewed with every parcel.
	laneTerm = time.Minute
	// sendLimit is how long one call of a platform may take; shorter than
	// laneTerm.
	sendLimit = 20 * time.Second
	// outboxPoll is how often workers look for what another node has posted or
	// what is due again. What this node posts wakes them at once.
	outboxPoll = 500 * time.Millisecond
	// maxAttempts is how often a parcel is tried; with the back-off below, for
	// about three hours.
	maxAttempts = 12
	// maxBackOff bounds the wait between two attempts.
	maxBackOff = 30 * time.Minute
)

// backOff is how long to wait after the n-th failed attempt.
func backOff(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 20), maxBackOff)
}

// nudge wakes one of this node's workers.
func (b *Bot) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run sends what the outbox holds and finishes what crashes left, with so many
// workers, until ctx ends; then it lets what is under way come to an end, gives
// the leases back and returns. Any number of nodes may run at once.
func (b *Bot) Run(ctx context.Context, workers int) {
	done := make(chan struct{})
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			b.work(ctx)
		}()
	}
	b.repeat(ctx, 10*time.Second, b.Recover)
	for range workers {
		<-done
	}
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

func (b *Bot) work(ctx context.Context) {
	ticker := time.NewTicker(outboxPoll)
	defer ticker.Stop()
	for {
		worked, err := b.Deliver(ctx)
		if err != nil && ctx.Err() == nil {
			b.Logger.Error("outbox", "error", err)
		}
		if worked && err == nil {
			b.nudge() // there may be more: let a colleague look, too
			if ctx.Err() == nil {
				continue
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-b.wake:
		}
	}
}

// Deliver takes one lane that is due and sends what waits in it. It reports
// whether there was one. From a restored store it sends nothing until an
// operator has looked: much of what waited when the backup was made has been
// sent since.
func (b *Bot) Deliver(ctx context.Context) (worked bool, err error) {
	if restored, err := b.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	now := b.now()
	taken, err := lanes.Across(b.DB).FindAndUpdate(ctx,
		store.Where(store.Lte("due_at", now)).By("due_at"),
		store.Set("due_at", now.Add(laneTerm)).Set("leased_until", now.Add(laneTerm)).Inc("fence", 1),
		store.Lte("leased_until", now))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, b.empty(ctx, taken)
}

// errLaneLost: another worker has the lane; it goes on where this one stopped.
var errLaneLost = errors.New("bot: outbox lane was taken over")

// empty sends what waits in a lane, in order.
func (b *Bot) empty(ctx context.Context, taken lane) error {
	// What has begun is ended and marked even when the node is shutting down.
	steady := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		item, err := outboxItems.In(b.DB, taken.Account).First(ctx,
			store.Where(store.Eq("lane", taken.ID)).By("order"))
		if errors.Is(err, store.ErrNotFound) {
			return b.leaveLane(steady, taken, nil)
		}
		if err != nil {
			return errors.Join(err, b.leaveLane(steady, taken, new(b.now())))
		}
		if item.RetryAt != nil && b.now().Before(*item.RetryAt) {
			return b.leaveLane(steady, taken, item.RetryAt)
		}
		again, err := b.sendNext(steady, &taken, item)
		switch {
		case errors.Is(err, errLaneLost):
			return nil
		case err != nil:
			due := b.now().Add(5 * time.Second)
			return errors.Join(err, b.leaveLane(steady, taken, &due))
		case again > 0:
			due := b.now().Add(again)
			return b.leaveLane(steady, taken, &due)
		}
	}
	return b.leaveLane(steady, taken, new(b.now()))
}

// leaveLane gives a lane back, to be looked at again at due; nil when it is
// empty, unless something was posted meanwhile.
func (b *Bot) leaveLane(ctx context.Context, taken lane, due *time.Time) error {
	scope := lanes.In(b.DB, taken.Account)
	free := store.Set("leased_until", time.Time{})
	mine := store.Eq("fence", taken.Fence)
	if due == nil {
		err := scope.Update(ctx, taken.ID, free.Unset("due_at"), mine, store.Eq("posted", taken.Posted))
		if !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
		due = new(b.now())
	}
	err := scope.Update(ctx, taken.ID, free.Set("due_at", *due), mine)
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// sendNext sends the next parcel of an item. again is how long to wait before
// it is worth trying once more; zero when the parcel is done with.
func (b *Bot) sendNext(ctx context.Context, taken *lane, item outboxItem) (again time.Duration, err error) {
	if err := b.keepLane(ctx, taken); err != nil {
		return 0, err
	}
	channel, known := b.channels[item.Person.Channel]
	if !known {
		return 0, b.settle(ctx, item, 1, Failed, "channel_unknown", "This channel is not known here.")
	}
	credentials, err := b.credentials(ctx, item.Account, item.Person.Channel)
	if errors.Is(err, ErrNotConnected) {
		return 0, b.settle(ctx, item, 1, Failed, "not_connected", ErrNotConnected.Text)
	}
	if err != nil {
		return 0, err
	}
	if gatherer, ok := channel.(collecting); ok {
		return b.gatherNext(ctx, gatherer, credentials, item)
	}
	if item.ReplyToken != "" {
		used, again, err := b.answerByToken(ctx, &item, channel, credentials)
		if used || err != nil {
			return again, err
		}
	}
	if item.Begun && !isRepeatable(channel) {
		// Somebody began to send this and never said how it ended.
		return 0, b.settle(ctx, item, 1, Uncertain, "crashed", crashedWords)
	}
	if err := b.begin(ctx, item, 0); err != nil {
		return 0, err
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	count, err := dispatch(call, channel, credentials, item)
	return b.ended(ctx, item, count, isRepeatable(channel), err)
}

// parcelKey is the same on every repetition of a parcel, and no other's.
func parcelKey(item outboxItem) string {
	return platformKey(messageID("", item.CreatedAt, item.ID, item.Next))
}

// keepLane renews the lease.
func (b *Bot) keepLane(ctx context.Context, taken *lane) error {
	until := b.now().Add(laneTerm)
	kept, err := lanes.In(b.DB, taken.Account).UpdateAndGet(ctx, taken.ID,
		store.Set("leased_until", until).Set("due_at", until), store.Eq("fence", taken.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return errLaneLost
	}
	if err == nil {
		taken.Posted = kept.Posted
	}
	return err
}

// begin marks that the sending begins, unless the parcel has been begun or done
// with since we looked: a worker that stood still for longer than its lease
// learns it here, before it sends what another has sent.
// replying is how many parcels a reply token is to answer with; 0 without one.
func (b *Bot) begin(ctx context.Context, item outboxItem, replying int) error {
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
		return errLaneLost
	}
	return onlyExpected(err, store.ErrConditionFailed)
}

// crashedWords tell a member of a sending whose end nobody knows.
const crashedWords = "The sending was interrupted; it may or may not have arrived."

// failed reads how a call failed.
func (b *Bot) failed(item outboxItem, err error) *message.SendError {
	failure := &message.SendError{Class: message.Uncertain, Text: "no answer", Cause: err}
	if named, ok := errors.AsType[*message.SendError](err); ok {
		failure = named
	}
	b.Logger.Warn("sending failed", "account", item.Account, "channel", item.Person.Channel,
		"class", failure.Class, "attempts", item.Attempts+1, "error", failure)
	return failure
}

// ended decides what the outcome of a call means for its messages.
func (b *Bot) ended(ctx context.Context, item outboxItem, count int, repeatable bool, err error) (again time.Duration, _ error) {
	if err == nil {
		return 0, b.settle(ctx, item, count, Sent, "", "")
	}
	failure := b.failed(item, err)
	retry := failure.Class == message.RetryLater || (failure.Class == message.Uncertain && repeatable)
	switch {
	case retry && item.Attempts+1 < maxAttempts:
		again = max(failure.RetryAfter, backOff(item.Attempts))
		return again, outboxItems.In(b.DB, item.Account).Update(ctx, item.ID,
			store.Set("begun", false).Set("retry_at", b.now().Add(again)).Inc("attempts", 1),
			store.Eq("next", item.Next))
	case failure.Class == message.Uncertain:
		return 0, b.settle(ctx, item, count, Uncertain, string(failure.Class), failure.Text)
	case count > 1:
		return 0, b.oneByOne(ctx, item)
	}
	return 0, b.settle(ctx, item, count, Failed, string(failure.Class), failure.Text)
}

// settle marks parcels as done with and goes on to the next. class says why
// they failed, words say it to a member.
func (b *Bot) settle(ctx context.Context, item outboxItem, count int, state State, class, words string) error {
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
	events := make([]live.Event, count)
	for i := range events {
		events[i] = deliveryEvent(item.Account, item.Person.ID, item.Parcels[item.Next+i].Message, state, words)
	}
	operations := append(b.advancing(item, count, state, words),
		outboxItems.In(b.DB, item.Account).Updating(item.ID, next, store.Eq("next", item.Next)))
	results, err := b.Log.Commit(ctx, operations, events...)
	if err = onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound); err != nil {
		return err
	}
	if last && results[len(operations)-1].Err == nil {
		b.report(ctx, item)
	}
	return nil
}

// advancing moves the next parcels' messages forward.
func (b *Bot) advancing(item outboxItem, count int, state State, reason string) []store.Operation {
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
