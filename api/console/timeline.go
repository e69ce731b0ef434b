package console

import (
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

// A person who is linked on several channels has one timeline: the messages of
// all their conversations, each marked with its channel. Answers go to the
// channel that the member chooses; the one they wrote on last is chosen first.

// threads are the conversations of a person, the one of the page first.
func (s *Console) threads(c *gin.Context, open bot.Conversation) ([]bot.Conversation, error) {
	linked, err := s.Identity.Linked(c, accountID(c), open.ID)
	threads := []bot.Conversation{open}
	for _, id := range linked {
		if id == open.ID {
			continue
		}
		found, err := s.Bot.Inbox().Get(c, accountID(c), id)
		if errors.Is(err, bot.ErrNoConversation) {
			continue // nobody has said anything there
		}
		if err != nil {
			return nil, err
		}
		threads = append(threads, found)
	}
	return threads, err
}

// readAll marks as read what somebody looks at who could answer. A page that is
// renewed in the background has not been looked at.
func (s *Console) readAll(c *gin.Context, threads []bot.Conversation) (err error) {
	if web.Fragment(c) == "hidden" || !web.At(c).Access.May(account.WriteInbox) {
		return nil
	}
	for i, one := range threads {
		if !one.Unseen() {
			continue
		}
		if threads[i], err = s.Bot.Inbox().MarkRead(c, accountID(c), one.ID); err != nil {
			return err
		}
		s.signal(c, one.ID, message.ReadMark)
	}
	return nil
}

// latest is the conversation that the person wrote in last.
func latest(threads []bot.Conversation) bot.Conversation {
	return slices.MaxFunc(threads, func(a, b bot.Conversation) int {
		switch {
		case a.LastInboundAt == nil && b.LastInboundAt == nil:
			return 0
		case a.LastInboundAt == nil:
			return -1
		case b.LastInboundAt == nil:
			return 1
		}
		return a.LastInboundAt.Compare(*b.LastInboundAt)
	})
}

// showThreads puts the messages of all threads and the choice among them on the
// page.
func (s *Console) showThreads(c *gin.Context, shown *templates.Conversation, threads []bot.Conversation, names map[string]string) error {
	ids := make([]string, len(threads))
	chosen := latest(threads)
	for i, one := range threads {
		ids[i] = one.ID
		if len(threads) > 1 {
			shown.Channels = append(shown.Channels, templates.ReplyChannel{ID: one.ID, Channel: one.Channel, Name: one.Name,
				Path: path(c, "inbox", "c", one.ID), Topic: bot.ConversationTopic(one.ID), Chosen: one.ID == chosen.ID,
				Shut: one.Window != nil && !one.Window.Open(s.now())})
		}
	}
	if window := chosen.Window; window != nil {
		shown.Shut = !window.Open(s.now())
		shown.SendUntil, shown.SendLeft = window.Until, window.Left
	}
	history, next, err := s.Bot.Inbox().Timeline(c, accountID(c), ids, store.Cursor(c.Query("before")), pageSize)
	if err != nil {
		return err
	}
	shown.Messages = s.bubbles(c, history, names)
	if len(threads) > 1 {
		for i, m := range history {
			_, channel, _, _ := message.SplitSubscriberID(m.Conversation)
			shown.Messages[len(history)-1-i].Channel = channel
		}
	}
	if next != "" {
		shown.Earlier = with(c, "before", string(next))
	}
	return nil
}

// addressee is the conversation that a reply goes to: that of the page, or
// another one of the same person. Errors: bot.ErrNoConversation.
func (s *Console) addressee(c *gin.Context) (string, error) {
	id, to := c.Param("conversation"), c.PostForm("to")
	if to == "" || to == id {
		return id, nil
	}
	linked, err := s.Identity.Linked(c, accountID(c), id)
	if err == nil && !slices.Contains(linked, to) {
		err = bot.ErrNoConversation
	}
	return to, err
}
