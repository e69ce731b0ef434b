package developer

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Scope is what a web page may learn of a person (platform document: "Web page
// authorization").
type Scope string

// The scopes.
const (
	ScopeBase     Scope = "snsapi_base"     // who they are, as an open id
	ScopeUserInfo Scope = "snsapi_userinfo" // and their name; they are asked
)

const (
	codeLife    = 5 * time.Minute
	askLife     = 10 * time.Minute // for the person to make up their mind
	refreshLife = 30 * 24 * time.Hour
	maxState    = 128
)

// What a person is shown when a page asks wrongly.
var (
	ErrSignInApp    = fault.New(fault.NotFound, "developer_sign_in_app", "The page that sent you here asks in the name of an app that does not exist.")
	ErrSignInDomain = fault.New(fault.Forbidden, "developer_sign_in_domain", "The page that sent you here is not on the host that its account has registered (10003).")
	ErrSignInScope  = fault.New(fault.Invalid, "developer_sign_in_scope", "The page that sent you here asks for something that does not exist (10005).")
	ErrSignInGone   = fault.New(fault.NotFound, "developer_sign_in_gone", "This question is no longer open. Please start again on the page you came from.")
)

// signIn is a question put to a person, and then the code of their answer.
type signIn struct {
	ID        string    `bson:"_id"` // hash of the secret in the address
	Account   string    `bson:"account"`
	User      string    `bson:"user"`
	Scope     Scope     `bson:"scope"`
	Return    string    `bson:"return,omitempty"` // of a question: where the answer goes
	State     string    `bson:"state,omitempty"`
	Code      bool      `bson:"code,omitempty"`
	Used      bool      `bson:"used,omitempty"`
	Until     time.Time `bson:"until"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// grant is a token that a page has for one person.
type grant struct {
	ID        string    `bson:"_id"` // hash
	Account   string    `bson:"account"`
	Version   int64     `bson:"version"`
	User      string    `bson:"user"`
	Scope     Scope     `bson:"scope"`
	Refresh   bool      `bson:"refresh,omitempty"`
	Until     time.Time `bson:"until"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var (
	signIns = store.Declare[signIn](store.Schema{Name: "developer_sign_ins", ExpiresAt: "expires_at"})
	grants  = store.Declare[grant](store.Schema{Name: "developer_grants", ExpiresAt: "expires_at"})
)

// SignIn is what a page asks for.
type SignIn struct {
	AppID  string
	Return string // redirect_uri
	Scope  Scope
	State  string
}

// CheckSignIn finds the app that a page asks in the name of. Errors:
// ErrSignInApp, ErrSignInDomain, ErrSignInScope.
func (s *Service) CheckSignIn(ctx context.Context, asked SignIn) (App, error) {
	app, err := s.byAppID(ctx, asked.AppID)
	switch {
	case errors.Is(err, ErrAppID), err == nil && !app.Enabled:
		return App{}, ErrSignInApp
	case err != nil:
		return App{}, err
	case asked.Scope != ScopeBase && asked.Scope != ScopeUserInfo, len(asked.State) > maxState:
		return App{}, ErrSignInScope
	}
	parsed, err := url.Parse(asked.Return)
	if err != nil || (parsed.Scheme != "https" && parsed.Scheme != "http") || parsed.User != nil ||
		app.SignInDomain == "" || !strings.EqualFold(parsed.Host, app.SignInDomain) {
		return App{}, ErrSignInDomain
	}
	return app, nil
}

// Grant lets a page know who a visitor is and gives the address that tells it.
func (s *Service) Grant(ctx context.Context, app App, visitor webchat.Visitor, asked SignIn) (address string, err error) {
	code, until := base64.RawURLEncoding.EncodeToString(random(24)), s.now().Add(codeLife)
	err = signIns.In(s.DB, app.Account).Insert(ctx, signIn{ID: hashed("code " + code), Account: app.Account, User: visitor.User,
		Scope: asked.Scope, Code: true, Until: until, ExpiresAt: until.Add(24 * time.Hour)})
	if err != nil {
		return "", err
	}
	back, err := url.Parse(asked.Return)
	if err != nil {
		return "", err
	}
	query := back.Query()
	query.Set("code", code)
	query.Set("state", asked.State)
	back.RawQuery = query.Encode()
	return back.String(), nil
}

// Ask keeps a question until the visitor has answered it. The secret stands in
// the address of the answer, so that no other page can answer for them.
func (s *Service) Ask(ctx context.Context, app App, visitor webchat.Visitor, asked SignIn) (secret string, err error) {
	secret = base64.RawURLEncoding.EncodeToString(random(24))
	until := s.now().Add(askLife)
	return secret, signIns.In(s.DB, app.Account).Insert(ctx, signIn{ID: hashed("ask " + secret), Account: app.Account, User: visitor.User,
		Scope: asked.Scope, Return: asked.Return, State: asked.State, Until: until, ExpiresAt: until})
}

// Allow is the visitor's yes. Errors: ErrSignInGone.
func (s *Service) Allow(ctx context.Context, app App, visitor webchat.Visitor, secret string) (address string, err error) {
	scope := signIns.In(s.DB, app.Account)
	id := hashed("ask " + secret)
	found, err := scope.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (found.User != visitor.User || found.Code || !s.now().Before(found.Until)) {
		return "", ErrSignInGone
	}
	if err != nil {
		return "", err
	}
	if err := scope.Delete(ctx, id); err != nil { // a question is answered once
		if errors.Is(err, store.ErrNotFound) {
			err = ErrSignInGone
		}
		return "", err
	}
	return s.Grant(ctx, app, visitor, SignIn{AppID: app.AppID, Return: found.Return, Scope: found.Scope, State: found.State})
}

// AppByID finds an app for a page; a stranger's is not there.
func (s *Service) AppByID(ctx context.Context, appID string) (App, error) {
	app, err := s.byAppID(ctx, appID)
	if errors.Is(err, ErrAppID) || err == nil && !app.Enabled {
		return App{}, ErrSignInApp
	}
	return app, err
}

// Granted is what a page has for one person.
type Granted struct {
	Token, Refresh string
	ExpiresIn      time.Duration
	OpenID         string
	Scope          Scope
}

// Redeem turns a code into tokens, once. Errors: ErrNoCode, ErrCode,
// ErrCodeUsed, and those of Authenticate.
func (s *Service) Redeem(ctx context.Context, appID, secret, code string) (Granted, error) {
	app, err := s.Authenticate(ctx, appID, secret)
	if err != nil {
		return Granted{}, err
	}
	if code == "" {
		return Granted{}, ErrNoCode
	}
	scope, id := signIns.In(s.DB, app.Account), hashed("code "+code)
	found, err := scope.UpdateAndGet(ctx, id, store.Set("used", true), store.Ne("used", true))
	switch {
	case errors.Is(err, store.ErrConditionFailed):
		return Granted{}, ErrCodeUsed
	case errors.Is(err, store.ErrNotFound), err == nil && (!found.Code || !s.now().Before(found.Until)):
		return Granted{}, ErrCode
	case err != nil:
		return Granted{}, err
	}
	refresh, until := base64.RawURLEncoding.EncodeToString(random(48)), s.now().Add(refreshLife)
	if err := s.keepGrant(ctx, app, refresh, grant{User: found.User, Scope: found.Scope, Refresh: true, Until: until}); err != nil {
		return Granted{}, err
	}
	return s.renew(ctx, app, refresh, grant{User: found.User, Scope: found.Scope})
}

func (s *Service) keepGrant(ctx context.Context, app App, token string, g grant) error {
	g.ID, g.Account, g.Version, g.ExpiresAt = hashed("grant "+token), app.Account, app.Version, g.Until.Add(24*time.Hour)
	return grants.In(s.DB, app.Account).Insert(ctx, g)
}

func (s *Service) renew(ctx context.Context, app App, refresh string, of grant) (Granted, error) {
	token := base64.RawURLEncoding.EncodeToString(random(48))
	of.Refresh, of.Until = false, s.now().Add(tokenLife)
	return Granted{Token: token, Refresh: refresh, ExpiresIn: tokenLife, OpenID: of.User, Scope: of.Scope}, s.keepGrant(ctx, app, token, of)
}

// Refresh gives another token. Errors: ErrAppID, ErrRefreshToken,
// ErrRefreshExpired.
func (s *Service) Refresh(ctx context.Context, appID, refresh string) (Granted, error) {
	app, err := s.byAppID(ctx, appID)
	if err != nil {
		return Granted{}, err
	}
	found, err := s.grant(ctx, refresh, ErrRefreshToken, ErrRefreshExpired)
	if err != nil {
		return Granted{}, err
	}
	if found.Account != app.Account || found.Version != app.Version || !found.Refresh || !app.Enabled {
		return Granted{}, ErrRefreshToken
	}
	return s.renew(ctx, app, refresh, found)
}

func (s *Service) grant(ctx context.Context, token string, unknown, expired *Refusal) (grant, error) {
	if token == "" {
		return grant{}, unknown
	}
	found, err := grants.Across(s.DB).Get(ctx, hashed("grant "+token))
	if errors.Is(err, store.ErrNotFound) {
		return grant{}, unknown
	}
	if err == nil && !s.now().Before(found.Until) {
		return grant{}, expired
	}
	return found, err
}

// CheckGrant says whether a token is good for a person. Errors: ErrCredential,
// ErrTokenExpired, ErrOpenID.
func (s *Service) CheckGrant(ctx context.Context, token, openID string) (Scope, string, error) {
	found, err := s.grant(ctx, token, ErrCredential, ErrTokenExpired)
	if err != nil {
		return "", "", err
	}
	app, err := s.Find(ctx, found.Account)
	switch {
	case err != nil:
		return "", "", err
	case found.Refresh, found.Version != app.Version, !app.Enabled:
		return "", "", ErrCredential
	case found.User != openID:
		return "", "", ErrOpenID
	}
	return found.Scope, found.Account, nil
}

// UserInfo is what a person has allowed a page to know. Errors: those of
// CheckGrant, ErrNotGranted.
func (s *Service) UserInfo(ctx context.Context, token, openID string) (name, language string, err error) {
	scope, account, err := s.CheckGrant(ctx, token, openID)
	if err != nil {
		return "", "", err
	}
	if scope != ScopeUserInfo {
		return "", "", ErrNotGranted
	}
	found, err := s.Bot.Subscribers().Get(ctx, account, message.SubscriberID(account, webchat.Name, openID))
	if errors.Is(err, bot.ErrNoSubscriber) {
		return "", "", nil // has opened the page, and neither followed nor written
	}
	return found.Name, found.Language, err
}
