package console

import (
	"context"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/message"
	"plaza/templates"
)

// pinOf is what a member sees of a subscriber's PIN, and of the lock that it
// opens; nil where there is neither.
func (s *Console) pinOf(c *gin.Context, of message.Person) (*templates.SubscriberPIN, error) {
	standing, err := s.PINs.Standing(c, of)
	if err != nil || !standing.Set && !standing.Locked {
		return nil, err
	}
	return &templates.SubscriberPIN{Set: standing.Set, Locked: standing.Locked, Tries: int(standing.Tries), Blocked: standing.Blocked, Trusted: standing.Trusted, From: standing.From,
		MayHelp: web.At(c).Access.May(account.Refund)}, nil
}

// resetPIN takes away a PIN that its owner has forgotten.
func (s *Console) resetPIN(c *gin.Context) error {
	return s.helpWithPIN(c, "pin.reset", s.PINs.Reset, "pin.done.reset")
}

// trustPIN says that the member has made sure whose PIN it is.
func (s *Console) trustPIN(c *gin.Context) error {
	return s.helpWithPIN(c, "pin.trusted", s.PINs.Vouch, "pin.done.trusted")
}

func (s *Console) helpWithPIN(c *gin.Context, action string, help func(context.Context, message.Person) error, said string) error {
	id := c.Param("subscriber")
	err := s.audited(c, action, "subscriber:"+id, func() error {
		one, err := s.Bot.Subscribers().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		return help(c, one.Person())
	})
	return s.done(c, path(c, "subscribers", id), said, err)
}
