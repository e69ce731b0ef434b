package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// handlingLimit is how long handling one message may take in all. Shorter than
// a lease, so that a node never works on without holding one.
const handlingLimit = 25 * time.Second

// ErrInbound is a message without the parts that identify it.
var ErrInbound = fault.New(fault.Invalid, "bad_inbound", "The message has no usable sender or key.")

// fitting says what of an answer does not fit into the webhook's response. Nil
// means that everything fits.
type fitting func(answer []message.Outbound) (rest []message.Outbound)

// Handle takes in one message and answers it. raw is the body it came in, kept
// sealed for 30 days. When Handle returns without an error, the message, its
// answer and all that changed by it are durable. The same message again, from
// any number of callers at once, gets the same answer and changes nothing.
// Messages of one subscriber are handled in the order of the calls. The event
// log has been told of it, too; on a store that other nodes write to it is told
// right behind the answer, still in that order, and nobody waits for it: see Wait.
//
// When ctx ends before the answer is known, Handle returns Later and the answer
// goes out by the outbox.
func (b *Bot) Handle(ctx context.Context, in message.Inbound, raw []byte) (Answer, error) {
	return b.receive(ctx, in, raw, nil)
}

// receive is Handle for a caller whose response has limited room.
func (b *Bot) receive(ctx context.Context, in message.Inbound, raw []byte, fits fitting) (Answer, error) {
	if err := checkInbound(in); err != nil {
		return Answer{}, err
	}
	id := inboundID(in)
	running, first := b.calls.join(id)
	if !first {
		answer, err := running.wait(ctx)
		answer.Repeated = true
		return answer, err
	}
	place := b.turns.join(in.SubscriberID())
	b.handling.Go(func() {
		defer b.turns.leave(place)
		// Not derived from ctx: a request's context may end, and be used anew for
		// another request, while its message is still being handled.
		ctx, cancel := context.WithTimeout(context.Background(), handlingLimit)
		defer cancel()
		var answer Answer
		err := b.turns.wait(ctx, place)
		if err == nil {
			answer, err = b.takeIn(ctx, running, in, raw, fits)
		}
		b.calls.end(id, running, answer, err)
	})
	return running.wait(ctx)
}

// Wait returns when no message is being handled any more and the event log has
// been told of all. To be called at shutdown, when no more arrive.
func (b *Bot) Wait() { b.handling.Wait() }

func checkInbound(in message.Inbound) error {
	plain := func(text string, limit int) bool {
		return text != "" && len(text) <= limit && strings.ToValidUTF8(text, "") == text && !strings.ContainsRune(text, 0)
	}
	if !plain(in.Account, 64) || !plain(in.Channel, 32) || !plain(in.User, 128) || !plain(in.Key, 256) ||
		strings.Contains(in.Account+in.Channel, ":") || in.Kind == "" {
		return ErrInbound
	}
	return nil
}

// takeIn handles a message whose turn it is.
func (b *Bot) takeIn(ctx context.Context, running *call, in message.Inbound, raw []byte, fits fitting) (Answer, error) {
	lease, err := b.occupy(ctx, in.Account, in.SubscriberID())
	if err != nil {
		return Answer{}, err
	}
	defer b.release(ctx, lease)
	if !b.shared {
		// Nearly every message is new, and its record is written before anything
		// else of it: so there is no need to look for one first.
		answer, err := b.handleOnce(ctx, lease, running, in, raw, fits, nil)
		if !errors.Is(err, errKnown) {
			return answer, err
		}
	}
	record, err := inbounds.In(b.DB, in.Account).Get(ctx, inboundID(in))
	switch {
	case err == nil && record.Answered:
		return b.again(ctx, record)
	case err == nil: // begun before a crash, or by a node that is gone
		return b.handleOnce(ctx, lease, running, in, raw, fits, &record)
	case !errors.Is(err, store.ErrNotFound):
		return Answer{}, err
	}
	return b.handleOnce(ctx, lease, running, in, raw, fits, nil)
}

// errKnown: the message has a record already; nothing has been done with it now.
var errKnown = errors.New("bot: message is known")

// handleOnce handles a message; begun is the record of an earlier attempt.
// Errors: errKnown, if there turns out to be one that begun does not say.
func (b *Bot) handleOnce(ctx context.Context, lease hold, running *call, in message.Inbound, raw []byte, fits fitting, begun *Inbound) (Answer, error) {
	v, err := b.visitOf(ctx, in)
	if err != nil {
		return Answer{}, err
	}
	if err := b.settleCounting(ctx, &v.subscriber); err != nil {
		return Answer{}, err
	}
	v.known = v.subscriber
	v.conversation.Fence = lease.fence
	if begun != nil {
		v.record = *begun
		v.conversation.undo(*begun)
	} else if v.record, err = b.newRecord(ctx, v, raw); err != nil {
		return Answer{}, err
	}
	ctx = withTurn(ctx, &having{subscriber: v.subscriber.ID, held: lease, visit: v})
	return b.finish(ctx, v, running, begun != nil, fits)
}

// finish decides and records.
func (b *Bot) finish(ctx context.Context, v *visit, running *call, claimed bool, fits fitting) (Answer, error) {
	v.now = v.record.At
	v.claim = func(ctx context.Context) error {
		if claimed {
			return nil
		}
		claimed = true
		return b.claim(ctx, v)
	}
	if b.shared { // the others must see at once that somebody is at it
		if err := v.claim(ctx); err != nil {
			return Answer{}, err
		}
	}
	meet(v)
	thought := b.thinking(v)
	d, err := b.decideSafely(ctx, v)
	thought()
	if err != nil {
		return Answer{}, err
	}
	return b.record(ctx, v, d, outcome{running: running, claimed: claimed, passive: running.settle(), fits: fits})
}

// decideSafely is decide; a panic on the way becomes an apology.
func (b *Bot) decideSafely(ctx context.Context, v *visit) (d decision, err error) {
	defer func() {
		if value := recover(); value != nil {
			d, err = decision{flow: v.conversation.Flow, language: v.subscriber.Language}, nil
			d.say(ByBot, message.Text(b.apology(v, &panicked{value, debug.Stack()})))
		}
	}()
	return b.decide(ctx, v)
}

// visitOf loads what is known about the sender of a message, or begins it.
func (b *Bot) visitOf(ctx context.Context, in message.Inbound) (*visit, error) {
	taught, err := b.lesson(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	v := &visit{lesson: taught, in: in, now: b.now(),
		follower: isFollowersOnly(b.channels[in.Channel]) && in.Kind != message.Status}
	v.subscriber, err = subscribers.In(b.DB, in.Account).Get(ctx, in.SubscriberID())
	switch {
	case errors.Is(err, store.ErrNotFound):
		in = b.introduced(ctx, in)
		language := taught.account.Language
		if in.Language != "" {
			language = message.LanguageOf(in.Language)
		}
		v.subscriber = newSubscriber(in, message.LanguageOf(language), v.now)
		v.isNew = true
	case err != nil:
		return nil, err
	case v.subscriber.Name == "":
		in = b.introduced(ctx, in)
	}
	v.in, v.known = in, v.subscriber
	v.conversation, err = conversations.In(b.DB, in.Account).Get(ctx, in.SubscriberID())
	if errors.Is(err, store.ErrNotFound) {
		v.conversation = newConversation(v.subscriber)
	} else if err != nil {
		return nil, err
	}
	return v, nil
}

// newRecord begins the record of a message.
func (b *Bot) newRecord(ctx context.Context, v *visit, raw []byte) (Inbound, error) {
	id := inboundID(v.in)
	at := v.conversation.nextAt(v.now)
	record := Inbound{
		ID: id, Account: v.in.Account, Conversation: v.conversation.ID,
		Kind: v.in.Kind, Type: v.in.Type, At: at, ExpiresAt: v.now.Add(keepInbound),
	}
	if len(raw) == 0 {
		return record, nil
	}
	sealed, err := b.Sealer.Seal(ctx, sealedInbound, id, raw)
	if err != nil {
		return record, fmt.Errorf("bot: seal inbound: %w", err)
	}
	record.Raw = sealed
	return record, nil
}

// claim writes down that a message is being handled, so that it is finished
// even if this process is not there to do it.
func (b *Bot) claim(ctx context.Context, v *visit) error {
	due := v.now.Add(claimGrace)
	v.record.PendingAt, v.record.In, v.record.Before = &due, &v.in, v.conversation.standing()
	return known(inbounds.In(b.DB, v.in.Account).Insert(ctx, v.record))
}

// known turns what the store says of a record that is there into errKnown.
func known(err error) error {
	if errors.Is(err, store.ErrDuplicate) {
		return errKnown
	}
	return err
}

// claimGrace is how long a message may be in the making before another worker
// finishes it. Longer than handlingLimit.
const claimGrace = time.Minute

// again finds the answer that a message was given.
func (b *Bot) again(ctx context.Context, record Inbound) (Answer, error) {
	ids := append([]string{messageID(record.Conversation, record.At, record.ID, 0)}, record.Answer...)
	found, err := messages.In(b.DB, record.Account).GetMany(ctx, ids...)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Repeated: true, Later: record.Passive == 0 && len(record.Answer) > 0}
	for _, m := range found {
		switch {
		case m.Direction == In:
			answer.Received = m
		default:
			answer.Messages = append(answer.Messages, m)
			if !answer.Later {
				answer.Out = append(answer.Out, *m.Out)
			}
		}
	}
	return answer, nil
}

// meet brings the subscriber up to date with what the message tells of them.
func meet(v *visit) {
	s, in, at := &v.subscriber, v.in, v.record.At
	if name := truncate(in.Name, maxName); name != "" && s.Name != name {
		s.Name = name
		s.Search = searchWords(s.Name, s.Remark)
	}
	if at.Sub(s.LastInboundAt) >= time.Hour {
		s.LastInboundAt = at
	}
	when := in.At
	if when.IsZero() {
		when = at
	}
	follows := in.Kind == message.Follow || ((v.follower || in.Follows) && in.Kind != message.Unfollow)
	switch {
	case follows && !s.Followed && !earlier(when, s.UnfollowedAt):
		s.Followed, s.FollowedAt = true, &at
		s.Version++
		if s.Scene == "" {
			s.Scene = in.Scene
		}
	case in.Kind == message.Unfollow && (s.Followed || v.isNew) && !earlier(when, s.FollowedAt):
		s.Version++
		s.Followed, s.UnfollowedAt = false, &at
	}
}

// earlier says whether an event happened before the last change of its kind: a
// platform may deliver late what was true once. Platforms tell whole seconds.
func earlier(when time.Time, changed *time.Time) bool {
	return changed != nil && when.Before(changed.Truncate(time.Second))
}
