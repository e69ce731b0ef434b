package console

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

func (s *Console) inbox(c *gin.Context) error {
	page, err := s.inboxPage(c, "")
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// inboxPage is the list of conversations, in which one may be open.
func (s *Console) inboxPage(c *gin.Context, open string) (*templates.Inbox, error) {
	base, err := s.base(c, "inbox")
	if err != nil {
		return nil, err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return nil, err
	}
	page := &templates.Inbox{Base: base}
	if page.Outages, err = s.outagesNow(c, &base); err != nil {
		return nil, err
	}
	filters := map[string]bot.Filter{
		"open": {State: bot.Open}, "mine": {Agent: memberID(c)},
		"waiting": {Agent: bot.Waiting}, "closed": {State: bot.Closed},
	}
	tabs, here := s.tabs(c, "state", "inbox.tab", "open", "mine", "waiting", "closed")
	for i := range tabs { // tabs of an open conversation lead to the list
		tabs[i].URL = path(c, "inbox") + tail(tabs[i].URL)
	}
	page.Tabs = tabs
	found, next, err := s.Bot.Inbox().List(c, accountID(c), filters[here], after(c), pageSize)
	if err != nil {
		return nil, err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		page.Conversations = append(page.Conversations, s.conversationLine(c, one, names, open))
	}
	return page, nil
}

// tail is an address from its question mark on.
func tail(address string) string {
	for i := range address {
		if address[i] == '?' {
			return address[i:]
		}
	}
	return ""
}

func (s *Console) conversationLine(c *gin.Context, one bot.Conversation, names map[string]string, open string) templates.ConversationLine {
	address := path(c, "inbox", "c", one.ID)
	if state := c.Query("state"); state != "" {
		address += "?state=" + url.QueryEscape(state)
	}
	return templates.ConversationLine{
		ID: one.ID, URL: address, Name: s.personName(c, one.Name, one.ID), Channel: one.Channel,
		Summary: one.Last.Summary, At: one.LastAt, Unread: one.Unread,
		Handler: s.handler(c, one.Agent, names), Here: one.ID == open, FromThem: one.Last.Direction == bot.In,
	}
}

// personName is a subscriber's name, or what stands for one.
func (s *Console) personName(c *gin.Context, name, id string) string {
	if name == "" {
		return strings.TrimSpace(s.said(c, "sub.nameless") + " " + mark(id))
	}
	return name
}

// mark is the end of an id: enough to tell a few people without a name apart.
func mark(id string) string {
	const length = 4
	var end []byte
	for i := len(id) - 1; i >= 0 && len(end) < length; i-- {
		if letter := id[i]; letter >= '0' && letter <= '9' || letter >= 'A' && letter <= 'Z' || letter >= 'a' && letter <= 'z' {
			end = append(end, letter)
		}
	}
	slices.Reverse(end)
	return strings.ToUpper(string(end))
}

// handler names who has a conversation; empty for the bot.
func (s *Console) handler(c *gin.Context, agent string, names map[string]string) string {
	switch {
	case agent == "":
		return ""
	case agent == bot.Waiting:
		return s.said(c, "inbox.waiting")
	case names[agent] != "":
		return names[agent]
	}
	return s.said(c, "members.former")
}

// memberNames are the names of the account's members, by id.
func (s *Console) memberNames(c *gin.Context) (map[string]string, error) {
	seats, err := s.accounts.Members.List(c, accountID(c))
	names := make(map[string]string, len(seats))
	for _, seat := range seats {
		names[seat.ID] = seat.Name
	}
	return names, err
}

func (s *Console) conversation(c *gin.Context) error {
	id := c.Param("conversation")
	found, err := s.Bot.Inbox().Get(c, accountID(c), id)
	if err != nil {
		return err
	}
	threads, err := s.threads(c, found)
	if err != nil {
		return err
	}
	if err := s.readAll(c, threads); err != nil {
		return err
	}
	found = threads[0]
	page, err := s.inboxPage(c, id)
	if err != nil {
		return err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return err
	}
	page.Open = &templates.Conversation{
		ID: id, Path: path(c, "inbox", "c", id), Topic: bot.ConversationTopic(id), State: string(found.State),
		Handler: s.handler(c, found.Agent, names), Mine: found.Agent == memberID(c), Key: store.NewID(),
	}
	if page.Open.Person, err = s.personCard(c, id); err != nil {
		return err
	}
	if err := s.showThreads(c, page.Open, threads, names); err != nil {
		return err
	}
	if page.Base.Account.Kind == string(account.Merchant) {
		page.Open.RequestPath = path(c, "inbox", "c", id, "request")
		if page.Open.Requests, err = s.requestRows(c, id); err != nil {
			return err
		}
	}
	return s.Surface.Draw(c, page)
}

// bubbles turns a history, newest first, into bubbles, oldest first.
func (s *Console) bubbles(c *gin.Context, history []bot.Message, names map[string]string) []templates.ChatMessage {
	shown := make([]templates.ChatMessage, len(history))
	for i, m := range history {
		bubble := templates.ChatMessage{ID: m.ID, At: m.At, In: m.In, Out: m.Out, State: string(m.State), Reason: m.Reason}
		switch m.Author {
		case bot.ByAgent:
			bubble.Author = s.handler(c, m.Member, names)
		case bot.ByCampaign:
			bubble.Author = s.said(c, "code.campaign")
		}
		if m.In != nil && m.Inbound != "" {
			bubble.InboundURL = path(c, "inbound", m.Inbound)
		}
		if m.In != nil && s.Bot.Fetches(*m.In) {
			bubble.In = fetched(*m.In, path(c, "inbox", "c", m.Conversation, "media", m.ID[len(m.Conversation)+1:]))
		}
		shown[len(history)-1-i] = bubble
	}
	return shown
}

// reply says a member's own words; whoever writes takes the conversation over.
func (s *Console) reply(c *gin.Context) error {
	to, err := s.addressee(c)
	if err != nil {
		return err
	}
	if err := s.answer(c, to, c.PostForm("key"), replyText(c)...); err != nil {
		return err
	}
	return web.Redirect(c, path(c, "inbox", "c", c.Param("conversation")))
}

func (s *Console) answer(c *gin.Context, id, key string, out ...message.Outbound) error {
	inbox := s.Bot.Inbox()
	return s.audited(c, "conversation.answered", "conversation:"+id, func() error {
		if _, err := inbox.Take(c, accountID(c), id, memberID(c)); err != nil {
			return err
		}
		return inbox.Reply(c, accountID(c), id, memberID(c), key, out...)
	})
}

// maxReply bounds a reply, in characters: what every messenger takes.
const maxReply = 2000

func replyText(c *gin.Context) []message.Outbound {
	text := []rune(field(c, "text"))
	if len(text) == 0 {
		return nil // which the inbox refuses
	}
	return []message.Outbound{message.Text(string(text[:min(len(text), maxReply)]))}
}

func (s *Console) take(c *gin.Context) error {
	id := c.Param("conversation")
	return s.steerConversation(c, "conversation.taken", "inbox.took", func() error {
		_, err := s.Bot.Inbox().Take(c, accountID(c), id, memberID(c))
		return err
	})
}

func (s *Console) handBack(c *gin.Context) error {
	id := c.Param("conversation")
	return s.steerConversation(c, "conversation.handed_back", "inbox.returned", func() error {
		_, err := s.Bot.Inbox().HandBack(c, accountID(c), id)
		return err
	})
}

func (s *Console) closeConversation(c *gin.Context) error {
	id := c.Param("conversation")
	return s.steerConversation(c, "conversation.closed", "inbox.closed", func() error {
		_, err := s.Bot.Inbox().Close(c, accountID(c), id)
		return err
	})
}

func (s *Console) steerConversation(c *gin.Context, action, said string, do func() error) error {
	id := c.Param("conversation")
	err := s.audited(c, action, "conversation:"+id, do)
	return s.done(c, path(c, "inbox", "c", id), said, err)
}
