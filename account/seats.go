package account

import (
	"context"
	"errors"
	"fmt"

	"plaza/store"
)

// Seat is a member with their role in one account.
type Seat struct {
	Member
	Role Role `json:"role"`
}

// List lists who runs an account, up to store.MaxPage.
func (m *Members) List(ctx context.Context, account string) ([]Seat, error) {
	taken, _, err := memberships.In(m.db, account).Find(ctx, store.Query{}.Top(store.MaxPage))
	if err != nil {
		return nil, fmt.Errorf("account: members: %w", err)
	}
	ids, roles := make([]string, len(taken)), make(map[string]Role, len(taken))
	for i, seat := range taken {
		ids[i], roles[seat.Member] = seat.Member, seat.Role
	}
	people, err := members.Across(m.db).GetMany(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("account: members: %w", err)
	}
	seats := make([]Seat, len(people))
	for i, person := range people {
		seats[i] = Seat{person, roles[person.ID]}
	}
	return seats, nil
}

// Access is what a member may do in an account now. address is the network
// address they come from. Errors: ErrNotPermitted if they have no seat there.
func (m *Members) Access(ctx context.Context, account string, member Member, address string) (Access, error) {
	seat, err := memberships.In(m.db, account).Get(ctx, membershipID(account, member.ID))
	if err != nil {
		return Access{}, missing(err, ErrNotPermitted)
	}
	if member.Disabled {
		return Access{}, ErrNotPermitted
	}
	return Access{Account: account, Actor: member.Actor(address), Member: member.ID, Role: seat.Role,
		Permissions: seat.Role.Permissions()}, nil
}

// Add gives a registered member a seat, at once. For the operator, who may;
// members of an account Invite. Doing it again changes nothing but the role.
// Errors: ErrRole, ErrNoAccount, ErrNoMember, ErrLastOwner.
func (m *Members) Add(ctx context.Context, account, member string, role Role, by Actor) error {
	if !role.Valid() {
		return ErrRole
	}
	if _, err := m.accounts.read(ctx, account); err != nil {
		return err
	}
	if _, err := m.Find(ctx, member); err != nil {
		return err
	}
	if err := m.record(ctx, account, "member.added", member, "", role, by); err != nil {
		return err
	}
	_, inserted, err := memberships.In(m.db, account).InsertIfAbsent(ctx, newMembership(account, member, role, m.now()))
	if err != nil {
		return fmt.Errorf("account: add member: %w", err)
	}
	if inserted && role != Owner {
		return nil
	}
	return m.give(ctx, account, member, role)
}

// SetRole gives a member of the account another role. API tokens they made
// that may do more than the role go.
// Errors: ErrRole, ErrNoMember, ErrLastOwner.
func (m *Members) SetRole(ctx context.Context, account, member string, role Role, by Actor) error {
	if !role.Valid() {
		return ErrRole
	}
	seat, err := m.seat(ctx, account, member)
	if err != nil {
		return err
	}
	if role != Owner {
		if err := m.mayLose(ctx, account, member); err != nil {
			return err
		}
	}
	if err := m.record(ctx, account, "member.role_changed", member, seat.Role, role, by); err != nil {
		return err
	}
	return m.give(ctx, account, member, role)
}

// Remove takes a member's seat away, and with it the API tokens they made.
// Errors: ErrNoMember, ErrLastOwner.
func (m *Members) Remove(ctx context.Context, account, member string, by Actor) error {
	seat, err := m.seat(ctx, account, member)
	if err != nil {
		return err
	}
	if err := m.mayLose(ctx, account, member); err != nil {
		return err
	}
	if err := m.record(ctx, account, "member.removed", member, seat.Role, "", by); err != nil {
		return err
	}
	if err := m.accounts.dropOwner(ctx, account, member); err != nil {
		return err
	}
	// The tokens go before the seat: after a crash between, the seat is still
	// there to be removed again.
	if err := m.tokens.revokeBeyond(ctx, account, member, ""); err != nil {
		return err
	}
	err = memberships.In(m.db, account).Delete(ctx, seat.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // somebody else removed them at the same time
	}
	return missing(err, ErrNoMember)
}

// give changes the role of an existing seat. A new owner is counted last and a
// former one first, so that the count of owners is never too high.
func (m *Members) give(ctx context.Context, account, member string, role Role) error {
	if role != Owner {
		if err := m.accounts.dropOwner(ctx, account, member); err != nil {
			return err
		}
	}
	if err := m.tokens.revokeBeyond(ctx, account, member, role); err != nil {
		return err
	}
	err := memberships.In(m.db, account).Update(ctx, membershipID(account, member), store.Set("role", role))
	if err != nil {
		return missing(err, ErrNoMember)
	}
	if role == Owner {
		return m.accounts.addOwner(ctx, account, member)
	}
	return nil
}

// mayLose refuses early, before anything is entered in the log, what dropOwner
// would refuse; dropOwner decides.
func (m *Members) mayLose(ctx context.Context, account, member string) error {
	found, err := m.accounts.read(ctx, account)
	if err != nil {
		return err
	}
	if len(found.Owners) == 1 && found.Owners[0] == member {
		return ErrLastOwner
	}
	return nil
}

func (m *Members) seat(ctx context.Context, account, member string) (Membership, error) {
	seat, err := memberships.In(m.db, account).Get(ctx, membershipID(account, member))
	return seat, missing(err, ErrNoMember)
}

func (m *Members) record(ctx context.Context, account, action, member string, before, after Role, by Actor) error {
	return m.audit.Record(ctx, account, Entry{Actor: by, Action: action, Thing: "member:" + member,
		Changes: []Change{{"role", string(before), string(after)}}})
}

// maxSeats bounds how many accounts of one member are looked at.
const maxSeats = store.MaxPage

func seatsOf(ctx context.Context, db *store.DB, member string) ([]Membership, error) {
	seats, _, err := memberships.Across(db).Find(ctx, store.Where(store.Eq("member", member)).Top(maxSeats))
	if err != nil {
		return nil, fmt.Errorf("account: seats: %w", err)
	}
	return seats, nil
}
