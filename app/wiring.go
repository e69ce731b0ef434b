package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"plaza/account"
	"plaza/attachment"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/picture"
	"plaza/shop"
	"plaza/store"
)

// This file fits the domain packages to one another: each type makes one
// package's service into the small interface that another declares.

// directory tells the domain packages what each needs to know of an account.
type directory struct{ accounts *account.Accounts }

func (d directory) BotAccount(ctx context.Context, idOrSlug string) (bot.Account, error) {
	found, err := d.accounts.Find(ctx, idOrSlug)
	if err != nil {
		return bot.Account{}, err
	}
	return bot.Account{ID: found.ID, Slug: found.Slug, Names: found.Names,
		Language: found.Language, Zone: found.Location()}, nil
}

func (d directory) Storefront(ctx context.Context, id string) (shop.Storefront, error) {
	found, err := d.accounts.FindByID(ctx, id)
	if err != nil {
		return shop.Storefront{}, err
	}
	return shop.Storefront{Slug: found.Slug, Name: found.Name(found.Language), Names: found.Names,
		Currency: found.Currency, Zone: found.Location()}, nil
}

// shopName is how an account is called on a payer's bill.
func (d directory) shopName(ctx context.Context, id string) (string, error) {
	front, err := d.Storefront(ctx, id)
	return front.Name, err
}

func (d directory) Zone(ctx context.Context, id string) (*time.Location, error) {
	found, err := d.accounts.FindByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return found.Location(), nil
}

// outbox lets identity, shop and broadcast find people and send by the bot, which
// is made after them, each in its own name.
type outbox struct {
	bot *bot.Bot
	by  bot.Author
}

func (o *outbox) Person(ctx context.Context, account, id string) (message.Person, error) {
	found, err := o.bot.Subscribers().Get(ctx, account, id)
	return found.Person(), err
}

func (o *outbox) Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error {
	return o.bot.SendAs(ctx, o.by, person, key, out...)
}

func (o *outbox) Waiting(ctx context.Context, account, channel string, limit int) (int, error) {
	return o.bot.Outbox().Waiting(ctx, account, channel, limit)
}

// productCards lets rules answer with products.
type productCards struct{ shop *shop.Service }

func (p productCards) ProductCards(ctx context.Context, account string, ids []string, language string) ([]message.Card, error) {
	return p.shop.ProductCards(ctx, account, ids, language), nil
}

// latestOrders fills {{order}}.
type latestOrders struct{ shop *shop.Service }

func (l latestOrders) LatestOrderNumber(ctx context.Context, account, subscriber string) (string, error) {
	owner, channel, user, ok := message.SplitSubscriberID(subscriber)
	if !ok || owner != account {
		return "", store.ErrScope
	}
	person := message.Person{ID: subscriber, Account: account, Channel: channel, User: user}
	orders, _, err := l.shop.OrdersOf(ctx, person, 1, "")
	if err != nil || len(orders) == 0 {
		return "", err
	}
	return orders[0].Number, nil
}

// couponTargets lets a QR code lead to the shop with a coupon applied.
type couponTargets struct {
	shop      *shop.Service
	directory directory
}

func (c couponTargets) CouponTarget(ctx context.Context, account, code string) (string, error) {
	coupon, err := c.shop.Coupon(ctx, account, code)
	if err != nil {
		return "", err
	}
	front, err := c.directory.Storefront(ctx, account)
	if err != nil {
		return "", err
	}
	return shop.Links{}.Coupon(front.Slug, coupon.Code), nil
}

// bulk lets campaigns deliver on the web chat in as few trips as it takes.
type bulk struct{ bot *bot.Bot }

func (b bulk) Prepare(page []broadcast.Outgoing) (broadcast.Mailing, error) {
	deliveries := make([]bot.Delivery, len(page))
	for i, out := range page {
		deliveries[i] = bot.Delivery{Person: out.Person, Key: out.Key, Out: out.Messages, At: out.At}
	}
	return b.bot.PrepareMany(deliveries)
}

// outcomes tells campaigns what became of their messages.
type outcomes struct{ broadcast *broadcast.Service }

func (o outcomes) Outcome(ctx context.Context, account, key string, state bot.State, reason string) error {
	became := broadcast.DeliveryState(state)
	return errors.Join(o.broadcast.Delivered(ctx, key, became, reason), o.broadcast.Shipped(ctx, account, key, became, reason))
}

// uploads opens our own pictures for the messengers that want them uploaded.
type uploads struct {
	pictures    *picture.Pictures
	attachments *attachment.Attachments
	publicURL   string
}

// errForeign is a picture that lies on somebody else's host: fetching it could
// reach into a network the account's member has no business in.
var errForeign = errors.New("not a picture of ours")

func (u uploads) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	path := strings.TrimPrefix(address, u.publicURL)
	if name, ok := strings.CutPrefix(path, attachmentRoute); ok {
		found, err := u.attachments.Find(ctx, name)
		if err != nil || !found.Open { // what visitors have sent goes to nobody else
			return nil, errors.Join(err, errForeign)
		}
		return io.NopCloser(u.attachments.Read(ctx, found)), nil
	}
	id, ok := strings.CutPrefix(path, "/pictures/")
	if !ok {
		return nil, errForeign
	}
	id, _, _ = strings.Cut(id, "?")
	found, err := u.pictures.Find(ctx, id, picture.Large)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader(string(found.Body))), nil
}

// telegramFiles also opens the pictures of our codes, so that Telegram need not
// be able to reach this server to show them.
type telegramFiles struct{ uploads }

// codeSize is how large a code is drawn, in pixels.
const codeSize = 512

func (f telegramFiles) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	parsed, err := url.Parse(strings.TrimPrefix(address, f.publicURL))
	if err != nil || parsed.Path != "/qr.png" || parsed.Host != "" {
		return f.uploads.Open(ctx, address)
	}
	drawn, err := qr.PNG(parsed.Query().Get("text"), qr.Medium, codeSize)
	return io.NopCloser(bytes.NewReader(drawn)), err
}

// qrPicturePath is where a code that leads to link is drawn: our own codes have
// pictures, other addresses are drawn by the page of codes.
func qrPicturePath(link string) string {
	return "/qr.png?" + url.Values{"text": {link}}.Encode()
}

// filler fills the placeholders of campaigns.
type filler struct{ bot *bot.Bot }

func (f filler) Check(text string) error { return bot.CheckText(text) }

// Render has no request behind it: campaigns are sent by workers, and what is
// looked up (the account, an order number) comes from caches or one key.
func (f filler) Render(text string, person message.Person, attributes map[string]string) string {
	filled, err := f.bot.Fill(context.Background(), text, bot.Subscriber{
		ID: person.ID, Account: person.Account, Channel: person.Channel, User: person.User,
		Name: person.Name, Language: person.Language, Attributes: attributes,
	})
	if err != nil {
		f.bot.Logger.Error("campaign text not filled in", "account", person.Account, "error", err)
		return text
	}
	return filled
}
