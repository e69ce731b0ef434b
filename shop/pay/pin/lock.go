package pin

import (
	"context"

	"plaza/message"
	"plaza/store"
)

// Lock has a person's money wait until they have proved who they are: somebody
// else was signed in as them. Until a PIN that answers doubt is typed, nothing
// goes without one, and a PIN that whoever it was may just have set goes for
// nothing. Doing it again changes nothing.
func (s *Service) Lock(ctx context.Context, person message.Person) error {
	names, err := s.names(ctx, person)
	if err != nil {
		return err
	}
	scope := records.In(s.DB, person.Account)
	for _, name := range names {
		empty := record{ID: name.ID, Account: person.Account, Locked: true}
		if name.ID == person.ID {
			empty.Person = person
		}
		_, inserted, err := scope.InsertIfAbsent(ctx, empty)
		if err == nil && !inserted {
			err = scope.Update(ctx, name.ID, store.Set("locked", true))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unlock ends it, after the right PIN.
func (s *Service) unlock(ctx context.Context, held holding) error {
	for _, id := range held.locked {
		if err := records.In(s.DB, held.person.Account).Update(ctx, id, store.Set("locked", false)); err != nil {
			return err
		}
	}
	return nil
}
