package console

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/templates"
)

// The feed shows so many lines, from so many of the account's latest events.
const (
	feedLines  = 12
	feedEvents = 300
)

// feed tells what happened lately, newest first, as far as the member may see
// the topics. It is read from the event log, which keeps it for some days.
func (s *Console) feed(c *gin.Context, head int64) ([]templates.FeedEntry, error) {
	var topics []string
	for topic, needs := range map[string]account.Permission{
		"overview": account.ReadSubscribers, "inbox": account.ReadInbox, "orders": account.ReadShop,
	} {
		if web.At(c).Access.May(needs) {
			topics = append(topics, topic)
		}
	}
	if len(topics) == 0 {
		return nil, nil
	}
	var events []live.Event
	for since := max(0, head-feedEvents); since < head; { // Read looks through a piece of the log at a time
		page, err := s.Log.Read(c, accountID(c), since, head, topics, feedEvents)
		if err != nil {
			return nil, err
		}
		events, since = append(events, page.Events...), page.Through
	}
	var feed []templates.FeedEntry
	for _, event := range slices.Backward(events) {
		if entry, ok := s.line(c, event); ok {
			feed = append(feed, entry)
		}
		if len(feed) == feedLines {
			break
		}
	}
	return feed, nil
}

// happened is what the events of the feed carry.
type happened struct {
	// Of messages.
	Message      bot.Message `json:"message"`
	Conversation string      `json:"conversation"`
	// Of subscribers, of orders with number, and of mandates with title.
	ID    string       `json:"id"`
	Name  string       `json:"name"`
	State string       `json:"state"`
	Total money.Amount `json:"total"`
	// Of orders.
	Number string `json:"number"`
	// Of mandates.
	Title      string        `json:"title"`
	Subscriber string        `json:"subscriber"`
	Reason     string        `json:"reason"`
	Paid       *money.Amount `json:"paid"` // a period
	// Of scans that were counted.
	Code string `json:"code"`
}

// line says an event in words; ok is false for what is not worth a line.
func (s *Console) line(c *gin.Context, event live.Event) (entry templates.FeedEntry, ok bool) {
	var what happened
	if json.Unmarshal(event.Data, &what) != nil {
		return entry, false
	}
	who := what.Conversation
	if who == "" && what.Number == "" {
		who = what.ID
	}
	name := s.personName(c, what.Name, who)
	say := func(icon, url, key string, args ...any) (templates.FeedEntry, bool) {
		return s.entry(c, event, icon, url, key, args...), true
	}
	switch event.Kind {
	case "message.received":
		in := what.Message.In
		if in == nil || in.Kind == message.Follow {
			return entry, false // following is told by an event of its own
		}
		text := in.Summary()
		if in.Kind == message.Press {
			text = s.word(c, "event", "press") // its payload means nothing to people
		}
		return say("message", path(c, "inbox", "c", what.Conversation), "feed.message", name, text)
	case "subscriber.followed":
		return say("follow", path(c, "subscribers", what.ID), "feed.followed", name)
	case "subscriber.unfollowed":
		return say("exit", path(c, "subscribers", what.ID), "feed.unfollowed", name)
	case "order.changed", "payment.changed":
		icon := "order"
		if event.Kind == "payment.changed" {
			icon = "pay"
		}
		return say(icon, path(c, "orders", what.ID), "feed.order", what.Number, s.word(c, "state", what.State), name, what.Total)
	case "mandate.changed":
		return s.mandateLine(c, event, what)
	case "scan":
		if what.Code == "" {
			return entry, false
		}
		return say("scan", path(c, "codes", what.Code), "feed.scan", what.Code)
	}
	return entry, false
}

// entry is a line of the feed.
func (s *Console) entry(c *gin.Context, event live.Event, icon, url, key string, args ...any) templates.FeedEntry {
	return templates.FeedEntry{At: event.At.Truncate(time.Second), Icon: icon, URL: url, Text: s.said(c, key, args...)}
}

// mandateLine tells of a subscription that has begun, was paid again, or could
// not be charged, and of its end.
func (s *Console) mandateLine(c *gin.Context, event live.Event, what happened) (templates.FeedEntry, bool) {
	if what.Reason == mandate.Abandoned {
		return templates.FeedEntry{}, false // nothing had begun
	}
	name, url := s.personName(c, what.Name, what.Subscriber), path(c, "mandates", what.ID)
	if what.Paid != nil {
		return s.entry(c, event, "pay", url, "feed.mandate_paid", name, what.Title, *what.Paid), true
	}
	state := s.Surface.Text(c, "mandate.state."+what.State)
	if why := "mandate.reason." + what.Reason; s.Surface.Renderer.Texts.Has(why) {
		return s.entry(c, event, "history", url, "feed.mandate_why", name, what.Title, state, s.Surface.Text(c, why)), true
	}
	return s.entry(c, event, "history", url, "feed.mandate", name, what.Title, state), true
}
