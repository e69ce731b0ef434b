package bot

import (
	"context"
	"time"

	"plaza/message"
)

// signalLimit bounds a courtesy: it is worth no waiting.
const signalLimit = 5 * time.Second

// Signal shows the person of a conversation that a member types or has read what
// they wrote, where their messenger can show that; elsewhere it does nothing.
// Nobody retries it. Errors: ErrNoSubscriber, ErrNotConnected, and the channel's.
func (i Inbox) Signal(ctx context.Context, account, conversation string, signal message.Signal) error {
	b := i.bot
	person, err := b.Subscribers().Get(ctx, account, conversation)
	if err != nil {
		return err
	}
	channel, ok := b.channels[person.Channel].(signalling)
	if !ok {
		return nil
	}
	credentials, err := b.credentials(ctx, account, person.Channel)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, signalLimit)
	defer cancel()
	return channel.Signal(ctx, credentials, person.Person(), signal)
}
