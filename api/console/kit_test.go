package console_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/account/vault"
	"plaza/api/console"
	"plaza/api/web"
	"plaza/app"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/message"
	"plaza/shop"
	"plaza/shop/counter"
	"plaza/shop/exchange"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/skew"
	"plaza/store"
	"plaza/store/storetest"
	"plaza/templates"
)

// kit is the console over a whole program in memory of one test.
type kit struct {
	exchange *exchange.Service
	t        *testing.T
	// unreachable: the server can't reach its own public address.
	unreachable bool
	db          *store.DB
	engine      *gin.Engine
	app         *app.App
	console     *console.Console
	accounts    *account.Service
	bot         *bot.Bot
	program     *developer.Service
	shop        *shop.Service
	wallet      *wallet.Wallet
	risk        *risk.Service
	codes       *qr.Codes
	messenger   *messenger
	agency      *paytest.Agency
	books       *reconcile.Service
	send        *broadcast.Service
	notices     *alimtalk.Service
	mandates    *mandate.Service
	log         *live.Log
	counter     *counter.Service
	requests    *request.Service
	clocks      *skew.Watch
	now         func() time.Time
	signOuts    []string
}

var drawing = sync.OnceValues(func() (*templates.Renderer, error) { return templates.New(time.Now) })

func newKit(t *testing.T) *kit {
	t.Helper()
	db := storetest.Open(t, app.Schemas()...)
	renderer, err := drawing()
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	at := time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)
	k := &kit{t: t, db: db, messenger: &messenger{Channel: wechat.New(wechat.Options{})}, agency: &paytest.Agency{}, now: func() time.Time { return at }}
	program := app.New(app.Options{
		DB:               db,
		Vault:            vault.New(db, vault.NewMasterKey(), k.now),
		Renderer:         renderer,
		PublicURL:        base,
		Messengers:       []bot.Channel{k.messenger},
		PrivateCallbacks: true,
		RatesURL:         sheet(t),
		Providers:        []pay.Provider{k.agency},
		TestMoney:        true,
		Now:              k.now,
		Logger:           quiet,
	})
	t.Cleanup(func() { must(t, program.Close()) })
	k.app = program
	k.risk, k.books = program.Risk, program.Books
	k.exchange = program.Exchange
	k.accounts, k.bot, k.shop, k.wallet = program.Accounts, program.Bot, program.Shop, program.Wallet
	k.notices, k.mandates = program.Notices, program.Mandates
	k.counter, k.requests = program.Counter, program.Requests
	k.log, k.clocks = program.Log, program.Clocks
	k.codes, k.send, k.program = program.Codes, program.Broadcast, program.Developer
	surface := &web.Surface{Logger: quiet, Renderer: renderer, Accounts: k.accounts, Now: k.now, PublicURL: base}
	k.console = console.New(console.Dependencies{
		Surface:     surface,
		Bot:         k.bot,
		Developer:   program.Developer,
		Notify:      program.Notify,
		Broadcast:   k.send,
		Codes:       k.codes,
		Shop:        k.shop,
		Wallet:      k.wallet,
		PINs:        program.PINs,
		Risk:        program.Risk,
		Books:       program.Books,
		Ledger:      program.Ledger,
		Statements:  program.Statements,
		Counter:     program.Counter,
		Exchange:    program.Exchange,
		Requests:    program.Requests,
		Mandates:    program.Mandates,
		Identity:    program.Identity,
		Notices:     program.Notices,
		SignIn:      program.SignIn,
		Clocks:      program.Clocks,
		Pictures:    program.Pictures,
		Attachments: program.Attachments,
		Log:         program.Log,
		Client:      &http.Client{Transport: k},
		SignedOut:   func(session string) { k.signOuts = append(k.signOuts, session) },
	})
	gin.SetMode(gin.ReleaseMode)
	k.engine = gin.New()
	k.engine.ContextWithFallback, k.engine.UseRawPath = true, true
	k.engine.Use(web.Identify(base), web.Recover(slog.New(failing{t}), surface.Fail))
	k.console.Mount(k.engine)
	return k
}

const base = "https://plaza.example"

// RoundTrip stands for the way from the server to its own public address.
func (k *kit) RoundTrip(request *http.Request) (*http.Response, error) {
	if k.unreachable {
		return nil, errors.New("no route to host")
	}
	answer := httptest.NewRecorder()
	if request.URL.String() != base+"/healthz" {
		answer.WriteHeader(http.StatusNotFound)
	}
	return answer.Result(), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failing makes a panic in a handler fail the test.
type failing struct{ t *testing.T }

func (failing) Enabled(context.Context, slog.Level) bool { return true }
func (f failing) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { f.t.Errorf("%s: %s %v", r.Message, a.Key, a.Value); return true })
	return nil
}
func (f failing) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f failing) WithGroup(string) slog.Handler      { return f }

// open opens an account with an owner.
func (k *kit) open(slug string) (account.Account, account.Member) {
	k.t.Helper()
	owner := k.member(slug+"-owner", "")
	opened, err := k.accounts.Accounts.Create(k.t.Context(), account.NewAccount{Slug: slug, Currency: "CNY", Profile: account.Profile{
		Kind: account.Merchant, Names: map[string]string{"en": slug}, Language: "en", TimeZone: "Asia/Shanghai"}}, owner.ID, account.System("test"))
	must(k.t, err)
	return opened, owner
}

// member registers somebody; with a password only where one is needed, because
// hashing it takes its time.
func (k *kit) member(name, password string) account.Member {
	k.t.Helper()
	made, err := k.accounts.Members.Create(k.t.Context(), account.NewMember{
		Email: name + "@plaza.example", Name: name, Language: "en", Password: password})
	must(k.t, err)
	return made
}

// with registers somebody with a role in an account.
func (k *kit) with(in account.Account, role account.Role) account.Member {
	k.t.Helper()
	made := k.member(in.Slug+"-"+string(role), "")
	must(k.t, k.accounts.Members.Add(k.t.Context(), in.ID, made.ID, role, account.System("test")))
	return made
}

// browser keeps cookies and the token of forms, as people's browsers do.
type browser struct {
	kit     *kit
	cookies map[string]*http.Cookie
	csrf    string
	site    string // Sec-Fetch-Site; empty: same-origin
}

func (k *kit) browser() *browser { return &browser{kit: k, cookies: map[string]*http.Cookie{}} }

// as is a browser in which a member has signed in.
func (k *kit) as(member account.Member) *browser {
	k.t.Helper()
	secret, session, err := k.accounts.Sessions.Open(k.t.Context(), member, "Chrome/140 Android", "192.0.2.7")
	must(k.t, err)
	b := k.browser()
	b.cookies[web.SessionCookie] = &http.Cookie{Name: web.SessionCookie, Value: secret}
	found, _, err := k.accounts.Sessions.Find(k.t.Context(), secret)
	must(k.t, err)
	if found.ID != session.ID {
		k.t.Fatal("another session was found")
	}
	b.csrf = found.CSRF
	return b
}

// page is what a browser got.
type page struct {
	status int
	to     string // where a redirect leads
	body   string
	header http.Header
}

func (b *browser) do(request *http.Request) page {
	b.kit.t.Helper()
	for _, cookie := range b.cookies {
		request.AddCookie(cookie)
	}
	site := b.site
	if site == "" {
		site = "same-origin"
	}
	request.Header.Set("Sec-Fetch-Site", site)
	recorder := httptest.NewRecorder()
	b.kit.engine.ServeHTTP(recorder, request)
	answer := recorder.Result()
	for _, cookie := range answer.Cookies() {
		b.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	body, err := io.ReadAll(answer.Body)
	must(b.kit.t, err)
	return page{answer.StatusCode, answer.Header.Get("Location"), string(body), answer.Header}
}

func (b *browser) get(path string) page {
	b.kit.t.Helper()
	return b.do(httptest.NewRequestWithContext(b.kit.t.Context(), http.MethodGet, path, nil))
}

// background fetches a page as its script does while nobody looks at it.
func (b *browser) background(path string) page {
	b.kit.t.Helper()
	request := httptest.NewRequestWithContext(b.kit.t.Context(), http.MethodGet, path, nil)
	request.Header.Set("X-Fragment", "hidden")
	return b.do(request)
}

// post sends a form with the token of the session; fields are names and values.
func (b *browser) post(path string, fields ...string) page {
	b.kit.t.Helper()
	form := url.Values{}
	if b.csrf != "" {
		form.Set("csrf", b.csrf)
	}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	request := httptest.NewRequestWithContext(b.kit.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(request)
}

// follow posts a form that must be accepted, and opens the page it leads to.
func (b *browser) follow(path string, fields ...string) page {
	b.kit.t.Helper()
	sent := b.post(path, fields...)
	if sent.status != http.StatusSeeOther {
		b.kit.t.Fatalf("POST %s: %d %s", path, sent.status, text(sent.body))
	}
	return b.get(sent.to)
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<svg.*?</svg>|<[^>]*>|\s+`)

// text is what a person reads of a page.
func text(body string) string {
	if at := strings.Index(body, "<main"); at >= 0 {
		body = body[at:]
	}
	return html.UnescapeString(strings.Join(strings.Fields(tags.ReplaceAllString(body, " ")), " "))
}

func (p page) want(t *testing.T, status int, pieces ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d, not %d: %s", p.status, status, text(p.body))
	}
	read := text(p.body)
	for _, piece := range pieces {
		if !strings.Contains(read, piece) && !strings.Contains(p.body, piece) {
			t.Errorf("nothing says %q: %s", piece, read)
		}
	}
}

// subscriber is somebody who follows on the web chat and has said something.
func (k *kit) subscriber(in account.Account, user, name, says string) message.Person {
	k.t.Helper()
	for i, kind := range []message.Kind{message.Follow, message.TextIn} {
		_, err := k.bot.Handle(k.t.Context(), message.Inbound{Account: in.ID, Channel: webchat.Name, User: user, Name: name,
			Key: user + string(kind), Kind: kind, Text: []string{"", says}[i], Language: "en", At: k.now()}, []byte("raw "+says))
		must(k.t, err)
	}
	found, err := k.bot.Subscribers().Get(k.t.Context(), in.ID, message.SubscriberID(in.ID, webchat.Name, user))
	must(k.t, err)
	return found.Person()
}

// messenger stands for WeChat: its connections work.
type messenger struct {
	*wechat.Channel
	file    []byte // what it gives out, once its credentials are right
	fetched atomic.Int32
}

func (m *messenger) Fetch(_ context.Context, credentials []byte, in message.Inbound) (message.File, error) {
	m.fetched.Add(1)
	if in.MediaID != "M1" || !bytes.Contains(credentials, []byte("wx0123456789abcdef")) {
		return message.File{}, errors.New("no such media")
	}
	return message.File{Content: io.NopCloser(bytes.NewReader(m.file)), Size: -1}, nil
}

func (*messenger) Name() string { return "wechat" }

func (*messenger) Check(context.Context, []byte) error { return nil }
