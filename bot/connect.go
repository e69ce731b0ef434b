package bot

import (
	"context"
	"encoding/json"
	"errors"

	"plaza/message"
	"plaza/store"
)

// Typed gives what was saved for the page that changes it; nothing for a
// channel that is not connected. Errors: ErrNoChannel.
func (c Connections) Typed(ctx context.Context, account, channel string) (message.Typed, error) {
	fields, err := c.bot.Fields(channel)
	if err != nil {
		return message.Typed{}, err
	}
	kept, err := c.kept(ctx, account, channel)
	return message.Show(fields, kept), err
}

// Connect saves what was typed into a connection page. An empty secret keeps
// what there is, and so does all that no field is for. Errors: what is wrong,
// field by field.
func (c Connections) Connect(ctx context.Context, account, channel string, typed map[string]string) (Connection, error) {
	fields, err := c.bot.Fields(channel)
	if err != nil {
		return Connection{}, err
	}
	values, err := c.kept(ctx, account, channel)
	if err != nil {
		return Connection{}, err
	}
	message.Fill(fields, values, typed)
	credentials, err := json.Marshal(values)
	if err != nil {
		return Connection{}, err
	}
	return c.Save(ctx, account, channel, credentials)
}

// kept are the saved credentials as plain values.
func (c Connections) kept(ctx context.Context, account, channel string) (map[string]any, error) {
	saved, err := c.saved(ctx, account, channel)
	if err != nil || saved == nil {
		return map[string]any{}, err
	}
	return message.DecodeCredentials[map[string]any](saved)
}

// saved opens an account's credentials whether or not the connection is
// switched on; nil if there are none.
func (c Connections) saved(ctx context.Context, account, channel string) ([]byte, error) {
	id := connectionID(account, channel)
	found, err := connections.In(c.bot.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.bot.Sealer.Open(ctx, sealedCredentials, id, found.Sealed)
}

// rotated lets a channel keep something of the credentials that it had.
func (b *Bot) rotated(ctx context.Context, account, channel string, after []byte) ([]byte, error) {
	rotating, ok := b.channels[channel].(rotating)
	if !ok {
		return after, nil
	}
	before, err := b.Connections().saved(ctx, account, channel)
	if err != nil || before == nil {
		return after, err
	}
	return rotating.Rotate(before, after)
}
