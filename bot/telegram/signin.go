package telegram

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"plaza/bot/oidc"
	"plaza/message"
)

// DefaultLogin is where signing in with Telegram begins and ends, and what its id
// tokens name as their issuer (platform document: "Log In With Telegram").
const DefaultLogin = "https://oauth.telegram.org"

// signInScope: the person's id as bots know it, and their name.
const signInScope = "openid profile"

func provider(o Options, a *api) *oidc.Provider {
	host := strings.TrimSuffix(o.Login, "/")
	if host == "" {
		host = DefaultLogin
	}
	return &oidc.Provider{Name: "telegram", Issuer: DefaultLogin, Authorize: host + "/auth", Token: host + "/token",
		Keys: host + "/.well-known/jwks.json", Basic: true, Client: a.client, Now: o.Now,
		Algorithms: []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}}
}

// SignsIn says whether the account may send people to sign in.
func (c *Channel) SignsIn(credentials []byte) bool {
	a, err := c.accounts.decode(credentials)
	return err == nil && a.login != ""
}

// Vouches says whether the account has its pages opened as Mini Apps.
func (c *Channel) Vouches(credentials []byte) bool {
	a, err := c.accounts.decode(credentials)
	return err == nil && a.inside
}

// Inside says whether a browser is Telegram's own, which none tells: pages that
// Telegram opens inside itself bring a statement instead, see Vouch.
func (c *Channel) Inside(string) (own, silent bool) { return false, false }

// SignInURL is where a page sends a person.
func (c *Channel) SignInURL(credentials []byte, ask message.SignIn) (string, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", err
	}
	return c.login.URL(oidc.Client{ID: a.bot, Secret: a.login}, ask, signInScope, nil), nil
}

// SignIn redeems what a person came back with.
func (c *Channel) SignIn(ctx context.Context, credentials []byte, ask message.SignIn, back url.Values) (message.SignedIn, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.SignedIn{}, err
	}
	claims, err := c.login.Redeem(ctx, oidc.Client{ID: a.bot, Secret: a.login}, ask, back)
	if err != nil {
		return message.SignedIn{}, err
	}
	// The subject is another number, which bots do not know.
	if claims.UserID <= 0 {
		return message.SignedIn{}, message.ErrSignIn
	}
	return message.SignedIn{User: strconv.FormatInt(claims.UserID, 10), Name: claims.Name}, nil
}

const (
	// statementAge is how long a statement counts. Telegram gives each page that
	// it opens a new one.
	statementAge = 10 * time.Minute
	maxStatement = 4 << 10 // bytes
)

// Vouch checks what Telegram gives to a page that it opens inside itself
// (platform document: "Mini Apps", "Validating data received via the Mini App"):
// every field but the hash, sorted, under a key made of the bot's token.
func (c *Channel) Vouch(credentials []byte, statement string) (message.SignedIn, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.SignedIn{}, err
	}
	fields, err := url.ParseQuery(statement)
	if err != nil || len(statement) > maxStatement {
		return message.SignedIn{}, message.ErrSignIn
	}
	lines := make([]string, 0, len(fields))
	for name, values := range fields {
		if len(values) != 1 {
			return message.SignedIn{}, message.ErrSignIn
		}
		if name != "hash" {
			lines = append(lines, name+"="+values[0])
		}
	}
	slices.Sort(lines)
	claimed, err := hex.DecodeString(fields.Get("hash"))
	if right := mac(mac([]byte("WebAppData"), a.token), strings.Join(lines, "\n")); err != nil || !hmac.Equal(claimed, right) {
		return message.SignedIn{}, message.ErrSignIn
	}
	seconds, err := strconv.ParseInt(fields.Get("auth_date"), 10, 64)
	at := time.Unix(seconds, 0)
	if age := c.now().Sub(at); err != nil || age > statementAge || age < -time.Minute {
		return message.SignedIn{}, message.ErrSignIn
	}
	var user sender
	if json.Unmarshal([]byte(fields.Get("user")), &user) != nil || user.ID <= 0 {
		return message.SignedIn{}, message.ErrSignIn
	}
	return message.SignedIn{User: strconv.FormatInt(user.ID, 10), Name: user.name(),
		Once: hex.EncodeToString(claimed), Until: at.Add(statementAge + time.Minute)}, nil
}

func mac(key []byte, text string) []byte {
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(text))
	return sum.Sum(nil)
}
