package app

import (
	"context"

	"plaza/bot"
	"plaza/broadcast"
	"plaza/message"
)

// crowds lets campaigns send to many at once where a messenger can.
type crowds struct{ bot *bot.Bot }

func (c crowds) Channels() []string { return c.bot.MassSends().Channels() }

func (c crowds) Mass(ctx context.Context, account, channel string) (message.Mass, error) {
	return c.bot.Mass(ctx, account, channel)
}

func (c crowds) Ship(ctx context.Context, s broadcast.Shipment) error {
	return c.bot.Ship(ctx, bot.Shipment{Account: s.Account, Channel: s.Channel, Group: s.Run, Key: s.Key,
		Purpose: bot.Purpose(s.Purpose), To: s.To, Out: s.Messages, At: s.At})
}
