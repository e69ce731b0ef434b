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

// Some platforms let an account speak only when spoken to: each call of the
// person's is a chance to say a few things, and so is a callback that such a
// call has left. What the outbox holds for somebody on such a channel (see
// collecting) waits for a chance. Whoever has one, the webhook's response or a
// worker, claims what waits, says what fits and gives the rest back. A claim
// that is neither used nor given back was a crash: then nobody knows whether
// the messages were shown.

const (
	// holdFor is how long messages wait for a person to write again.
	holdFor = 7 * 24 * time.Hour
	// claimTerm is how long a claim may take; longer than sendLimit and
	// handlingLimit.
	claimTerm = time.Minute
	// maxGathered is how many items are looked at for one chance.
	maxGathered = 10
)

// waitingWords tell a member why a message is not there yet, and heldTooLong
// why it never will be.
const (
	waitingWords = "Waits until the person writes again."
	heldTooLong  = "The person has not written again for a week."
)

// claimWaiting claims what waits in a lane, in order, up to what somebody else
// has claimed. Unless it is a worker that does, which has the lane, one is to
// look later whether the claims were used.
func (b *Bot) claimWaiting(ctx context.Context, account, lane string, watch bool) ([]outboxItem, error) {
	scope := outboxItems.In(b.DB, account)
	found, _, err := scope.Find(ctx, store.Where(store.Eq("lane", lane)).By("order").Top(maxGathered))
	if err != nil {
		return nil, err
	}
	until := b.now().Add(claimTerm)
	if watch && len(found) > 0 && !found[0].Begun {
		if err := lanes.In(b.DB, account).Update(ctx, lane, store.Set("due_at", until)); err != nil {
			return nil, err
		}
		route := connectionID(account, found[0].Person.Channel)
		b.outbox.post(posting{route, soon})
		b.outbox.post(posting{route, canWait})
	}
	for i, item := range found {
		if item.Begun {
			return found[:i], nil
		}
		err := scope.Update(ctx, item.ID, store.Set("begun", true).Set("retry_at", until),
			store.Eq("next", item.Next), store.Ne("begun", true))
		if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
			return found[:i], nil
		}
		if err != nil {
			return found[:i], errors.Join(err, b.giveBack(ctx, found[:i], nil))
		}
	}
	return found, nil
}

// giveBack ends claims of which nothing came.
func (b *Bot) giveBack(ctx context.Context, items []outboxItem, retryAt *time.Time) error {
	var operations []store.Operation
	for _, item := range items {
		operations = append(operations, b.releasing(item, store.Update{}, retryAt))
		retryAt = nil // who is behind waits for the first
	}
	if len(operations) == 0 {
		return nil
	}
	_, err := b.DB.Apply(ctx, operations...)
	return onlyExpected(err, store.ErrConditionFailed)
}

func (b *Bot) releasing(item outboxItem, update store.Update, retryAt *time.Time) store.Operation {
	update = update.Set("begun", false)
	if retryAt == nil {
		update = update.Unset("retry_at")
	} else {
		update = update.Set("retry_at", *retryAt)
	}
	return outboxItems.In(b.DB, item.Account).Updating(item.ID, update, store.Eq("next", item.Next))
}

// waitingOut are the messages of claimed items.
func waitingOut(items []outboxItem) (out []message.Outbound) {
	for _, item := range items {
		for _, p := range item.Parcels[item.Next:] {
			out = append(out, p.Out)
		}
	}
	return out
}

// leftOver says what is left of each message when rest did not fit. A channel
// may split a long text, so what is left is matched from the end; what matches
// nothing is a part of the message before.
func leftOver(all, rest []message.Outbound) [][]message.Outbound {
	left := make([][]message.Outbound, len(all))
	whole := len(all) - 1
	for i := len(rest) - 1; i >= 0; i-- {
		left[whole] = append([]message.Outbound{rest[i]}, left[whole]...)
		if whole > 0 && reflect.DeepEqual(rest[i], all[whole]) {
			whole--
		}
	}
	return left
}

// ending is how a chance ended for the messages that were not left over.
type ending struct {
	state  State
	class  string
	words  string
	report time.Time // when Outcomes is to hear of items that are done with
}

// using writes what became of claimed items, whose messages are left over as
// left says: what is not left has ended, the rest is given back.
func (b *Bot) using(items []outboxItem, left [][]message.Outbound, end ending) (operations []store.Operation, events []live.Event) {
	for _, item := range items {
		parcels := item.Parcels[item.Next:]
		ops, told := b.usingItem(item, left[:len(parcels)], end)
		operations, events = append(operations, ops...), append(events, told...)
		left = left[len(parcels):]
	}
	return operations, events
}

func (b *Bot) usingItem(item outboxItem, left [][]message.Outbound, end ending) (operations []store.Operation, events []live.Event) {
	var rest []parcel
	unfinished := map[string]bool{} // a message of several parcels has ended with the last
	done := 0
	for i, pieces := range left {
		p := item.Parcels[item.Next+i]
		for _, piece := range pieces {
			rest = append(rest, parcel{Out: piece, Message: p.Message})
			unfinished[p.Message] = true
		}
		if len(rest) == 0 {
			done++
		}
	}
	state := store.Set("state", end.state).Unset("reason") // why it waited
	if end.words != "" {
		state = store.Set("state", end.state).Set("reason", end.words)
	}
	for _, p := range item.Parcels[item.Next : item.Next+done] {
		if !unfinished[p.Message] {
			unfinished[p.Message] = true // once
			operations = append(operations, messages.In(b.DB, item.Account).Updating(p.Message, state, store.In("state", before[end.state]...)))
			events = append(events, deliveryEvent(item.Account, item.Person.ID, p.Message, end.state, end.words))
		}
	}
	next := item.Next + done
	update := store.Set("next", next).Set("attempts", 0).
		Set("parcels", slices.Concat(item.Parcels[:next], rest))
	if done > 0 && badness[end.state] > badness[item.Outcome] {
		update = update.Set("outcome", end.state).Set("reason", end.class)
	}
	if len(rest) == 0 {
		update = update.Unset("lane")
		if b.Outcomes != nil {
			update = update.Set("report_at", end.report)
		}
	}
	return append(operations, b.releasing(item, update, nil)), events
}

// use writes what became of claimed items and tells of it.
func (b *Bot) use(ctx context.Context, items []outboxItem, left [][]message.Outbound, end ending) error {
	operations, events := b.using(items, left, end)
	var notes []Undelivered
	at := 0
	for _, item := range items {
		ended := slices.Clone(item.Parcels[item.Next:])
		for i := len(ended) - 1; i >= 0; i-- {
			if len(left[at+i]) > 0 {
				ended = slices.Delete(ended, i, i+1)
			}
		}
		at += len(item.Parcels) - item.Next
		b.metrics.count(item.Person.Channel, end.state, end.class, len(ended))
		notes = append(notes, b.undeliveredOf(item, ended, end.state, end.class, end.words)...)
	}
	results, err := b.Log.Commit(ctx, append(b.notingUndelivered(notes), operations...), events...)
	if err := onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound, store.ErrDuplicate); err != nil {
		return err
	}
	b.countUndelivered(ctx, notes, results)
	return nil
}

// end gives up all that is left of one item.
func (b *Bot) end(ctx context.Context, item outboxItem, end ending) error {
	return b.use(ctx, []outboxItem{item}, make([][]message.Outbound, len(item.Parcels)-item.Next), end)
}

// collection is what a response takes along of what waited.
type collection struct {
	items []outboxItem
	left  [][]message.Outbound
}

// collect claims what waits for the sender, if their channel takes it along.
func (b *Bot) collect(ctx context.Context, v *visit, o outcome) collection {
	if _, ok := b.channels[v.in.Channel].(collecting); !ok || !o.passive || o.fits == nil {
		return collection{}
	}
	items, err := b.claimWaiting(ctx, v.in.Account, v.subscriber.ID, true)
	if err != nil { // the answer matters more; what waits goes on waiting
		b.Logger.Error("waiting messages not collected", "account", v.in.Account, "error", err)
	}
	return collection{items: items}
}

// takeAlong gives back what does not go with the response, and returns what marks
// the rest as sent once the response has been written: nobody repeats a response,
// so whatever a crash comes before is uncertain. Nil if nothing goes along.
func (b *Bot) takeAlong(ctx context.Context, c collection) (written func(context.Context)) {
	var said, unsaid []outboxItem
	var left [][]message.Outbound
	for at, items := 0, c.items; len(items) > 0; items = items[1:] {
		item := items[0]
		parcels := item.Parcels[item.Next:]
		rest := c.left[at : at+len(parcels)]
		at += len(parcels)
		if reflect.DeepEqual(slices.Concat(rest...), waitingOut(items[:1])) {
			unsaid = append(unsaid, item)
		} else {
			said, left = append(said, item), append(left, rest...)
		}
	}
	if err := b.giveBack(ctx, unsaid, nil); err != nil {
		b.Logger.Error("what waited counts as uncertain", "error", err)
	}
	if len(said) == 0 {
		return nil
	}
	return func(ctx context.Context) {
		if err := b.use(ctx, said, left, ending{state: Sent, report: b.now()}); err != nil {
			b.Logger.Error("what waited counts as uncertain", "account", said[0].Account, "error", err)
		}
	}
}

// fit puts an answer and what waited into the response: in the order in which
// it was said if all of it fits, otherwise the answer first.
func (c *collection) fit(fits fitting, answer []message.Outbound) (left [][]message.Outbound) {
	waited := waitingOut(c.items)
	all := slices.Concat(waited, answer)
	if len(all) == 0 {
		return nil
	}
	rest := fits(all)
	if len(rest) == 0 || len(waited) == 0 || len(answer) == 0 {
		left = leftOver(all, rest)
		c.left = left[:len(waited)]
		return left[len(waited):]
	}
	all = slices.Concat(answer, waited)
	left = leftOver(all, fits(all))
	c.left = left[len(answer):]
	return left[:len(answer)]
}
