package public

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/bot/developer"
	"plaza/bot/webchat"
	"plaza/templates"
)

const allowPath = "/compat/wechat/connect/oauth2/allow"

// signIn lets another page know who a visitor is, in the way of WeChat's web
// sign-in: silently for no more than an open id, after asking for more.
func (p *pages) signIn(c *gin.Context) error {
	asked := developer.SignIn{AppID: c.Query("appid"), Return: c.Query("redirect_uri"), Scope: developer.Scope(c.Query("scope")), State: c.Query("state")}
	app, err := p.Developer.CheckSignIn(c, asked)
	if err != nil {
		return err
	}
	of, visitor, err := p.signingIn(c, app)
	if err != nil {
		return err
	}
	if asked.Scope == developer.ScopeBase {
		address, err := p.Developer.Grant(c, app, visitor, asked)
		return leadBack(c, address, err)
	}
	secret, err := p.Developer.Ask(c, app, visitor, asked)
	if err != nil {
		return err
	}
	return p.Draw(c, &templates.SignInQuestion{Base: p.base(c, of), Host: app.SignInDomain, BackURL: "/a/" + of.Slug,
		AllowURL: allowPath + "?" + url.Values{"appid": {app.AppID}, "ask": {secret}}.Encode()})
}

// allowSignIn is the visitor's yes. It is a link and not a form, because a form
// may not lead away from here; its address holds a secret that only the
// question's page knows.
func (p *pages) allowSignIn(c *gin.Context) error {
	app, err := p.Developer.AppByID(c, c.Query("appid"))
	if err != nil {
		return err
	}
	_, visitor, err := p.signingIn(c, app)
	if err != nil {
		return err
	}
	address, err := p.Developer.Allow(c, app, visitor, c.Query("ask"))
	return leadBack(c, address, err)
}

// signingIn finds the account behind an app, and who asks for its page. Looking
// (HEAD) makes nobody known and answers nothing.
func (p *pages) signingIn(c *gin.Context, app developer.App) (account.Account, webchat.Visitor, error) {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, app.Account))
	if err != nil || justLooks(c) {
		if err == nil {
			err = developer.ErrSignInGone
		}
		return of, webchat.Visitor{}, err
	}
	visitor, err := p.welcome(c, of.ID)
	return of, visitor, err
}

func leadBack(c *gin.Context, address string, err error) error {
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	c.Redirect(http.StatusFound, address)
	return nil
}
