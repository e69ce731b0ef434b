package developer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"plaza/bot/wechat"
	"plaza/egress"
	"plaza/fault"
	"plaza/store"
)

// App is the developer's side of one account.
type App struct {
	ID      string `bson:"_id"` // the account's
	Account string `bson:"account"`
	AppID   string `bson:"app_id"` // "wx" and 16 hexadecimal digits
	// OriginalID stands for the account in pushes ("gh_...").
	OriginalID string `bson:"original_id"`
	// Secret is sealed; Version rises when it changes, which ends all tokens.
	Secret  []byte `bson:"secret"`
	Version int64  `bson:"version"`
	// Enabled: the API answers and, once there is a callback, messages are pushed.
	Enabled bool `bson:"enabled"`
	// Callback is a sealed Callback; absent until one has been verified.
	Callback   []byte     `bson:"callback,omitempty"`
	Order      Order      `bson:"order"`
	VerifiedAt *time.Time `bson:"verified_at,omitempty"`
	// SignInDomain is the host that web sign-in may lead back to.
	SignInDomain string `bson:"sign_in_domain,omitempty"`
	// Classic is the key of the current token of /token, Stable what that of
	// /stable_token is made from.
	Classic   string    `bson:"classic,omitempty"`
	Stable    *stable   `bson:"stable,omitempty"`
	Ticket    *stable   `bson:"ticket,omitempty"` // what that of the JS-SDK is made from
	UpdatedAt time.Time `bson:"updated_at"`
}

// Order says who is asked first about a message.
type Order string

// The orders.
const (
	// Instead: the program answers, the account's own rules do not.
	Instead Order = "instead"
	// First: what the program leaves without an answer, the rules answer.
	First Order = "first"
)

// Callback is where and how messages are pushed.
type Callback struct {
	URL            string      `json:"url"`
	Token          string      `json:"token"`
	EncodingAESKey string      `json:"encoding_aes_key,omitempty"`
	Mode           wechat.Mode `json:"mode"`
}

var apps = store.Declare[App](store.Schema{
	Name: "developer_apps", KeyedByAccount: true,
	Indexes:  []store.Index{{Fields: []string{"app_id"}, Across: true}},
	ShardKey: []string{"account", "_id"},
})

// What members are told. Those about a callback name the field "url".
var (
	ErrNoApp    = fault.New(fault.NotFound, "developer_no_app", "This account has no developer access yet.")
	ErrOrder    = fault.New(fault.Invalid, "developer_order", "Please choose who answers first.").In("order")
	ErrMode     = fault.New(fault.Invalid, "developer_mode", "Please choose plain, compatible or safe mode.").In("mode")
	ErrDomain   = fault.New(fault.Invalid, "developer_domain", "This is not the name of a host, such as shop.example.com.").In("domain")
	ErrNoEcho   = fault.New(fault.Invalid, "developer_no_echo", "The callback did not answer the verification with the text it was sent. Check its token and that it answers GET requests.").In("url")
	ErrNoAnswer = fault.New(fault.Invalid, "developer_no_answer", "The callback did not answer within {0} seconds.", int(CallbackLimit/time.Second)).In("url")
)

// Families that are sealed under.
const (
	sealedSecret   = "developer secret"
	sealedCallback = "developer callback"
)

// Find finds an account's app. Errors: ErrNoApp.
func (s *Service) Find(ctx context.Context, account string) (App, error) {
	found, err := apps.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoApp.Because(err)
	}
	return found, err
}

// Open gives an account its app, switched on, with a secret that is returned this
// once: a program that only sends needs no callback, as on WeChat, where the API
// hangs on the secret alone. An account that has an app keeps it, and the secret
// is empty then.
func (s *Service) Open(ctx context.Context, account string) (app App, secret string, err error) {
	secret = newSecret()
	sealed, err := s.Sealer.Seal(ctx, sealedSecret, account, []byte(secret))
	if err != nil {
		return App{}, "", err
	}
	digest := sha256.Sum256([]byte("original id " + account))
	app = App{ID: account, Account: account, AppID: "wx" + hex.EncodeToString(random(8)), OriginalID: "gh_" + hex.EncodeToString(digest[:6]),
		Secret: sealed, Version: 1, Enabled: true, Order: Instead, UpdatedAt: s.now()}
	stored, inserted, err := apps.In(s.DB, account).InsertIfAbsent(ctx, app)
	if !inserted {
		secret = ""
	}
	return stored, secret, err
}

// NewSecret replaces the secret and returns it, this once. All tokens end.
func (s *Service) NewSecret(ctx context.Context, account string) (string, error) {
	secret := newSecret()
	sealed, err := s.Sealer.Seal(ctx, sealedSecret, account, []byte(secret))
	if err != nil {
		return "", err
	}
	return secret, s.change(ctx, account, store.Set("secret", sealed).Inc("version", 1).Unset("classic", "stable"))
}

// Saved is what a member enters about the callback.
type Saved struct {
	Callback Callback
	Order    Order
}

// Save verifies a callback as WeChat does (a signed GET whose echostr has to
// come back) and, if it answers, keeps it and switches the app on.
// Errors: ErrNoApp, ErrOrder, ErrMode, ErrNoEcho, ErrNoAnswer, egress.ErrAddress,
// egress.ErrPrivate, and package wechat's about token and key.
func (s *Service) Save(ctx context.Context, account string, saved Saved) error {
	app, err := s.Find(ctx, account)
	if err != nil {
		return err
	}
	if saved.Order != Instead && saved.Order != First {
		return ErrOrder
	}
	if err := s.verify(ctx, app, saved.Callback); err != nil {
		return err
	}
	encoded, err := json.Marshal(saved.Callback)
	if err != nil {
		return err
	}
	sealed, err := s.Sealer.Seal(ctx, sealedCallback, account, encoded)
	if err != nil {
		return err
	}
	return s.change(ctx, account, store.Set("callback", sealed).Set("order", saved.Order).Set("enabled", true).Set("verified_at", s.now()))
}

// Enable switches pushes and the API on or off. Errors: ErrNoApp.
func (s *Service) Enable(ctx context.Context, account string, enabled bool) error {
	return s.change(ctx, account, store.Set("enabled", enabled))
}

// SetSignInDomain registers the host that web sign-in may lead back to; empty
// for none. Errors: ErrNoApp, ErrDomain.
func (s *Service) SetSignInDomain(ctx context.Context, account, domain string) error {
	domain = strings.ToLower(domain)
	if domain != "" {
		parsed, err := url.Parse("https://" + domain)
		if err != nil || parsed.Host != domain || parsed.Hostname() == "" || len(domain) > 253 {
			return ErrDomain
		}
	}
	return s.change(ctx, account, store.Set("sign_in_domain", domain))
}

func (s *Service) change(ctx context.Context, account string, update store.Update) error {
	err := apps.In(s.DB, account).Update(ctx, account, update.Set("updated_at", s.now()))
	s.known.forget(account)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoApp.Because(err)
	}
	return err
}

// CallbackOf opens the callback's settings; zero if there are none yet.
func (s *Service) CallbackOf(ctx context.Context, app App) (Callback, error) {
	var callback Callback
	if app.Callback == nil {
		return callback, nil
	}
	plain, err := s.Sealer.Open(ctx, sealedCallback, app.Account, app.Callback)
	if err != nil {
		return callback, err
	}
	return callback, json.Unmarshal(plain, &callback)
}

// platform is our half of the protocol towards a callback.
func (app App) platform(c Callback) (*wechat.Platform, error) {
	switch c.Mode {
	case wechat.PlainMode, wechat.CompatibleMode, wechat.SafeMode:
	default:
		return nil, ErrMode
	}
	return wechat.NewPlatform(wechat.Credentials{AppID: app.AppID, OriginalID: app.OriginalID,
		Token: c.Token, EncodingAESKey: c.EncodingAESKey}, c.Mode)
}

// verify asks a callback to echo.
func (s *Service) verify(ctx context.Context, app App, callback Callback) error {
	if err := egress.CheckAddress(callback.URL); err != nil {
		return egress.ErrAddress.In("url")
	}
	platform, err := app.platform(callback)
	if err != nil {
		return err
	}
	echo := newNumber()
	request, err := callTo(ctx, "GET", callback.URL, platform.Verification(s.Now(), echo), nil)
	if err != nil {
		return egress.ErrAddress.In("url").Because(err)
	}
	answer, err := s.caller.Do(ctx, request)
	switch {
	case errors.Is(err, egress.ErrPrivate):
		return egress.ErrPrivate.In("url")
	case errors.Is(err, context.DeadlineExceeded):
		return ErrNoAnswer.Because(err)
	case err != nil, answer.Status != 200, string(answer.Body) != echo:
		return ErrNoEcho.Because(err)
	}
	return nil
}

// newSecret makes a secret of 32 hexadecimal digits.
func newSecret() string { return hex.EncodeToString(random(16)) }

func random(length int) []byte {
	bytes := make([]byte, length)
	_, _ = rand.Read(bytes) // never fails
	return bytes
}

// pushed says whether messages go to the app's callback.
func (app App) pushed() bool { return app.Enabled && app.Callback != nil }

// knownApps remembers for a moment which accounts' messages are pushed, since
// every message of the web chat asks. A change on this node counts at once.
type knownApps struct {
	mu   sync.Mutex
	apps map[string]knownApp
}

type knownApp struct {
	pushed bool
	at     time.Time
}

const (
	knownFor = 5 * time.Second
	maxKnown = 10_000
)

func (k *knownApps) forget(account string) {
	k.mu.Lock()
	delete(k.apps, account)
	k.mu.Unlock()
}

// pushed says whether an account's messages go to a callback.
func (s *Service) pushed(ctx context.Context, account string) (bool, error) {
	k, now := &s.known, s.now()
	k.mu.Lock()
	found, ok := k.apps[account]
	k.mu.Unlock()
	if ok && now.Sub(found.at) < knownFor {
		return found.pushed, nil
	}
	app, err := s.Find(ctx, account)
	if err != nil && !errors.Is(err, ErrNoApp) {
		return false, err
	}
	k.mu.Lock()
	if k.apps == nil || len(k.apps) >= maxKnown {
		k.apps = make(map[string]knownApp)
	}
	k.apps[account] = knownApp{app.pushed(), now}
	k.mu.Unlock()
	return app.pushed(), nil
}
