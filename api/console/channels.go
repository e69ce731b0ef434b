package console

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/templates"
)

func (s *Console) channels(c *gin.Context) error {
	base, err := s.base(c, "inbox")
	if err != nil {
		return err
	}
	page := &templates.Channels{Base: base}
	if page.Outages, err = s.outagesNow(c, &base); err != nil {
		return err
	}
	for _, channel := range s.Bot.ChannelNames() {
		row := templates.ChannelRow{Name: channel, URL: "/chat/" + base.Account.Slug, State: "connected"}
		if channel == webchat.Name {
			row.Note, err = s.notified(c)
		} else {
			row, _, err = s.channelRow(c, channel)
		}
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// channelRow is a messenger's state, and its connection; the zero Connection
// where there is none.
func (s *Console) channelRow(c *gin.Context, channel string) (templates.ChannelRow, bot.Connection, error) {
	row := templates.ChannelRow{Name: channel, State: "off"}
	if web.At(c).Access.May(account.Settings) {
		row.URL = path(c, "settings", "channels", channel)
	}
	found, err := s.Bot.Connections().Get(c, accountID(c), channel)
	if errors.Is(err, bot.ErrNotConnected) {
		return row, found, nil
	}
	row.LastHeard = instant(found.LastHeardAt)
	switch {
	case !found.Enabled:
	case found.State == bot.Broken:
		row.State, row.Problem = "error", s.fault(c, found.LastFault, found.LastError, found.LastArgs)
	case found.State == bot.Untested && found.LastHeardAt == nil:
		row.State = "untested"
	default:
		row.State = "connected"
	}
	return row, found, err
}

// fault says in the reader's language what was kept of a fault.
func (s *Console) fault(c *gin.Context, code, text string, args []string) string {
	kept := fault.New(fault.Invalid, code, text)
	for _, arg := range args {
		kept.Args = append(kept.Args, arg)
	}
	return web.Sentence(s.Surface.Renderer.Texts, web.Language(c), kept)
}
