package account

import (
	"context"
	"time"
)

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
