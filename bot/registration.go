package bot

import (
	"context"
)

// inUse are the credentials that a platform may have been told of; nil where
// there are none, where they are switched off, or where they can't be opened any
// more, which must not keep anybody from entering new ones.
func (c Connections) inUse(ctx context.Context, account, channel string) []byte {
	credentials, err := c.bot.credentials(ctx, account, channel)
	if err != nil {
		return nil
	}
	return credentials
}

// register lets a platform know where to call, if its channel does that, and
// keeps how it went. What was saved stays: saving again registers again.
func (c Connections) register(ctx context.Context, saved Connection, credentials []byte) (Connection, error) {
	b := c.bot
	channel, ok := b.channels[saved.Channel].(registering)
	if !ok || b.WebhookURL == nil {
		return saved, nil
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendLimit)
	defer cancel()
	err := channel.Register(call, credentials, b.WebhookURL(saved.Channel, saved.Account))
	if err == nil {
		return saved, nil // works, as soon as the platform calls
	}
	b.Logger.Warn("webhook not registered", "account", saved.Account, "channel", saved.Channel, "error", err)
	return connections.In(b.DB, saved.Account).UpdateAndGet(ctx, saved.ID,
		broken(err).Set("checked_at", b.now()))
}

// withdraw lets a platform know that it need not call any more. Should that
// fail, its calls are refused.
func (c Connections) withdraw(ctx context.Context, account, channel string, credentials []byte) {
	b := c.bot
	registered, ok := b.channels[channel].(registering)
	if !ok || credentials == nil {
		return
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendLimit)
	defer cancel()
	if err := registered.Withdraw(call, credentials); err != nil {
		b.Logger.Warn("webhook not withdrawn", "account", account, "channel", channel, "error", err)
	}
}
