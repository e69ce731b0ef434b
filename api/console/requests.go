package console

import (
	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/money"
	"plaza/shop/request"
	"plaza/templates"
)

// requestsShown is how many requests the panel beside a conversation lists.
const requestsShown = 5

// requestRows are what a person was asked for lately.
func (s *Console) requestRows(c *gin.Context, person string) ([]templates.RequestRow, error) {
	found, _, err := s.Requests.List(c, accountID(c), request.Filter{Person: person}, requestsShown, "")
	rows := make([]templates.RequestRow, len(found))
	for i, asked := range found {
		rows[i] = templates.RequestRow{What: asked.What, Amount: asked.Amount, State: string(asked.State)}
		if asked.State == request.Open {
			rows[i].CancelPath = path(c, "requests", asked.Number, "cancel")
		}
	}
	return rows, err
}

// askForPayment sends the person of a conversation a request with a button.
func (s *Console) askForPayment(c *gin.Context) error {
	id := c.Param("conversation")
	err := s.audited(c, "request.made", "conversation:"+id, func() error {
		amount, err := money.Parse(field(c, "amount"), web.At(c).Account.Currency)
		if err != nil {
			return err
		}
		found, err := s.Bot.Subscribers().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		_, err = s.Requests.Ask(c, found.Person(), c.PostForm("key"), amount, field(c, "what"), web.Who(c).Member.Name)
		return err
	})
	return s.done(c, path(c, "inbox", "c", id), "inbox.asked", err)
}

func (s *Console) cancelRequest(c *gin.Context) error {
	number := c.Param("request")
	var asked request.Request
	err := s.audited(c, "request.cancelled", "request:"+number, func() (err error) {
		asked, err = s.Requests.Cancel(c, accountID(c), number)
		return err
	})
	if asked.Number == "" {
		return err
	}
	return s.done(c, path(c, "inbox", "c", asked.Person.ID), "inbox.request-cancelled", err)
}
