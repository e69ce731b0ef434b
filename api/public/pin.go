package public

import (
	"encoding/base64"
	"errors"
	"html/template"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/pin"
	"plaza/templates"
)

// typing is a page on which somebody types their PIN for one purpose.
type typing struct {
	storefront
	purpose pin.Purpose
	page    *templates.TypePIN
	// along are fields that the form hands on.
	along [][2]string
}

// pinRoutes are the pages of PINs.
func (p *pages) pinRoutes(get, post func(string, web.Handler)) {
	get("/wallet/:account/pin", p.pinSettings)
	post("/wallet/:account/pin/free", p.freePIN)
	get("/wallet/:account/pin/:purpose", p.beginPIN)
	post("/wallet/:account/pin/:purpose", p.enterPIN)
	get("/wallet/:account/unlock", p.askToUnlock)
	post("/wallet/:account/unlock", p.unlockCode)
	get("/pay/:payment/pin", p.askToPay)
	post("/pay/:payment/pin", p.provePayment)
	get("/pay-to/:code/pin", p.askToSend)
	post("/pay-to/:code/pin", p.proveTransfer)
}

// pinPath is where somebody's PIN is looked after.
func pinPath(of account.Account) string { return walletPath(of) + "/pin" }

// from is where an attempt at a PIN comes from.
func from(c *gin.Context) pin.From {
	return pin.From{Device: deviceNumber(c), Address: c.ClientIP(), Agent: c.Request.UserAgent()}
}

// askPIN draws a new keypad. A program that only looks (HEAD) gets none.
func (p *pages) askPIN(c *gin.Context, of typing, problem error) error {
	if justLooks(c) {
		return p.drawTyping(c, of, nil, "", problem)
	}
	pad, err := p.PINs.Open(c, of.person, of.purpose)
	if err != nil {
		return err
	}
	return p.drawTyping(c, of, &pad, "", problem)
}

// drawTyping draws the page with a keypad, or with none where there is nothing
// to type. What the keys show is in their pictures and nowhere else.
func (p *pages) drawTyping(c *gin.Context, of typing, pad *pin.Keypad, pressed string, problem error) error {
	page := of.page
	page.Base = p.base(c, of.account)
	var err error
	if page.Nav, err = p.nav(c, of.storefront); err != nil {
		return err
	}
	if refused, ok := errors.AsType[*fault.Error](problem); ok {
		page.Problem = p.sentence(c, refused)
	}
	if pad != nil {
		pictures, err := pad.Pictures()
		if err != nil {
			return err
		}
		page.Keypad = &templates.Keypad{ID: pad.ID, Stage: string(pad.Stage), Pressed: pressed, Along: of.along,
			Seconds: int(pad.Until.Sub(p.Now()).Seconds())}
		for _, picture := range pictures {
			page.Keypad.Keys = append(page.Keypad.Keys, template.URL("data:image/png;base64,"+base64.StdEncoding.EncodeToString(picture)))
		}
	}
	return p.Draw(c, page)
}

// typed reads what was typed. Until all is, the same keypad comes back with one
// more dot: that is how it works without script. done says that the page is
// drawn.
func (p *pages) typed(c *gin.Context, of typing) (entry pin.Entry, done bool, err error) {
	entry, err = pin.ReadEntry(c.PostForm("keypad"), c.PostForm("pressed"), c.PostForm("key"), c.PostForm("pin"))
	if err != nil {
		return entry, true, p.askPIN(c, of, err)
	}
	if entry.Complete() {
		return entry, false, nil
	}
	pad, err := p.PINs.Again(c, of.person, of.purpose, entry.Keypad)
	if errors.Is(err, pin.ErrKeypad) {
		return entry, true, p.askPIN(c, of, err)
	}
	if err != nil {
		return entry, true, err
	}
	return entry, true, p.drawTyping(c, of, &pad, entry.Pressed, nil)
}

// refusedPIN shows why it did not go on: with another keypad where trying again
// mends it.
func (p *pages) refusedPIN(c *gin.Context, of typing, err error) error {
	if refused, ok := errors.AsType[*fault.Error](err); !ok || web.WantsJSON(c) {
		return err
	} else if pin.Wrong(err) {
		return p.askPIN(c, of, refused)
	}
	return p.drawTyping(c, of, nil, "", err)
}

// over is what a page says whose keypad has made way for another.
func over(c *gin.Context) error {
	if c.Query("over") != "" {
		return pin.ErrKeypad
	}
	return nil
}

func (p *pages) pinSettings(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page, err := p.pinSettingsPage(c, front)
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

func (p *pages) pinSettingsPage(c *gin.Context, front storefront) (*templates.PINSettings, error) {
	standing, err := p.PINs.Standing(c, front.person)
	if err != nil {
		return nil, err
	}
	currency := front.account.Currency
	most, err := p.PINs.Ceiling(c, front.account.ID, currency)
	if err != nil {
		return nil, err
	}
	if standing.Currency != currency {
		standing.Free = pin.Allowance{}
	}
	page := &templates.PINSettings{Base: p.base(c, front.account), Path: pinPath(front.account), WalletPath: walletPath(front.account),
		Set: standing.Set, From: standing.From, Blocked: standing.Blocked,
		Once: money.Of(standing.Free.Once, currency).Decimal(), Day: money.Of(standing.Free.Day, currency).Decimal(),
		MostOnce: money.Of(most.Once, currency), MostDay: money.Of(most.Day, currency)}
	if standing.Wait > 0 {
		page.WaitMin = int((standing.Wait + time.Minute - 1) / time.Minute)
	}
	page.Nav, err = p.nav(c, front)
	return page, err
}

// settingPIN is the page that sets or changes a PIN.
func (p *pages) settingPIN(c *gin.Context) (typing, error) {
	front, err := p.keeper(c)
	if err != nil {
		return typing{}, err
	}
	purpose, what := pin.ToSet, "public.pin.to-set"
	if c.Param("purpose") == string(pin.ToChange) {
		purpose, what = pin.ToChange, "public.pin.to-change"
	} else if c.Param("purpose") != string(pin.ToSet) {
		return typing{}, web.ErrNotFound
	}
	next := localOr(c.DefaultPostForm("next", c.Query("next")), "")
	path := pinPath(front.account) + "/" + string(purpose)
	return typing{front, purpose, &templates.TypePIN{Path: path, Fresh: path + "?over=1" + andNext(next), BackPath: localOr(next, pinPath(front.account)),
		What: p.Text(c, what)}, [][2]string{{"next", next}}}, nil
}

func (p *pages) beginPIN(c *gin.Context) error {
	of, err := p.settingPIN(c)
	if err != nil {
		return err
	}
	standing, err := p.PINs.Standing(c, of.person)
	if err != nil {
		return err
	}
	if standing.Set != (of.purpose == pin.ToChange) {
		return web.Redirect(c, pinPath(of.account))
	}
	return p.askPIN(c, of, over(c))
}

// enterPIN takes one of the steps of setting or changing a PIN.
func (p *pages) enterPIN(c *gin.Context) error {
	of, err := p.settingPIN(c)
	if err != nil {
		return err
	}
	entry, drawn, err := p.typed(c, of)
	if drawn || err != nil {
		return err
	}
	next, done, err := p.PINs.Enter(c, of.person, of.purpose, entry, from(c))
	switch {
	case err != nil && next.ID == "":
		return p.refusedPIN(c, of, err)
	case !done:
		return p.drawTyping(c, of, &next, "", err)
	}
	return web.RedirectSaying(c, of.page.BackPath, templates.Flash{Kind: "good", Text: p.Text(c, "public.pin.done")})
}

// freePIN changes what goes without the PIN: to allow more, it is typed.
func (p *pages) freePIN(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	wanted, err := p.allowance(c, front.account.Currency)
	if err != nil {
		return p.orBack(c, err, pinPath(front.account))
	}
	of := typing{front, pin.ToFree, &templates.TypePIN{Path: pinPath(front.account) + "/free", Fresh: pinPath(front.account), BackPath: pinPath(front.account),
		What: p.Text(c, "public.pin.to-free"), Amount: money.Of(wanted.Once, front.account.Currency)},
		[][2]string{{"once", c.PostForm("once")}, {"day", c.PostForm("day")}}}
	var typed *pin.Entry
	if c.PostForm("keypad") != "" {
		entry, drawn, err := p.typed(c, of)
		if drawn || err != nil {
			return err
		}
		typed = &entry
	}
	err = p.PINs.Free(c, front.person, front.account.Currency, wanted, typed, from(c))
	switch {
	case errors.Is(err, pin.ErrNeeded):
		return p.askPIN(c, of, nil)
	case errors.Is(err, pin.ErrFree):
		return p.orBack(c, err, pinPath(front.account))
	case err != nil:
		return p.refusedPIN(c, of, err)
	}
	return web.RedirectSaying(c, pinPath(front.account), templates.Flash{Kind: "good", Text: p.Text(c, "public.pin.free-done")})
}

// allowance reads the two amounts of a form.
func (p *pages) allowance(c *gin.Context, currency string) (pin.Allowance, error) {
	once, err := money.Parse(c.PostForm("once"), currency)
	if err != nil {
		return pin.Allowance{}, err
	}
	day, err := money.Parse(c.PostForm("day"), currency)
	return pin.Allowance{Once: once.Minor, Day: day.Minor}, err
}

// unset leads somebody without a PIN to set one, saying why, and come back.
func (p *pages) unset(c *gin.Context, of typing, back, why string) error {
	of.page.What, of.page.SetPath = p.Text(c, why), pinPath(of.account)+"/set?"+andNext(back)[1:]
	return p.drawTyping(c, of, nil, "", nil)
}

// hasPIN says whether somebody has a PIN.
func (p *pages) hasPIN(c *gin.Context, who message.Person) (bool, error) {
	standing, err := p.PINs.Standing(c, who)
	return standing.Set, err
}
