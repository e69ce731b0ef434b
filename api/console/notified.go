package console

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/bot/webchat/notify"
)

// notified says how many people of the web chat can be told of messages, and how
// that went today; nothing while there is nobody.
func (s *Console) notified(c *gin.Context) (string, error) {
	reach, err := s.Notify.Reach(c, accountID(c))
	if err != nil || reach == 0 {
		return "", err
	}
	today, err := s.Notify.Today(c, accountID(c))
	if err != nil {
		return "", err
	}
	count := strconv.Itoa(reach)
	if reach == notify.MaxReach {
		count += "+"
	}
	if today.Failed > 0 {
		return s.Surface.Text(c, "console.notified.failed", count, today.Told, today.Failed), nil
	}
	return s.Surface.Text(c, "console.notified", count, today.Told), nil
}
