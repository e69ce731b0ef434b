package console

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/message"
)

// typing shows the person that a member writes, where their messenger can show
// it. The page says so with every few letters; more than is worth showing is
// dropped.
func (s *Console) typing(c *gin.Context) error {
	id := c.Param("conversation")
	if _, err := s.Bot.Inbox().Get(c, accountID(c), id); err != nil {
		return err
	}
	if s.signals.Allow(id) {
		s.signal(c, id, message.TypingOn)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// signal is a courtesy that no page waits for and no failure of which matters:
// the platform may be slow, or the connection be none.
func (s *Console) signal(c *gin.Context, conversation string, signal message.Signal) {
	ctx, account := context.WithoutCancel(c.Request.Context()), accountID(c)
	go func() {
		if err := s.Bot.Inbox().Signal(ctx, account, conversation, signal); err != nil {
			s.Surface.Logger.Debug("signal not shown", "account", account, "signal", string(signal), "error", err)
		}
	}()
}
