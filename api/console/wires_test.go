package console_test

import (
	"context"
	"errors"
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

type coupons struct{ shop *shop.Service }

func (c coupons) CouponTarget(ctx context.Context, account, code string) (string, error) {
	found, err := c.shop.Coupon(ctx, account, code)
	return shop.Links{}.Coupon("corner", found.Code), err
}

type outbox struct{ bot *bot.Bot }

func (o *outbox) Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error {
	return o.bot.Send(ctx, person, key, out...)
}

type audience struct{ bot *bot.Bot }

func segment(a broadcast.Audience) bot.Audience {
	chosen := bot.Audience{Purpose: bot.Purpose(a.Purpose)}
	switch a.Kind {
	case broadcast.WithTag:
		chosen.Tag = a.Value
	case broadcast.OnChannel:
		chosen.Channel = a.Value
	}
	return chosen
}

func (a audience) Recipients(ctx context.Context, account string, wanted broadcast.Audience, after string, limit int) ([]broadcast.Recipient, string, error) {
	people, next, err := a.bot.Subscribers().Recipients(ctx, account, segment(wanted), after, limit)
	var page []broadcast.Recipient
	for _, person := range people {
		page = append(page, broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes})
	}
	return page, next, err
}

func (a audience) Estimate(ctx context.Context, account string, wanted broadcast.Audience) (int64, error) {
	return a.bot.Subscribers().Estimate(ctx, account, segment(wanted))
}

func (a audience) Recipient(ctx context.Context, account, subscriber string) (broadcast.Recipient, error) {
	person, err := a.bot.Subscribers().Get(ctx, account, subscriber)
	if errors.Is(err, bot.ErrNoSubscriber) {
		err = broadcast.ErrPerson
	}
	return broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes}, err
}

type filler struct{ bot *bot.Bot }

func (filler) Check(text string) error { return bot.CheckText(text) }

func (f filler) Render(text string, person message.Person, _ map[string]string) string {
	filled, err := f.bot.Fill(context.Background(), text, bot.Subscriber{ID: person.ID, Account: person.Account, Name: person.Name})
	if err != nil {
		return text
	}
	return filled
}

// messenger stands for WeChat: its connections work unless the secret says no.
type messenger struct{ bot.Channel }

func (*messenger) Name() string { return "wechat" }

func (*messenger) Check(context.Context, []byte) error { return nil }
