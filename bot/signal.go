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
	return b.signal(ctx, person.Person(), signal)
}

func (b *Bot) signal(ctx context.Context, to message.Person, signal message.Signal) error {
	channel, ok := b.channels[to.Channel].(signalling)
	if !ok {
		return nil
	}
	var credentials []byte
	if !isDirect(b.channels[to.Channel]) { // which has nothing to connect
		var err error
		if credentials, err = b.credentials(ctx, to.Account, to.Channel); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, signalLimit)
	defer cancel()
	return channel.Signal(ctx, credentials, to, signal)
}

// thinkingAfter is how long an answer may be in the making before the person is
// shown that somebody writes.
const thinkingAfter = 600 * time.Millisecond

// thinking shows the person that an answer is being made, should it take long;
// to be ended once it is made. The answer's arrival takes the sign away.
func (b *Bot) thinking(v *visit) (end func() bool) {
	if v.in.Silent || !wantsAnswer(v.in.Kind) || v.conversation.Agent != "" {
		return func() bool { return false }
	}
	to, account := v.subscriber.Person(), v.in.Account
	return time.AfterFunc(thinkingAfter, func() {
		if err := b.signal(context.Background(), to, message.TypingOn); err != nil {
			b.Logger.Debug("signal not shown", "account", account, "error", err)
		}
	}).Stop
}
