package app

import (
	"context"

	"plaza/bot/webchat"
	"plaza/shop/guest"
)

// guests give links to people whom pages can't know: those of a messenger that
// signs nobody in, or that this account signs nobody in with.
func (a *App) guests(channels *outbox) *guest.Service {
	return guest.New(guest.Dependencies{
		DB: a.DB,
		Known: func(ctx context.Context, account, channel string) (bool, error) {
			if channel == webchat.Name { // by the browser's cookie
				return true, nil
			}
			return channels.bot.Pages().Knows(ctx, account, channel)
		},
		PublicURL: a.PublicURL,
		Now:       a.Now,
	})
}
