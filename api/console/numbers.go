package console

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/bot/kakao/alimtalk"
	"plaza/message"
	"plaza/templates"
)

func (s *Console) numbers(c *gin.Context) error {
	page, err := s.numbersPage(c)
	if err != nil {
		return err
	}
	if len(page.Errors) > 0 {
		return s.again(c, page)
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) numbersPage(c *gin.Context) (*templates.Numbers, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.Numbers{Base: base, Search: c.Query("phone"), Typed: templates.NumberForm{Subscriber: c.Query("subscriber")}}
	found, next, err := s.Notices.Contacts(c, accountID(c), page.Search, after(c), pageSize)
	if errors.Is(err, alimtalk.ErrPhone) {
		return page, s.refused(c, &page.Base, err, map[string]string{"phone": "search"}, "search")
	}
	if err != nil {
		return nil, err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return nil, err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row := templates.NumberRow{ID: one.ID, Number: one.Number, Name: one.Name, Orders: one.Consent.Orders, Notices: one.Consent.Notices,
			Reason: one.Reason, By: names[one.By], Themselves: one.By == alimtalk.ByThemselves, At: one.At}
		if _, channel, _, _ := message.SplitSubscriberID(one.ID); channel != alimtalk.PhoneChannel {
			row.URL = path(c, "subscribers", one.ID)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// typedNumber reads the form of a number, or of a file of them.
func typedNumber(c *gin.Context, reason string) (alimtalk.NewContact, templates.NumberForm) {
	form := templates.NumberForm{Phone: field(c, "phone"), Name: field(c, "name"), Subscriber: field(c, "subscriber"), Reason: field(c, reason),
		Orders: c.PostForm("orders") == "on", Notices: c.PostForm("notices") == "on"}
	return alimtalk.NewContact{Subscriber: form.Subscriber, Phone: form.Phone, Name: form.Name, Reason: form.Reason, By: memberID(c),
		Consent: alimtalk.Consent{Orders: form.Orders, Notices: form.Notices}}, form
}

func (s *Console) saveNumber(c *gin.Context) error {
	typed, form := typedNumber(c, "reason")
	err := s.audited(c, "phone_number.entered", "", func() error { // the log names no number
		_, err := s.Notices.SetContact(c, accountID(c), typed)
		return err
	})
	if err == nil {
		return s.done(c, path(c, "numbers"), "numbers.done.kept", nil)
	}
	return s.numbersAgain(c, form, err)
}

// numbersAgain shows the page once more, with what is wrong with a form.
func (s *Console) numbersAgain(c *gin.Context, form templates.NumberForm, err error) error {
	page, shown := s.numbersPage(c)
	if shown != nil {
		return shown
	}
	page.Typed = form
	if err := s.refused(c, &page.Base, err, nil, "phone", "name", "subscriber", "consent", "reason", "why", "file"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) importNumbers(c *gin.Context) error {
	all, form := typedNumber(c, "why")
	sent, _, err := c.Request.FormFile("file")
	if err != nil {
		return s.numbersAgain(c, form, alimtalk.ErrColumns)
	}
	defer sent.Close()
	var done alimtalk.Imported
	err = s.audited(c, "phone_numbers.imported", "", func() (err error) {
		done, err = s.Notices.ImportContacts(c, accountID(c), all, sent)
		return err
	})
	if err != nil {
		return s.numbersAgain(c, form, err)
	}
	if done.LeftOut == 0 {
		return s.done(c, path(c, "numbers"), "numbers.done.imported", nil)
	}
	page, err := s.numbersPage(c)
	if err != nil {
		return err
	}
	page.Flash = &templates.Flash{Kind: "info", Text: s.said(c, "numbers.imported", done.Kept, done.LeftOut)}
	for _, left := range done.Left {
		page.Left = append(page.Left, s.said(c, "numbers.line", left.Line, s.sentence(c, left.Err)))
	}
	return s.Surface.DrawStatus(c, http.StatusOK, page)
}

func (s *Console) removeNumber(c *gin.Context) error {
	id := c.Param("contact")
	if _, err := s.Notices.Contact(c, accountID(c), id); err != nil {
		return err
	}
	err := s.audited(c, "phone_number.removed", "contact:"+id, func() error {
		return s.Notices.RemoveContact(c, accountID(c), id)
	})
	return s.done(c, path(c, "numbers"), "numbers.done.removed", err)
}
