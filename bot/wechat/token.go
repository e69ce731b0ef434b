package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"plaza/egress"
)

// Token is an access token and when to stop using it.
type Token struct {
	Value string
	Until time.Time
}

// TokenStore keeps access tokens where every node finds them. A token is a
// secret; a store that writes it down must seal it.
type TokenStore interface {
	// Token gives what was last put; the zero Token if nothing was.
	Token(ctx context.Context, key string) (Token, error)
	PutToken(ctx context.Context, key string, token Token) error
	// Lease lets one caller of all nodes fetch what is kept under a key, until an
	// instant or until Release.
	Lease(ctx context.Context, key string, until time.Time) (bool, error)
	Release(ctx context.Context, key string) error
}

// tokenKey is what the token of these credentials is kept under. The secret is
// part of it: an app id is no secret, and whoever types somebody else's must
// not find the token that was fetched with the right secret.
func (c Credentials) tokenKey() string {
	digest := sha256.Sum256([]byte(c.AppID + "\n" + c.Secret))
	return c.AppID + "/" + hex.EncodeToString(digest[:16])
}

const (
	// tokenMargin before its end WeChat renews a stable token; both are valid
	// until then (platform document: "Get stable access token").
	tokenMargin = 5 * time.Minute
	// forcePause is how often at most a token is renewed by force. WeChat
	// allows twenty a day, thirty seconds apart.
	forcePause = time.Minute
)

// tokens fetches access tokens by stable_token, which gives every caller the
// same one, so that nodes and other programs do not end each other's tokens.
type tokens struct {
	api    *API
	store  TokenStore
	flight egress.Together[string]

	mu     sync.Mutex
	forced map[string]time.Time // by tokenKey: last forced renewal
}

// get gives the stored token or fetches one; concurrent callers share a fetch.
func (t *tokens) get(ctx context.Context, c Credentials) (string, error) {
	stored, err := t.store.Token(ctx, c.tokenKey())
	if err != nil {
		return "", fmt.Errorf("look up wechat token: %w", err)
	}
	if stored.Value != "" && t.api.now().Before(stored.Until) {
		return stored.Value, nil
	}
	return t.shared(ctx, c, "")
}

// replace finds another token than the refused one: that of another node, then
// the platform's current one, and by force only if that is still the same.
func (t *tokens) replace(ctx context.Context, c Credentials, refused string) (string, error) {
	stored, err := t.store.Token(ctx, c.tokenKey())
	if err != nil {
		return "", fmt.Errorf("look up wechat token: %w", err)
	}
	if stored.Value != "" && stored.Value != refused && t.api.now().Before(stored.Until) {
		return stored.Value, nil
	}
	return t.shared(ctx, c, refused)
}

// shared fetches once for all who wait.
func (t *tokens) shared(ctx context.Context, c Credentials, refused string) (string, error) {
	// The secret is part of the key so that a corrected one is tried at once.
	return t.flight.Fetch(ctx, c.AppID+"\n"+c.Secret+"\n"+refused, callTimeout, func(ctx context.Context) (string, error) {
		return t.renew(ctx, c, refused)
	})
}

func (t *tokens) renew(ctx context.Context, c Credentials, refused string) (string, error) {
	token, err := t.fetch(ctx, c, false)
	if err == nil && token.Value == refused && t.mayForce(c.tokenKey()) {
		token, err = t.fetch(ctx, c, true)
	}
	if err != nil {
		return "", err
	}
	if err := t.store.PutToken(ctx, c.tokenKey(), token); err != nil {
		return "", fmt.Errorf("keep wechat token: %w", err)
	}
	return token.Value, nil
}

func (t *tokens) fetch(ctx context.Context, c Credentials, force bool) (Token, error) {
	const path = "/cgi-bin/stable_token"
	body, err := encodeJSON(struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh,omitempty"`
	}{"client_credential", c.AppID, c.Secret, force})
	if err != nil {
		return Token{}, err
	}
	var answer struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if err := t.api.do(ctx, c.AppID, exchange{method: http.MethodPost, path: path,
		contentType: "application/json; charset=utf-8", body: body}, "", &answer); err != nil {
		return Token{}, err
	}
	if answer.Token == "" {
		return Token{}, fmt.Errorf("wechat %s: the answer holds no token", path)
	}
	// With less left than the margin, WeChat renews any moment; ask again soon.
	usable := max(time.Duration(answer.Expires)*time.Second-tokenMargin, time.Minute)
	return Token{Value: answer.Token, Until: t.api.now().Add(usable).UTC().Truncate(time.Millisecond)}, nil
}

func (t *tokens) mayForce(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.api.now()
	if last, ok := t.forced[key]; ok && now.Sub(last) < forcePause {
		return false
	}
	t.forced[key] = now
	return true
}

// memoryTokens is the TokenStore of a single process, whose callers share their
// fetches anyway.
type memoryTokens struct{ known sync.Map }

func (m *memoryTokens) Lease(context.Context, string, time.Time) (bool, error) { return true, nil }

func (m *memoryTokens) Release(context.Context, string) error { return nil }

func (m *memoryTokens) Token(_ context.Context, key string) (Token, error) {
	token, _ := m.known.Load(key)
	found, _ := token.(Token)
	return found, nil
}

func (m *memoryTokens) PutToken(_ context.Context, key string, token Token) error {
	m.known.Store(key, token)
	return nil
}
