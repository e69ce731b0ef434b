package public

import (
	"context"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/live"
)

// listener is who a WebSocket belongs to: a member of the account, a visitor
// of it, or both in one browser.
type listener struct {
	account string
	visitor *webchat.Visitor
	member  *account.Member
}

// errTopic refuses a topic; whether it exists is not told.
var errTopic = fault.New(fault.Forbidden, "topic_refused", "This may not be watched from here.")

// listen takes a page's WebSocket for one account.
func (p *pages) listen(c *gin.Context) error {
	of, err := p.Accounts.Accounts.FindBySlug(c, c.Query("account"))
	if err != nil {
		return err
	}
	who := listener{account: of.ID}
	identity := live.Identity{Address: c.ClientIP()}
	if visitor, ok, err := p.visitor(c, of.ID); err != nil {
		return err
	} else if ok {
		who.visitor, identity.Key = &visitor, visitor.ID
	}
	if signedIn, ok := p.Visiting(c); ok {
		who.member, identity.Key = &signedIn.Member, signedIn.Session.ID
	}
	if identity.Key == "" {
		return account.ErrSignedOut
	}
	identity.Subject = who
	p.Hub.Serve(c.Writer, c.Request, identity)
	return nil
}

// topics says which permission opens a topic of the account.
var topics = map[string]account.Permission{
	"inbox":     account.ReadInbox,
	"orders":    account.ReadShop,
	"campaigns": account.ReadCampaigns,
	"overview":  account.ReadInbox,
}

// Authorize decides who may see what over /live: a visitor their own chat, a
// member what their role may read. It is asked at every subscription.
func Authorize(accounts *account.Service) func(ctx context.Context, subject any, topic string) (string, error) {
	return func(ctx context.Context, subject any, topic string) (string, error) {
		who, ok := subject.(listener)
		if !ok {
			return "", errTopic
		}
		if who.visitor != nil && topic == bot.ChatTopic(who.visitor.Person().ID) {
			return who.account, nil
		}
		permission, known := topics[topic]
		if !known || who.member == nil {
			return "", errTopic
		}
		access, err := accounts.Members.Access(ctx, who.account, *who.member, "")
		if err != nil {
			return "", errTopic.Because(err)
		}
		if !access.May(permission) {
			return "", errTopic
		}
		return who.account, nil
	}
}
