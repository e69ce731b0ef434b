package public

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/signin"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/shop/pay/risk"
	"plaza/templates"
)

// listener is who a WebSocket belongs to: a member of the account, a visitor
// of it, or both in one browser.
type listener struct {
	account string
	visitor *webchat.Visitor
	// person is the subscriber who is signed in by their messenger, if any, and
	// token what they are signed in by. It is looked up at each subscription, as
	// the session below and the visitor.
	person, token string
	// session is the secret of a member's session. It is looked up at each
	// subscription: the session may have ended since the last.
	session string
}

// The faults of listening. Whether a topic exists is not told.
var (
	errTopic    = fault.New(fault.Forbidden, "topic_refused", "This may not be watched from here.")
	errListener = fault.New(fault.Forbidden, "listener_unknown", "Please open a page of this account first.")
)

func livePath(of account.Account) string {
	return "/live?" + url.Values{"account": {of.Slug}}.Encode()
}

// liveOf is how a page follows what concerns a person, and the topics beside
// their chat. It is asked before the page's data is read, so that nothing that
// happens in between is missed.
func (p *pages) liveOf(ctx context.Context, front storefront, topics ...string) (templates.Live, error) {
	since, err := p.Log.Head(ctx, front.account.ID)
	return templates.Live{URL: livePath(front.account), Topics: append([]string{bot.ChatTopic(front.person.ID)}, topics...), Since: since}, err
}

// listen takes a page's WebSocket for one account. A closed account has members
// still, but no visitors.
func (p *pages) listen(c *gin.Context) error {
	of, err := p.Accounts.Accounts.FindBySlug(c, c.Query("account"))
	if err != nil {
		return err
	}
	who := listener{account: of.ID}
	identity := live.Identity{Address: c.ClientIP()}
	visitor, ok, err := p.visitor(c, of.ID)
	if err != nil {
		return err
	}
	if ok && of.State == account.Active {
		who.visitor, identity.Key = &visitor, visitor.ID
	}
	if signedIn, ok, err := p.personHere(c, of.ID); err != nil {
		return err
	} else if ok && of.State == account.Active {
		who.person, identity.Key = signedIn.ID, signedIn.ID
		who.token, _ = c.Cookie(personCookie + of.ID)
	}
	if number, err := c.Cookie(deviceCookie); err == nil && identity.Key != "" {
		identity.Key = connectionKey(of.ID, risk.DeviceOf(of.ID, number).String())
	}
	if signedIn, ok := p.Visiting(c); ok {
		who.session, _ = c.Cookie(web.SessionCookie)
		identity.Key = signedIn.Session.ID
	}
	if identity.Key == "" {
		return errListener
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
	"overview":  account.ReadSubscribers,
	risk.Topic:  account.ReadShop,
}

// Visitors knows whose token still works: webchat.Service.
type Visitors interface {
	Look(ctx context.Context, visitor webchat.Visitor) error
}

// SignIns knows which sign-ins of messengers have not ended: signin.Service.
type SignIns interface {
	Look(ctx context.Context, account, token string) error
}

// Authorize decides who may see what over /live: a visitor their own chat, a
// member what their role may read. It is asked at every subscription, and asks
// the store: a session that has ended, a device that was signed out and a role
// that was taken away count at once.
func Authorize(accounts *account.Service, visitors Visitors, signIns SignIns) func(ctx context.Context, subject any, topic string) (string, error) {
	return func(ctx context.Context, subject any, topic string) (string, error) {
		who, ok := subject.(listener)
		if !ok {
			return "", errTopic
		}
		if who.visitor != nil && topic == bot.ChatTopic(who.visitor.Person().ID) {
			return who.account, refusal(visitors.Look(ctx, *who.visitor))
		}
		if who.person != "" && topic == bot.ChatTopic(who.person) {
			return who.account, refusal(signIns.Look(ctx, who.account, who.token))
		}
		permission, known := topics[topic]
		if conversation, ok := strings.CutPrefix(topic, bot.ConversationTopic("")); ok && isOf(conversation, who.account) {
			permission, known = account.ReadInbox, true
		}
		if !known || who.session == "" {
			return "", errTopic
		}
		return who.account, may(ctx, accounts, who, permission)
	}
}

// isOf says whether a conversation is of an account, by its id.
func isOf(conversation, account string) bool {
	owner, _, _, ok := message.SplitSubscriberID(conversation)
	return ok && owner == account
}

func may(ctx context.Context, accounts *account.Service, who listener, permission account.Permission) error {
	_, member, err := accounts.Sessions.Look(ctx, who.session)
	if err != nil {
		return refusal(err)
	}
	access, err := accounts.Members.Access(ctx, who.account, member, "")
	if err != nil {
		return refusal(err)
	}
	return refusal(access.Require(permission))
}

// refusal tells a browser no more than that it may not watch; what is no
// decision, such as a database that does not answer, stays what it is, so that
// the browser tries again.
func refusal(err error) error {
	if errors.Is(err, account.ErrSignedOut) || errors.Is(err, webchat.ErrVisitor) || errors.Is(err, signin.ErrSignedOut) || errors.Is(err, account.ErrNotPermitted) {
		return errTopic.Because(err)
	}
	return err
}
