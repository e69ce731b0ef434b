package public

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/device"
	"plaza/bot/signin"
	"plaza/fault"
	"plaza/message"
	"plaza/templates"
)

// Who opens a page inside their messenger's own browser is known there: the page
// sends them to the messenger's platform, which sends them back with proof of
// who they are. Package signin says what is believed.

const (
	// personCookie and the account's id hold the token of who is signed in.
	personCookie = "plaza_person_"
	// browserCookie holds a secret of this browser while it signs somebody in.
	browserCookie = "plaza_browser"
	// askedCookie and the account's id say that this browser was asked lately:
	// whoever would not or could not say who they are sees the page without.
	askedCookie  = "plaza_asked_"
	askedSeconds = 600
)

// insistence is how much a page needs to know who has it open.
type insistence bool

const (
	silently insistence = false // where nobody notices
	surely   insistence = true  // also where the platform asks the person
)

// recognised is a page that learns first who has it open, where it can.
func (p *pages) recognised(how insistence, handle web.Handler) web.Handler {
	return p.recognisedAt(p.open, how, handle)
}

// recognisedAt is recognised for a page that finds its account in a way of its
// own.
func (p *pages) recognisedAt(find func(*gin.Context) (account.Account, error), how insistence, handle web.Handler) web.Handler {
	return func(c *gin.Context) error {
		channel, silent := p.Bot.Pages().Inside(c.Request.UserAgent())
		if channel != "" && (how == surely || silent) {
			if of, err := find(c); err == nil { // otherwise the page says what is wrong
				asked, err := p.askWho(c, of, channel)
				if asked || err != nil {
					return err
				}
			}
		}
		return handle(c)
	}
}

// askWho leads to the platform, unless it is known who has the page open, or
// nobody could be led.
func (p *pages) askWho(c *gin.Context, of account.Account, channel string) (asked bool, _ error) {
	if c.Request.Method != http.MethodGet || web.Fragment(c) != "" || web.WantsJSON(c) {
		return false, nil
	}
	if _, known, err := p.personHere(c, of.ID); known || err != nil {
		return false, err
	}
	if _, err := c.Cookie(askedCookie + of.ID); err == nil || p.arrivals.Check(c) != nil {
		return false, nil
	}
	err := p.lead(c, of, signin.Wish{Channel: channel, Next: c.Request.URL.RequestURI(), Unseen: true})
	if errors.Is(err, message.ErrSignInOff) {
		return false, nil
	}
	return err == nil, err
}

// lead sends a browser to a platform.
func (p *pages) lead(c *gin.Context, of account.Account, wish signin.Wish) error {
	wish.Account, wish.Language, wish.Browser = of.ID, web.Language(c), browserSecret(c)
	address, err := p.SignIn.Begin(c, wish)
	if err != nil {
		return err
	}
	web.SetCookie(c, &http.Cookie{Name: browserCookie, Value: wish.Browser, MaxAge: int(signin.BeginningLife.Seconds())})
	if wish.Unseen {
		web.SetCookie(c, &http.Cookie{Name: askedCookie + of.ID, Value: wish.Channel, MaxAge: askedSeconds})
	}
	return leadBack(c, address, nil)
}

// browserSecret is this browser's, or a new one. Several pages may be signing
// in at once.
func browserSecret(c *gin.Context) string {
	if kept, err := c.Cookie(browserCookie); err == nil && signin.IsSecret(kept) {
		return kept
	}
	return signin.NewSecret()
}

// personHere is who is signed in on this browser, in the language of the page.
func (p *pages) personHere(c *gin.Context, accountID string) (_ message.Person, ok bool, _ error) {
	token, err := c.Cookie(personCookie + accountID)
	if err != nil {
		return message.Person{}, false, nil
	}
	found, err := p.SignIn.Find(c, accountID, token)
	if errors.Is(err, signin.ErrSignedOut) {
		return found, false, nil
	}
	found.Language = web.Language(c)
	return found, err == nil, err
}

// beginPath is the link that signs somebody in and brings them back.
func beginPath(of account.Account, channel, next string) string {
	return "/sign-in/" + url.PathEscape(channel) + "/" + of.ID + "/begin?" + url.Values{"next": {next}}.Encode()
}

// beginSignIn is the press of that link. It is none of a form, because a form
// may not lead away from here; it makes nobody somebody else.
func (p *pages) beginSignIn(c *gin.Context) error {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, c.Param("account")))
	if err != nil {
		return err
	}
	if justLooks(c) {
		return message.ErrSignIn
	}
	if err := p.arrivals.Check(c); err != nil {
		return err
	}
	return p.lead(c, of, signin.Wish{Channel: c.Param("channel"), Next: localOr(c.Query("next"), "/a/"+of.Slug)})
}

// localOr is a path of this server, or another one if it is none.
func localOr(path, other string) string {
	if path == "" || web.LocalPath(path) != path {
		return other
	}
	return path
}

// signedIn is where a platform sends people back to.
func (p *pages) signedIn(c *gin.Context) error {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, c.Param("account")))
	if err != nil {
		return err
	}
	if justLooks(c) {
		return message.ErrSignIn
	}
	browser, _ := c.Cookie(browserCookie)
	done, err := p.SignIn.Finish(c, of.ID, c.Param("channel"), browser, c.Request.URL.Query())
	if err != nil && !errors.Is(err, message.ErrSignInDeclined) {
		p.Logger.WarnContext(c, "nobody signed in", "account", of.ID, "channel", c.Param("channel"), "error", err)
	}
	refused, ok := errors.AsType[*fault.Error](err)
	switch {
	case err != nil && (done.Next == "" || !ok):
		return err
	case err != nil && done.Unseen:
		return web.Redirect(c, done.Next)
	case err != nil:
		return web.RedirectSaying(c, done.Next, templates.Flash{Kind: "bad", Text: p.sentence(c, refused)})
	case done.For != "":
		return p.join(c, of, done)
	}
	if err := p.remember(c, done.Person); err != nil {
		return err
	}
	if done.Unseen {
		return web.Redirect(c, done.Next)
	}
	return web.RedirectSaying(c, done.Next, templates.Flash{Kind: "good",
		Text: p.Text(c, "public.signed-in", p.Text(c, "page.channel."+done.Person.Channel))})
}

// remember signs a person in on this browser, in place of whoever was.
func (p *pages) remember(c *gin.Context, who message.Person) error {
	if before, err := c.Cookie(personCookie + who.Account); err == nil {
		if err := p.SignIn.Close(c, who.Account, before); err != nil {
			return err
		}
	}
	token, err := p.SignIn.Open(c, who, mark(c, who.Account))
	if err == nil {
		web.SetCookie(c, &http.Cookie{Name: personCookie + who.Account, Value: token, MaxAge: int(signin.SessionLife.Seconds())})
		p.sighted(c, who, device.SignIn)
	}
	return err
}

// vouch takes the statement that a messenger gave to a page.
func (p *pages) vouch(c *gin.Context) error {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, c.Param("account")))
	if err != nil {
		return err
	}
	who, err := p.SignIn.Vouch(c, of.ID, c.Param("channel"), c.PostForm("statement"))
	if err != nil {
		return err
	}
	if err := p.remember(c, who); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// signOut forgets who is signed in. Their messenger is not asked again at once.
func (p *pages) signOut(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	if token, err := c.Cookie(personCookie + of.ID); err == nil {
		if err := p.SignIn.Close(c, of.ID, token); err != nil {
			return err
		}
		web.SetCookie(c, &http.Cookie{Name: personCookie + of.ID, MaxAge: -1})
		web.SetCookie(c, &http.Cookie{Name: askedCookie + of.ID, Value: "out", MaxAge: askedSeconds})
	}
	return web.Redirect(c, localOr(c.PostForm("next"), "/a/"+of.Slug))
}

// offers are the messengers that somebody whom nobody knows may sign in with.
func (p *pages) offers(c *gin.Context, of account.Account) ([]templates.SignInOffer, error) {
	channels, err := p.Bot.Pages().Signers(c, of.ID, c.Request.UserAgent())
	var offers []templates.SignInOffer
	for _, channel := range channels {
		offers = append(offers, templates.SignInOffer{Channel: channel, URL: beginPath(of, channel, c.Request.URL.RequestURI())})
	}
	return offers, err
}

// whosePayment lets the payer of somebody else's payment, as it seems, say who
// they are: its address came to them in their messenger.
func (p *pages) whosePayment(c *gin.Context, refusal error) error {
	payment, err := p.Shop.Payments.Find(c, c.Param("payment"))
	if err != nil {
		return refusal
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, payment.Account))
	if err != nil {
		return refusal
	}
	return p.whoIsIt(c, of, payment.Payer.Channel, refusal)
}

// whoIsIt lets somebody say who they are, whose page it is that this browser
// does not know them on: its address came to them in that messenger. Where
// nobody can, the refusal stands.
func (p *pages) whoIsIt(c *gin.Context, of account.Account, channel string, refusal error) error {
	if own, _ := p.Bot.Pages().Inside(c.Request.UserAgent()); own == channel {
		if asked, err := p.askWho(c, of, channel); asked || err != nil {
			return err
		}
	}
	offers, err := p.offers(c, of)
	if err != nil {
		return err
	}
	page := &templates.SignInPage{Base: p.base(c, of), BackURL: "/a/" + of.Slug}
	for _, offer := range offers {
		if offer.Channel == channel {
			page.Offers = append(page.Offers, offer)
		}
	}
	if len(page.Offers) == 0 && !p.Bot.Pages().Vouches(channel) {
		return refusal
	}
	return p.DrawStatus(c, http.StatusNotFound, page)
}
