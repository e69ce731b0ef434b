package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/fault"
	"plaza/templates"
)

// SessionCookie holds the secret of a member's session.
const SessionCookie = "plaza_session"

const (
	signedInKey = "plaza.signed-in"
	officeKey   = "plaza.office"
)

// SignedIn is the member behind a request, with their session.
type SignedIn struct {
	Member  account.Member
	Session account.Session
}

// Office is the account a request of a member concerns, and what they may do
// there.
type Office struct {
	Account account.Account
	Access  account.Access
}

// ErrForm answers a form without the token of its session.
var ErrForm = fault.New(fault.Forbidden, "stale_form", "This page was open for too long. Please reload it and try again.")

// RequireMember lets members through. It comes before anything is read of a
// body: strangers are not to fill the disk. RequireForm has to follow.
func (s *Surface) RequireMember() gin.HandlerFunc {
	return func(c *gin.Context) {
		who, err := s.findMember(c)
		if err != nil {
			s.Fail(c, err)
			return
		}
		c.Set(signedInKey, who)
	}
}

// RequireForm lets through what changes nothing, or came from a form of the
// member's own session.
func (s *Surface) RequireForm() gin.HandlerFunc {
	return func(c *gin.Context) {
		if changes(c.Request.Method) && !Who(c).Session.CheckCSRF(formToken(c)) {
			s.Fail(c, ErrForm)
		}
	}
}

// RequireOffice lets members of the account named in the path through.
func (s *Surface) RequireOffice() gin.HandlerFunc {
	return func(c *gin.Context) {
		found, err := s.Accounts.Accounts.FindBySlug(c, c.Param("account"))
		if err != nil {
			s.Fail(c, err)
			return
		}
		access, err := s.Accounts.Members.Access(c, found.ID, Who(c).Member, c.ClientIP())
		if err != nil {
			s.Fail(c, account.ErrNoAccount.Because(err)) // who does not belong there need not know it exists
			return
		}
		c.Set(officeKey, Office{Account: found, Access: access})
	}
}

// findMember finds the member behind a request, if anybody is signed in.
func (s *Surface) findMember(c *gin.Context) (SignedIn, error) {
	secret, err := c.Cookie(SessionCookie)
	if err != nil {
		return SignedIn{}, account.ErrSignedOut
	}
	session, member, err := s.Accounts.Sessions.Find(c, secret)
	return SignedIn{Member: member, Session: session}, err
}

// Visiting is the member behind a request that needs none: ok is false when
// nobody is signed in.
func (s *Surface) Visiting(c *gin.Context) (who SignedIn, ok bool) {
	who, err := s.findMember(c)
	return who, err == nil
}

// Open signs a member in on this browser.
func (s *Surface) Open(c *gin.Context, member account.Member) error {
	secret, _, err := s.Accounts.Sessions.Open(c, member, c.Request.UserAgent(), c.ClientIP())
	if err != nil {
		return err
	}
	SetCookie(c, &http.Cookie{Name: SessionCookie, Value: secret, MaxAge: 30 * 24 * 3600})
	return nil
}

// Who is the member that RequireMember let through.
func Who(c *gin.Context) SignedIn { who, _ := c.MustGet(signedInKey).(SignedIn); return who }

// At is the account that RequireOffice let through.
func At(c *gin.Context) Office { office, _ := c.MustGet(officeKey).(Office); return office }

// Allow serves a page handler to members with a permission only.
func (s *Surface) Allow(permission account.Permission, handle Handler) gin.HandlerFunc {
	return s.Page(func(c *gin.Context) error {
		if err := At(c).Access.Require(permission); err != nil {
			return err
		}
		return handle(c)
	})
}

// ConsoleBase is Base for a member in an account.
func (s *Surface) ConsoleBase(c *gin.Context) (templates.Base, error) {
	base := s.Base(c)
	who := Who(c)
	base.CSRF = who.Session.CSRF
	base.Member = &templates.Member{ID: who.Member.ID, Name: who.Member.Name, Email: who.Member.Email}
	belongs, err := s.Accounts.Accounts.OfMember(c, who.Member.ID)
	if err != nil {
		return base, err
	}
	for _, one := range belongs {
		base.Member.Accounts = append(base.Member.Accounts, templates.AccountLink{
			Slug: one.Slug, Name: one.Name(base.Language), Kind: string(one.Kind), Logo: PicturePath(one.Logo)})
	}
	if value, ok := c.Get(officeKey); ok {
		office := value.(Office)
		base.Account = ViewAccount(office.Account, base.Language)
		base.Member.Role = string(office.Access.Role)
		for _, permission := range office.Access.Permissions {
			base.Member.Permissions = append(base.Member.Permissions, string(permission))
		}
	}
	return base, nil
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

func formToken(c *gin.Context) string {
	if token := c.GetHeader("X-CSRF-Token"); token != "" {
		return token
	}
	return c.PostForm("csrf")
}
