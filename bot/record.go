package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// outcome says how an answer travels and what has been written already.
type outcome struct {
	running *call
	claimed bool // the inbound record exists
	passive bool // somebody waits for the answer
	fits    fitting
}

// record makes a handled message durable, with all that changes by it.
func (b *Bot) record(ctx context.Context, v *visit, d decision, o outcome) (Answer, error) {
	var answer Answer
	entries := b.entries(v, d)
	waited := b.collect(ctx, v, o)
	rest := b.assign(v, d, &o, &waited, entries)
	answer.Later = !o.passive && len(d.replies) > 0
	answer.Messages = entries[len(entries)-len(d.replies):]
	if len(entries) > len(d.replies) {
		answer.Received = entries[0]
	}
	if o.passive {
		for _, r := range d.replies {
			answer.Out = append(answer.Out, r.out)
		}
	}
	before := v.conversation
	talk := b.talkOperations(v, d, entries)
	change := b.learn(v, d)
	unsaid, err := b.unsaying(ctx, v)
	if err != nil {
		return Answer{}, errors.Join(err, b.giveBack(ctx, waited.items, nil))
	}
	after := aftermath{Person: v.subscriber.Person(), Parcels: rest, ReplyToken: v.in.ReplyToken,
		Events: b.events(v, before, entries)}
	learnt, mark := slices.Concat(unsaid, b.learnOperations(v), d.also), b.answerOperation(v, answer, o, after)
	commit := b.commitAtOnce
	if b.shared {
		commit = b.commitInSteps
	}
	if err := commit(ctx, v, talk, learnt, mark, after); err != nil {
		return Answer{}, errors.Join(err, b.giveBack(ctx, waited.items, nil))
	}
	if d.passed {
		b.Developer.Wake()
	}
	b.scanned(ctx, v.in)
	if err := b.count(ctx, v.in.Account, v.subscriber.ID, change); err != nil {
		b.Logger.Error("counters will be told later", "account", v.in.Account, "error", err)
	}
	answer.written = b.takeAlong(ctx, waited)
	b.calls.end(v.record.ID, o.running, answer, nil) // all that was promised is durable
	if b.shared {
		if err := b.followUp(ctx, v.record, after); err != nil {
			b.Logger.Error("an answer is completed later", "account", v.in.Account, "error", err)
		}
	}
	return answer, nil
}

// commitAtOnce writes everything in one trip, of which a crash leaves all or
// nothing. The mark comes first: if the message is known already, nothing of this
// happens. Errors: errKnown.
func (b *Bot) commitAtOnce(ctx context.Context, v *visit, talk, learnt []store.Operation, mark store.Operation, after aftermath) error {
	operations := slices.Concat([]store.Operation{store.Guarding(mark)}, talk, learnt)
	if len(after.Parcels) > 0 {
		operations = append(operations, b.posting(after.item(v.record), soon)...)
		defer b.posted(after.Person, soon)
	}
	results, err := b.Log.Commit(ctx, operations, after.Events...)
	if len(results) > 0 && results[0].Err != nil {
		return known(results[0].Err)
	}
	return onlyExpected(err, store.ErrDuplicate, store.ErrConditionFailed)
}

// commitInSteps is for a store that other nodes write to. The messages come
// first, which can be written again; the mark follows once the conversation is
// known to be still ours. It decides by which way the answer goes: nothing of it
// goes out before, and nobody decides again behind it.
func (b *Bot) commitInSteps(ctx context.Context, _ *visit, talk, learnt []store.Operation, mark store.Operation, _ aftermath) error {
	if err := b.commitTalk(ctx, talk); err != nil {
		return err
	}
	results, err := b.DB.Apply(ctx, append(learnt, mark)...)
	if len(results) > 0 && results[len(results)-1].Err != nil {
		return fmt.Errorf("bot: message was answered by another node: %w", results[len(results)-1].Err)
	}
	return onlyExpected(err, store.ErrDuplicate)
}

// followUp does what follows an answer and takes note that it is done. To do it
// again is harmless: the outbox knows the key, and pages know messages by theirs.
func (b *Bot) followUp(ctx context.Context, record Inbound, after aftermath) error {
	if len(after.Parcels) > 0 {
		posting := b.posting(after.item(record), soon)
		if _, err := b.DB.Apply(ctx, posting...); onlyExpected(err, store.ErrDuplicate) != nil {
			return err
		}
		b.posted(after.Person, soon)
	}
	if err := b.Log.Append(ctx, after.Events...); err != nil {
		return err
	}
	return inbounds.In(b.DB, record.Account).Update(ctx, record.ID, store.Unset("after", "pending_at"))
}

// item is what of an answer goes by the outbox, under the message's own key.
func (a aftermath) item(record Inbound) outboxItem {
	item := newItem(a.Person, "answer:"+record.ID, record.At, a.Parcels)
	item.ReplyToken = a.ReplyToken
	return item
}

// commitTalk writes messages and, last, their conversation. Messages may be
// there from an attempt before; the conversation's change must be accepted.
func (b *Bot) commitTalk(ctx context.Context, talk []store.Operation) error {
	results, err := b.DB.Apply(ctx, talk...)
	if len(results) > 0 {
		if last := results[len(results)-1].Err; last != nil {
			return fmt.Errorf("bot: conversation was taken over: %w", last)
		}
	}
	return onlyExpected(err, store.ErrDuplicate)
}

// leavesTrace says whether the conversation shows such a message.
func leavesTrace(kind message.Kind) bool {
	return wantsAnswer(kind) || kind == message.Unfollow
}

// entries are the messages that the conversation gets: the received one first,
// unless it has that one since the message was passed to the developer.
func (b *Bot) entries(v *visit, d decision) []Message {
	if !leavesTrace(v.in.Kind) {
		return nil
	}
	base := Message{Account: v.in.Account, Conversation: v.conversation.ID, At: v.record.At}
	received := base
	received.ID = messageID(base.Conversation, base.At, v.record.ID, 0)
	received.Direction, received.Author = In, BySubscriber
	in := v.in
	in.ReplyToken = ""
	received.In, received.Inbound = &in, v.record.ID
	var entries []Message
	if !v.in.Passed {
		entries = append(entries, received)
	}
	for i, r := range d.replies {
		sent := base
		sent.ID = messageID(base.Conversation, base.At, v.record.ID, i+1)
		sent.Direction, sent.Author, sent.State = Out, r.by, Sent
		out := r.out
		sent.Out = &out
		entries = append(entries, sent)
	}
	return entries
}

// assign decides which replies go with the response and which by the outbox; if
// all of them do, the answer is not a passive one. What waited for the person
// may go with the response, too.
func (b *Bot) assign(v *visit, d decision, o *outcome, waited *collection, entries []Message) []parcel {
	if (len(d.replies) == 0 && len(waited.items) == 0) || isDirect(b.channels[v.in.Channel]) {
		return nil
	}
	all := make([]message.Outbound, len(d.replies))
	for i, r := range d.replies {
		all[i] = r.out
	}
	left := leftOver(all, all)
	if o.passive {
		left = make([][]message.Outbound, len(all))
		if o.fits != nil {
			left = waited.fit(o.fits, all)
		}
		o.passive = len(all) == 0 || !reflect.DeepEqual(slices.Concat(left...), all)
	}
	var parcels []parcel
	sent := entries[len(entries)-len(all):]
	for i, pieces := range left {
		for _, piece := range pieces {
			sent[i].State = Queued
			parcels = append(parcels, parcel{Out: piece, Message: sent[i].ID})
		}
	}
	return parcels
}

// talkOperations write the messages and the state of the conversation.
func (b *Bot) talkOperations(v *visit, d decision, entries []Message) []store.Operation {
	if !leavesTrace(v.in.Kind) {
		return nil
	}
	c := &v.conversation
	c.Name, c.Language, c.Flow = v.subscriber.Name, v.subscriber.Language, d.flow
	var operations []store.Operation
	for _, entry := range entries {
		operations = append(operations, messages.In(b.DB, v.in.Account).Inserting(entry))
		c.note(entry)
	}
	at := v.record.At
	c.LastInboundAt = &at
	b.opens(c, v.in, at)
	if isContent(v.in.Kind) {
		c.State = Open
	}
	if d.handover {
		c.Agent, c.State = cmp.Or(c.Agent, Waiting), Open
	}
	if d.overlooked || d.handover {
		c.Unread++
	}
	scope := conversations.In(b.DB, v.in.Account)
	if c.isNew {
		return append(operations, scope.Inserting(*c))
	}
	return append(operations, scope.Updating(c.ID, c.talkUpdate(), c.fenced(b.shared)...))
}

// talkUpdate is everything of a conversation that talking changes.
func (c Conversation) talkUpdate() store.Update {
	update := store.Set("state", c.State).Set("name", c.Name).Set("language", c.Language).
		Set("unread", c.Unread).Set("last", c.Last).Set("last_at", c.LastAt).
		Set("last_inbound_at", c.LastInboundAt).Set("fence", c.Fence)
	if c.Flow != nil {
		update = update.Set("flow", c.Flow)
	} else {
		update = update.Unset("flow")
	}
	if c.Window != nil {
		update = update.Set("window", c.Window)
	}
	if c.Agent != "" {
		return update.Set("agent", c.Agent)
	}
	return update.Unset("agent")
}

// learn puts what was decided onto the subscriber and says what the counters
// have to see of it.
func (b *Bot) learn(v *visit, d decision) *counting {
	s := &v.subscriber
	for _, tag := range d.tags {
		if !slices.Contains(s.Tags, tag) && len(s.Tags) < maxTags {
			s.Tags = append(slices.Clone(s.Tags), tag)
			s.Version++
		}
	}
	if len(d.attributes) > 0 {
		merged := make(map[string]string, len(s.Attributes)+len(d.attributes))
		for _, from := range []map[string]string{s.Attributes, d.attributes} {
			for name, value := range from {
				if _, known := merged[name]; known || len(merged) < maxAttributes {
					merged[name] = value
				}
			}
		}
		s.Attributes = merged
	}
	b.markForPush(v.known, s)
	b.markForMenu(v.known, s)
	before := v.known
	if v.isNew {
		before = Subscriber{}
	}
	s.Counting = countChange(before, *s, v.record.At)
	return s.Counting
}

// learnOperations write the subscriber, if anything about them is new.
func (b *Bot) learnOperations(v *visit) []store.Operation {
	scope := subscribers.In(b.DB, v.in.Account)
	switch {
	case v.in.Kind == message.Status && v.isNew: // a job of ours, not a person
	case v.isNew:
		return []store.Operation{scope.Inserting(v.subscriber)}
	case !reflect.DeepEqual(v.known, v.subscriber):
		return []store.Operation{scope.Updating(v.subscriber.ID, v.subscriber.update())}
	}
	return nil
}

// answerOperation marks the message as answered. On a shared store the mark says
// what is still to be done, and stays pending until it is.
func (b *Bot) answerOperation(v *visit, answer Answer, o outcome, after aftermath) store.Operation {
	record := v.record
	record.Answered, record.PendingAt, record.In, record.Before = true, nil, nil, nil
	record.Answer = nil
	for _, m := range answer.Messages {
		record.Answer = append(record.Answer, m.ID)
	}
	if o.passive {
		record.Passive = len(record.Answer)
	}
	records := inbounds.In(b.DB, v.in.Account)
	if !o.claimed {
		return records.Inserting(record)
	}
	update := store.Set("answered", true).Set("answer", record.Answer).Set("passive", record.Passive).
		Unset("in", "before")
	if b.shared {
		return records.Updating(record.ID, update.Set("after", after), store.Eq("answered", false))
	}
	return records.Updating(record.ID, update.Unset("pending_at"))
}

// update is everything of a subscriber that a message can change.
func (s Subscriber) update() store.Update {
	update := store.Set("name", s.Name).Set("search", s.Search).Set("language", s.Language).
		Set("tags", s.Tags).Set("attributes", s.Attributes).Set("consent", s.Consent).
		Set("followed", s.Followed).Set("muted", s.Muted).Set("remark", s.Remark).
		Set("scene", s.Scene).Set("last_inbound_at", s.LastInboundAt).Set("version", s.Version)
	for field, at := range map[string]*time.Time{"followed_at": s.FollowedAt, "unfollowed_at": s.UnfollowedAt} {
		if at != nil {
			update = update.Set(field, *at)
		}
	}
	if s.Counting != nil {
		update = update.Set("counting", s.Counting)
	}
	if s.PushAt != nil {
		update = update.Set("push_at", *s.PushAt)
	}
	if s.MenuAt != nil {
		update = update.Set("menu_at", *s.MenuAt)
	}
	return update
}

const (
	maxTags       = 50
	maxAttributes = 50
)
