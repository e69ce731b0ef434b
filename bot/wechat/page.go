package wechat

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
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

// SignInURL is the address that a page sends a person to, in WeChat's own
// browser; it comes back to redirect with a code and the state, which has at most
// 128 letters and digits. The parameters' order matters.
func (c *Channel) SignInURL(appID, redirect string, scope Scope, state string) string {
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

// PageSignature lets a page use WeChat's script (wx.config).
type PageSignature struct {
	AppID     string `json:"appId"`
	Timestamp int64  `json:"timestamp"`
	Nonce     string `json:"nonceStr"`
	Signature string `json:"signature"`
}

// SignPage signs a page's address, without its fragment (platform document:
// "JS-SDK", appendix 1).
func (a *API) SignPage(ctx context.Context, c Credentials, address string) (PageSignature, error) {
	ticket, err := a.ticket(ctx, c)
	if err != nil {
		return PageSignature{}, err
	}
	var random [8]byte
	rand.Read(random[:])
	s := PageSignature{AppID: c.AppID, Timestamp: a.now().Unix(), Nonce: hex.EncodeToString(random[:])}
	s.Signature = pageSignature(ticket, s.Nonce, s.Timestamp, address)
	return s, nil
}

func pageSignature(ticket, nonce string, timestamp int64, address string) string {
	address, _, _ = strings.Cut(address, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + address))
	return hex.EncodeToString(sum[:])
}

// ticket gives the ticket for pages, which all nodes share: it is kept with the
// tokens, under a key of its own.
func (a *API) ticket(ctx context.Context, c Credentials) (string, error) {
	key := "ticket/" + c.tokenKey()
	kept, err := a.tokens.store.Token(ctx, key)
	if err != nil {
		return "", fmt.Errorf("look up wechat ticket: %w", err)
	}
	if kept.Value != "" && a.now().Before(kept.Until) {
		return kept.Value, nil
	}
	fetched, err, _ := a.tokens.flight.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		var answer struct {
			Ticket  string `json:"ticket"`
			Expires int64  `json:"expires_in"`
		}
		if err := a.ask(ctx, c, "/cgi-bin/ticket/getticket", url.Values{"type": {"jsapi"}}, &answer); err != nil {
			return "", err
		}
		usable := max(time.Duration(answer.Expires)*time.Second-tokenMargin, time.Minute)
		until := a.now().Add(usable).UTC().Truncate(time.Millisecond)
		return answer.Ticket, a.tokens.store.PutToken(ctx, key, Token{Value: answer.Ticket, Until: until})
	})
	if err != nil {
		return "", err
	}
	return fetched.(string), nil
}
