package console

import (
	"context"

	"github.com/gin-gonic/gin"

	"plaza/message"
)

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
