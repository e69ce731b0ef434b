package bot

import (
	"context"
	"encoding/json"
	"errors"

	"plaza/message"
	"plaza/store"
)

// Typed is what a connection page shows and sends back: values by field.
// Secrets are absent from what is shown; Kept says which are there.
type Typed struct {
	Values map[string]string
	Kept   map[string]bool
}

// Typed gives what was saved for the page that changes it; nothing for a
// channel that is not connected. Errors: ErrNoChannel.
func (c Connections) Typed(ctx context.Context, account, channel string) (Typed, error) {
	shown := Typed{Values: map[string]string{}, Kept: map[string]bool{}}
	fields, err := c.bot.Fields(channel)
	if err != nil {
		return shown, err
	}
	kept, err := c.kept(ctx, account, channel)
	if err != nil {
		return shown, err
	}
	for _, field := range fields {
		switch value := kept[field.Name].(type) {
		case string:
			shown.Kept[field.Name] = value != ""
			if !field.Secret {
				shown.Values[field.Name] = value
			}
		case bool:
			if value {
				shown.Values[field.Name] = "true"
			}
		}
	}
	return shown, nil
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
	for _, field := range fields {
		value := typed[field.Name]
		switch {
		case field.Kind == message.SwitchField:
			values[field.Name] = value != ""
		case value != "":
			values[field.Name] = value
		case !field.Secret:
			delete(values, field.Name)
		}
	}
	credentials, err := json.Marshal(values)
	if err != nil {
		return Connection{}, err
	}
	return c.Save(ctx, account, channel, credentials)
}

// kept are the saved credentials as plain values.
func (c Connections) kept(ctx context.Context, account, channel string) (map[string]any, error) {
	values := map[string]any{}
	saved, err := c.saved(ctx, account, channel)
	if err != nil || saved == nil {
		return values, err
	}
	if json.Unmarshal(saved, &values) != nil { // the cause may quote a secret
		return nil, ErrCredentials
	}
	return values, nil
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
