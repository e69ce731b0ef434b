package developer

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"plaza/store"
)

// tokenLife is how long an access token works (platform document: "Get access
// token"), and renewal how long before its end stable_token gives the next one.
const (
	tokenLife = 7200 * time.Second
	renewal   = 5 * time.Minute
	// forcePause is the least time between two forced refreshes; forceLimit how
	// many there may be in a day.
	forcePause = 30 * time.Second
)

// accessToken is a token of the API. The store has its hash only.
type accessToken struct {
	ID        string    `bson:"_id"` // hash of the token
	Account   string    `bson:"account"`
	Version   int64     `bson:"version"` // of the secret it was got with
	Classic   bool      `bson:"classic,omitempty"`
	Until     time.Time `bson:"until"`
	ExpiresAt time.Time `bson:"expires_at"` // it is told apart from an unknown one until then
}

var tokens = store.Declare[accessToken](store.Schema{Name: "developer_tokens", ExpiresAt: "expires_at"})

// stable is what the token of stable_token is made from, so that every node
// gives the same one although none is stored.
type stable struct {
	Seed  string    `bson:"seed"`
	Since time.Time `bson:"since"`
}

// Issued is a token as it is handed out.
type Issued struct {
	Token     string
	ExpiresIn time.Duration
}

func hashed(token string) string {
	digest := sha256.Sum256([]byte("developer token\x00" + token))
	return hex.EncodeToString(digest[:])
}

// Authenticate finds the app that an id and a secret belong to. Errors:
// ErrAppID, ErrSecret, ErrNotGranted.
func (s *Service) Authenticate(ctx context.Context, appID, secret string) (App, error) {
	app, err := s.byAppID(ctx, appID)
	if err != nil {
		return App{}, err
	}
	right, err := s.Sealer.Open(ctx, sealedSecret, app.Account, app.Secret)
	switch {
	case err != nil:
		return App{}, err
	case subtle.ConstantTimeCompare(right, []byte(secret)) != 1:
		return App{}, ErrSecret
	case !app.Enabled:
		return App{}, ErrNotGranted
	}
	return app, nil
}

func (s *Service) byAppID(ctx context.Context, appID string) (App, error) {
	found, err := apps.Across(s.DB).First(ctx, store.Where(store.Eq("app_id", appID)))
	if errors.Is(err, store.ErrNotFound) {
		return App{}, ErrAppID
	}
	return found, err
}

// NewToken gives a token; the one that was given before ends with that.
func (s *Service) NewToken(ctx context.Context, appID, secret string) (Issued, error) {
	app, err := s.Authenticate(ctx, appID, secret)
	if err != nil {
		return Issued{}, err
	}
	if err := s.count(ctx, app.Account, "token"); err != nil {
		return Issued{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(random(66))
	if err := s.keep(ctx, app, token, true, s.now().Add(tokenLife)); err != nil {
		return Issued{}, err
	}
	err = apps.In(s.DB, app.Account).Update(ctx, app.ID, store.Set("classic", hashed(token)))
	return Issued{token, tokenLife}, err
}

func (s *Service) keep(ctx context.Context, app App, token string, classic bool, until time.Time) error {
	_, _, err := tokens.In(s.DB, app.Account).InsertIfAbsent(ctx, accessToken{ID: hashed(token), Account: app.Account, Version: app.Version,
		Classic: classic, Until: until, ExpiresAt: until.Add(24 * time.Hour)})
	return err
}

// StableToken gives the token that is in use, or the next one when that ends
// within five minutes; both work then. force ends the one in use.
func (s *Service) StableToken(ctx context.Context, appID, secret string, force bool) (Issued, error) {
	app, err := s.Authenticate(ctx, appID, secret)
	if err != nil {
		return Issued{}, err
	}
	now := s.now()
	if app.Stable != nil && (!force && now.Before(app.Stable.Since.Add(tokenLife-renewal)) || force && now.Before(app.Stable.Since.Add(forcePause))) {
		return s.stableOf(ctx, app, secret)
	}
	if force {
		if err := s.count(ctx, app.Account, "stable_token/force"); err != nil {
			return Issued{}, err
		}
	}
	condition := store.Exists("stable", false)
	if app.Stable != nil {
		condition = store.Eq("stable.seed", app.Stable.Seed)
	}
	next := stable{Seed: hex.EncodeToString(random(16)), Since: now}
	renewed, err := apps.In(s.DB, app.Account).UpdateAndGet(ctx, app.ID, store.Set("stable", next), condition, store.Eq("version", app.Version))
	if errors.Is(err, store.ErrConditionFailed) { // another call was first: theirs counts
		if renewed, err = s.Find(ctx, app.Account); err != nil || renewed.Stable == nil || renewed.Version != app.Version {
			return Issued{}, errors.Join(err, ErrBusy)
		}
	}
	if err != nil {
		return Issued{}, err
	}
	if force && app.Stable != nil {
		old := hashed(stableToken(app, secret))
		if err := tokens.In(s.DB, app.Account).Delete(ctx, old); err != nil && !errors.Is(err, store.ErrNotFound) {
			return Issued{}, err
		}
	}
	return s.stableOf(ctx, renewed, secret)
}

// stableOf hands out the token in use. It is kept before anybody has it; should
// a crash have come between, this does it.
func (s *Service) stableOf(ctx context.Context, app App, secret string) (Issued, error) {
	token, until := stableToken(app, secret), app.Stable.Since.Add(tokenLife)
	return Issued{token, until.Sub(s.now()).Truncate(time.Second)}, s.keep(ctx, app, token, false, until)
}

func stableToken(app App, secret string) string {
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write([]byte("stable token\x00" + app.AppID + "\x00" + app.Stable.Seed))
	return "S_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Caller finds the app that a token belongs to. Errors: ErrNoToken,
// ErrCredential, ErrTokenExpired, ErrNotGranted.
func (s *Service) Caller(ctx context.Context, token string) (App, error) {
	if token == "" {
		return App{}, ErrNoToken
	}
	found, err := tokens.Across(s.DB).Get(ctx, hashed(token))
	if errors.Is(err, store.ErrNotFound) {
		return App{}, ErrCredential
	}
	if err != nil {
		return App{}, err
	}
	app, err := s.Find(ctx, found.Account)
	switch {
	case err != nil:
		return App{}, err
	case found.Version != app.Version, found.Classic && found.ID != app.Classic:
		return App{}, ErrCredential
	case !s.now().Before(found.Until):
		return App{}, ErrTokenExpired
	case !app.Enabled:
		return App{}, ErrNotGranted
	}
	return app, nil
}
