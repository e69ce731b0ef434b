package bot

import (
	"context"

	"plaza/message"
)

// Channel is one messenger. One folder each. Credentials are the connection's
// own settings, as JSON, unsealed.
type Channel interface {
	Name() string
	// Receive verifies and decodes one webhook call.
	Receive(credentials []byte, request message.Request) (message.Received, error)
	// Render puts as much of the answer as fits into the webhook's own response.
	// It is pure: the same answer renders the same, any number of times.
	Render(credentials []byte, received message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error)
	// Send delivers outside a webhook; key is the same on every repetition.
	// Errors: *message.SendError; anything else counts as uncertain.
	Send(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error
	// Check says in words whether the connection works.
	Check(ctx context.Context, credentials []byte) error
}

// Channels may also say the following of themselves.
type (
	// repeatable is a channel whose platform takes a call with the same key
	// once, so that it can be repeated when nobody knows how it ended.
	repeatable interface{ Repeatable() bool }
	// followersOnly is a channel on which only followers can write: a message
	// from an unknown person proves that they follow.
	followersOnly interface{ FollowersOnly() bool }
	// direct is a channel that delivers by our own durable write alone.
	direct interface{ Direct() bool }
)

func isRepeatable(channel Channel) bool {
	c, ok := channel.(repeatable)
	return ok && c.Repeatable()
}

func isFollowersOnly(channel Channel) bool {
	c, ok := channel.(followersOnly)
	return ok && c.FollowersOnly()
}

func isDirect(channel Channel) bool {
	c, ok := channel.(direct)
	return ok && c.Direct()
}
