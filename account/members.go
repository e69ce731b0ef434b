package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// Members keeps the people who run accounts and their seats.
type Members struct {
	db        *store.DB
	now       func() time.Time
	audit     *Audit
	links     *Links
	tokens    *Tokens
	accounts  *Accounts
	passwords *passwords
	guard     guard
}

// NewMember is what a member begins with.
type NewMember struct {
	Email    string
	Name     string
	Language string // one of message.Languages
	Password string // empty: signs in by link only, until one is set
}

// Create registers a member who has no seat yet.
// Errors: ErrEmailTaken and those of the fields.
func (m *Members) Create(ctx context.Context, wanted NewMember) (Member, error) {
	email, err := normalEmail(wanted.Email)
	if err != nil {
		return Member{}, err
	}
	name, err := checkPerson(wanted.Name, wanted.Language)
	if err != nil {
		return Member{}, err
	}
	now := m.now()
	created := Member{ID: store.FreshID(ctx, "member"), Email: email, Name: name, Language: wanted.Language,
		Generation: 1, CreatedAt: now, UpdatedAt: now}
	if wanted.Password != "" {
		if err := checkPassword(wanted.Password, email, name); err != nil {
			return Member{}, err
		}
		if created.Password, err = m.passwords.Hash(ctx, wanted.Password); err != nil {
			return Member{}, fmt.Errorf("account: hash password: %w", err)
		}
	}
	err = members.Across(m.db).Insert(ctx, created)
	if errors.Is(err, store.ErrDuplicate) {
		return Member{}, ErrEmailTaken
	}
	if err != nil {
		return Member{}, fmt.Errorf("account: create member: %w", err)
	}
	return created, nil
}

// Find finds a member. Errors: ErrNoMember.
func (m *Members) Find(ctx context.Context, id string) (Member, error) {
	found, err := members.Across(m.db).Get(ctx, id)
	return found, missing(err, ErrNoMember)
}

// FindByEmail finds a member by email. Errors: ErrEmail, ErrNoMember.
func (m *Members) FindByEmail(ctx context.Context, email string) (Member, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Member{}, err
	}
	found, err := members.Across(m.db).First(ctx, store.Where(store.Eq("email", email)))
	return found, missing(err, ErrNoMember)
}

// Rename changes a member's own name and language.
// Errors: ErrNoMember and those of the fields.
func (m *Members) Rename(ctx context.Context, id, name, language string) (Member, error) {
	name, err := checkPerson(name, language)
	if err != nil {
		return Member{}, err
	}
	changed, err := members.Across(m.db).UpdateAndGet(ctx, id,
		store.Set("name", name).Set("language", language).Set("updated_at", m.now()))
	return changed, missing(err, ErrNoMember)
}

// SetDisabled locks a member out of everything at once, or lets them in again.
// For the operator. Errors: ErrNoMember.
func (m *Members) SetDisabled(ctx context.Context, id string, disabled bool) (Member, error) {
	changed, err := members.Across(m.db).UpdateAndGet(ctx, id,
		store.Set("disabled", disabled).Inc("generation", 1).Set("updated_at", m.now()))
	return changed, missing(err, ErrNoMember)
}

// SignIn proves who somebody is by password. address is the network address
// of the caller. Errors: ErrSignIn, too_many_attempts.
func (m *Members) SignIn(ctx context.Context, email, password, address string) (Member, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Member{}, ErrSignIn
	}
	gates := gatesFor(email, address)
	if err := m.guard.Enter(ctx, gates); err != nil {
		return Member{}, err
	}
	// Not found leaves an empty member, who takes as long to refuse.
	found, err := members.Across(m.db).First(ctx, store.Where(store.Eq("email", email)))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Member{}, fmt.Errorf("account: sign in: %w", err)
	}
	right, err := m.passwords.Matches(ctx, found.Password, shorterThan(password, maxPassword))
	if err != nil {
		return Member{}, fmt.Errorf("account: sign in: %w", err)
	}
	if !right || found.Disabled {
		return Member{}, ErrSignIn
	}
	if err := m.guard.Pass(ctx, gates); err != nil {
		return Member{}, fmt.Errorf("account: sign in: %w", err)
	}
	return found, m.refresh(ctx, found, password)
}

// shorterThan cuts what is far too long to be a password, before it costs.
func shorterThan(text string, characters int) string {
	const bytesPerCharacter = 4
	return text[:min(len(text), (characters+1)*bytesPerCharacter)]
}

// refresh brings the hash of a password to today's cost.
func (m *Members) refresh(ctx context.Context, member Member, password string) error {
	if !m.passwords.Outdated(member.Password) {
		return nil
	}
	hash, err := m.passwords.Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("account: rehash: %w", err)
	}
	err = members.Across(m.db).Update(ctx, member.ID, store.Set("password", hash),
		store.Eq("password", member.Password))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // changed meanwhile: the new one is fresh
	}
	return missing(err, ErrNoMember)
}

// ChangePassword sets another password after asking for the current one, and
// ends all sessions and links; the caller opens a new session with the member
// returned. A member who has no password yet gives none.
// Errors: ErrCurrentPw, too_many_attempts, those of the new password.
func (m *Members) ChangePassword(ctx context.Context, id, current, wanted, address string) (Member, error) {
	found, err := m.Find(ctx, id)
	if err != nil {
		return Member{}, err
	}
	if found.Password != "" {
		gates := gatesFor(found.Email, address)
		if err := m.guard.Enter(ctx, gates); err != nil {
			return Member{}, err
		}
		right, err := m.passwords.Matches(ctx, found.Password, shorterThan(current, maxPassword))
		if err != nil {
			return Member{}, err
		}
		if !right {
			return Member{}, ErrCurrentPw
		}
		if err := m.guard.Pass(ctx, gates); err != nil {
			return Member{}, err
		}
	}
	return m.setPassword(ctx, found, wanted)
}

// setPassword replaces the password that was looked at.
func (m *Members) setPassword(ctx context.Context, member Member, wanted string) (Member, error) {
	if err := checkPassword(wanted, member.Email, member.Name); err != nil {
		return Member{}, err
	}
	hash, err := m.passwords.Hash(ctx, wanted)
	if err != nil {
		return Member{}, fmt.Errorf("account: hash password: %w", err)
	}
	changed, err := members.Across(m.db).UpdateAndGet(ctx, member.ID,
		store.Set("password", hash).Inc("generation", 1).Set("updated_at", m.now()),
		store.Eq("generation", member.Generation))
	if errors.Is(err, store.ErrConditionFailed) {
		return Member{}, ErrSignedOut // somebody else just changed it
	}
	return changed, missing(err, ErrNoMember)
}
