package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// Purpose is what a one-time link is good for.
type Purpose string

// The purposes.
const (
	SignInLink     Purpose = "sign_in"
	InvitationLink Purpose = "invitation"
	ResetLink      Purpose = "reset" // set a new password
)

// How long a link can be used. An invitation is passed on by hand and may lie
// in a chat over the weekend; alone it gives nobody's account away (see
// Members.Accept).
const (
	linkLifetime       = 15 * time.Minute
	invitationLifetime = 72 * time.Hour
)

// Link is a one-time link as it is kept. The secret itself is not.
type Link struct {
	ID         string    `bson:"_id"` // hash of the secret
	Purpose    Purpose   `bson:"purpose"`
	Member     string    `bson:"member"`
	Generation int64     `bson:"generation"`        // the member's, when it was made
	Account    string    `bson:"account,omitempty"` // InvitationLink: where to
	Role       Role      `bson:"role,omitempty"`    // InvitationLink: as what
	CreatedAt  time.Time `bson:"created_at"`
	ExpiresAt  time.Time `bson:"expires_at"`
}

var links = store.Declare[Link](store.Schema{
	Name: "links", Global: true, ExpiresAt: "expires_at",
	Indexes: []store.Index{{Fields: []string{"account"}, Sparse: true}},
})

// Links makes one-time links and takes them back.
type Links struct {
	db  *store.DB
	now func() time.Time
}

// Create makes a link for a member and returns its secret, which is nowhere
// kept. Links for invitations are made by Members.Invite.
func (l *Links) Create(ctx context.Context, purpose Purpose, member Member) (secret string, expires time.Time, err error) {
	secret, link, err := l.create(ctx,
		Link{Purpose: purpose, Member: member.ID, Generation: member.Generation}, linkLifetime)
	return secret, link.ExpiresAt, err
}

func (l *Links) create(ctx context.Context, link Link, lifetime time.Duration) (secret string, made Link, err error) {
	secret, link.ID = newSecret(ctx, linkSecret)
	link.CreatedAt, link.ExpiresAt = l.now(), l.now().Add(lifetime)
	made, _, err = links.Across(l.db).InsertIfAbsent(ctx, link)
	if err != nil {
		return "", Link{}, fmt.Errorf("account: create link: %w", err)
	}
	return secret, made, nil
}

// Look shows a link without using it up, for the page it leads to: previews
// in messengers open links too. Errors: ErrLink.
func (l *Links) Look(ctx context.Context, purpose Purpose, secret string) (Link, error) {
	key, ok := secretKey(linkSecret, secret)
	if !ok {
		return Link{}, ErrLink
	}
	found, err := links.Across(l.db).Get(ctx, key)
	if err != nil {
		return Link{}, missing(err, ErrLink)
	}
	if found.Purpose != purpose || !l.now().Before(found.ExpiresAt) {
		return Link{}, ErrLink
	}
	return found, nil
}

// Redeem uses a link up: of any number of tries at once, one succeeds.
// Errors: ErrLink.
func (l *Links) Redeem(ctx context.Context, purpose Purpose, secret string) (Link, error) {
	found, err := l.Look(ctx, purpose, secret)
	if err != nil {
		return Link{}, err
	}
	err = links.Across(l.db).Delete(ctx, found.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Link{}, ErrLink // another try was faster
	}
	if err != nil {
		return Link{}, fmt.Errorf("account: redeem link: %w", err)
	}
	return found, nil
}
