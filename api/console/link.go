package console

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/templates"
)

// pagePurposes are what the page calls the purposes of links.
var pagePurposes = map[account.Purpose]string{
	account.SignInLink: "sign-in", account.InvitationLink: "invite", account.ResetLink: "reset",
}

// lookAtLink finds out what a one-time link is for, without using it up.
func (s *Console) lookAtLink(c *gin.Context) (account.Link, account.Member, error) {
	secret := c.Param("token")
	for purpose := range pagePurposes {
		link, err := s.accounts.Links.Look(c, purpose, secret)
		if errors.Is(err, account.ErrLink) {
			continue
		}
		if err != nil {
			return account.Link{}, account.Member{}, err
		}
		member, err := s.accounts.Members.Find(c, link.Member)
		return link, member, err
	}
	return account.Link{}, account.Member{}, account.ErrLink
}

func (s *Console) linkPage(c *gin.Context, link account.Link, member account.Member) *templates.OneTimeLink {
	fresh := member.Password == ""
	return &templates.OneTimeLink{
		Base: s.Surface.Base(c), Token: c.Param("token"), Purpose: pagePurposes[link.Purpose],
		Email: member.Email, Name: member.Name,
		AskPassword: link.Purpose == account.ResetLink || link.Purpose == account.InvitationLink && fresh,
	}
}

func (s *Console) showLink(c *gin.Context) error {
	link, member, err := s.lookAtLink(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, s.linkPage(c, link, member))
}

func (s *Console) redeemLink(c *gin.Context) error {
	if err := s.doors.Check(c); err != nil {
		return err
	}
	link, member, err := s.lookAtLink(c)
	if err != nil {
		return err
	}
	switch link.Purpose {
	case account.InvitationLink:
		return s.acceptInvitation(c, link, member)
	case account.ResetLink:
		return s.resetPassword(c, link, member)
	}
	member, err = s.accounts.Members.SignInByLink(c, c.Param("token"))
	if err != nil {
		return err
	}
	return s.enter(c, member, "/console")
}

// acceptInvitation gives a member their seat. Who has a password must have
// signed in with it: whoever invites knows the link too.
func (s *Console) acceptInvitation(c *gin.Context, link account.Link, invited account.Member) error {
	who, signedIn := s.Surface.Visiting(c)
	member, accepted, err := s.accounts.Members.Accept(c, account.Acceptance{
		Secret: c.Param("token"), SignedIn: who.Member.ID,
		Name: field(c, "name"), Password: c.PostForm("password"), Address: c.ClientIP(),
	})
	if errors.Is(err, account.ErrSignedOut) {
		return web.Redirect(c, web.SignInPath("/console/link/"+c.Param("token")))
	}
	if err != nil {
		return s.linkAgain(c, link, invited, err)
	}
	joined, err := s.accounts.Accounts.FindByID(c, accepted.Account)
	if err != nil {
		return err
	}
	next := "/console/" + joined.Slug
	if signedIn {
		return web.Redirect(c, next)
	}
	return s.enter(c, member, next)
}

func (s *Console) resetPassword(c *gin.Context, link account.Link, member account.Member) error {
	reset, err := s.accounts.Members.ResetPassword(c, c.Param("token"), c.PostForm("password"))
	if err != nil {
		return s.linkAgain(c, link, member, err)
	}
	return s.enter(c, reset, "/console")
}

// linkAgain shows the form of a link again with what is wrong.
func (s *Console) linkAgain(c *gin.Context, link account.Link, member account.Member, err error) error {
	page := s.linkPage(c, link, member)
	page.AskPassword = true
	if name := field(c, "name"); name != "" {
		page.Name = name
	}
	if err := s.refused(c, &page.Base, err, nil, "name", "password"); err != nil {
		return err
	}
	return s.again(c, page)
}
