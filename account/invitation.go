package account

import (
	"context"
	"errors"
	"time"
)

// Invitation is what an inviter passes on.
type Invitation struct {
	Secret  string
	Expires time.Time
	Member  Member
}

// Invite asks somebody to join an account. A person who is not registered yet
// becomes a member without a password. The seat is taken when they Accept.
// Errors: ErrEmail, ErrRole, ErrNoAccount, ErrIsMember.
func (m *Members) Invite(ctx context.Context, account, email string, role Role, language string, by Actor) (Invitation, error) {
	if !role.Valid() {
		return Invitation{}, ErrRole
	}
	if _, err := m.accounts.read(ctx, account); err != nil {
		return Invitation{}, err
	}
	invited, err := m.findOrCreate(ctx, email, language)
	if err != nil {
		return Invitation{}, err
	}
	if _, err := m.seat(ctx, account, invited.ID); err == nil {
		return Invitation{}, ErrIsMember
	} else if !errors.Is(err, ErrNoMember) {
		return Invitation{}, err
	}
	if err := m.record(ctx, account, "member.invited", invited.ID, "", role, by); err != nil {
		return Invitation{}, err
	}
	secret, expires, err := m.links.create(ctx, Link{
		Purpose: InvitationLink, Member: invited.ID, Generation: invited.Generation,
		Account: account, Role: role,
	}, invitationLifetime)
	return Invitation{secret, expires, invited}, err
}

func (m *Members) findOrCreate(ctx context.Context, email, language string) (Member, error) {
	found, err := m.FindByEmail(ctx, email)
	if !errors.Is(err, ErrNoMember) {
		return found, err
	}
	created, err := m.Create(ctx, NewMember{Email: email, Name: email, Language: language})
	if errors.Is(err, ErrEmailTaken) { // by another invitation, just now
		return m.FindByEmail(ctx, email)
	}
	return created, err
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

// SignInByLink proves who somebody is by a one-time link. Errors: ErrLink.
func (m *Members) SignInByLink(ctx context.Context, secret string) (Member, error) {
	return m.redeem(ctx, SignInLink, secret)
}

// ResetPassword sets a new password by a one-time link.
// Errors: ErrLink and those of the password, which leave the link usable.
func (m *Members) ResetPassword(ctx context.Context, secret, wanted string) (Member, error) {
	link, err := m.links.Look(ctx, ResetLink, secret)
	if err != nil {
		return Member{}, err
	}
	found, err := m.Find(ctx, link.Member)
	if err != nil {
		return Member{}, err
	}
	if err := checkPassword(wanted, found.Email, found.Name); err != nil {
		return Member{}, err
	}
	if found, err = m.redeem(ctx, ResetLink, secret); err != nil {
		return Member{}, err
	}
	return m.setPassword(ctx, found, wanted)
}

// InviteReset makes a link by which a member of the account sets a new
// password. Refused for members who also belong to other accounts: the owner
// of one must not get into the others. Errors: ErrNoMember, ErrElsewhere.
func (m *Members) InviteReset(ctx context.Context, account, member string, by Actor) (secret string, expires time.Time, err error) {
	if _, err := m.seat(ctx, account, member); err != nil {
		return "", time.Time{}, err
	}
	seats, err := seatsOf(ctx, m.db, member)
	if err != nil {
		return "", time.Time{}, err
	}
	if len(seats) != 1 {
		return "", time.Time{}, ErrElsewhere
	}
	found, err := m.Find(ctx, member)
	if err != nil {
		return "", time.Time{}, err
	}
	err = m.audit.Record(ctx, account, Entry{Actor: by, Action: "member.reset_offered", Thing: "member:" + member})
	if err != nil {
		return "", time.Time{}, err
	}
	return m.links.Create(ctx, ResetLink, found)
}

// redeem uses a link up, if its member is still as it was when it was made.
func (m *Members) redeem(ctx context.Context, purpose Purpose, secret string) (Member, error) {
	link, err := m.links.Redeem(ctx, purpose, secret)
	if err != nil {
		return Member{}, err
	}
	found, err := m.Find(ctx, link.Member)
	if err != nil {
		return Member{}, err
	}
	if found.Disabled || found.Generation != link.Generation {
		return Member{}, ErrLink
	}
	return found, nil
}
