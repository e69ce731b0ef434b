package console

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/message"
	"plaza/templates"
)

// undelivered lists what failed and what nobody knows the end of.
func (s *Console) undelivered(c *gin.Context) error {
	base, err := s.base(c, "inbox")
	if err != nil {
		return err
	}
	page := &templates.Undelivered{Base: base}
	tabs, here := s.tabs(c, "list", "undelivered.tab", string(bot.ListUncertain), string(bot.ListFailed), string(bot.ListDecided))
	routes, err := s.Bot.Outbox().Routes(c, accountID(c))
	if err != nil {
		return err
	}
	tabs[0].Count, tabs[1].Count = 0, 0
	for _, route := range routes {
		tabs[0].Count += int(route.Uncertain)
		tabs[1].Count += int(route.Failed)
	}
	page.Tabs, page.List = tabs, here
	page.Outages = s.outages(c, &base, routes)
	found, next, err := s.Bot.Outbox().Undelivered(c, accountID(c), bot.UndeliveredList(here), after(c), pageSize)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		_, _, user, _ := message.SplitSubscriberID(one.Conversation)
		page.Rows = append(page.Rows, templates.UndeliveredRow{ID: one.ID, At: one.At, Channel: one.Channel,
			Name: cmp.Or(one.Name, user), URL: path(c, "inbox", "c", one.Conversation), Summary: one.Summary,
			Campaign: one.Author == bot.ByCampaign, State: string(one.State), Decision: string(one.Decision),
			Reason: s.whyUndelivered(c, one)})
	}
	return s.Surface.Draw(c, page)
}

// whyUndelivered says in the reader's language why a message was not delivered.
func (s *Console) whyUndelivered(c *gin.Context, one bot.Undelivered) string {
	if key := "console.undelivered.why." + one.Class; s.Surface.Renderer.Texts.Has(key) {
		return s.Surface.Text(c, key)
	}
	return one.Words
}

func (s *Console) sendAgain(c *gin.Context) error {
	return s.decideUndelivered(c, "message.sent_again", "undelivered.again.done", s.Bot.Outbox().SendAgain)
}

func (s *Console) leaveUndelivered(c *gin.Context) error {
	return s.decideUndelivered(c, "message.left", "undelivered.leave.done", s.Bot.Outbox().Leave)
}

func (s *Console) decideUndelivered(c *gin.Context, action, text string,
	decide func(ctx context.Context, account, member, id string) error) error {
	id := field(c, "message")
	err := s.audited(c, action, "message:"+id, func() error {
		return decide(c, accountID(c), memberID(c), id)
	})
	return s.done(c, path(c, "outbox"), text, err)
}

// retryChannel has a messenger that is out tried at once.
func (s *Console) retryChannel(c *gin.Context) error {
	channel := c.Param("channel")
	err := s.audited(c, "channel.retried", "channel:"+channel, func() error {
		return s.Bot.Outbox().TryAgain(c, accountID(c), channel)
	})
	return s.done(c, path(c, "settings", "channels"), "outage.retried", err)
}

// outagesNow are the messengers over which nothing goes out at present, in words.
func (s *Console) outagesNow(c *gin.Context, base *templates.Base) ([]templates.Outage, error) {
	routes, err := s.Bot.Outbox().Routes(c, accountID(c))
	return s.outages(c, base, routes), err
}

func (s *Console) outages(c *gin.Context, base *templates.Base, routes []bot.Route) (said []templates.Outage) {
	for _, route := range routes {
		name, waiting := s.word(c, "channel", route.Channel), atMostWaiting(route.Waiting)
		switch {
		case route.Outage != nil:
			said = append(said, templates.Outage{
				Text: s.said(c, "outage."+string(route.Outage.Cause), name, s.instantWords(base, route.Outage.Since), waiting,
					s.instantWords(base, route.Outage.NextTry)),
				Retry: path(c, "settings", "channels", route.Channel, "retry"),
			})
		case route.PausedUntil != nil && route.Waiting > 0:
			said = append(said, templates.Outage{
				Text: s.said(c, "outage.paused", name, s.instantWords(base, *route.PausedUntil), waiting)})
		}
	}
	return said
}

// instantWords is a time of day on the account's clock, with the day unless it
// is today's.
func (s *Console) instantWords(base *templates.Base, at time.Time) string {
	at, now := at.In(base.Zone()), s.now().In(base.Zone())
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("01-02 15:04")
}

// atMostWaiting writes a count that was not counted any further than the outbox
// counts for pages.
func atMostWaiting(count int) string {
	if count >= bot.MaxWaiting {
		return strconv.Itoa(bot.MaxWaiting) + "+"
	}
	return strconv.Itoa(count)
}

// sendingTiles tell of messages that wait for a member's decision.
func (s *Console) sendingTiles(c *gin.Context) ([]templates.Tile, error) {
	if !web.At(c).Access.May(account.ReadInbox) {
		return nil, nil
	}
	routes, err := s.Bot.Outbox().Routes(c, accountID(c))
	var uncertain, failed int64
	for _, route := range routes {
		uncertain, failed = uncertain+route.Uncertain, failed+route.Failed
	}
	if err != nil || uncertain+failed == 0 {
		return nil, err
	}
	return []templates.Tile{{Key: "uncertain", Value: strconv.FormatInt(uncertain, 10),
		Note: s.said(c, "tile.failed", failed), URL: path(c, "outbox")}}, nil
}
