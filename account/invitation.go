package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"plaza/store"
)

// Invite is whom to ask, and as what.
type Invite struct {
	Email    string
	Name     string // how to call them until they say themselves; may be empty
	Role     Role
	Language string // one of message.Languages
}

// Invitation is an open invitation. The inviter passes Secret on.
type Invitation struct {
	ID      string
	Secret  string // known only when it is made
	Member  Member
	Role    Role
	Expires time.Time
}

// Invite asks somebody to join an account. A person who is not registered yet
// becomes a member without a password. The seat is taken when they Accept.
// Errors: ErrEmail, ErrRole, ErrNoAccount, ErrIsMember.
func (m *Members) Invite(ctx context.Context, account string, invite Invite, by Actor) (Invitation, error) {
	if !invite.Role.Valid() {
		return Invitation{}, ErrRole
	}
	if _, err := m.accounts.read(ctx, account); err != nil {
		return Invitation{}, err
	}
	invited, err := m.findOrCreate(ctx, invite)
	if err != nil {
		return Invitation{}, err
	}
	if _, err := m.seat(ctx, account, invited.ID); err == nil {
		return Invitation{}, ErrIsMember
	} else if !errors.Is(err, ErrNoMember) {
		return Invitation{}, err
	}
	if err := m.record(ctx, account, "member.invited", invited.ID, "", invite.Role, by); err != nil {
		return Invitation{}, err
	}
	secret, link, err := m.links.create(ctx, Link{
		Purpose: InvitationLink, Member: invited.ID, Generation: invited.Generation,
		Account: account, Role: invite.Role,
	}, invitationLifetime)
	return Invitation{link.ID, secret, invited, invite.Role, link.ExpiresAt}, err
}

func (m *Members) findOrCreate(ctx context.Context, invite Invite) (Member, error) {
	found, err := m.FindByEmail(ctx, invite.Email)
	if !errors.Is(err, ErrNoMember) {
		return found, err
	}
	wanted := NewMember{Email: invite.Email, Name: invite.Name, Language: invite.Language}
	if wanted.Name == "" {
		wanted.Name, _, _ = strings.Cut(invite.Email, "@")
	}
	created, err := m.Create(ctx, wanted)
	if errors.Is(err, ErrEmailTaken) { // by another invitation, just now
		return m.FindByEmail(ctx, invite.Email)
	}
	return created, err
}

// Invitations lists an account's open invitations, without their secrets.
func (m *Members) Invitations(ctx context.Context, account string) ([]Invitation, error) {
	found, _, err := links.Across(m.db).Find(ctx, store.Where(store.Eq("account", account)).Top(store.MaxPage))
	if err != nil {
		return nil, fmt.Errorf("account: invitations: %w", err)
	}
	var open []Invitation
	for _, link := range found {
		if !m.now().Before(link.ExpiresAt) {
			continue
		}
		member, err := m.Find(ctx, link.Member)
		if err != nil {
			return nil, err
		}
		open = append(open, Invitation{ID: link.ID, Member: member, Role: link.Role, Expires: link.ExpiresAt})
	}
	return open, nil
}

// Withdraw takes an open invitation back. Errors: ErrNoInvite.
func (m *Members) Withdraw(ctx context.Context, account, id string, by Actor) error {
	link, err := links.Across(m.db).Get(ctx, id)
	if err != nil {
		return missing(err, ErrNoInvite)
	}
	if link.Account != account || link.Purpose != InvitationLink {
		return ErrNoInvite
	}
	if err := m.record(ctx, account, "member.uninvited", link.Member, link.Role, "", by); err != nil {
		return err
	}
	return missing(links.Across(m.db).Delete(ctx, id), ErrNoInvite)
}

// Acceptance is how somebody takes up an invitation: a new member chooses a
// name and a password, one who has a password is signed in already.
type Acceptance struct {
	Secret   string
	SignedIn string // id of the member who is signed in; empty: nobody
	Name     string
	Password string
	Address  string
}

// Accept takes up an invitation. The link alone never opens the account of a
// member who has a password: whoever invites knows the link too.
// Errors: ErrLink, ErrSignedOut (sign in first), ErrOtherOne, those of name
// and password.
func (m *Members) Accept(ctx context.Context, a Acceptance) (Member, Link, error) {
	link, err := m.links.Look(ctx, InvitationLink, a.Secret)
	if err != nil {
		return Member{}, Link{}, err
	}
	invited, err := m.Find(ctx, link.Member)
	if err != nil {
		return Member{}, Link{}, err
	}
	fresh := invited.Password == ""
	switch {
	case invited.Disabled:
		return Member{}, Link{}, ErrLink
	case a.SignedIn != "" && a.SignedIn != invited.ID:
		return Member{}, Link{}, ErrOtherOne
	case !fresh && a.SignedIn == "":
		return Member{}, Link{}, ErrSignedOut
	}
	if fresh {
		if err := checkPassword(a.Password, invited.Email, a.Name); err != nil {
			return Member{}, Link{}, err
		}
		if _, err := checkPerson(a.Name, invited.Language); err != nil {
			return Member{}, Link{}, err
		}
	}
	if link, err = m.links.Redeem(ctx, InvitationLink, a.Secret); err != nil {
		return Member{}, Link{}, err
	}
	if fresh {
		if invited, err = m.Rename(ctx, invited.ID, a.Name, invited.Language); err != nil {
			return Member{}, Link{}, err
		}
		if invited, err = m.setPassword(ctx, invited, a.Password); err != nil {
			return Member{}, Link{}, err
		}
	}
	return invited, link, m.Add(ctx, link.Account, invited.ID, link.Role, invited.Actor(a.Address))
}
