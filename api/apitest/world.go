// Package apitest gives tests of the outside the whole program behind it, on an
// embedded store in a temporary folder, with a clock that stands still until a
// test moves it.
package apitest

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api"
	"plaza/api/public"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/store/storetest"
	"plaza/templates"
)

// PublicURL is where people reach the server of a World.
const PublicURL = "https://plaza.example"

// Options adjust a World.
type Options struct {
	MetricsToken   string
	TrustedProxies []string
	Ready          api.Ready
	// Webhooks replace those of the bot.
	Webhooks api.Webhooks
	// Log takes what is logged; nil is nowhere.
	Log slog.Handler
	// Routes are added to the server's.
	Routes func(*gin.Engine)
}

// World is the program with its server.
type World struct {
	T testing.TB
	http.Handler

	Renderer  *templates.Renderer
	Accounts  *account.Service
	Pictures  *picture.Pictures
	Bot       *bot.Bot
	Chat      *webchat.Service
	Shop      *shop.Service
	Wallet    *wallet.Wallet
	Codes     *qr.Codes
	Broadcast *broadcast.Service
	Live      *live.Log
	Hub       *live.Hub

	mutex sync.Mutex
	clock time.Time
}

// Now is the clock.
func (w *World) Now() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.clock
}

// Pass lets time pass.
func (w *World) Pass(by time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.clock = w.clock.Add(by)
}

// renderer is made once: it reads all templates.
var renderer = sync.OnceValues(func() (*templates.Renderer, error) { return templates.New(time.Now) })

func schemas() []*store.Schema {
	var all []*store.Schema
	for _, some := range [][]*store.Schema{account.Schemas(), vault.Schemas(), picture.Schemas(), live.Schemas(),
		bot.Schemas(), webchat.Schemas(), shop.Schemas(), broadcast.Schemas()} {
		all = append(all, some...)
	}
	return all
}

// New makes a World; it ends with the test.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{T: t, clock: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}
	var err error
	if w.Renderer, err = renderer(); err != nil {
		t.Fatal(err)
	}
	if o.Log == nil {
		o.Log = slog.DiscardHandler
	}
	logger := slog.New(o.Log)
	w.wire(storetest.Open(t, schemas()...), logger)
	w.serve(o, logger)
	return w
}

func (w *World) wire(db *store.DB, logger *slog.Logger) {
	texts := w.Renderer.Texts
	w.Live = live.NewLog(db, live.LogOptions{Now: w.Now, Logger: logger})
	w.T.Cleanup(func() { w.Must(w.Live.Close()) })
	w.Accounts = account.New(account.Dependencies{DB: db, Now: w.Now, Logger: logger})
	w.Pictures = picture.New(db, w.Now)
	known, outbox := directory{w.Accounts.Accounts}, &outbox{}
	w.Wallet = wallet.New(ledger.New(db, w.Now), true)
	w.Shop = shop.New(shop.Dependencies{DB: db, Directory: known, Sender: outbox, Log: w.Live, Texts: texts,
		Balances: w.Wallet, Providers: []pay.Provider{w.Wallet}, Links: shop.Links{Base: PublicURL}, Now: w.Now, Logger: logger})
	w.Bot = bot.New(bot.Dependencies{DB: db, Log: w.Live, Sealer: vault.New(db, vault.NewMasterKey(), w.Now), Texts: texts,
		Accounts: known, Skills: []bot.Skill{w.Shop}, Channels: []bot.Channel{webchat.Channel{}}, Now: w.Now, Logger: logger})
	outbox.bot = w.Bot
	w.T.Cleanup(w.Bot.Wait)
	w.Chat = webchat.New(db, w.Bot, w.Now)
	w.Codes = qr.New(qr.Dependencies{DB: db, Zone: known.Zone, Events: w.Live, Coupons: known, Now: w.Now, Logger: logger,
		Address: func(code string) string { return PublicURL + "/q/" + code }})
	w.Broadcast = broadcast.New(broadcast.Dependencies{DB: db, Subscribers: audience{w.Bot}, Renderer: filler{}, Sender: outbox,
		Accounts: known, Codes: w.Codes, Events: w.Live, Restoration: db, Texts: texts, Now: w.Now, Logger: logger,
		NoticeURL: func(id string) string { return PublicURL + "/n/" + id }})
}

func (w *World) serve(o Options, logger *slog.Logger) {
	surface := &web.Surface{Logger: logger, Renderer: w.Renderer, Accounts: w.Accounts, Now: w.Now, PublicURL: PublicURL}
	w.Hub = live.NewHub(w.Live, live.HubOptions{Authorize: public.Authorize(w.Accounts), Logger: logger})
	w.T.Cleanup(func() { w.Must(w.Hub.Close(context.Background())) })
	if o.Webhooks == nil {
		o.Webhooks = w.Bot.Webhooks()
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	surfaces := []func(*gin.Engine){public.Mount(public.Options{Surface: surface, Bot: w.Bot, Chat: w.Chat, Shop: w.Shop,
		Wallet: w.Wallet, Codes: w.Codes, Broadcast: w.Broadcast, Pictures: w.Pictures, Log: w.Live, Hub: w.Hub})}
	if o.Routes != nil {
		surfaces = append(surfaces, o.Routes)
	}
	handler, err := api.New(api.Options{Surface: surface, Webhooks: o.Webhooks, Ready: o.Ready, Metrics: prometheus.NewRegistry(),
		MetricsToken: o.MetricsToken, TrustedProxies: o.TrustedProxies, Surfaces: surfaces})
	w.Must(err)
	w.Handler = handler
}

// Must ends the test if something failed that it does not test.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}
