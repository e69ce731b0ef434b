package console

import (
	"cmp"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/bot/identity"
	"plaza/templates"
)

// linked are the other channels of a subscriber's person.
func (s *Console) linked(c *gin.Context, id string) ([]templates.LinkedPerson, error) {
	members, err := s.Identity.Members(c, accountID(c), id)
	if err != nil {
		return nil, err
	}
	var shown []templates.LinkedPerson
	for _, member := range members {
		if member.Subscriber == id {
			continue
		}
		one, err := s.Bot.Subscribers().Get(c, accountID(c), member.Subscriber)
		if err != nil {
			return nil, err
		}
		shown = append(shown, templates.LinkedPerson{
			ID: one.ID, Name: s.personName(c, cmp.Or(one.Remark, one.Name), one.ID), Channel: one.Channel,
			URL: path(c, "subscribers", one.ID), ConversationURL: path(c, "inbox", "c", one.ID),
			Self: member.By == identity.ByThemselves, Since: member.At,
		})
	}
	return shown, nil
}

// linkSubscriber takes the other's id, or the address of their page.
func (s *Console) linkSubscriber(c *gin.Context) error {
	id, other := c.Param("subscriber"), field(c, "other")
	if at := strings.LastIndex(other, "/subscribers/"); at >= 0 {
		other = other[at+len("/subscribers/"):]
	}
	err := s.audited(c, "subscriber.linked", "subscriber:"+id, func() error {
		if _, err := s.Bot.Subscribers().Get(c, accountID(c), id); err != nil {
			return err
		}
		return s.Identity.Link(c, accountID(c), id, other, memberID(c))
	})
	return s.done(c, path(c, "subscribers", id), "identity.done.linked", err)
}

func (s *Console) unlinkSubscriber(c *gin.Context) error {
	id, other := c.Param("subscriber"), field(c, "other")
	err := s.audited(c, "subscriber.unlinked", "subscriber:"+other, func() error {
		if _, err := s.Bot.Subscribers().Get(c, accountID(c), id); err != nil {
			return err
		}
		return s.Identity.Unlink(c, accountID(c), other)
	})
	return s.done(c, path(c, "subscribers", id), "identity.done.unlinked", err)
}
