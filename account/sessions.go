package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// How long a session lives: without being used, and at most. Uses are noted
// every few minutes only, so that reading a page does not cost a write.
const (
	sessionIdle     = 12 * time.Hour
	sessionLifetime = 30 * 24 * time.Hour
	sessionNoted    = 5 * time.Minute
	maxAgent        = 200 // bytes kept of what a browser says it is
)

// Session is one sign-in of a member on one device.
type Session struct {
	ID         string    `bson:"_id" json:"id"` // hash of the cookie's secret
	Member     string    `bson:"member" json:"-"`
	Generation int64     `bson:"generation" json:"-"`       // the member's, at sign-in
	Account    string    `bson:"looks_at" json:"account"`   // the account they look at; may be empty
	Agent      string    `bson:"agent" json:"agent"`        // the browser, as it calls itself
	Address    string    `bson:"address" json:"address"`    // where the sign-in came from
	CreatedAt  time.Time `bson:"created_at" json:"created"` //
	SeenAt     time.Time `bson:"seen_at" json:"seen"`       // to a few minutes
	ExpiresAt  time.Time `bson:"expires_at" json:"expires"` // when idle or too old
	// CSRF is the token that forms of this session carry. It is made from the
	// cookie's secret, and so is known only while that is at hand.
	CSRF string `bson:"-" json:"-"`
}

var sessions = store.Declare[Session](store.Schema{
	Name: "sessions", Global: true, ExpiresAt: "expires_at",
	Indexes: []store.Index{{Fields: []string{"member"}}},
})

// Sessions keeps who is signed in where.
type Sessions struct {
	db      *store.DB
	now     func() time.Time
	members *Members
	audit   *Audit
}

// Open signs a member in, who has just proved who they are. The secret goes
// into a cookie and is kept nowhere else. Every account of the member gets an
// entry in its audit log.
func (s *Sessions) Open(ctx context.Context, member Member, agent, address string) (secret string, session Session, err error) {
	seats, err := seatsOf(ctx, s.db, member.ID)
	if err != nil {
		return "", Session{}, err
	}
	for _, seat := range seats {
		entry := Entry{Actor: member.Actor(address), Action: "member.signed_in", Thing: "member:" + member.ID}
		if err := s.audit.Record(ctx, seat.Account, entry); err != nil {
			return "", Session{}, err
		}
	}
	secret, key := newSecret(ctx, sessionSecret)
	now := s.now()
	session = Session{
		ID: key, Member: member.ID, Generation: member.Generation,
		Agent: agent[:min(len(agent), maxAgent)], Address: address,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionIdle), CSRF: csrfOf(secret),
	}
	if len(seats) > 0 {
		session.Account = seats[0].Account
	}
	if err := sessions.Across(s.db).Insert(ctx, session); err != nil {
		return "", Session{}, fmt.Errorf("account: open session: %w", err)
	}
	return secret, session, nil
}

// Find finds the session and the member behind a cookie, and notes that it is
// in use. Errors: ErrSignedOut.
func (s *Sessions) Find(ctx context.Context, secret string) (Session, Member, error) {
	found, member, err := s.Look(ctx, secret)
	now := s.now()
	if err != nil || now.Sub(found.SeenAt) < sessionNoted {
		return found, member, err
	}
	found.SeenAt, found.ExpiresAt = now, earlier(now.Add(sessionIdle), found.CreatedAt.Add(sessionLifetime))
	err = sessions.Across(s.db).Update(ctx, found.ID, store.Max("seen_at", now).Max("expires_at", found.ExpiresAt))
	if err != nil {
		return Session{}, Member{}, missing(err, ErrSignedOut) // closed meanwhile
	}
	return found, member, nil
}

// Look finds the same as Find for what happens without anybody at the keys: a
// page left open does not keep its session from ending. Errors: ErrSignedOut.
func (s *Sessions) Look(ctx context.Context, secret string) (Session, Member, error) {
	key, ok := secretKey(sessionSecret, secret)
	if !ok {
		return Session{}, Member{}, ErrSignedOut
	}
	found, err := sessions.Across(s.db).Get(ctx, key)
	if err != nil {
		return Session{}, Member{}, missing(err, ErrSignedOut)
	}
	if !s.now().Before(found.ExpiresAt) {
		return Session{}, Member{}, ErrSignedOut
	}
	member, err := members.Across(s.db).Get(ctx, found.Member)
	if err != nil {
		return Session{}, Member{}, missing(err, ErrSignedOut)
	}
	if member.Disabled || member.Generation != found.Generation {
		return Session{}, Member{}, ErrSignedOut
	}
	found.CSRF = csrfOf(secret)
	return found, member, nil
}

// Turn makes another account the one that the session looks at.
// Errors: ErrNotPermitted if the member has no seat there, ErrSignedOut.
func (s *Sessions) Turn(ctx context.Context, session Session, account string) error {
	if _, err := s.members.seat(ctx, account, session.Member); err != nil {
		if errors.Is(err, ErrNoMember) {
			return ErrNotPermitted
		}
		return err
	}
	err := sessions.Across(s.db).Update(ctx, session.ID, store.Set("looks_at", account))
	return missing(err, ErrSignedOut)
}

// List lists where a member is signed in.
func (s *Sessions) List(ctx context.Context, member Member) ([]Session, error) {
	found, _, err := sessions.Across(s.db).Find(ctx, store.Where(store.Eq("member", member.ID)).Top(store.MaxPage))
	if err != nil {
		return nil, fmt.Errorf("account: sessions: %w", err)
	}
	var open []Session
	for _, session := range found {
		if session.Generation == member.Generation && s.now().Before(session.ExpiresAt) {
			open = append(open, session)
		}
	}
	return open, nil
}

// Close ends one session of a member, by its id. Errors: ErrNoSession.
func (s *Sessions) Close(ctx context.Context, member, id string) error {
	err := sessions.Across(s.db).Delete(ctx, id, store.Eq("member", member))
	if errors.Is(err, store.ErrConditionFailed) {
		return ErrNoSession
	}
	return missing(err, ErrNoSession)
}

// CloseOthers ends all sessions of a member but one.
func (s *Sessions) CloseOthers(ctx context.Context, member, keep string) error {
	for session, err := range sessions.Across(s.db).Each(ctx, store.Where(store.Eq("member", member))) {
		if err != nil {
			return fmt.Errorf("account: sessions: %w", err)
		}
		if session.ID == keep {
			continue
		}
		if err := s.Close(ctx, member, session.ID); err != nil && !errors.Is(err, ErrNoSession) {
			return err
		}
	}
	return nil
}

// CheckCSRF says whether a form came from a page of this session.
func (s Session) CheckCSRF(token string) bool {
	return s.CSRF != "" && hmac.Equal([]byte(token), []byte(s.CSRF))
}

// csrfOf derives the forms' token from the session's secret: it needs no
// storage, dies with the session, and does not give the secret away.
func csrfOf(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("plaza csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
