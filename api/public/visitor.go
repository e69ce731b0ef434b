package public

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/templates"
)

// A visitor's cookie holds a token and nothing else. There is one for each
// account, so that two accounts cannot tell that they have the same visitor.
// Forms need no token of their own: the cookie is not sent along from other
// sites (SameSite), and web.SameSite refuses what is. The cookie of a chat in
// another site's page is sent from frames in that site's pages, and there
// web.SameSite alone tells our own page from the one around it.
const visitorCookie = "plaza_visitor_"

// open finds the account a page belongs to. The sites that the account names may
// show the page in a frame.
func (p *pages) open(c *gin.Context) (account.Account, error) {
	of, err := openOnly(p.Accounts.Accounts.FindBySlug(c, c.Param("account")))
	if err == nil {
		web.AllowFrames(c, of.Origins)
	}
	return of, err
}

// openOnly lets open accounts through: a closed one is not there.
func openOnly(found account.Account, err error) (account.Account, error) {
	if err == nil && found.State != account.Active {
		err = account.ErrNoAccount
	}
	return found, err
}

// visitor is who has this page open; ok is false for somebody new.
func (p *pages) visitor(c *gin.Context, accountID string) (visitor webchat.Visitor, ok bool, err error) {
	token, err := c.Cookie(visitorCookie + accountID)
	if err != nil {
		return visitor, false, nil
	}
	visitor, err = p.Chat.Visitor(c, accountID, token)
	if errors.Is(err, webchat.ErrVisitor) {
		return visitor, false, nil
	}
	return visitor, err == nil, err
}

// welcome is visitor, and makes somebody new known. That writes, and who keeps
// no cookie is new every time: so it is limited.
func (p *pages) welcome(c *gin.Context, accountID string) (webchat.Visitor, error) {
	visitor, ok, err := p.visitor(c, accountID)
	if err != nil || ok {
		return visitor, err
	}
	if err := p.arrivals.Check(c); err != nil {
		return visitor, err
	}
	token, visitor, err := p.Chat.Welcome(c, accountID, web.Language(c))
	if err == nil {
		web.SetCookie(c, &http.Cookie{Name: visitorCookie + accountID, Value: token,
			MaxAge: int(webchat.CookieLifetime.Seconds())})
	}
	return visitor, err
}

// guest is who has a page of the shop open: whoever is signed in with their
// messenger, or else a visitor; ok is false for somebody new.
func (p *pages) guest(c *gin.Context, accountID string) (_ message.Person, ok bool, _ error) {
	signedIn, ok, err := p.personHere(c, accountID)
	if err != nil || ok {
		return signedIn, ok, err
	}
	visitor, ok, err := p.visitor(c, accountID)
	return person(c, visitor), ok, err
}

// guests are all that this browser is known as, at every account that it has
// met. A payment's address names no account, so it is looked for among theirs.
func (p *pages) guests(c *gin.Context) ([]message.Person, error) {
	var known []message.Person
	for _, cookie := range c.Request.Cookies() {
		if len(known) == maxGuests {
			break
		}
		if accountID, ok := strings.CutPrefix(cookie.Name, personCookie); ok {
			signedIn, ok, err := p.personHere(c, accountID)
			if err != nil {
				return nil, err
			}
			if ok {
				known = append(known, signedIn)
			}
		}
		if accountID, ok := strings.CutPrefix(cookie.Name, visitorCookie); ok {
			visitor, ok, err := p.visitor(c, accountID)
			if err != nil {
				return nil, err
			}
			if ok {
				known = append(known, person(c, visitor))
			}
		}
	}
	return known, nil
}

// maxGuests bounds the look-ups that one request's cookies can ask for.
const maxGuests = 32

// justLooks says whether a request must change nothing, whatever its address:
// programs ask by HEAD what a page is.
func justLooks(c *gin.Context) bool { return c.Request.Method == http.MethodHead }

// person is a visitor in the language of this page.
func person(c *gin.Context, visitor webchat.Visitor) message.Person {
	known := visitor.Person()
	known.Language = web.Language(c)
	return known
}

// named is a person with the name that they have told in the chat, for what
// members will read. Who has told none, or is new, stays without.
func (p *pages) named(c *gin.Context, person message.Person) message.Person {
	if person.Name != "" {
		return person
	}
	subscriber, err := p.Bot.Subscribers().Get(c, person.Account, person.ID)
	if err == nil {
		person.Name = subscriber.Name
	} else if !errors.Is(err, bot.ErrNoSubscriber) {
		p.Logger.WarnContext(c, "an order goes without its buyer's name", "account", person.Account, "error", err)
	}
	return person
}

// base is what a page of an account has.
func (p *pages) base(c *gin.Context, of account.Account) templates.Base {
	base := p.Base(c)
	base.Account = web.ViewAccount(of, base.Language)
	within, err := p.within(c, of)
	if err != nil { // the page works without
		p.Logger.WarnContext(c, "page does without its messenger", "account", of.ID, "error", err)
	}
	base.Messenger = within
	return base
}
