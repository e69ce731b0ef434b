package bot

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// ErrWindowClosed: the platform takes no message to this person now.
var ErrWindowClosed = fault.New(fault.Conflict, "window_closed", "The messenger lets you write to this person again only after they have written.")

// Window is how long and how often a platform still lets an account write to a
// person. It is what we know of it: the platform decides.
type Window struct {
	Until time.Time `bson:"until" json:"until"`
	Left  int       `bson:"left" json:"left"`
}

// Open says whether a message may go out.
func (w Window) Open(now time.Time) bool { return w.Left > 0 && now.Before(w.Until) }

// widen is the window after something that allows more. What was allowed for
// longer, or more of it, stays.
func (w *Window) widen(allowed message.Allowance, at time.Time) *Window {
	if allowed.Messages == 0 {
		return w
	}
	opened := &Window{Until: at.Add(allowed.For), Left: allowed.Messages}
	if w == nil || !w.Open(at) || !opened.Until.Before(w.Until) {
		return opened
	}
	return w
}

// opens notes in a conversation what an inbound allows.
func (b *Bot) opens(c *Conversation, in message.Inbound, at time.Time) {
	channel, ok := b.channels[in.Channel].(windowed)
	if !ok {
		return
	}
	if !in.At.IsZero() && in.At.Before(at) {
		at = in.At.UTC().Truncate(time.Millisecond) // the platform counts from there
	}
	c.Window = c.Window.widen(channel.Opens(in), at)
	if in.Kind == message.Unfollow {
		c.Window = &Window{Until: at}
	}
}

// shut says that the window to a person is known to be closed.
func (b *Bot) shut(ctx context.Context, channel Channel, person message.Person) (bool, error) {
	if _, ok := channel.(windowed); !ok {
		return false, nil
	}
	c, err := conversations.In(b.DB, person.Account).Get(ctx, person.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.Window != nil && !c.Window.Open(b.now()), err
}

// used notes how a message went through the window. That it fails costs only
// a call that the platform refuses.
func (b *Bot) used(ctx context.Context, channel Channel, item outboxItem, err error) {
	limited, ok := channel.(windowed)
	if !ok {
		return
	}
	var update store.Update
	refused, isRefusal := errors.AsType[*message.SendError](err)
	switch {
	case err == nil:
		update = store.Inc("window.left", int64(-limited.Calls(item.Parcels[item.Next].Out)))
	case isRefusal && refused.Class == message.WindowClosed:
		update = store.Set("window", Window{Until: b.now()})
	default:
		return
	}
	conditions := []store.Clause{}
	if err == nil {
		conditions = append(conditions, store.Exists("window", true))
	}
	err = conversations.In(b.DB, item.Account).Update(ctx, item.Person.ID, update, conditions...)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConditionFailed) {
		b.Logger.Warn("window not noted", "account", item.Account, "error", err)
	}
}

// Windowed says whether a channel has a window at all.
func (b *Bot) Windowed(channel string) bool {
	_, ok := b.channels[channel].(windowed)
	return ok
}

// sendNotice sends a message whose window is closed in the form that is allowed
// all the same, if the channel has one for it.
func (b *Bot) sendNotice(ctx context.Context, j *job, channel Channel, credentials []byte, item outboxItem) (verdict, error) {
	next := item.Parcels[item.Next]
	notices, ok := channel.(noticing)
	if !ok || !notices.Notices(credentials, next.Out) {
		return b.settle(ctx, j, item, 1, Failed, string(message.WindowClosed), ErrWindowClosed.Text)
	}
	if err := b.begin(ctx, j, item, 0); err != nil {
		return verdict{}, err
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err := notices.SendNotice(call, credentials, item.Person, platformKey(next.Message), next.Out)
	return b.ended(ctx, j, item, 1, false, err)
}

// reported moves messages forward of which a platform's event tells.
func (b *Bot) reported(ctx context.Context, channel Channel, in message.Inbound) error {
	teller, ok := channel.(reporting)
	if !ok {
		return nil
	}
	reports, err := teller.Reports(ctx, in.Account, in)
	if err != nil {
		return err
	}
	for _, report := range reports {
		if report.Mass != nil {
			if err := b.massEnded(ctx, in.Account, in.Channel, report.Key, *report.Mass); err != nil {
				return err
			}
			continue
		}
		state := Failed
		if report.Delivered {
			state = Delivered
		}
		err := b.Advance(ctx, in.Account, in.SubscriberID()+"/"+report.Key, state, report.Reason)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
