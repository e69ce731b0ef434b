package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/store"
)

const (
	maxTokenDays = 3650
	// tokenNoted is how exactly the last use is known: uses in between cost no
	// write.
	tokenNoted = 5 * time.Minute
	// tokenKept is how long an expired token is still listed.
	tokenKept = 30 * 24 * time.Hour
)

// Token lets a program act in one account.
type Token struct {
	ID         string       `bson:"_id" json:"id"` // hash of the secret
	Account    string       `bson:"account" json:"-"`
	Label      string       `bson:"label" json:"label"`
	Hint       string       `bson:"hint" json:"hint"` // the secret's last characters, to tell tokens apart
	Scopes     []Permission `bson:"scopes" json:"scopes"`
	CreatedBy  string       `bson:"created_by" json:"created_by"` // id of a member, or of the system's part
	CreatedAt  time.Time    `bson:"created_at" json:"created_at"`
	ExpiresAt  time.Time    `bson:"expires_at,omitempty" json:"expires_at,omitzero"`     // zero: never
	LastUsedAt time.Time    `bson:"last_used_at,omitempty" json:"last_used_at,omitzero"` // to a few minutes
	RemoveAt   time.Time    `bson:"remove_at,omitempty" json:"-"`
}

var tokens = store.Declare[Token](store.Schema{
	Name:      "api_tokens",
	ExpiresAt: "remove_at",
	Indexes: []store.Index{
		{Fields: []string{"created_at"}},
		{Fields: []string{"created_by"}},
	},
})

// Tokens makes API tokens and recognises them.
type Tokens struct {
	db     *store.DB
	now    func() time.Time
	audit  *Audit
	logger *slog.Logger
}

// NewToken is what a token is made from.
type NewToken struct {
	Label  string
	Scopes []Permission
	Days   int // up to 3650; 0: until it is revoked
}

// Create makes a token and returns its secret, which is shown once and never
// kept. Nobody can give more than they have.
// Errors: ErrNameMissing, ErrScopes, ErrLifetime.
func (t *Tokens) Create(ctx context.Context, by Access, wanted NewToken) (secret string, token Token, err error) {
	label := strings.TrimSpace(strings.ToValidUTF8(wanted.Label, ""))
	switch {
	case label == "":
		return "", Token{}, ErrNameMissing.In("label")
	case utf8.RuneCountInString(label) > MaxName:
		return "", Token{}, textTooLong(MaxName).In("label")
	case len(wanted.Scopes) == 0 || slices.ContainsFunc(wanted.Scopes, func(p Permission) bool { return !by.May(p) }):
		return "", Token{}, ErrScopes
	case wanted.Days < 0 || wanted.Days > maxTokenDays:
		return "", Token{}, ErrLifetime
	}
	secret, key := newSecret(ctx, tokenSecret)
	now := t.now()
	scopes := slices.Clone(wanted.Scopes)
	slices.Sort(scopes)
	token = Token{
		ID: key, Account: by.Account, Label: label, Hint: secret[len(secret)-4:],
		Scopes: slices.Compact(scopes), CreatedBy: by.Member, CreatedAt: now,
	}
	if wanted.Days > 0 {
		token.ExpiresAt = now.AddDate(0, 0, wanted.Days)
		token.RemoveAt = token.ExpiresAt.Add(tokenKept)
	}
	err = t.audit.Record(ctx, by.Account, Entry{Actor: by.Actor, Action: "token.created", Thing: "token:" + key,
		Changes: []Change{{"label", "", label}, {"scopes", "", joinScopes(token.Scopes)}}})
	if err != nil {
		return "", Token{}, err
	}
	if token, _, err = tokens.In(t.db, by.Account).InsertIfAbsent(ctx, token); err != nil {
		return "", Token{}, fmt.Errorf("account: create token: %w", err)
	}
	return secret, token, nil
}

// Find recognises a token by its secret and says what it may do. address is
// where the request came from. Errors: ErrToken.
func (t *Tokens) Find(ctx context.Context, secret, address string) (Access, error) {
	key, ok := secretKey(tokenSecret, secret)
	if !ok {
		return Access{}, ErrToken
	}
	found, err := tokens.Across(t.db).Get(ctx, key)
	if err != nil {
		return Access{}, missing(err, ErrToken)
	}
	now := t.now()
	if !found.ExpiresAt.IsZero() && !now.Before(found.ExpiresAt) {
		return Access{}, ErrToken
	}
	if err := t.checkMaker(ctx, found); err != nil {
		return Access{}, err
	}
	if now.Sub(found.LastUsedAt) >= tokenNoted {
		err := tokens.In(t.db, found.Account).Update(ctx, key, store.Max("last_used_at", now))
		if errors.Is(err, store.ErrNotFound) {
			return Access{}, ErrToken // revoked at this moment
		}
		if err != nil { // for the list of tokens only: no reason to refuse a request
			t.logger.WarnContext(ctx, "last use of an API token not noted", "account", found.Account, "error", err)
		}
	}
	return Access{
		Account:     found.Account,
		Actor:       Actor{Kind: TokenActor, ID: found.ID, Name: found.Label, Address: address},
		Member:      found.CreatedBy,
		Permissions: found.Scopes,
	}, nil
}

// checkMaker refuses a token beyond what its maker may do now. What was made
// while its maker was being removed is not among what revokeBeyond found, and a
// member can be disabled without being removed. Errors: ErrToken.
func (t *Tokens) checkMaker(ctx context.Context, token Token) error {
	maker, err := members.Across(t.db).Get(ctx, token.CreatedBy)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the operator's: members are never forgotten
	}
	if err != nil {
		return fmt.Errorf("account: maker of a token: %w", err)
	}
	seat, err := memberships.In(t.db, token.Account).Get(ctx, membershipID(token.Account, maker.ID))
	if err != nil {
		return missing(err, ErrToken)
	}
	if maker.Disabled || !seat.Role.grants(token.Scopes) {
		return ErrToken
	}
	return nil
}

// List lists an account's tokens, newest first, expired ones for 30 days.
func (t *Tokens) List(ctx context.Context, account string, after store.Cursor) ([]Token, store.Cursor, error) {
	return tokens.In(t.db, account).Find(ctx, store.Query{}.By("-created_at").From(after))
}

// Revoke ends a token at once. Errors: ErrNoToken.
func (t *Tokens) Revoke(ctx context.Context, account, id string, by Actor) error {
	found, err := tokens.In(t.db, account).Get(ctx, id)
	if err != nil {
		return missing(err, ErrNoToken)
	}
	err = t.audit.Record(ctx, account, Entry{Actor: by, Action: "token.revoked", Thing: "token:" + id,
		Changes: []Change{{"label", found.Label, ""}}})
	if err != nil {
		return err
	}
	return missing(tokens.In(t.db, account).Delete(ctx, id), ErrNoToken)
}

// revokeBeyond ends those tokens of a member that may do what the member, now
// in this role, may not; with no role at all, every one.
func (t *Tokens) revokeBeyond(ctx context.Context, account, member string, role Role) error {
	mine := store.Where(store.Eq("created_by", member))
	for token, err := range tokens.In(t.db, account).Each(ctx, mine) {
		if err != nil {
			return fmt.Errorf("account: tokens: %w", err)
		}
		if role.grants(token.Scopes) {
			continue
		}
		err := tokens.In(t.db, account).Delete(ctx, token.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("account: revoke token: %w", err)
		}
	}
	return nil
}

func joinScopes(scopes []Permission) string {
	texts := make([]string, len(scopes))
	for i, scope := range scopes {
		texts[i] = string(scope)
	}
	return strings.Join(texts, " ")
}
