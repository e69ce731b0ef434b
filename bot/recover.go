package bot

import (
	"context"
	"errors"
	"fmt"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Recover finishes what crashes left behind: messages that were begun and not
// answered, answers that were not sent on or told of, counters and outcomes that
// were not told, menus that were not published everywhere. Safe on any number of nodes.
func (b *Bot) Recover(ctx context.Context) error {
	var failed []error
	left, _, err := inbounds.Across(b.DB).Find(ctx,
		store.Where(store.Lte("pending_at", b.now())).By("pending_at").Top(100))
	if err != nil {
		return err
	}
	for _, record := range left {
		if err := b.resume(ctx, record); err != nil {
			failed = append(failed, err)
		}
	}
	for _, step := range []func(context.Context) (bool, error){b.finishCounting, b.finishCountingUndelivered, b.reportAgain, b.publishAgain} {
		for found := true; found && ctx.Err() == nil; {
			if found, err = step(ctx); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

// resume handles a message that somebody began to handle. Nobody waits for the
// answer, so it goes out by the outbox.
func (b *Bot) resume(ctx context.Context, record Inbound) error {
	switch {
	case record.After != nil:
		return b.followUp(ctx, record, *record.After)
	case record.In == nil:
		return fmt.Errorf("bot: inbound %s cannot be resumed", record.ID)
	}
	next := b.now().Add(claimGrace) // should it fail again, not at once
	err := inbounds.In(b.DB, record.Account).Update(ctx, record.ID,
		store.Set("pending_at", next), store.Eq("answered", false))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	answer, err := b.receive(gone, *record.In, nil, nothingFits)
	if err == nil && !answer.Later {
		return nil
	}
	return err
}

// Inbounds are the received messages, as they came.
type Inbounds struct{ bot *Bot }

// Inbounds gives access to them.
func (b *Bot) Inbounds() Inbounds { return Inbounds{b} }

// ErrInboundGone is a body that was not kept, or is no longer.
var ErrInboundGone = fault.New(fault.NotFound, "inbound_gone", "This message's original is no longer kept: originals are deleted after 30 days.")

// List reads what an account received, the newest first.
func (i Inbounds) List(ctx context.Context, account string, after store.Cursor, limit int) ([]Inbound, store.Cursor, error) {
	return inbounds.In(i.bot.DB, account).Find(ctx, store.Query{}.By("-at").Top(limit).From(after))
}

// Raw opens the body of a received message. Errors: ErrInboundGone.
func (i Inbounds) Raw(ctx context.Context, account, id string) (Inbound, []byte, error) {
	record, err := inbounds.In(i.bot.DB, account).Get(ctx, id)
	if err != nil {
		return record, nil, missing(err, ErrInboundGone)
	}
	if len(record.Raw) == 0 {
		return record, nil, ErrInboundGone
	}
	raw, err := i.bot.Sealer.Open(ctx, sealedInbound, id, record.Raw)
	return record, raw, err
}

// Replay shows what the bot would answer to a received message by today's
// rules. It records nothing, sends nothing and asks no skill.
func (i Inbounds) Replay(ctx context.Context, account, id string) ([]message.Outbound, error) {
	record, err := inbounds.In(i.bot.DB, account).Get(ctx, id)
	if err != nil {
		return nil, missing(err, ErrInboundGone)
	}
	in := record.In
	if in == nil {
		received, err := messages.In(i.bot.DB, account).Get(ctx, messageID(record.Conversation, record.At, record.ID, 0))
		if err != nil || received.In == nil {
			return nil, missing(err, ErrInboundGone)
		}
		in = received.In
	}
	return i.bot.Rehearse(ctx, *in)
}

// Rehearse says what the rules answer to a message, as if it came from its
// sender in a fresh conversation. It records nothing and asks no skill, since
// skills may act. Rules of the account that are saved and enabled count.
func (b *Bot) Rehearse(ctx context.Context, in message.Inbound) ([]message.Outbound, error) {
	v, err := b.visitOf(ctx, in)
	if err != nil {
		return nil, err
	}
	d := decision{language: v.subscriber.Language}
	if rule, ok := v.lesson.find(in); ok {
		b.follow(ctx, v, &d, rule)
	} else if wantsAnswer(in.Kind) {
		b.answerByDefault(ctx, v, &d)
	}
	answer := make([]message.Outbound, len(d.replies))
	for n, r := range d.replies {
		answer[n] = r.out
	}
	return answer, nil
}
