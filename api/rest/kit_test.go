package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api"
	"plaza/api/rest"
	"plaza/api/web"
	"plaza/app"
	"plaza/bot"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/message"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/exchange"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/store"
	"plaza/store/storetest"
	"plaza/templates"
)

const base = "https://plaza.example"

// kit is the API over a whole program, in the memory of one test.
type kit struct {
	t        testing.TB
	engine   *gin.Engine // the server's, with its routes
	handler  http.Handler
	app      *app.App
	db       *store.DB
	accounts *account.Service
	bot      *bot.Bot
	shop     *shop.Service
	wallet   *wallet.Wallet
	codes    *qr.Codes
	send     *broadcast.Service
	notices  *alimtalk.Service
	mandates *mandate.Service
	requests *request.Service
	pictures *picture.Pictures
	log      *live.Log
	exchange *exchange.Service
	agency   *paytest.Agency
	books    *reconcile.Service
	clock    *clock
	failed   func(line string) // hears of our own mistakes
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var drawing = sync.OnceValues(func() (*templates.Renderer, error) { return templates.New(time.Now) })

func newKit(t testing.TB) *kit {
	t.Helper()
	k := newKitOn(t, storetest.Open(t, append(app.Schemas(), rest.Schemas()...)...))
	k.failed = func(line string) { t.Error(line) }
	return k
}

// newKitOn is newKit on a store that may fail.
func newKitOn(t testing.TB, db *store.DB) *kit {
	t.Helper()
	renderer, err := drawing()
	must(t, err)
	k := &kit{t: t, agency: &paytest.Agency{}, clock: &clock{at: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}, db: db, failed: func(string) {}}
	now, loud := k.clock.now, slog.New(failing{k})
	program := app.New(app.Options{
		DB:         k.db,
		Vault:      vault.New(k.db, vault.NewMasterKey(), now),
		Renderer:   renderer,
		PublicURL:  base,
		Messengers: []bot.Channel{&messenger{wechat.New(wechat.Options{})}},
		Providers:  []pay.Provider{k.agency},
		TestMoney:  true,
		Now:        now,
		Logger:     loud,
	})
	t.Cleanup(func() { must(t, program.Close()) })
	k.app = program
	k.accounts, k.bot, k.shop, k.wallet = program.Accounts, program.Bot, program.Shop, program.Wallet
	k.notices = program.Notices
	k.mandates = program.Mandates
	k.requests = program.Requests
	k.exchange, k.books = program.Exchange, program.Books
	k.codes, k.send, k.pictures, k.log = program.Codes, program.Broadcast, program.Pictures, program.Log
	surface := &web.Surface{Logger: loud, Renderer: renderer, Accounts: k.accounts, Now: now, PublicURL: base}
	mount := rest.Mount(rest.Options{
		Surface:    surface,
		DB:         k.db,
		Sealer:     program.Vault,
		Bot:        k.bot,
		Shop:       k.shop,
		Wallet:     k.wallet,
		Risk:       program.Risk,
		Books:      program.Books,
		Statements: program.Statements,
		Identity:   program.Identity,
		Notices:    program.Notices,
		Mandates:   program.Mandates,
		Requests:   program.Requests,
		Ledger:     program.Ledger,
		Codes:      k.codes,
		Broadcast:  k.send,
		Pictures:   k.pictures,
		Log:        k.log,
		Version:    "test",
		Exchange:   program.Exchange,
	})
	k.handler, err = api.New(api.Options{Surface: surface, Webhooks: k.bot.Webhooks(), Metrics: prometheus.NewRegistry(),
		Ready:    func(context.Context) error { return nil },
		Surfaces: []func(*gin.Engine){func(engine *gin.Engine) { k.engine = engine }, mount}})
	must(t, err)
	return k
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failing makes what is logged as our own mistake fail the test.
type failing struct{ kit *kit }

func (failing) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }
func (f failing) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { f.kit.failed(fmt.Sprintf("%s: %s %v", r.Message, a.Key, a.Value)); return true })
	return nil
}
func (f failing) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f failing) WithGroup(string) slog.Handler      { return f }

// dump is what is kept of an account's answers.
func (k *kit) dump(account string) string {
	k.t.Helper()
	written, err := rest.KeptAnswers(k.t.Context(), k.db, account)
	must(k.t, err)
	return written
}

// open opens an account with an owner.
func (k *kit) open(slug string) (account.Account, account.Member) {
	k.t.Helper()
	owner, err := k.accounts.Members.Create(k.t.Context(), account.NewMember{Email: slug + "@plaza.example", Name: slug, Language: "en"})
	must(k.t, err)
	opened, err := k.accounts.Accounts.Create(k.t.Context(), account.NewAccount{Slug: slug, Currency: "CNY", Profile: account.Profile{
		Kind: account.Merchant, Names: map[string]string{"en": slug}, Language: "en", TimeZone: "Asia/Shanghai"}}, owner.ID, account.System("test"))
	must(k.t, err)
	return opened, owner
}

// token makes a token of a member; with no scopes, of all that they may.
func (k *kit) token(in account.Account, of account.Member, scopes ...account.Permission) string {
	k.t.Helper()
	access, err := k.accounts.Members.Access(k.t.Context(), in.ID, of, "")
	must(k.t, err)
	if len(scopes) == 0 {
		scopes = access.Permissions
	}
	secret, _, err := k.accounts.Tokens.Create(k.t.Context(), access, account.NewToken{Label: "test", Scopes: scopes})
	must(k.t, err)
	return secret
}

// program asks with a token.
type program struct {
	kit    *kit
	token  string
	header http.Header
}

// shop opens an account and gives a program that may do everything in it.
func (k *kit) program(slug string) (program, account.Account) {
	k.t.Helper()
	opened, owner := k.open(slug)
	return program{kit: k, token: k.token(opened, owner)}, opened
}

// with is the same program sending one more header.
func (p program) with(name, value string) program {
	p.header = p.header.Clone()
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// raw sends a body as it is.
func (p program) raw(method, path, contentType string, body []byte) answer {
	p.kit.t.Helper()
	request := httptest.NewRequestWithContext(p.kit.t.Context(), method, rest.Path+path, bytes.NewReader(body))
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for name, values := range p.header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	p.kit.handler.ServeHTTP(recorder, request)
	answered := recorder.Result()
	read, err := io.ReadAll(answered.Body)
	must(p.kit.t, err)
	return answer{p.kit.t, answered.StatusCode, answered.Header, read}
}

func (p program) get(path string) answer {
	p.kit.t.Helper()
	return p.raw(http.MethodGet, path, "", nil)
}

// send sends a value as JSON; nil sends no body.
func (p program) send(method, path string, value any) answer {
	p.kit.t.Helper()
	if value == nil {
		return p.raw(method, path, "", nil)
	}
	body, err := json.Marshal(value)
	must(p.kit.t, err)
	return p.raw(method, path, "application/json", body)
}

func (p program) post(path string, value any) answer {
	p.kit.t.Helper()
	return p.send(http.MethodPost, path, value)
}

// want fails the test unless the answer has this status, and reads it into to.
func (a answer) want(status int, to ...any) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, not %d: %s", a.status, status, a.body)
	}
	for _, one := range to {
		must(a.t, json.Unmarshal(a.body, one))
	}
	return a
}

// problem fails the test unless the answer is a problem of this status and code.
func (a answer) problem(status int, code string) web.Problem {
	a.t.Helper()
	var p web.Problem
	a.want(status, &p)
	if a.header.Get("Content-Type") != web.ProblemMediaType || p.Code != code || p.Status != status ||
		p.Type != "urn:plaza:problem:"+code || p.Title == "" || p.Detail == "" || p.Instance == "" {
		a.t.Fatalf("%s: %s", a.header.Get("Content-Type"), a.body)
	}
	return p
}

// code is that of a problem; empty if it is none.
func (a answer) code() string {
	var p web.Problem
	if json.Unmarshal(a.body, &p) != nil {
		return ""
	}
	return p.Code
}

// subscriber is somebody who follows on the web chat and has said something.
func (k *kit) subscriber(in account.Account, user, name, says string) message.Person {
	k.t.Helper()
	for i, kind := range []message.Kind{message.Follow, message.TextIn} {
		_, err := k.bot.Handle(k.t.Context(), message.Inbound{Account: in.ID, Channel: webchat.Name, User: user, Name: name,
			Key: user + string(kind), Kind: kind, Text: []string{"", says}[i], Language: "en", At: k.clock.now()}, []byte("raw "+says))
		must(k.t, err)
	}
	found, err := k.bot.Subscribers().Get(k.t.Context(), in.ID, message.SubscriberID(in.ID, webchat.Name, user))
	must(k.t, err)
	return found.Person()
}

// messenger stands for WeChat: its connections work.
type messenger struct{ *wechat.Channel }

func (*messenger) Name() string { return "wechat" }

func (*messenger) Check(context.Context, []byte) error { return nil }

func (*messenger) Templates(context.Context, []byte) ([]message.Template, error) { return nil, nil }

func (*messenger) PublishMenus(context.Context, []byte, []message.Menu) ([]int, error) {
	return nil, nil
}
