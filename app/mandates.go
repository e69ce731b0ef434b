package app

import (
	"context"
	"net/url"

	"plaza/shop"
	"plaza/shop/mandate"
)

// Front tells mandates what they need to know of an account.
func (d directory) Front(ctx context.Context, id string) (mandate.Front, error) {
	found, err := d.accounts.FindByID(ctx, id)
	if err != nil {
		return mandate.Front{}, err
	}
	return mandate.Front{Slug: found.Slug, Name: found.Name(found.Language), Names: found.Names,
		Currency: found.Currency, Zone: found.Location().String()}, nil
}

// mandates are the plans and recurring payments of all accounts.
func (a *App) mandates(subscribers *outbox, directory directory) *mandate.Service {
	links := shop.Links{Base: a.PublicURL}
	page := func(at string) func(slug, id string) string {
		return func(slug, id string) string {
			return a.PublicURL + at + url.PathEscape(slug) + "/" + url.PathEscape(id)
		}
	}
	return mandate.New(mandate.Dependencies{
		DB:         a.DB,
		Payments:   a.Payments,
		Directory:  directory,
		People:     subscribers,
		Identities: a.Identity,
		Sender:     subscribers,
		Texts:      a.Renderer.Texts,
		Log:        a.Log,
		Addresses: mandate.Addresses{
			Plan:    page("/plan/"),
			Mandate: page("/mandates/"),
			Pay:     links.Pay,
			Return:  links.PayReturn,
			Notify:  links.Notify,
		},
		Now:    a.Now,
		Logger: a.Logger,
	})
}
