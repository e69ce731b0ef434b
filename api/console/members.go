package console

import (
	"cmp"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/device"
	"plaza/templates"
)

func (s *Console) members(c *gin.Context) error {
	page, err := s.membersPage(c, account.Agent)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) membersPage(c *gin.Context, role account.Role) (*templates.Members, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	seats, err := s.accounts.Members.List(c, accountID(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Members{Base: base}
	for _, one := range account.Roles() {
		page.Roles = append(page.Roles, templates.Option{Value: string(one), Label: s.word(c, "role", string(one)),
			Hint: s.said(c, "role."+string(one)+".text"), Chosen: one == role})
	}
	for _, seat := range seats {
		page.Rows = append(page.Rows, templates.MemberRow{ID: seat.ID, Name: seat.Name, Email: seat.Email,
			Role: string(seat.Role), You: seat.ID == memberID(c)})
	}
	invited, err := s.accounts.Members.Invitations(c, accountID(c))
	for _, one := range invited {
		page.Rows = append(page.Rows, templates.MemberRow{ID: one.ID, Name: one.Member.Name, Email: one.Member.Email,
			Role: string(one.Role), Invited: true})
	}
	return page, err
}

// inviteMember makes a link that the member passes on; Plaza sends no mail.
func (s *Console) inviteMember(c *gin.Context) error {
	wanted := account.Invite{Email: field(c, "email"), Name: field(c, "name"),
		Role: account.Role(c.PostForm("role")), Language: web.Language(c)}
	made, err := s.accounts.Members.Invite(c, accountID(c), wanted, web.At(c).Access.Actor)
	if err == nil {
		return web.RedirectSaying(c, path(c, "settings", "members"), templates.Flash{Kind: "good",
			Text:   s.said(c, "members.done.invited", made.Member.Email),
			Secret: s.Surface.PublicURL + "/console/link/" + made.Secret})
	}
	page, shown := s.membersPage(c, wanted.Role)
	if shown != nil {
		return shown
	}
	page.Email, page.Name = wanted.Email, wanted.Name
	if err := s.refused(c, &page.Base, err, nil, "email", "name", "role"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) setRole(c *gin.Context) error {
	err := s.accounts.Members.SetRole(c, accountID(c), c.Param("member"), account.Role(c.PostForm("role")), web.At(c).Access.Actor)
	return s.done(c, path(c, "settings", "members"), "done.saved", err)
}

func (s *Console) removeMember(c *gin.Context) error {
	err := s.accounts.Members.Remove(c, accountID(c), c.Param("member"), web.At(c).Access.Actor)
	return s.done(c, path(c, "settings", "members"), "members.done.removed", err)
}

func (s *Console) withdrawInvitation(c *gin.Context) error {
	err := s.accounts.Members.Withdraw(c, accountID(c), c.Param("invitation"), web.At(c).Access.Actor)
	return s.done(c, path(c, "settings", "members"), "members.done.withdrawn", err)
}

func (s *Console) security(c *gin.Context) error {
	page, err := s.securityPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) securityPage(c *gin.Context) (*templates.Security, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	who := web.Who(c)
	sessions, err := s.accounts.Sessions.List(c, who.Member)
	page := &templates.Security{Base: base, HasPassword: who.Member.Password != ""}
	for _, one := range sessions {
		page.Sessions = append(page.Sessions, templates.SessionRow{
			ID: one.ID, Browser: cmp.Or(device.NameOf(one.Agent), s.said(c, "security.unknown")), Address: one.Address,
			Opened: one.CreatedAt, Seen: one.SeenAt, Here: one.ID == who.Session.ID,
		})
	}
	return page, err
}

// changePassword ends all sessions of the member, this one's too: so it opens a
// new one here.
func (s *Console) changePassword(c *gin.Context) error {
	who := web.Who(c)
	member, err := s.accounts.Members.ChangePassword(c, who.Member.ID, c.PostForm("old"), c.PostForm("new"), c.ClientIP())
	if err == nil {
		s.SignedOut(who.Session.ID)
		if err := s.Surface.Open(c, member); err != nil {
			return err
		}
		return s.done(c, path(c, "settings", "security"), "security.done.changed", nil)
	}
	page, shown := s.securityPage(c)
	if shown != nil {
		return shown
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"current_password": "old", "password": "new"}, "old", "new"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) closeSession(c *gin.Context) error {
	err := s.accounts.Sessions.Close(c, memberID(c), c.Param("session"))
	if err == nil {
		s.SignedOut(c.Param("session"))
	}
	return s.done(c, path(c, "settings", "security"), "security.done.closed", err)
}

func (s *Console) closeOtherSessions(c *gin.Context) error {
	who := web.Who(c)
	open, err := s.accounts.Sessions.List(c, who.Member)
	if err != nil {
		return err
	}
	err = s.accounts.Sessions.CloseOthers(c, who.Member.ID, who.Session.ID)
	for _, one := range open {
		if err == nil && one.ID != who.Session.ID {
			s.SignedOut(one.ID)
		}
	}
	return s.done(c, path(c, "settings", "security"), "security.done.closed", err)
}
