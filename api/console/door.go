package console

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/message"
	"plaza/templates"
)

func (s *Console) askSignIn(c *gin.Context) error {
	next := web.LocalPath(c.Query("next"))
	if _, ok := s.Surface.Visiting(c); ok {
		return web.Redirect(c, next)
	}
	return s.Surface.Draw(c, &templates.SignIn{Base: s.Surface.Base(c), Next: next})
}

func (s *Console) signIn(c *gin.Context) error {
	page := &templates.SignIn{Base: s.Surface.Base(c), Email: field(c, "email"), Next: web.LocalPath(c.PostForm("next"))}
	if err := s.doors.Check(c); err != nil {
		return err
	}
	member, err := s.accounts.Members.SignIn(c, page.Email, c.PostForm("password"), c.ClientIP())
	if errors.Is(err, account.ErrSignIn) {
		page.Errors = map[string]string{"password": web.Sentence(s.Surface.Renderer.Texts, page.Language, account.ErrSignIn)}
		return s.Surface.DrawStatus(c, http.StatusUnauthorized, page)
	}
	if err != nil {
		return err
	}
	return s.enter(c, member, page.Next)
}

// enter signs a member in on this browser and leads on.
func (s *Console) enter(c *gin.Context, member account.Member, next string) error {
	if before, ok := s.Surface.Visiting(c); ok {
		if err := s.closing(c, before.Member.ID, before.Session.ID); err != nil {
			return err
		}
	}
	if err := s.Surface.Open(c, member); err != nil {
		return err
	}
	if _, err := c.Cookie(web.LanguageCookie); err != nil {
		web.RememberLanguage(c, member.Language)
	}
	return web.Redirect(c, next)
}

// closing ends a session and what hangs on it. One that has ended already is
// no error.
func (s *Console) closing(c *gin.Context, member, session string) error {
	err := s.accounts.Sessions.Close(c, member, session)
	if err != nil && !errors.Is(err, account.ErrNoSession) {
		return err
	}
	s.SignedOut(session)
	return nil
}

func (s *Console) signOut(c *gin.Context) error {
	who := web.Who(c)
	if err := s.closing(c, who.Member.ID, who.Session.ID); err != nil {
		return err
	}
	web.SetCookie(c, &http.Cookie{Name: web.SessionCookie, MaxAge: -1})
	return web.Redirect(c, "/console/sign-in")
}

// chooseLanguage is for everybody; a member's choice is kept for their other
// browsers too.
func (s *Console) chooseLanguage(c *gin.Context) error {
	language := message.LanguageOf(c.PostForm("language"))
	web.RememberLanguage(c, language)
	if who, ok := s.Surface.Visiting(c); ok && who.Member.Language != language {
		if _, err := s.accounts.Members.Rename(c, who.Member.ID, who.Member.Name, language); err != nil {
			return err
		}
	}
	return web.Redirect(c, web.WithoutLanguage(web.LocalPath(c.PostForm("next"))))
}

func (s *Console) chooseAccount(c *gin.Context) error {
	base, err := s.Surface.ConsoleBase(c)
	if err != nil {
		return err
	}
	accounts := base.Member.Accounts
	if len(accounts) == 1 {
		return web.Redirect(c, "/console/"+accounts[0].Slug)
	}
	who := web.Who(c)
	for i, link := range accounts {
		found, err := s.accounts.Accounts.FindBySlug(c, link.Slug)
		if err != nil {
			return err
		}
		access, err := s.accounts.Members.Access(c, found.ID, who.Member, c.ClientIP())
		if err != nil {
			return err
		}
		accounts[i].Role = string(access.Role)
	}
	return s.Surface.Draw(c, &templates.ChooseAccount{Base: base, Accounts: accounts})
}
