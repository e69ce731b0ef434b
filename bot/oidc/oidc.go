// Package oidc is the asking side of OpenID Connect, for messengers whose web
// sign-in speaks it: the authorization code flow with PKCE (RFC 6749, RFC 7636),
// and id tokens that are verified here (OpenID Connect Core 1.0, section 3.1.3.7).
package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"plaza/message"
)

const (
	callTimeout = 10 * time.Second
	maxAnswer   = 256 << 10 // bytes
	// leeway is how far the platform's clock may be from ours.
	leeway = time.Minute
	// keysPause is how often the platform's keys are fetched at most: a token may
	// name any key.
	keysPause = time.Minute
)

// Provider is a platform, as far as it is the same for all accounts. Set the
// fields before it is used; it is safe for concurrent use.
type Provider struct {
	// Name says in errors whose answer it was.
	Name string
	// Issuer stands in every id token.
	Issuer string
	// The addresses of the page that asks the person, of the call that redeems a
	// code, and of the keys that sign tokens.
	Authorize, Token, Keys string
	// Algorithms are those that tokens may be signed by. HS256 is verified by the
	// client's secret, all others by the platform's keys.
	Algorithms []jose.SignatureAlgorithm
	// Basic sends the client's secret in the header instead of the form.
	Basic  bool
	Client *http.Client
	Now    func() time.Time

	mu      sync.Mutex
	keys    map[string]jose.JSONWebKey
	fetched time.Time
}

// Client is an account's own registration with the platform.
type Client struct{ ID, Secret string }

// Claims are what an id token says.
type Claims struct {
	jwt.Claims
	Nonce string `json:"nonce"`
	Party string `json:"azp"`
	Name  string `json:"name"`
	// UserID is Telegram's: the id that its bots know a person by.
	UserID int64 `json:"id"`
}

// URL is where a page sends the person; more are parameters of the platform's own.
func (p *Provider) URL(c Client, ask message.SignIn, scope string, more url.Values) string {
	challenge := sha256.Sum256([]byte(ask.Verifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {ask.Return}, "scope": {scope},
		"state": {ask.State}, "nonce": {ask.Nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		query[name] = values
	}
	return p.Authorize + "?" + query.Encode()
}

// Redeem makes of what a person came back with what the platform says of them.
// Errors: message.ErrSignInDeclined, message.ErrSignIn with the reason as its
// cause; message.ErrSignInPlatform when no answer came.
func (p *Provider) Redeem(ctx context.Context, c Client, ask message.SignIn, back url.Values) (Claims, error) {
	if reason := back.Get("error"); strings.EqualFold(reason, "access_denied") {
		return Claims{}, message.ErrSignInDeclined
	} else if reason != "" || back.Get("code") == "" {
		return Claims{}, p.refused("came back with error %q", short(reason))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	token, err := p.exchange(ctx, c, ask, back.Get("code"))
	if err != nil {
		return Claims{}, err
	}
	return p.verify(ctx, c, ask.Nonce, token)
}

func (p *Provider) refused(format string, args ...any) error {
	return message.ErrSignIn.Because(fmt.Errorf(p.Name+" sign-in: "+format, args...))
}

// exchange gives the code for an id token.
func (p *Provider) exchange(ctx context.Context, c Client, ask message.SignIn, code string) (string, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {ask.Return},
		"client_id": {c.ID}, "code_verifier": {ask.Verifier}}
	if !p.Basic {
		form.Set("client_secret", c.Secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.Basic {
		request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	var answer struct {
		IDToken string `json:"id_token"`
		Error   string `json:"error"`
	}
	status, err := p.fetch(request, &answer)
	switch {
	case err != nil:
		return "", err
	case status != http.StatusOK || answer.IDToken == "":
		return "", p.refused("status %d %s", status, short(answer.Error))
	}
	return answer.IDToken, nil
}

// fetch makes a call and reads its answer, which is JSON whatever its status.
func (p *Provider) fetch(request *http.Request, answer any) (status int, err error) {
	response, err := p.Client.Do(request)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // without the address
		}
		return 0, message.ErrSignInPlatform.Because(fmt.Errorf("%s sign-in: %w", p.Name, err))
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil || response.StatusCode >= http.StatusInternalServerError {
		return 0, message.ErrSignInPlatform.Because(errors.Join(fmt.Errorf("%s sign-in: status %d", p.Name, response.StatusCode), err))
	}
	_ = json.Unmarshal(body, answer) // none: without what it should hold
	return response.StatusCode, nil
}

// verify checks an id token and reads it.
func (p *Provider) verify(ctx context.Context, c Client, nonce, token string) (Claims, error) {
	var claims Claims
	parsed, err := jwt.ParseSigned(token, p.Algorithms)
	if err != nil || len(parsed.Headers) != 1 {
		return claims, p.refused("id token can't be read: %w", err)
	}
	key, err := p.key(ctx, c, parsed.Headers[0])
	if err != nil {
		return claims, err
	}
	if err := parsed.Claims(key, &claims); err != nil {
		return Claims{}, p.refused("id token: %w", err)
	}
	expected := jwt.Expected{Issuer: p.Issuer, AnyAudience: jwt.Audience{c.ID}, Time: p.Now()}
	switch err := claims.ValidateWithLeeway(expected, leeway); {
	case err != nil:
		return Claims{}, p.refused("id token: %w", err)
	case claims.Expiry == nil || claims.IssuedAt == nil || claims.Subject == "":
		return Claims{}, p.refused("id token without its end, its beginning or whom it is about")
	case len(claims.Audience) > 1 && claims.Party != c.ID, claims.Party != "" && claims.Party != c.ID:
		return Claims{}, p.refused("id token for somebody else")
	case nonce == "" || subtle.ConstantTimeCompare([]byte(claims.Nonce), []byte(nonce)) != 1:
		return Claims{}, p.refused("id token of another sign-in")
	}
	return claims, nil
}

// key finds what a token has to be signed by.
func (p *Provider) key(ctx context.Context, c Client, header jose.Header) (any, error) {
	if header.Algorithm == string(jose.HS256) {
		return []byte(c.Secret), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.keys[header.KeyID]
	if !ok && p.Now().Sub(p.fetched) >= keysPause {
		if err := p.fetchKeys(ctx); err != nil {
			return nil, err
		}
		found, ok = p.keys[header.KeyID]
	}
	if !ok || found.Algorithm != "" && found.Algorithm != header.Algorithm {
		return nil, p.refused("id token signed by an unknown key")
	}
	return found.Key, nil
}

// fetchKeys reads the platform's keys. Those of a sort that is not known here
// are left out: Telegram has one, and signs by others.
func (p *Provider) fetchKeys(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Keys, nil)
	if err != nil {
		return err
	}
	var answer struct {
		Keys []json.RawMessage `json:"keys"`
	}
	status, err := p.fetch(request, &answer)
	if err != nil || status != http.StatusOK {
		return message.ErrSignInPlatform.Because(errors.Join(fmt.Errorf("%s keys: status %d", p.Name, status), err))
	}
	keys := make(map[string]jose.JSONWebKey)
	for _, raw := range answer.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.IsPublic() && key.Valid() && slices.Contains([]string{"", "sig"}, key.Use) {
			keys[key.KeyID] = key
		}
	}
	p.keys, p.fetched = keys, p.Now()
	return nil
}

// short bounds what is kept of a platform's own words.
func short(text string) string { return message.Shorten(text, 80, message.Characters) }
