package account

import (
	"log/slog"
	"time"

	"plaza/store"
)

// Dependencies is what the service is built from. All are required.
type Dependencies struct {
	DB     *store.DB
	Now    func() time.Time
	Logger *slog.Logger
}

// Service holds the parts of this package, sharing one store and one clock.
type Service struct {
	Accounts *Accounts
	Members  *Members
	Sessions *Sessions
	Tokens   *Tokens
	Links    *Links
	Audit    *Audit
}

// Schemas declares the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{
		accounts.Schema(), members.Schema(), memberships.Schema(), attempts.Schema(),
		sessions.Schema(), tokens.Schema(), links.Schema(), entries.Schema(),
	}
}

// New builds the service.
func New(d Dependencies) *Service {
	now := func() time.Time { return d.Now().UTC().Truncate(time.Millisecond) }
	audit := &Audit{db: d.DB, now: now}
	links := &Links{db: d.DB, now: now}
	tokens := &Tokens{db: d.DB, now: now, audit: audit, logger: d.Logger}
	accounts := newAccounts(d.DB, now, audit)
	members := &Members{
		db: d.DB, now: now, audit: audit, links: links, tokens: tokens, accounts: accounts,
		passwords: newPasswords(recommended), guard: guard{db: d.DB, now: now},
	}
	sessions := &Sessions{db: d.DB, now: now, members: members, audit: audit}
	return &Service{
		Accounts: accounts, Members: members, Sessions: sessions,
		Tokens: tokens, Links: links, Audit: audit,
	}
}
