// Package apitest gives tests of the outside the whole program behind it, on an
// embedded store in a temporary folder, with a clock that stands still until a
// test moves it.
package apitest

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"plaza/account/vault"
	"plaza/api"
	compat "plaza/api/compat/wechat"
	"plaza/api/public"
	"plaza/api/web"
	"plaza/app"
	"plaza/live"
	"plaza/shop/pay"
	"plaza/skew"
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
	// Clocks replace those of the program.
	Clocks func() []skew.Reading
	// Webhooks replace those of the bot.
	Webhooks api.Webhooks
	// PublicURL, if it is not PublicURL.
	PublicURL string
	// Running lets the clock run by itself.
	Running bool
	// KakaoAPI is the host of a stand-in of KakaoTalk and of its dealer.
	KakaoAPI string
	// Providers are ways of paying beside those built in.
	Providers []pay.Provider
	// SignInHosts, WeChatAPI, LINEAPI and TelegramAPI are the hosts of stand-ins.
	SignInHosts                     app.SignInHosts
	WeChatAPI, LINEAPI, TelegramAPI string
	// WeChatPayAPI is the host of a stand-in of WeChat Pay.
	WeChatPayAPI string
	// KakaoPayAPI is the host of a stand-in of KakaoPay.
	KakaoPayAPI string
	// AlipayGateway is the address of a stand-in of Alipay.
	AlipayGateway string
	// PushRoots are whom to trust to reach a stand-in of a push service.
	PushRoots *x509.CertPool
	// Log takes what is logged; nil is nowhere.
	Log slog.Handler
	// Routes are added to the server's.
	Routes func(*gin.Engine)
}

// World is the program with its server.
type World struct {
	*app.App
	T testing.TB
	http.Handler
	Hub *live.Hub

	mutex sync.Mutex
	clock time.Time
	began time.Time // when a running clock started; zero: it stands still
}

// Now is the clock.
func (w *World) Now() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.began.IsZero() {
		return w.clock
	}
	return w.clock.Add(time.Since(w.began))
}

// Pass lets time pass.
func (w *World) Pass(by time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.clock = w.clock.Add(by)
}

// renderer is made once: it reads all templates.
var renderer = sync.OnceValues(func() (*templates.Renderer, error) { return templates.New(time.Now) })

// New makes a World; it ends with the test.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{T: t, clock: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}
	if o.Running {
		w.began = time.Now()
	}
	drawing, err := renderer()
	w.Must(err)
	if o.PublicURL == "" {
		o.PublicURL = PublicURL
	}
	if o.Log == nil {
		o.Log = slog.DiscardHandler
	}
	db := storetest.Open(t, app.Schemas()...)
	w.App = app.New(app.Options{
		DB:               db,
		Vault:            vault.New(db, vault.NewMasterKey(), w.Now),
		Renderer:         drawing,
		PublicURL:        o.PublicURL,
		KakaoAPI:         o.KakaoAPI,
		KakaoDealerAPI:   o.KakaoAPI,
		SignInHosts:      o.SignInHosts,
		TelegramAPI:      o.TelegramAPI,
		WeChatAPI:        o.WeChatAPI,
		LINEAPI:          o.LINEAPI,
		WeChatPayAPI:     o.WeChatPayAPI,
		AlipayGateway:    o.AlipayGateway,
		KakaoPayAPI:      o.KakaoPayAPI,
		Providers:        o.Providers,
		PrivateCallbacks: true,
		Push:             app.PushOptions{Roots: o.PushRoots},
		TestMoney:        true,
		Now:              w.Now,
		Logger:           slog.New(o.Log),
	})
	t.Cleanup(func() {
		w.Bot.Wait()
		w.Must(w.Close())
	})
	w.serve(o)
	return w
}

func (w *World) serve(o Options) {
	surface := &web.Surface{Logger: w.Logger, Renderer: w.Renderer, Accounts: w.Accounts, Now: w.Now, PublicURL: o.PublicURL}
	w.Hub = live.NewHub(w.Log, live.HubOptions{Authorize: public.Authorize(w.Accounts, w.Webchat, w.SignIn), Logger: w.Logger,
		Signal: public.Signal(public.Signalling{Accounts: w.Accounts, Bot: w.Bot, Chat: w.Webchat, Now: w.Now, Logger: w.Logger})})
	w.T.Cleanup(func() { w.Must(w.Hub.Close(context.Background())) })
	if o.Webhooks == nil {
		o.Webhooks = w.Webhooks()
	}
	if o.Clocks == nil {
		o.Clocks = w.Clocks.Off
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	surfaces := []func(*gin.Engine){public.Mount(public.Options{
		Surface: surface,
		Bot:     w.Bot,
		Chat:    w.Webchat,
		Notify:  w.Notify,
		SignIn:  w.SignIn, Devices: w.Devices,
		Guests:      w.Guests,
		Identity:    w.Identity,
		Developer:   w.Developer,
		Shop:        w.Shop,
		Wallet:      w.Wallet,
		Transfers:   w.Transfers,
		Mandates:    w.Mandates,
		Counter:     w.Counter,
		Requests:    w.Requests,
		Friends:     w.Friends,
		PINs:        w.PINs,
		Receipts:    w.Receipts,
		Codes:       w.Codes,
		Broadcast:   w.Broadcast,
		Pictures:    w.Pictures,
		Attachments: w.Attachments,
		Log:         w.Log,
		Hub:         w.Hub,
	})}
	surfaces = append(surfaces, compat.Mount(compat.Options{Surface: surface, Developer: w.Developer}))
	if o.Routes != nil {
		surfaces = append(surfaces, o.Routes)
	}
	handler, err := api.New(api.Options{
		Surface:        surface,
		Webhooks:       o.Webhooks,
		Payments:       w.Payments,
		Ready:          o.Ready,
		Clocks:         o.Clocks,
		Metrics:        prometheus.NewRegistry(),
		MetricsToken:   o.MetricsToken,
		TrustedProxies: o.TrustedProxies,
		Surfaces:       surfaces,
	})
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
