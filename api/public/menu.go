package public

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/bot/webchat"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

// menuEntries is the chat's menu as its page shows it.
func menuEntries(entries []webchat.Entry) []templates.MenuEntry {
	shown := make([]templates.MenuEntry, len(entries))
	for i, e := range entries {
		shown[i] = templates.MenuEntry{ID: e.ID, Name: e.Name, URL: e.URL, Entries: menuEntries(e.Entries)}
	}
	return shown
}

// system is what a visitor's browser says it runs on.
func system(c *gin.Context) message.System {
	agent := c.Request.UserAgent()
	switch {
	case strings.Contains(agent, "Android"):
		return message.Android
	case strings.Contains(agent, "iPhone"), strings.Contains(agent, "iPad"):
		return message.Apple
	}
	return message.OtherSystem
}

// menuLink leads to where a link of the menu leads, and lets the account know
// that it was opened. The address comes from the menu, never from the request.
func (p *pages) menuLink(c *gin.Context) error {
	if justLooks(c) {
		return webchat.ErrNoEntry
	}
	_, visitor, err := p.acting(c)
	if err != nil {
		return err
	}
	if err := p.arrivals.Check(c); err != nil {
		return err
	}
	open, err := p.Chat.Choose(c, visitor, store.NewID(), c.Param("entry"), system(c))
	if err != nil {
		return err
	}
	if open == "" {
		return webchat.ErrNoEntry
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, open)
	return nil
}
