package public

import (
	"crypto/subtle"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/device"
	"plaza/bot/identity"
	"plaza/bot/signin"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/templates"
)

func linkedPath(of account.Account) string { return chatPath(of) + "/linked" }

// linked shows a visitor of the web chat on which messengers else they are
// known, and lets them say so.
func (p *pages) linked(c *gin.Context) error {
	of, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	page := &templates.MyChannels{Base: p.base(c, of), Path: linkedPath(of), ChatPath: chatPath(of)}
	members, err := p.Identity.Members(c, of.ID, visitor.Person().ID)
	if err != nil {
		return err
	}
	for _, member := range members {
		if _, channel, _, ok := message.SplitSubscriberID(member.Subscriber); ok && member.Subscriber != visitor.Person().ID {
			page.Linked = append(page.Linked, templates.MyChannel{Channel: channel, Since: member.At})
		}
	}
	channels, err := p.Bot.Pages().Signers(c, of.ID, c.Request.UserAgent())
	if err != nil {
		return err
	}
	ask := linkingAsk(c, of)
	for _, channel := range channels {
		page.Offers = append(page.Offers, templates.SignInOffer{Channel: channel, URL: linkedPath(of) + "/" + channel + "?ask=" + ask})
	}
	return p.Draw(c, page)
}

// linkingAsk is what only this visitor's own page knows, so that no other page
// can have them say who they are.
func linkingAsk(c *gin.Context, of account.Account) string {
	token, err := c.Cookie(visitorCookie + of.ID)
	if err != nil {
		return ""
	}
	return signin.Ask(token)
}

// link leads to a messenger's platform, for the visitor to show who they are.
func (p *pages) link(c *gin.Context) error {
	of, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	ask := linkingAsk(c, of)
	if !known || justLooks(c) || ask == "" || subtle.ConstantTimeCompare([]byte(c.Query("ask")), []byte(ask)) != 1 {
		return webchat.ErrVisitor
	}
	if err := p.arrivals.Check(c); err != nil {
		return err
	}
	return p.lead(c, of, signin.Wish{Channel: c.Param("channel"), Next: linkedPath(of), Named: true, For: visitor.Person().ID})
}

// join makes the visitor who asked for it, if it is still them, and who signed
// in one person.
func (p *pages) join(c *gin.Context, of account.Account, done signin.Finished) error {
	visitor, known, err := p.visitor(c, of.ID)
	if err != nil {
		return err
	}
	here := person(c, visitor)
	if !known || here.ID != done.For {
		return message.ErrSignIn
	}
	there := done.Person
	there.Language = here.Language
	for _, one := range []message.Person{here, there} {
		if err := p.Bot.Pages().Meet(c, one); err != nil {
			return err
		}
	}
	if err := p.Identity.Link(c, of.ID, here.ID, there.ID, identity.ByThemselves); err != nil {
		return p.orBack(c, err, done.Next)
	}
	p.sighted(c, here, device.Link)
	return web.RedirectSaying(c, done.Next, templates.Flash{Kind: "good",
		Text: p.Text(c, "public.linked.done", p.Text(c, "page.channel."+there.Channel))})
}

// unlink makes this browser a person of its own again.
func (p *pages) unlink(c *gin.Context) error {
	of, visitor, known, err := p.acted(c)
	if err != nil {
		return err
	}
	if known {
		if err := p.Identity.Unlink(c, of.ID, visitor.Person().ID); err != nil {
			return err
		}
	}
	return web.RedirectSaying(c, linkedPath(of), templates.Flash{Kind: "good", Text: p.Text(c, "public.linked.undone")})
}
