package apitest

import (
	"context"
	"time"

	"plaza/account"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/message"
	"plaza/shop"
)

// These fit the domain packages to one another, as package main does.

type directory struct{ accounts *account.Accounts }

func (d directory) BotAccount(ctx context.Context, idOrSlug string) (bot.Account, error) {
	found, err := d.accounts.Find(ctx, idOrSlug)
	return bot.Account{ID: found.ID, Slug: found.Slug, Names: found.Names, Language: found.Language, Zone: found.Location()}, err
}

func (d directory) Storefront(ctx context.Context, id string) (shop.Storefront, error) {
	found, err := d.accounts.FindByID(ctx, id)
	return shop.Storefront{Slug: found.Slug, Name: found.Name(found.Language), Currency: found.Currency, Zone: found.Location()}, err
}

func (d directory) Zone(ctx context.Context, id string) (*time.Location, error) {
	found, err := d.accounts.FindByID(ctx, id)
	return found.Location(), err
}

func (d directory) CouponTarget(ctx context.Context, id, coupon string) (string, error) {
	found, err := d.accounts.FindByID(ctx, id)
	return shop.Links{}.Coupon(found.Slug, coupon), err
}

type outbox struct{ bot *bot.Bot }

func (o *outbox) Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error {
	return o.bot.Send(ctx, person, key, out...)
}

// audience is everybody who follows.
type audience struct{ bot *bot.Bot }

func (a audience) Recipients(ctx context.Context, account string, _ broadcast.Audience, after string, limit int) ([]broadcast.Recipient, string, error) {
	people, next, err := a.bot.Subscribers().Recipients(ctx, account, bot.Audience{}, after, limit)
	found := make([]broadcast.Recipient, len(people))
	for i, person := range people {
		found[i] = broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes}
	}
	return found, next, err
}

func (a audience) Estimate(ctx context.Context, account string, _ broadcast.Audience) (int64, error) {
	return a.bot.Subscribers().Estimate(ctx, account, bot.Audience{})
}

func (a audience) Recipient(ctx context.Context, account, subscriber string) (broadcast.Recipient, error) {
	person, err := a.bot.Subscribers().Get(ctx, account, subscriber)
	return broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes}, err
}

// filler leaves texts as they are.
type filler struct{}

func (filler) Check(text string) error { return bot.CheckText(text) }

func (filler) Render(text string, _ message.Person, _ map[string]string) string { return text }
