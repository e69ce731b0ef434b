package app

import (
	"context"

	"plaza/shop/friends"
)

// friends are what subscribers ask of one another. The transfers have to be there.
func (a *App) friends(subscribers *outbox, directory directory) *friends.Service {
	made := friends.New(friends.Dependencies{
		DB:         a.DB,
		Codes:      a.Transfers,
		Identities: a.Identity,
		People:     subscribers,
		Sender:     subscribers,
		Texts:      a.Renderer.Texts,
		PayAddress: func(code string) string { return a.PublicURL + "/pay-to/" + code },
		AskAddress: func(number string) string { return a.PublicURL + "/asked/" + number },
		SplitAddress: func(ctx context.Context, account, number string) (string, error) {
			front, err := directory.Storefront(ctx, account)
			return a.PublicURL + "/wallet/" + front.Slug + "/split/" + number, err
		},
		Zone:   directory.Zone,
		Now:    a.Now,
		Log:    a.Log,
		Logger: a.Logger,
	})
	a.Transfers.Friends = made
	return made
}
