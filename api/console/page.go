package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/fault"
	"plaza/store"
	"plaza/templates"
)

// pageSize is how many rows a list shows.
const pageSize = 30

// errUnreadable answers a form that cannot be read at all.
var errUnreadable = fault.New(fault.Invalid, "bad_form", "This form can't be read. Please reload the page and try again.")

func unreadable(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	return errUnreadable.Because(err)
}

// base is what a console page begins with. With topics it follows them from
// now on: so it is made before the page's content is read.
func (s *Console) base(c *gin.Context, topics ...string) (templates.Base, error) {
	base, err := s.Surface.ConsoleBase(c)
	if err != nil || base.Account == nil {
		return base, err
	}
	for _, badge := range []struct {
		shows *int
		count func(*gin.Context) (int, error)
	}{
		{&base.Member.Unread, s.unread},
		{&base.Member.Held, s.held},
		{&base.Member.Differing, s.differing},
		{&base.Member.Low, s.low},
	} {
		if *badge.shows, err = badge.count(c); err != nil {
			return base, err
		}
	}
	if len(topics) == 0 {
		return base, nil
	}
	since, err := s.Log.Head(c, base.Account.ID)
	base.Live = templates.Live{URL: "/live?account=" + url.QueryEscape(base.Account.Slug), Topics: topics, Since: since}
	return base, err
}

// unread counts conversations that nobody has seen, among the latest.
func (s *Console) unread(c *gin.Context) (int, error) {
	if !web.At(c).Access.May(account.ReadInbox) {
		return 0, nil
	}
	latest, _, err := s.Bot.Inbox().List(c, accountID(c), bot.Filter{State: bot.Open}, "", pageSize)
	count := 0
	for _, one := range latest {
		if one.Unread > 0 {
			count++
		}
	}
	return count, err
}

// held counts what waits for a member before money moves, up to a hundred.
func (s *Console) held(c *gin.Context) (int, error) {
	if !web.At(c).Access.May(account.ReadShop) {
		return 0, nil
	}
	return s.Risk.Waiting(c, accountID(c), 100)
}

// accountID is the id of the account that the request concerns.
func accountID(c *gin.Context) string { return web.At(c).Account.ID }

// memberID is the id of the member who asks.
func memberID(c *gin.Context) string { return web.Who(c).Member.ID }

// path makes the path of a page of the request's account; parts are escaped.
func path(c *gin.Context, parts ...string) string {
	made := "/console/" + url.PathEscape(web.At(c).Account.Slug)
	for _, part := range parts {
		made += "/" + url.PathEscape(part)
	}
	return made
}

// field is what was typed into a field, without white space around it.
func field(c *gin.Context, name string) string { return strings.TrimSpace(c.PostForm(name)) }

// after is where the list goes on.
func after(c *gin.Context) store.Cursor { return store.Cursor(c.Query("cursor")) }

// pager leads to the other pages of the list that the request shows.
func pager(c *gin.Context, next store.Cursor) templates.Pager {
	var pager templates.Pager
	if after(c) != "" {
		pager.First = with(c, "cursor", "")
	}
	if next != "" {
		pager.Next = with(c, "cursor", string(next))
	}
	return pager
}

// with is the address of the request with one parameter changed.
func with(c *gin.Context, name, value string) string {
	address := *c.Request.URL
	query := address.Query()
	query.Set(name, value)
	if value == "" {
		query.Del(name)
	}
	address.RawQuery = query.Encode()
	return address.RequestURI()
}

// tabs are views of a list by a parameter; the first value is the default.
// Their labels are the texts {kind}.{value}.
func (s *Console) tabs(c *gin.Context, parameter, kind string, values ...string) (tabs []templates.Tab, here string) {
	here = values[0]
	for _, value := range values {
		if c.Query(parameter) == value {
			here = value
		}
	}
	for i, value := range values {
		query := url.Values{}
		if i > 0 {
			query.Set(parameter, value)
		}
		address := c.Request.URL.EscapedPath()
		if encoded := query.Encode(); encoded != "" {
			address += "?" + encoded
		}
		tabs = append(tabs, templates.Tab{Label: s.word(c, kind, value), URL: address, Count: -1, Here: value == here})
	}
	return tabs, here
}

// options are values to choose from, labelled by the texts {kind}.{value}.
func (s *Console) options(c *gin.Context, kind, chosen string, values ...string) []templates.Option {
	made := make([]templates.Option, len(values))
	for i, value := range values {
		made[i] = templates.Option{Value: value, Label: s.word(c, kind, value), Chosen: value == chosen}
	}
	return made
}

// word is the text of one value of several; the value itself if there is none.
func (s *Console) word(c *gin.Context, kind, value string) string {
	if key := kind + "." + value; s.Surface.Renderer.Texts.Has("console."+key) || s.Surface.Renderer.Texts.Has("page."+key) {
		return s.said(c, key)
	}
	return value
}

// reason says in words why something was held, skipped or failed.
func (s *Console) reason(c *gin.Context, code string) string {
	if key := "broadcast.reason." + code; s.Surface.Renderer.Texts.Has(key) {
		return s.Surface.Text(c, key)
	}
	return code
}

// said is a text of the console in the language of the request, or one that
// the templates have too.
func (s *Console) said(c *gin.Context, key string, args ...any) string {
	if s.Surface.Renderer.Texts.Has("console." + key) {
		return s.Surface.Text(c, "console."+key, args...)
	}
	return s.Surface.Text(c, "page."+key, args...)
}

// done leads on after a form without fields: with what was done, or with why
// it could not be.
func (s *Console) done(c *gin.Context, to, text string, err error) error {
	if err == nil {
		return web.RedirectSaying(c, to, templates.Flash{Kind: "good", Text: s.said(c, text)})
	}
	public := web.Public(err)
	switch public.Kind {
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.Limited, fault.Unavailable:
		sentence := web.Sentence(s.Surface.Renderer.Texts, web.Language(c), public)
		return web.RedirectSaying(c, to, templates.Flash{Kind: "bad", Text: sentence})
	}
	return err
}

// refused puts what is wrong with a form beside its field; what concerns none
// of the form's fields goes to the top of the page. names gives the form's name
// of a field that the domain calls otherwise. It returns the error if the
// person who filled the form in can do nothing about it.
func (s *Console) refused(c *gin.Context, base *templates.Base, err error, names map[string]string, fields ...string) error {
	wrong, ok := s.Surface.FieldErrors(c, err)
	if !ok {
		return err
	}
	base.Errors = map[string]string{}
	for name, sentence := range wrong {
		if renamed, ok := names[name]; ok {
			name = renamed
		}
		base.Errors[name] = sentence
		if !known(name, fields) {
			base.Flash = &templates.Flash{Kind: "bad", Text: sentence}
		}
	}
	return nil
}

// known says whether a form shows a field itself: by its name, or by the
// beginning of it that ends with a dot.
func known(name string, fields []string) bool {
	for _, field := range fields {
		if name == field || strings.HasSuffix(field, ".") && strings.HasPrefix(name, field) {
			return true
		}
	}
	return false
}

// again shows a form once more, with what was typed and what is wrong with it.
func (s *Console) again(c *gin.Context, page templates.Page) error {
	return s.Surface.DrawStatus(c, http.StatusUnprocessableEntity, page)
}

// day reads a date of a date field in the account's time zone; zero for none.
func day(c *gin.Context, name string) (time.Time, error) {
	typed := field(c, name)
	if typed == "" {
		return time.Time{}, nil
	}
	read, err := time.ParseInLocation(time.DateOnly, typed, web.At(c).Account.Location())
	if err != nil {
		return time.Time{}, errDate.In(name).Because(err)
	}
	return read, nil
}

var errDate = fault.New(fault.Invalid, "bad_date", "This is not a date.")

// instant is the time behind a pointer, or zero.
func instant(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
