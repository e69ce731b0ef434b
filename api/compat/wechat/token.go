package wechat

import (
	"context"
	"net"
	"net/url"
	"time"

	"plaza/bot/developer"
)

func issued(token developer.Issued) fields {
	return fields{"access_token": token.Token, "expires_in": int64(token.ExpiresIn / time.Second)}
}

// credentials checks that a call names an app and its secret.
func credentials(grant, wanted, appID, secret string) error {
	switch {
	case grant != wanted:
		return developer.ErrGrantType
	case appID == "":
		return developer.ErrNoAppID
	case secret == "":
		return developer.ErrNoSecret
	}
	return nil
}

func token(c *call) (any, error) {
	appID, secret := c.Query("appid"), c.Query("secret")
	if err := credentials(c.Query("grant_type"), "client_credential", appID, secret); err != nil {
		return nil, err
	}
	made, err := c.api.Developer.NewToken(c, appID, secret)
	return issued(made), err
}

func stableToken(c *call) (any, error) {
	var asked struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if err := credentials(asked.Grant, "client_credential", asked.AppID, asked.Secret); err != nil {
		return nil, err
	}
	made, err := c.api.Developer.StableToken(c, asked.AppID, asked.Secret, asked.Force)
	return issued(made), err
}

func granted(g developer.Granted) fields {
	return fields{"access_token": g.Token, "expires_in": int64(g.ExpiresIn / time.Second), "refresh_token": g.Refresh,
		"openid": g.OpenID, "scope": string(g.Scope)}
}

func redeem(c *call) (any, error) {
	appID, secret := c.Query("appid"), c.Query("secret")
	if err := credentials(c.Query("grant_type"), "authorization_code", appID, secret); err != nil {
		return nil, err
	}
	g, err := c.api.Developer.Redeem(c, appID, secret, c.Query("code"))
	return granted(g), err
}

func refresh(c *call) (any, error) {
	if c.Query("grant_type") != "refresh_token" {
		return nil, developer.ErrGrantType
	}
	g, err := c.api.Developer.Refresh(c, c.Query("appid"), c.Query("refresh_token"))
	return granted(g), err
}

func userInfo(c *call) (any, error) {
	openID := c.Query("openid")
	name, _, err := c.api.Developer.UserInfo(c, c.Query("access_token"), openID)
	return fields{"openid": openID, "nickname": name, "sex": 0, "language": "", "province": "", "city": "", "country": "",
		"headimgurl": "", "privilege": []string{}}, err
}

func auth(c *call) (any, error) {
	_, _, err := c.api.Developer.CheckGrant(c, c.Query("access_token"), c.Query("openid"))
	return nil, err
}

func clearQuota(c *call) (any, error) {
	var asked struct {
		AppID string `json:"appid"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if asked.AppID != c.app.AppID {
		return nil, developer.ErrAppID
	}
	return nil, c.api.Developer.ClearQuota(c, c.account())
}

// lookUp is how long it may take to find our own addresses.
const lookUp = 2 * time.Second

// addresses are those that our own name leads to: pushes come from there, unless
// the operator routes them otherwise.
func addresses(c *call) (any, error) {
	ctx, cancel := context.WithTimeout(c, lookUp)
	defer cancel()
	found := []string{}
	if own, err := url.Parse(c.api.PublicURL); err == nil {
		if list, err := net.DefaultResolver.LookupHost(ctx, own.Hostname()); err == nil {
			found = append(found, list...)
		}
	}
	return fields{"ip_list": found}, nil
}
