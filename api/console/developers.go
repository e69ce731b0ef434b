package console

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	compat "plaza/api/compat/wechat"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/wechat"
	"plaza/templates"
)

func (s *Console) developers(c *gin.Context) error {
	page, err := s.developersPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// developersPage is the page as it stands: with the app, if there is one.
func (s *Console) developersPage(c *gin.Context) (*templates.Developers, error) {
	base, err := s.base(c, "inbox")
	if err != nil {
		return nil, err
	}
	page := &templates.Developers{Base: base, APIBase: s.Surface.PublicURL + compat.Prefix}
	app, err := s.Developer.Find(c, accountID(c))
	if errors.Is(err, developer.ErrNoApp) {
		return page, nil
	}
	if err != nil {
		return nil, err
	}
	kept, err := s.Developer.CallbackOf(c, app)
	if err != nil {
		return nil, err
	}
	page.Opened, page.On, page.AppID, page.OriginalID = true, app.Enabled, app.AppID, app.OriginalID
	page.Verified, page.Domain = instant(app.VerifiedAt), app.SignInDomain
	s.showCallback(c, page, developer.Saved{Callback: kept, Order: app.Order})
	if err := s.showTemplates(c, page); err != nil {
		return nil, err
	}
	return page, s.showPushes(c, page)
}

func (s *Console) showCallback(c *gin.Context, page *templates.Developers, shown developer.Saved) {
	page.URL, page.Token, page.AESKey = shown.Callback.URL, shown.Callback.Token, shown.Callback.EncodingAESKey
	mode := cmp.Or(shown.Callback.Mode, wechat.SafeMode)
	page.Modes = s.hinted(c, "developers.mode", string(mode), string(wechat.SafeMode), string(wechat.PlainMode), string(wechat.CompatibleMode))
	page.Orders = s.hinted(c, "developers.order", string(shown.Order), string(developer.Instead), string(developer.First))
}

// hinted are options of which each has a text of its own below.
func (s *Console) hinted(c *gin.Context, kind, chosen string, values ...string) []templates.Option {
	options := s.options(c, kind, chosen, values...)
	for i := range options {
		options[i].Hint = s.said(c, kind+"."+options[i].Value+".text")
	}
	return options
}

func (s *Console) showTemplates(c *gin.Context, page *templates.Developers) error {
	found, err := s.Developer.Templates(c, accountID(c))
	for _, one := range found {
		page.Templates = append(page.Templates, templates.TemplateRow{ID: one.TemplateID, Title: one.Title, Content: one.Content})
	}
	return err
}

// pushesShown is how many pushes a page has.
const pushesShown = 20

func (s *Console) showPushes(c *gin.Context, page *templates.Developers) error {
	found, next, err := s.Developer.Pushes(c, accountID(c), after(c), pushesShown)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row, err := s.pushRow(c, one)
		if err != nil {
			return err
		}
		page.Pushes = append(page.Pushes, row)
	}
	return nil
}

// pushStates are the words that other lists have for these states.
var pushStates = map[developer.PushState]string{developer.Waiting: "pending", developer.Delivered: "delivered", developer.Failed: "failed"}

func (s *Console) pushRow(c *gin.Context, one developer.Push) (templates.PushRow, error) {
	row := templates.PushRow{ID: one.ID, URL: path(c, "settings", "developers", "pushes", one.ID), At: one.At, Kind: one.Kind,
		State: pushStates[one.State], Outcome: string(one.Outcome), Host: one.Address, Status: one.Status, Attempts: one.Attempts}
	if one.Outcome != "" {
		row.Took = one.Took.Round(time.Millisecond).String()
	}
	if one.Subscriber == "" {
		return row, nil
	}
	from, err := s.Bot.Subscribers().Get(c, accountID(c), one.Subscriber)
	if errors.Is(err, bot.ErrNoSubscriber) {
		return row, nil
	}
	row.Name = from.Name
	return row, err
}

func developersPath(c *gin.Context) string { return path(c, "settings", "developers") }

// openApp gives the account its app; its secret is shown this once.
func (s *Console) openApp(c *gin.Context) error {
	var secret string
	err := s.audited(c, "developer.opened", "", func() (err error) {
		_, secret, err = s.Developer.Open(c, accountID(c))
		return err
	})
	return s.showSecret(c, secret, err)
}

func (s *Console) newAppSecret(c *gin.Context) error {
	var secret string
	err := s.audited(c, "developer.secret_changed", "", func() (err error) {
		secret, err = s.Developer.NewSecret(c, accountID(c))
		return err
	})
	return s.showSecret(c, secret, err)
}

func (s *Console) showSecret(c *gin.Context, secret string, err error) error {
	if err != nil || secret == "" {
		return s.done(c, developersPath(c), "developers.done.opened", err)
	}
	return web.RedirectSaying(c, developersPath(c), templates.Flash{Kind: "good", Text: s.said(c, "developers.done.secret"), Secret: secret})
}

// saveCallback verifies the callback, as WeChat does, and keeps it if it answers.
func (s *Console) saveCallback(c *gin.Context) error {
	typed := developer.Saved{Order: developer.Order(c.PostForm("order")), Callback: developer.Callback{URL: field(c, "url"), Token: field(c, "token"),
		EncodingAESKey: field(c, "aes_key"), Mode: wechat.Mode(c.PostForm("mode"))}}
	err := s.audited(c, "developer.callback_changed", "", func() error { return s.Developer.Save(c, accountID(c), typed) })
	if err == nil {
		return s.done(c, developersPath(c), "developers.done.verified", nil)
	}
	page, shown := s.developersPage(c)
	if shown != nil {
		return shown
	}
	s.showCallback(c, page, typed)
	return s.refusedDevelopers(c, page, err)
}

// refusedDevelopers shows the page with what was wrong. That an address leads
// into a private network is a matter of its field, too.
func (s *Console) refusedDevelopers(c *gin.Context, page *templates.Developers, err error) error {
	if public := web.Public(err); public.Field == "url" {
		page.Base.Errors = map[string]string{"url": web.Sentence(s.Surface.Renderer.Texts, web.Language(c), public)}
		return s.again(c, page)
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"encoding_aes_key": "aes_key"},
		"url", "token", "aes_key", "domain", "title", "content", "template_id"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) switchDeveloper(c *gin.Context) error {
	on := c.PostForm("on") != ""
	action := map[bool]string{true: "developer.enabled", false: "developer.disabled"}[on]
	err := s.audited(c, action, "", func() error { return s.Developer.Enable(c, accountID(c), on) })
	return s.done(c, developersPath(c), "developers.done.switched", err)
}

func (s *Console) saveSignInDomain(c *gin.Context) error {
	domain := strings.ToLower(field(c, "domain"))
	err := s.audited(c, "developer.domain_changed", "", func() error { return s.Developer.SetSignInDomain(c, accountID(c), domain) })
	if err == nil {
		return s.done(c, developersPath(c), "developers.done.saved", nil)
	}
	page, shown := s.developersPage(c)
	if shown != nil {
		return shown
	}
	page.Domain = domain
	return s.refusedDevelopers(c, page, err)
}

func (s *Console) addTemplate(c *gin.Context) error {
	id, title, content := field(c, "template_id"), field(c, "title"), field(c, "content")
	err := s.audited(c, "developer.template_added", "", func() error {
		_, err := s.Developer.AddTemplate(c, accountID(c), id, title, content)
		return err
	})
	if err == nil {
		return s.done(c, developersPath(c), "developers.done.saved", nil)
	}
	page, shown := s.developersPage(c)
	if shown != nil {
		return shown
	}
	page.TemplateID, page.TemplateTitle, page.TemplateContent = id, title, content
	return s.refusedDevelopers(c, page, err)
}

func (s *Console) deleteTemplate(c *gin.Context) error {
	id := c.Param("template")
	err := s.audited(c, "developer.template_deleted", "", func() error {
		err := s.Developer.DeleteTemplate(c, accountID(c), id)
		if errors.Is(err, developer.ErrTemplateID) {
			return web.ErrNotFound
		}
		return err
	})
	return s.done(c, developersPath(c), "developers.done.saved", err)
}

// push is the page with one push opened. Who looked is entered in the audit log:
// it is shown with all it holds.
func (s *Console) push(c *gin.Context) error {
	var found developer.Shown
	err := s.audited(c, "developer.push_read", "push:"+c.Param("push"), func() (err error) {
		found, err = s.Developer.Push(c, accountID(c), c.Param("push"))
		return err
	})
	if err != nil {
		return err
	}
	page, err := s.developersPage(c)
	if err != nil {
		return err
	}
	row, err := s.pushRow(c, found.Push)
	if err != nil {
		return err
	}
	page.Shown, page.Request, page.Reply = &row, found.Request, found.Reply
	page.Base.Live = templates.Live{} // to look again by itself would be to look once more
	return s.Surface.Draw(c, page)
}

func (s *Console) pushAgain(c *gin.Context) error {
	id := c.Param("push")
	err := s.audited(c, "developer.push_repeated", "push:"+id, func() error { return s.Developer.Again(c, accountID(c), id) })
	return s.done(c, path(c, "settings", "developers", "pushes", id), "developers.done.again", err)
}
