package rest

import (
	"context"
	"slices"
	"time"

	"plaza/account"
)

type accountView struct {
	account.Account
	Permissions []account.Permission `json:"permissions" doc:"What this token may do."`
}

func (s *surface) getAccount(ctx context.Context, who account.Access, _ *none) (accountView, error) {
	found, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	return accountView{found, who.Permissions}, err
}

type profileInput struct {
	Body struct {
		Names        map[string]string `json:"names,omitempty" doc:"By language: en, zh, ko. Replaces all."`
		Descriptions map[string]string `json:"descriptions,omitempty" doc:"By language. Replaces all."`
		Language     *string           `json:"language,omitempty" enum:"en,zh,ko"`
		TimeZone     *string           `json:"time_zone,omitempty" maxLength:"64" doc:"IANA name, such as Asia/Seoul."`
		Logo         *string           `json:"logo,omitempty" maxLength:"100" doc:"Id of a picture; empty for none."`
		Colour       *string           `json:"colour,omitempty" maxLength:"7" doc:"#rrggbb; empty for none."`
		Origins      []string          `json:"origins,omitempty" maxItems:"20" doc:"Sites that may show the account's chat in their pages, such as https://shop.example.com. Replaces all."`
	}
}

func (s *surface) changeAccount(ctx context.Context, who account.Access, in *profileInput) (account.Account, error) {
	found, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return found, err
	}
	profile := found.Profile
	if in.Body.Names != nil {
		profile.Names = in.Body.Names
	}
	if in.Body.Descriptions != nil {
		profile.Descriptions = in.Body.Descriptions
	}
	if in.Body.Origins != nil {
		profile.Origins = in.Body.Origins
	}
	for field, given := range map[*string]*string{&profile.Language: in.Body.Language, &profile.TimeZone: in.Body.TimeZone,
		&profile.Logo: in.Body.Logo, &profile.Colour: in.Body.Colour} {
		if given != nil {
			*field = *given
		}
	}
	changed, err := s.Accounts.Accounts.Update(ctx, who.Account, profile, who.Actor)
	s.Bot.Forget(who.Account)
	return changed, err
}

func (s *surface) listMembers(ctx context.Context, who account.Access, _ *none) (page[account.Seat], error) {
	return all(s.Accounts.Members.List(ctx, who.Account))
}

// OneMember names one in a path.
type OneMember struct {
	Member string `path:"member" maxLength:"64"`
}

type roleInput struct {
	OneMember
	Body struct {
		Role account.Role `json:"role" enum:"owner,editor,approver,agent,viewer"`
	}
}

func (s *surface) setRole(ctx context.Context, who account.Access, in *roleInput) error {
	return s.Accounts.Members.SetRole(ctx, who.Account, in.Member, in.Body.Role, who.Actor)
}

func (s *surface) removeMember(ctx context.Context, who account.Access, in *OneMember) error {
	return s.Accounts.Members.Remove(ctx, who.Account, in.Member, who.Actor)
}

// invitation is an account.Invitation without what concerns the member alone.
type invitation struct {
	ID        string       `json:"id"`
	Email     string       `json:"email"`
	Role      account.Role `json:"role"`
	ExpiresAt time.Time    `json:"expires_at"`
	URL       string       `json:"url,omitempty" doc:"The link to pass on. Only in the answer that made it."`
}

func (s *surface) viewInvitation(made account.Invitation) invitation {
	view := invitation{ID: made.ID, Email: made.Member.Email, Role: made.Role, ExpiresAt: made.Expires}
	if made.Secret != "" {
		view.URL = s.PublicURL + "/console/link/" + made.Secret
	}
	return view
}

func (s *surface) listInvitations(ctx context.Context, who account.Access, _ *none) (page[invitation], error) {
	open, err := s.Accounts.Members.Invitations(ctx, who.Account)
	views := make([]invitation, len(open))
	for i, one := range open {
		views[i] = s.viewInvitation(one)
	}
	return all(views, err)
}

type inviteInput struct {
	Body struct {
		Email    string       `json:"email" maxLength:"254"`
		Name     string       `json:"name,omitempty" maxLength:"60"`
		Role     account.Role `json:"role" enum:"owner,editor,approver,agent,viewer"`
		Language string       `json:"language,omitempty" enum:"en,zh,ko" default:"en"`
	}
}

func (s *surface) invite(ctx context.Context, who account.Access, in *inviteInput) (invitation, error) {
	made, err := s.Accounts.Members.Invite(ctx, who.Account, account.Invite{Email: in.Body.Email, Name: in.Body.Name,
		Role: in.Body.Role, Language: in.Body.Language}, who.Actor)
	return s.viewInvitation(made), err
}

type invitationInput struct {
	Invitation string `path:"invitation" maxLength:"100"`
}

func (s *surface) withdrawInvitation(ctx context.Context, who account.Access, in *invitationInput) error {
	return s.Accounts.Members.Withdraw(ctx, who.Account, in.Invitation, who.Actor)
}

func (s *surface) listTokens(ctx context.Context, who account.Access, in *Onward) (page[account.Token], error) {
	return pageOf(s.Accounts.Tokens.List(ctx, who.Account, in.at()))
}

type newTokenInput struct {
	Body struct {
		Label  string               `json:"label" maxLength:"60"`
		Scopes []account.Permission `json:"scopes" minItems:"1" maxItems:"50" nullable:"false" doc:"Among those of the token that asks."`
		Days   int                  `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"0: until it is revoked."`
	}
}

type newToken struct {
	account.Token
	Secret string `json:"secret" doc:"The token itself. It is shown in this answer and never again."`
}

func (s *surface) createToken(ctx context.Context, who account.Access, in *newTokenInput) (newToken, error) {
	secret, made, err := s.Accounts.Tokens.Create(ctx, who, account.NewToken{
		Label: in.Body.Label, Scopes: slices.Clone(in.Body.Scopes), Days: in.Body.Days})
	return newToken{made, secret}, err
}

type tokenInput struct {
	Token string `path:"token" maxLength:"100"`
}

func (s *surface) revokeToken(ctx context.Context, who account.Access, in *tokenInput) error {
	return s.Accounts.Tokens.Revoke(ctx, who.Account, in.Token, who.Actor)
}

type auditInput struct {
	Onward
	Actor string `query:"actor" maxLength:"100" doc:"Id of a member or token."`
	Thing string `query:"thing" maxLength:"300" doc:"As kind:id."`
}

func (s *surface) listAudit(ctx context.Context, who account.Access, in *auditInput) (page[account.Entry], error) {
	return pageOf(s.Accounts.Audit.Find(ctx, who.Account, account.AuditFilter{Actor: in.Actor, Thing: in.Thing}, in.at()))
}
