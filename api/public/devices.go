package public

import (
	"cmp"
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/device"
	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay/risk"
	"plaza/templates"
)

// deviceRoutes are where somebody sees in which browsers they are known.
func (p *pages) deviceRoutes(get, post func(string, web.Handler)) {
	get("/devices/:account", p.recognisedAt(p.walletOwner, surely, p.devices))
	post("/devices/:account/sign-out", p.signOutDevice)
	post("/devices/:account/sign-out-others", p.signOutOthers)
	get("/not-me/:account/:secret", p.askNotMe)
	post("/not-me/:account/:secret", p.notMe)
}

func devicesPath(of account.Account) string { return "/devices/" + of.Slug }

// mark is this browser's, as an account knows it.
func mark(c *gin.Context, accountID string) string {
	return risk.DeviceOf(accountID, deviceNumber(c)).String()
}

// connectionKey names the live connections of a browser to an account.
func connectionKey(accountID, mark string) string { return "device:" + accountID + ":" + mark }

// sighted notes that somebody is here; on what occasion decides whether they have
// to hear of it. That it could not be noted is no reason to refuse a page.
func (p *pages) sighted(c *gin.Context, who message.Person, on device.Occasion) {
	if justLooks(c) {
		return
	}
	err := p.Devices.See(c, who, device.Browser{Mark: mark(c, who.Account), Agent: c.Request.UserAgent(), Address: c.ClientIP()}, on)
	if err != nil {
		p.Logger.WarnContext(c, "a device was not noted", "account", who.Account, "error", err)
	}
	if token, cookieErr := c.Cookie(personCookie + who.Account); cookieErr == nil && on == device.Visit {
		if err := p.SignIn.Mark(c, who.Account, token, mark(c, who.Account)); err != nil {
			p.Logger.WarnContext(c, "the device of a sign-in was not noted", "account", who.Account, "error", err)
		}
	}
}

func (p *pages) devices(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.Devices{Base: p.base(c, front.account), Path: devicesPath(front.account),
		WalletPath: walletPath(front.account), PINPath: pinPath(front.account)}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	standing, err := p.PINs.Standing(c, front.person)
	if err != nil {
		return err
	}
	page.Locked, page.HasPIN = standing.Locked, standing.Set
	found, err := p.Devices.List(c, front.person, mark(c, front.account.ID))
	for _, one := range found {
		page.Rows = append(page.Rows, templates.DeviceRow{Mark: one.Mark, Name: p.deviceName(c, one.Name), Place: one.Place[web.Language(c)],
			Channels: one.Channels, First: one.FirstSeen, Last: one.LastSeen, Here: one.Here})
	}
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

func (p *pages) deviceName(c *gin.Context, name string) string {
	return cmp.Or(name, p.Text(c, "device.unnamed"))
}

// signOutDevice signs a person out in one other browser, at once.
func (p *pages) signOutDevice(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	other := c.PostForm("device")
	if err := p.Devices.SignOut(c, front.person, mark(c, front.account.ID), other); err != nil {
		return p.orBack(c, err, devicesPath(front.account))
	}
	return p.signedOutElsewhere(c, front.account, other)
}

func (p *pages) signOutOthers(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	others, err := p.Devices.SignOutOthers(c, front.person, mark(c, front.account.ID))
	if err != nil {
		return err
	}
	return p.signedOutElsewhere(c, front.account, others...)
}

// signedOutElsewhere closes live connections on this node at once; others notice
// at their next heartbeat.
func (p *pages) signedOutElsewhere(c *gin.Context, of account.Account, marks ...string) error {
	for _, one := range marks {
		p.Hub.Kick(connectionKey(of.ID, one))
	}
	return web.RedirectSaying(c, devicesPath(of), templates.Flash{Kind: "good", Text: p.Text(c, "device.signed-out")})
}

// disowning is the page of a link "that was not me". Whoever has the link has it
// from the person's own chat; messengers look at links as well, so looking
// changes nothing.
func (p *pages) disowning(c *gin.Context) (*templates.NotMe, device.Device, error) {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, c.Param("account")))
	if err != nil {
		return nil, device.Device{}, err
	}
	found, err := p.Devices.Question(c, of.ID, c.Param("secret"))
	if err != nil {
		return nil, found, err
	}
	c.Header("Referrer-Policy", "no-referrer")
	return &templates.NotMe{Base: p.base(c, of), Path: device.NotMePath(of.ID, c.Param("secret")), Name: p.deviceName(c, found.Name),
		Place: found.Place[web.Language(c)], At: found.FirstSeen, Done: found.Disowned, PINPath: pinPath(of), ChatPath: chatPath(of)}, found, nil
}

func (p *pages) askNotMe(c *gin.Context) error {
	page, _, err := p.disowning(c)
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

// notMe signs a device out and locks the person's money.
func (p *pages) notMe(c *gin.Context) error {
	page, found, err := p.disowning(c)
	if err != nil {
		return err
	}
	if found, err = p.Devices.Disown(c, found.Account, c.Param("secret")); err != nil {
		if _, refused := errors.AsType[*fault.Error](err); refused {
			return err
		}
		// It is written down: what could not be done now is done in a moment.
		p.Logger.WarnContext(c, "a device is signed out later", "account", found.Account, "error", err)
	}
	p.Hub.Kick(connectionKey(found.Account, found.Mark))
	page.Done = true
	return p.Draw(c, page)
}
