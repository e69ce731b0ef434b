// Package app is the program without its outside: the domain packages on one
// store, each fitted to the others. The server, the command line and the tests
// of the outside all work on this one wiring.
//
// New builds, wiring.go holds the adapters, Start sets the workers going.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"plaza/account"
	"plaza/account/vault"
	"plaza/attachment"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/device"
	"plaza/bot/identity"
	"plaza/bot/kakao"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/line"
	"plaza/bot/signin"
	"plaza/bot/telegram"
	"plaza/bot/webchat"
	"plaza/bot/webchat/notify"
	"plaza/bot/wechat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/counter"
	"plaza/shop/digital"
	"plaza/shop/exchange"
	"plaza/shop/friends"
	"plaza/shop/guest"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/receipt"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/statement"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/skew"
	"plaza/store"
	"plaza/templates"
)

// Options are what an App is built on. All are needed, but those with a zero
// value that is explained.
type Options struct {
	DB       *store.DB // prepared with Schemas
	Vault    *vault.Vault
	Renderer *templates.Renderer
	// SignInHosts are where platforms sign people in on pages.
	SignInHosts SignInHosts
	// PublicURL is where people reach the server, without a slash at its end.
	PublicURL string
	// MediaURL takes the place of PublicURL before the addresses of pictures that
	// LINE fetches, which it does over https alone; empty: PublicURL.
	MediaURL string
	// WeChatAPI is WeChat's API host; empty: the real one.
	WeChatAPI string
	// TelegramAPI is the Bot API's host; empty: the real one.
	TelegramAPI string
	// LINEAPI is LINE's API host; empty: the real one.
	LINEAPI string
	// KakaoAPI is the host of Kakao's bots, and KakaoDealerAPI that of the dealer
	// of notice templates; empty: the real ones.
	KakaoAPI, KakaoDealerAPI string
	// WeChatPayAPI is WeChat Pay's host; empty: the real one.
	WeChatPayAPI string
	// RatesURL is where the European Central Bank's sheet of rates is; empty: none
	// is fetched.
	RatesURL string
	// KakaoPayAPI is the host of KakaoPay; empty: the real one.
	KakaoPayAPI string
	// AlipayGateway is the address of Alipay's gateway; empty: the real one.
	AlipayGateway string
	// Messengers take the place of those with a platform behind them, in tests.
	Messengers []bot.Channel
	// Providers are ways of paying beside those built in, in tests.
	Providers []pay.Provider
	// PrivateCallbacks lets developers' callbacks lie in private networks: for
	// development only.
	PrivateCallbacks bool
	// Places knows about where network addresses are; nil: nobody does.
	Places risk.Places
	// Ceilings are the most that balances may hold; nil: wallet.LawfulCeilings.
	Ceilings wallet.Ceilings
	// Push is how browsers' push services are spoken to.
	Push PushOptions
	// TestMoney lets subscribers have test money: in the demo.
	TestMoney bool
	Now       func() time.Time
	Logger    *slog.Logger
}

// App is everything the program consists of, wired.
type App struct {
	Options

	Accounts    *account.Service
	Pictures    *picture.Pictures
	Attachments *attachment.Attachments
	Log         *live.Log
	Clocks      *skew.Watch // this machine's against the platforms'
	Bot         *bot.Bot
	Webchat     *webchat.Service
	Notify      *notify.Service // the web chat's notifications
	Developer   *developer.Service
	Identity    *identity.Service
	SignIn      *signin.Service
	Devices     *device.Service
	Guests      *guest.Service    // links for people whom no page can know
	Notices     *alimtalk.Service // by template, on KakaoTalk
	Shop        *shop.Service
	Payments    *pay.Service
	Risk        *risk.Service
	PINs        *pin.Service
	Receipts    *receipt.Service
	Wallet      *wallet.Wallet
	Transfers   *wallet.Transfers
	Friends     *friends.Service
	Counter     *counter.Service
	Exchange    *exchange.Service
	Requests    *request.Service
	Mandates    *mandate.Service
	Ledger      *ledger.Ledger
	Books       *reconcile.Service
	Statements  *statement.Service
	Codes       *qr.Codes
	Broadcast   *broadcast.Service
}

// Schemas are the collections of all domain packages.
func Schemas() []*store.Schema {
	var all []*store.Schema
	for _, some := range [][]*store.Schema{
		signin.Schemas(),
		device.Schemas(),
		account.Schemas(), vault.Schemas(), picture.Schemas(), attachment.Schemas(), live.Schemas(),
		bot.Schemas(), identity.Schemas(), webchat.Schemas(), notify.Schemas(), developer.Schemas(), alimtalk.Schemas(), shop.Schemas(), broadcast.Schemas(),
		tokenSchemas(), risk.Schemas(), wallet.Schemas(), counter.Schemas(), exchange.Schemas(), request.Schemas(),
		mandate.Schemas(),
		reconcile.Schemas(),
		pin.Schemas(),
		statement.Schemas(),
		receipt.Schemas(),
		guest.Schemas(),
		friends.Schemas(),
	} {
		all = append(all, some...)
	}
	return all
}

// New wires everything. The event log runs from now on and nothing else does;
// Close ends it.
func New(o Options) *App {
	a := &App{Options: o}
	a.Accounts = account.New(account.Dependencies{DB: a.DB, Now: a.Now, Logger: a.Logger})
	a.Pictures = picture.New(a.DB, a.Now)
	a.Attachments = attachment.New(attachment.Dependencies{DB: a.DB, Pictures: a.Pictures, Now: a.Now})
	a.Log = live.NewLog(a.DB, live.LogOptions{Now: a.Now, Logger: a.Logger})
	a.Clocks = skew.New(a.Now, a.Logger)
	a.wire()
	return a
}

// wire builds the domain packages on the foundations. They know one another
// only by the small interfaces that wiring.go fits to them.
func (a *App) wire() {
	clients := a.clients()
	texts, directory := a.Renderer.Texts, directory{a.Accounts.Accounts}
	replies, campaigns := &outbox{by: bot.ByBot}, &outbox{by: bot.ByCampaign}
	a.Ledger = ledger.New(a.DB, a.Now)
	a.Identity = identity.New(identity.Dependencies{DB: a.DB, Subscribers: replies, Sender: replies, Texts: texts, Now: a.Now})
	a.Notices = a.notices(directory, replies, clients[kakao.Name])
	a.Wallet = wallet.New(a.Ledger, a.TestMoney)
	a.Wallet.Identities = a.Identity
	a.Wallet.Codes = wallet.Codes{DB: a.DB, Now: a.Now}
	a.Wallet.Mandates = wallet.Mandates{DB: a.DB, Now: a.Now}
	a.Wallet.Policies = a.limits(directory)
	a.Payments = pay.New(pay.Dependencies{DB: a.DB, Sealer: a.Vault, Providers: a.providers(replies, clients), Now: a.Now, Logger: a.Logger})
	a.Exchange = a.rates(directory)
	a.Payments.Convert(a.Exchange)
	a.Receipts = a.receipts(directory)
	a.Payments.Record(a.Receipts)
	a.guardMoney(directory, replies)
	a.Devices = a.devices(replies, directory)
	a.Transfers, a.Counter = a.transfers(replies), a.counters(replies, directory)
	a.Friends = a.friends(replies, directory)
	a.Requests = a.requests(replies, directory)
	a.Mandates = a.mandates(replies, directory)
	a.Books = a.books(directory)
	a.Statements = a.statements(directory) // which asks the books for fees
	a.Guests = a.guests(replies)
	a.Shop = shop.New(shop.Dependencies{
		DB: a.DB, Directory: directory, Sender: replies, Log: a.Log, Texts: texts,
		Tags:     replies,
		Guests:   a.Guests,
		Balances: a.Wallet, Digital: &digital.Goods{DB: a.DB, Sealer: a.Vault, Now: a.Now}, Payments: a.Payments, Links: shop.Links{Base: a.PublicURL}, Identities: a.Identity,
		Now: a.Now, Logger: a.Logger,
	})
	a.Bot = bot.New(bot.Dependencies{
		DB: a.DB, Log: a.Log, Sealer: a.Vault, Texts: texts, Accounts: directory,
		Till:     till{a.Payments},
		Products: productCards{a.Shop}, Orders: latestOrders{a.Shop},
		Attachments: kept{a.Attachments},
		Skills:      []bot.Skill{a.Identity, a.Notices, a.Mandates, a.Shop},
		Channels:    append([]bot.Channel{webchat.Channel{Signals: a.Log}}, a.messengers(clients)...),
		WebhookURL: func(channel, account string) string {
			return a.PublicURL + "/webhooks/" + channel + "/" + account
		},
		Now: a.Now, Logger: a.Logger,
	})
	replies.bot, campaigns.bot = a.Bot, a.Bot
	a.SignIn = a.signIn()
	a.Webchat = webchat.New(a.DB, a.Bot, kept{a.Attachments}, a.Log, a.Now)
	a.Developer = developer.New(developer.Dependencies{
		DB: a.DB, Bot: a.Bot, Chat: a.Webchat, Sealer: a.Vault, Texts: texts, Accounts: directory,
		Attachments: kept{a.Attachments}, PublicURL: a.PublicURL, Private: a.PrivateCallbacks, Now: a.Now, Logger: a.Logger,
	})
	a.Bot.Developer = a.Developer
	a.Notify = a.notifying(texts, directory)
	a.Codes = qr.New(qr.Dependencies{
		DB: a.DB, Zone: directory.Zone, Events: a.Log, Coupons: couponTargets{a.Shop, directory},
		Address: func(code string) string { return a.PublicURL + "/q/" + code },
		Now:     a.Now, Logger: a.Logger,
	})
	a.Broadcast = broadcast.New(broadcast.Dependencies{
		DB: a.DB, Subscribers: audience{a.Bot, a.Notices}, Renderer: filler{a.Bot}, Sender: campaigns,
		Bulk:     map[string]broadcast.BulkSender{webchat.Name: bulk{a.Bot}},
		Mass:     crowds{a.Bot},
		Accounts: directory, Codes: a.Codes, Events: a.Log, Restoration: a.DB, Texts: texts,
		ByTemplate: noticesByTemplate{a.Notices},
		NoticeURL:  func(id string) string { return a.PublicURL + "/n/" + id },
		Now:        a.Now, Logger: a.Logger,
	})
	a.Bot.Outcomes, a.Bot.Scans = outcomes{a.Broadcast}, a.Codes
}

// messengers are the channels with a platform behind them.
func (a *App) messengers(clients map[string]*http.Client) []bot.Channel {
	if a.Messengers != nil {
		return a.Messengers
	}
	qrPicture := func(link string) string { return a.PublicURL + qrPicturePath(link) }
	shared := sharedTokens{a.DB, a.Vault, a.Now}
	return []bot.Channel{
		wechat.New(wechat.Options{
			PublicURL: a.PublicURL,
			QRPicture: qrPicture,
			Images:    uploads{a.Pictures, a.Attachments, a.PublicURL},
			API:       a.WeChatAPI,
			Client:    clients[wechat.ChannelName],
			Open:      a.SignInHosts.WeChat,
			Scripts:   a.SignInHosts.WeChatScripts,
			Tokens:    shared,
			Media:     shared,
			Jobs:      shared,
			Usage:     usageCounts{shared, wechat.ChannelName, dayLife},
			Now:       a.Now, Logger: a.Logger,
		}),
		line.New(line.Options{
			PublicURL: cmp.Or(a.MediaURL, a.PublicURL),
			QRPicture: qrPicture,
			Text:      a.Renderer.Texts.Text,
			API:       a.LINEAPI,
			Client:    clients[line.Name],
			Usage:     usageCounts{shared, line.Name, monthLife},
			Access:    a.SignInHosts.LINE,
			Now:       a.Now,
		}),
		telegram.New(telegram.Options{
			PublicURL: a.PublicURL,
			QRPicture: qrPicture,
			Files:     telegramFiles{uploads{a.Pictures, a.Attachments, a.PublicURL}},
			Memory:    telegramMemory{a.DB},
			API:       a.TelegramAPI,
			Client:    clients[telegram.Name],
			Login:     a.SignInHosts.Telegram,
			Now:       a.Now, Logger: a.Logger,
		}),
		a.kakao(clients[kakao.Name]),
	}
}

// senders is how many messages a node has under way to platforms at a time, half
// of them at most on one account's channel. A platform answers in a tenth of a
// second or so, so that with 64 one account sends about 300 messages a second;
// they wait for the network, and what they write shares commits.
const senders = 64

// Start sets the workers going; they end when ctx does, and then the returned
// function waits, as long as its context does, for what is under way and gives
// leases back.
func (a *App) Start(ctx context.Context) (stop func(context.Context) error) {
	var workers sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	workers.Go(func() { a.Bot.Run(ctx, senders) })
	workers.Go(func() { a.Developer.Run(ctx) })
	workers.Go(func() { a.Notify.Run(ctx) })
	workers.Go(func() { a.Shop.Run(ctx, time.Second) })
	workers.Go(func() { a.Codes.Run(ctx) })
	workers.Go(func() { a.Notices.Run(ctx, 2*time.Second) })
	workers.Go(func() { a.recoverMoney(ctx) })
	workers.Go(func() { a.Mandates.Run(ctx, time.Second) })
	workers.Go(func() { a.learnRisks(ctx) })
	workers.Go(func() { a.keepBooks(ctx) })
	workers.Go(func() { a.followRates(ctx) })
	a.Broadcast.Start(context.WithoutCancel(ctx))
	return func(limit context.Context) error {
		cancel()
		err := a.Broadcast.Stop(limit)
		ended := make(chan struct{})
		go func() {
			workers.Wait()
			a.Bot.Wait()
			close(ended)
		}()
		select {
		case <-ended:
			return err
		case <-limit.Done():
			return errors.Join(err, fmt.Errorf("workers are still at it: %w", limit.Err()))
		}
	}
}

// Close ends the event log, which New began. The store is its opener's.
func (a *App) Close() error { return a.Log.Close() }
