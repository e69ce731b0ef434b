package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plaza/store"
)

// Accounts keeps the official accounts.
type Accounts struct {
	db     *store.DB
	now    func() time.Time
	audit  *Audit
	byID   *cache[Account]
	bySlug *cache[string] // id of an account; slugs never change
}

// Every webhook, page and message needs its account: they look here first.
const (
	accountLifetime = 3 * time.Second
	cachedAccounts  = 10_000
)

func newAccounts(db *store.DB, now func() time.Time, audit *Audit) *Accounts {
	return &Accounts{
		db: db, now: now, audit: audit,
		byID:   newCache[Account](now, accountLifetime, cachedAccounts),
		bySlug: newCache[string](now, time.Hour, cachedAccounts),
	}
}

// Create opens an account that owner (the id of a member) owns.
// Errors: ErrSlugTaken, ErrNoMember, and those of its fields.
func (a *Accounts) Create(ctx context.Context, wanted NewAccount, owner string, by Actor) (Account, error) {
	wanted, err := wanted.check()
	if err != nil {
		return Account{}, err
	}
	if _, err := members.Across(a.db).Get(ctx, owner); err != nil {
		return Account{}, missing(err, ErrNoMember)
	}
	if wanted.Slug != "" {
		return a.create(ctx, wanted, owner, by)
	}
	var created Account
	for _, wanted.Slug = range suggestSlugs(wanted.Profile) {
		created, err = a.create(ctx, wanted, owner, by)
		if !errors.Is(err, ErrSlugTaken) {
			break
		}
	}
	return created, err
}

// create opens the account that Create has looked at.
func (a *Accounts) create(ctx context.Context, wanted NewAccount, owner string, by Actor) (Account, error) {
	now := a.now()
	created := Account{
		ID: store.NewID(), Slug: wanted.Slug, Profile: wanted.Profile, Currency: wanted.Currency,
		State: Active, Owners: []string{owner}, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	// The membership goes first: without its account nobody sees it, while an
	// account without an owner would hold its slug for ever.
	seat := newMembership(created.ID, owner, Owner, now)
	if err := memberships.In(a.db, created.ID).Insert(ctx, seat); err != nil {
		return Account{}, fmt.Errorf("account: owner of %s: %w", created.Slug, err)
	}
	if err := accounts.Across(a.db).Insert(ctx, created); err != nil {
		undo := memberships.In(a.db, created.ID).Delete(ctx, seat.ID)
		if errors.Is(err, store.ErrDuplicate) {
			return Account{}, ErrSlugTaken.Because(undo)
		}
		return Account{}, errors.Join(fmt.Errorf("account: create %s: %w", created.Slug, err), undo)
	}
	return created, a.audit.Record(ctx, created.ID, Entry{
		Actor: by, Action: "account.created", Thing: "account:" + created.ID,
		Changes: Profile{}.changesTo(created.Profile),
	})
}

// FindByID finds an account, a few seconds old at most. Errors: ErrNoAccount.
func (a *Accounts) FindByID(ctx context.Context, id string) (Account, error) {
	return a.byID.Get(id, func() (Account, error) { return a.read(ctx, id) })
}

// FindBySlug finds an account by its part of URLs. Errors: ErrNoAccount.
func (a *Accounts) FindBySlug(ctx context.Context, slug string) (Account, error) {
	id, err := a.bySlug.Get(slug, func() (string, error) {
		found, err := accounts.Across(a.db).First(ctx, store.Where(store.Eq("slug", slug)))
		return found.ID, missing(err, ErrNoAccount)
	})
	if err != nil {
		return Account{}, err
	}
	return a.FindByID(ctx, id)
}

// Find takes a slug or an id, as URLs may carry either. Errors: ErrNoAccount.
func (a *Accounts) Find(ctx context.Context, slugOrID string) (Account, error) {
	if checkSlug(slugOrID) == nil { // ids have capital letters, slugs have none
		return a.FindBySlug(ctx, slugOrID)
	}
	return a.FindByID(ctx, slugOrID)
}

// List reads one page of all accounts, for the operator.
func (a *Accounts) List(ctx context.Context, after store.Cursor) ([]Account, store.Cursor, error) {
	return accounts.Across(a.db).Find(ctx, store.Query{}.From(after))
}

// OfMember lists the accounts a member belongs to, oldest first.
func (a *Accounts) OfMember(ctx context.Context, member string) ([]Account, error) {
	seats, err := seatsOf(ctx, a.db, member)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(seats))
	for i, seat := range seats {
		ids[i] = seat.Account
	}
	slices.Sort(ids)
	return accounts.Across(a.db).GetMany(ctx, ids...)
}

// Update gives the account another profile.
// Errors: ErrNoAccount and those of its fields.
func (a *Accounts) Update(ctx context.Context, id string, profile Profile, by Actor) (Account, error) {
	profile, err := profile.check()
	if err != nil {
		return Account{}, err
	}
	return a.change(ctx, id, by, "account.updated", func(found Account) (store.Update, []Change) {
		return store.Set("kind", profile.Kind).Set("names", profile.Names).
			Set("descriptions", profile.Descriptions).Set("language", profile.Language).
			Set("time_zone", profile.TimeZone).Set("logo", profile.Logo).
			Set("colour", profile.Colour).Set("origins", profile.Origins), found.changesTo(profile)
	})
}

// SetState closes an account or opens it again. Errors: ErrNoAccount, ErrState.
func (a *Accounts) SetState(ctx context.Context, id string, state State, by Actor) (Account, error) {
	if state != Active && state != Closed {
		return Account{}, ErrState
	}
	return a.change(ctx, id, by, "account.state_changed", func(found Account) (store.Update, []Change) {
		return store.Set("state", state), []Change{{"state", string(found.State), string(state)}}
	})
}

// change enters a change in the audit log and makes it.
func (a *Accounts) change(ctx context.Context, id string, by Actor, action string,
	decide func(Account) (store.Update, []Change)) (Account, error) {
	found, err := a.read(ctx, id)
	if err != nil {
		return Account{}, err
	}
	update, changes := decide(found)
	entry := Entry{Actor: by, Action: action, Thing: "account:" + id, Changes: changes}
	if err := a.audit.Record(ctx, id, entry); err != nil {
		return Account{}, err
	}
	update = update.Set("updated_at", a.now()).Inc("revision", 1)
	changed, err := accounts.Across(a.db).UpdateAndGet(ctx, id, update)
	a.byID.Forget(id)
	return changed, missing(err, ErrNoAccount)
}

// addOwner and dropOwner keep the list of owners, which alone decides that an
// account never loses its last one: one document, changed only from the
// revision that was looked at.
func (a *Accounts) addOwner(ctx context.Context, id, member string) error {
	return a.changeOwners(ctx, id, func(owners []string) ([]string, error) {
		if slices.Contains(owners, member) {
			return owners, nil
		}
		return append(owners, member), nil
	})
}

func (a *Accounts) dropOwner(ctx context.Context, id, member string) error {
	return a.changeOwners(ctx, id, func(owners []string) ([]string, error) {
		left := slices.DeleteFunc(slices.Clone(owners), func(o string) bool { return o == member })
		if len(left) == 0 {
			return nil, ErrLastOwner
		}
		return left, nil
	})
}

func (a *Accounts) changeOwners(ctx context.Context, id string, decide func([]string) ([]string, error)) error {
	defer a.byID.Forget(id)
	for {
		found, err := a.read(ctx, id)
		if err != nil {
			return err
		}
		owners, err := decide(found.Owners)
		if err != nil || len(owners) == len(found.Owners) {
			return err
		}
		err = accounts.Across(a.db).Update(ctx, id,
			store.Set("owners", owners).Inc("revision", 1), store.Eq("revision", found.Revision))
		if !errors.Is(err, store.ErrConditionFailed) {
			return missing(err, ErrNoAccount)
		}
	}
}

// read goes past the cache.
func (a *Accounts) read(ctx context.Context, id string) (Account, error) {
	found, err := accounts.Across(a.db).Get(ctx, id)
	return found, missing(err, ErrNoAccount)
}

// missing turns the store's "not found" into what people are told.
func missing(err, fault error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault
	}
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return nil
}
