package line

import (
	"context"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"plaza/bot/oidc"
	"plaza/message"
)

// DefaultAccess is where LINE Login begins, and what its id tokens name as their
// issuer (platform document: "Integrating LINE Login with your web app").
const DefaultAccess = "https://access.line.me"

// signInScope: the person's id and name.
const signInScope = "openid profile"

// provider is LINE Login. Web sign-in is signed by the channel's secret, and
// sign-in by LINE's app with LINE's keys (platform document: "Get profile
// information from ID tokens").
func provider(o Options, a *api) *oidc.Provider {
	access := strings.TrimSuffix(o.Access, "/")
	if access == "" {
		access = DefaultAccess
	}
	return &oidc.Provider{Name: "line", Issuer: DefaultAccess, Authorize: access + "/oauth2/v2.1/authorize",
		Token: a.base + "/oauth2/v2.1/token", Keys: a.base + "/oauth2/v2.1/certs",
		Algorithms: []jose.SignatureAlgorithm{jose.HS256, jose.ES256}, Client: a.client, Now: o.Now}
}

// SignsIn says whether the account has a LINE Login channel.
func (c *Channel) SignsIn(credentials []byte) bool {
	a, err := c.accounts.decode(credentials)
	return err == nil && a.LoginID != ""
}

// Inside says whether a browser is LINE's own, in which people are signed in
// without typing anything; LINE asks them once whether they want it.
func (c *Channel) Inside(userAgent string) (own, silent bool) {
	return strings.Contains(userAgent, " Line/"), false
}

// SignInURL is where a page sends a person.
func (c *Channel) SignInURL(credentials []byte, ask message.SignIn) (string, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", err
	}
	more := url.Values{}
	if ask.Language != "" {
		more.Set("ui_locales", ask.Language)
	}
	return c.login.URL(oidc.Client{ID: a.LoginID, Secret: a.LoginSecret}, ask, signInScope, more), nil
}

// SignIn redeems what a person came back with. The login channel and the
// messaging channel have to be of one provider in LINE's console: only then
// does LINE give a person the same id on both.
func (c *Channel) SignIn(ctx context.Context, credentials []byte, ask message.SignIn, back url.Values) (message.SignedIn, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.SignedIn{}, err
	}
	claims, err := c.login.Redeem(ctx, oidc.Client{ID: a.LoginID, Secret: a.LoginSecret}, ask, back)
	if err != nil {
		return message.SignedIn{}, err
	}
	if !validID(claims.Subject) || claims.Subject[0] != 'U' {
		return message.SignedIn{}, message.ErrSignIn
	}
	return message.SignedIn{User: claims.Subject, Name: claims.Name}, nil
}
