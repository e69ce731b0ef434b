package public

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/store"
	"plaza/templates"
)

// within is what the page of an account may use of the messenger that it is
// open in. Where that has a script of its own, this page and no other lets it
// in.
func (p *pages) within(c *gin.Context, of account.Account) (templates.Messenger, error) {
	shown := templates.Messenger{}
	for _, channel := range p.Bot.ChannelNames() {
		if p.Bot.Pages().Vouches(channel) {
			shown.VouchPath = "/sign-in/" + channel + "/" + of.ID + "/statement"
		}
	}
	channel, script, err := p.Bot.Pages().Script(c, of.ID, c.Request.UserAgent())
	if err != nil || script == "" {
		return shown, err
	}
	address, err := url.Parse(script)
	if err != nil {
		return shown, err
	}
	shown.Script, shown.SignPath = script, "/sign-in/"+channel+"/"+of.ID+"/page"
	c.Header("Content-Security-Policy", templates.PolicyWith(address.Scheme+"://"+address.Host))
	return shown, nil
}

var errPageAddress = fault.New(fault.Invalid, "page_address", "This is not the address of a page here.").In("address")

// signLimit is how long a page waits for the platform's ticket.
const signLimit = 5 * time.Second

// signPage signs a page of ours for a messenger's script.
func (p *pages) signPage(c *gin.Context) error {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, c.Param("account")))
	if err != nil {
		return err
	}
	address := c.Query("address")
	if !strings.HasPrefix(address, p.PublicURL+"/") || len(address) > 2048 {
		return errPageAddress
	}
	if err := p.arrivals.Check(c); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c, signLimit)
	defer cancel()
	signed, err := p.Bot.Pages().Sign(ctx, of.ID, c.Param("channel"), address)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, signed)
	return nil
}

// domainFile is what a platform looks for before it believes that an account
// may use this server's domain.
func (p *pages) domainFile(c *gin.Context) error {
	content, err := p.Bot.Pages().Proof(c, "MP_verify_"+c.Param("code"))
	if errors.Is(err, store.ErrNotFound) {
		return web.ErrNotFound
	}
	if err != nil {
		return err
	}
	c.String(http.StatusOK, content)
	return nil
}
