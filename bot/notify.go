package bot

import (
	"context"

	"plaza/message"
	"plaza/store"
)

// Notifier tells people of messages on a channel of our own, where no messenger
// does: a page that nobody looks at shows nothing.
type Notifier interface {
	// Notifying gives what has to be written down, along with the messages, for
	// people of one account to be told of them; nothing for those who do not want
	// to be. The operations can't fail and may be done again.
	Notifying(ctx context.Context, by Author, people ...message.Person) ([]store.Operation, error)
}

// notifying is what the Notifier has to have written down, if there is one.
func (b *Bot) notifying(ctx context.Context, by Author, people ...message.Person) ([]store.Operation, error) {
	if b.Notifier == nil || len(people) == 0 || !isDirect(b.channels[people[0].Channel]) {
		return nil, nil
	}
	return b.Notifier.Notifying(ctx, by, people...)
}
