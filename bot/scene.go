package bot

import (
	"context"
	"slices"

	"plaza/message"
)

// Scans counts codes of ours that were scanned inside a messenger.
type Scans interface {
	// Scanned counts one scan of a code by a person on a channel, and that they
	// followed by it; a scene that is no code of the account's is none.
	Scanned(ctx context.Context, account, channel, scene, person string, followed bool) error
}

// SceneChannels are an account's connected channels whose platform makes QR
// codes by which people follow.
func (c Connections) SceneChannels(ctx context.Context, account string) ([]string, error) {
	connected, err := c.List(ctx, account)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, channel := range c.bot.Channels {
		_, has := channel.(coded)
		if has && slices.ContainsFunc(connected, func(one Connection) bool { return one.Channel == channel.Name() && one.Enabled }) {
			names = append(names, channel.Name())
		}
	}
	return names, nil
}

// SceneCode has a connected channel's platform make the code of a scene.
// Errors: ErrNoChannel, ErrNotConnected, the channel's own.
func (c Connections) SceneCode(ctx context.Context, account, channel string, scene message.Scene) (message.SceneCode, error) {
	maker, ok := c.bot.channels[channel].(coded)
	if !ok {
		return message.SceneCode{}, ErrNoChannel
	}
	credentials, err := c.bot.credentials(ctx, account, channel)
	if err != nil {
		return message.SceneCode{}, err
	}
	return maker.SceneCode(ctx, credentials, scene)
}

// scanned counts a scan that a platform tells of. Others were counted on their
// way here.
func (b *Bot) scanned(ctx context.Context, in message.Inbound) {
	if _, ok := b.channels[in.Channel].(coded); !ok || in.Scene == "" || b.Scans == nil {
		return
	}
	if err := b.Scans.Scanned(ctx, in.Account, in.Channel, in.Scene, in.SubscriberID(), in.Kind == message.Follow); err != nil {
		b.Logger.Warn("scan not counted", "account", in.Account, "error", err)
	}
}
