package wechat

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"plaza/message"
)

// DefaultOpen is where web sign-in begins.
const DefaultOpen = "https://open.weixin.qq.com"

// Scope is what a page may learn of a person by web sign-in.
type Scope string

// The scopes (platform document: "Web authorisation").
const (
	// BaseScope tells the open id, without asking the person.
	BaseScope Scope = "snsapi_base"
	// PersonScope tells a name, if the person agrees.
	PersonScope Scope = "snsapi_userinfo"
)

// SignsIn says whether pages may send people to sign in: a member has said that
// the domain is entered in WeChat's settings. Without that, people would see
// WeChat's refusal instead of the page.
func (c *Channel) SignsIn(credentials []byte) bool {
	a, err := c.accounts.decode(credentials)
	return err == nil && a.WebSignIn && a.Secret != ""
}

// Inside says whether a browser is WeChat's own. WeCom's says so as well, and
// signs nobody in for an official account.
func (c *Channel) Inside(userAgent string) (own, silent bool) {
	own = strings.Contains(userAgent, "MicroMessenger/") && !strings.Contains(strings.ToLower(userAgent), "wxwork/")
	return own, own
}

// SignInURL is where a page sends a person who has it open in WeChat. They are
// asked nothing unless their name is wanted.
func (c *Channel) SignInURL(credentials []byte, ask message.SignIn) (string, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", err
	}
	scope := BaseScope
	if ask.Named {
		scope = PersonScope
	}
	return c.authorizeURL(a.AppID, ask.Return, scope, ask.State), nil
}

// SignIn redeems what a person came back with.
func (c *Channel) SignIn(ctx context.Context, credentials []byte, _ message.SignIn, back url.Values) (message.SignedIn, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.SignedIn{}, err
	}
	code := back.Get("code")
	if code == "" { // so comes back who says no
		return message.SignedIn{}, message.ErrSignInDeclined
	}
	found, err := c.api.SignIn(ctx, a.Credentials, code)
	if refused, ok := errors.AsType[*Error](err); ok {
		return message.SignedIn{}, message.ErrSignIn.Because(refused)
	}
	if err != nil {
		return message.SignedIn{}, message.ErrSignInPlatform.Because(err)
	}
	if found.Snapshot {
		return message.SignedIn{}, message.ErrSignInDeclined
	}
	return message.SignedIn{User: found.OpenID, Name: found.Name}, nil
}

// authorizeURL is the address that web sign-in begins at; it comes back to
// redirect with a code and the state, which has at most 128 letters and digits.
// The parameters' order matters.
func (c *Channel) authorizeURL(appID, redirect string, scope Scope, state string) string {
	return c.web + "/connect/oauth2/authorize?appid=" + url.QueryEscape(appID) + "&redirect_uri=" + url.QueryEscape(redirect) +
		"&response_type=code&scope=" + string(scope) + "&state=" + url.QueryEscape(state) + "#wechat_redirect"
}

// SignedIn is who came back from web sign-in.
type SignedIn struct {
	OpenID string
	Name   string // with PersonScope only
	// Snapshot: the page was shown to somebody who is not signed in; the open id
	// is a made-up one and must not be kept.
	Snapshot bool
}

// SignIn redeems a code, which works once, within five minutes.
func (a *API) SignIn(ctx context.Context, c Credentials, code string) (SignedIn, error) {
	var answer struct {
		Token    string `json:"access_token"`
		OpenID   string `json:"openid"`
		Scope    string `json:"scope"`
		Snapshot int    `json:"is_snapshotuser"`
	}
	query := url.Values{"appid": {c.AppID}, "secret": {c.Secret}, "code": {code}, "grant_type": {"authorization_code"}}
	e := exchange{method: http.MethodGet, path: "/sns/oauth2/access_token", query: query.Encode()}
	if err := a.do(ctx, c.AppID, e, "", &answer); err != nil {
		return SignedIn{}, err
	}
	if answer.OpenID == "" {
		return SignedIn{}, errors.New("wechat /sns/oauth2/access_token: the answer names nobody")
	}
	person := SignedIn{OpenID: answer.OpenID, Snapshot: answer.Snapshot == 1}
	if !strings.Contains(answer.Scope, string(PersonScope)) {
		return person, nil
	}
	var info struct {
		Name string `json:"nickname"`
	}
	query = url.Values{"access_token": {answer.Token}, "openid": {answer.OpenID}, "lang": {"zh_CN"}}
	err := a.do(ctx, c.AppID, exchange{method: http.MethodGet, path: "/sns/userinfo", query: query.Encode()}, "", &info)
	person.Name = info.Name
	return person, err
}
