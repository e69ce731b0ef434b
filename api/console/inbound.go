package console

import (
	"cmp"
	"encoding/hex"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"plaza/bot"
	"plaza/message"
	"plaza/templates"
)

func (s *Console) inbounds(c *gin.Context) error {
	page, err := s.inboundList(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) inboundList(c *gin.Context) (*templates.InboundList, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Bot.Inbounds().List(c, accountID(c), after(c), pageSize)
	if err != nil {
		return nil, err
	}
	page := &templates.InboundList{Base: base, Pager: pager(c, next)}
	for _, one := range found {
		row, err := s.inboundRow(c, one)
		if err != nil {
			return nil, err
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (s *Console) inboundRow(c *gin.Context, one bot.Inbound) (templates.InboundRow, error) {
	_, channel, user, _ := message.SplitSubscriberID(one.Conversation)
	row := templates.InboundRow{ID: one.ID, URL: path(c, "inbound", one.ID), At: one.At, Channel: channel,
		Kind: string(one.Kind), Name: user, Answer: "pending"}
	switch {
	case one.Answered && len(one.Answer) > 0:
		row.Answer = "answered"
	case one.Answered:
		row.Answer = "nothing"
	}
	sender, err := s.Bot.Subscribers().Get(c, accountID(c), one.Conversation)
	if errors.Is(err, bot.ErrNoSubscriber) {
		return row, nil
	}
	row.Name = cmp.Or(sender.Name, user)
	return row, err
}

func (s *Console) inbound(c *gin.Context) error {
	page, err := s.inboundPage(c)
	if errors.Is(err, bot.ErrInboundGone) {
		return s.inboundGone(c)
	}
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// inboundPage is the list with one call opened. Who looked into whose message
// is entered in the audit log: it is shown as it came, with all it holds.
func (s *Console) inboundPage(c *gin.Context) (*templates.InboundList, error) {
	id := c.Param("inbound")
	var found bot.Inbound
	var raw []byte
	err := s.audited(c, "inbound.read", "inbound:"+id, func() (err error) {
		found, raw, err = s.Bot.Inbounds().Raw(c, accountID(c), id)
		if errors.Is(err, bot.ErrInboundGone) && found.ID != "" {
			return nil // the record is there; what came over our own chat has no body
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	page, err := s.inboundList(c)
	if err != nil {
		return nil, err
	}
	row, err := s.inboundRow(c, found)
	if err != nil {
		return nil, err
	}
	page.Shown = &row
	switch {
	case len(raw) == 0:
		page.Body = s.said(c, "inbound.none")
	case utf8.Valid(raw):
		page.Body = string(raw)
	default:
		page.Body = hex.Dump(raw)
	}
	page.Parts = [][2]string{
		{s.said(c, "inbound.kind"), string(found.Kind)},
		{s.said(c, "sub.channel"), s.word(c, "channel", row.Channel)}, {s.said(c, "inbound.sender"), row.Name},
	}
	if found.Type != "" {
		page.Parts = append(page.Parts, [2]string{s.said(c, "inbound.type"), found.Type})
	}
	return page, nil
}

// inboundGone is the list, and above it what has become of the one asked for:
// conversations are kept for longer than what their messages came as.
func (s *Console) inboundGone(c *gin.Context) error {
	page, err := s.inboundList(c)
	if err != nil {
		return err
	}
	page.Flash = &templates.Flash{Kind: "info", Text: s.Surface.Text(c, "fault."+bot.ErrInboundGone.Code)}
	return s.Surface.DrawStatus(c, http.StatusNotFound, page)
}

// replay shows what the bot would answer today; nothing is sent.
func (s *Console) replay(c *gin.Context) error {
	page, err := s.inboundPage(c)
	if errors.Is(err, bot.ErrInboundGone) {
		return s.inboundGone(c)
	}
	if err != nil {
		return err
	}
	answer, err := s.Bot.Inbounds().Replay(c, accountID(c), c.Param("inbound"))
	if errors.Is(err, bot.ErrInboundGone) {
		return s.inboundGone(c)
	}
	if err != nil {
		return err
	}
	page.Replayed = true
	page.Replay = rehearsed(answer)
	return s.Surface.Draw(c, page)
}

// rehearsed shows messages that nobody was sent.
func rehearsed(answer []message.Outbound) []templates.ChatMessage {
	shown := make([]templates.ChatMessage, len(answer))
	for i := range answer {
		shown[i].Out = &answer[i]
	}
	return shown
}
