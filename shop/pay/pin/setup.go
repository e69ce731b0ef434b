package pin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"plaza/message"
	"plaza/store"
)

// Enter takes what was typed to set or to change a PIN. Until it is done there
// is a next keypad to be shown, also beside an error that trying again mends.
// Errors: those of check, ErrKeypad, ErrEntry, ErrExists, ErrTrivial, ErrSame,
// ErrMismatch, ErrChanged.
func (s *Service) Enter(ctx context.Context, person message.Person, purpose Purpose, entry Entry, from From) (next Keypad, done bool, err error) {
	says, pin, err := s.take(ctx, person, purpose, entry)
	if err != nil {
		return Keypad{}, false, err
	}
	switch says.Stage {
	case StageOwn:
		says.Replaces, err = s.proved(ctx, person, pin, entry, from)
		if err != nil {
			return Keypad{}, false, err
		}
		next, err = s.stage(ctx, person, says, StageNew, "")
		return next, false, err
	case StageNew:
		refusal, err := s.refused(ctx, person, says, pin)
		if err != nil {
			return Keypad{}, false, err
		}
		if refusal != nil {
			next, err = s.stage(ctx, person, says, StageNew, "")
			return next, false, errors.Join(err, refusal)
		}
		next, err = s.stage(ctx, person, says, StageAgain, pin)
		return next, false, err
	}
	if says.Wanted != pin {
		next, err = s.stage(ctx, person, says, StageNew, "")
		return next, false, errors.Join(err, ErrMismatch)
	}
	err = s.save(ctx, person, purpose, pin, says.Replaces)
	return Keypad{}, err == nil, err
}

// stage opens the next keypad; what was proved goes along, sealed.
func (s *Service) stage(ctx context.Context, person message.Person, says said, to Stage, wanted string) (Keypad, error) {
	says.Stage, says.Wanted = to, wanted
	return s.open(ctx, person, says)
}

// proved checks the PIN that is to be changed: the versions that go.
func (s *Service) proved(ctx context.Context, person message.Person, pin string, entry Entry, from From) (map[string]int64, error) {
	held, err := s.held(ctx, person)
	if err != nil {
		return nil, err
	}
	replaces := map[string]int64{}
	for _, one := range held.records {
		replaces[one.ID] = one.Version
	}
	return replaces, s.check(ctx, held, pin, entry.Keypad, from)
}

// refused says why a PIN can't be taken; nil if it can.
func (s *Service) refused(ctx context.Context, person message.Person, says said, pin string) (refusal, err error) {
	if trivial(pin) {
		return ErrTrivial, nil
	}
	if len(says.Replaces) == 0 {
		return nil, nil
	}
	held, err := s.held(ctx, person)
	if err != nil {
		return nil, err
	}
	same := held.any()
	for _, one := range held.records {
		opens, err := s.opens(ctx, one, pin)
		if err != nil {
			return nil, err
		}
		same = same && opens
	}
	if same {
		return ErrSame, nil
	}
	return nil, nil
}

// save puts a PIN in the place of those that were proved, or of none.
func (s *Service) save(ctx context.Context, person message.Person, purpose Purpose, pin string, replaces map[string]int64) error {
	held, err := s.held(ctx, person)
	if err != nil {
		return err
	}
	if purpose == ToSet {
		if held.any() {
			return ErrExists
		}
		return s.first(ctx, person, pin)
	}
	for _, one := range held.records {
		if replaces[one.ID] != one.Version {
			return ErrChanged
		}
	}
	for _, one := range held.records {
		if err := s.put(ctx, one, pin, "changed"); err != nil {
			return err
		}
	}
	return nil
}

// first sets a PIN where there is none.
func (s *Service) first(ctx context.Context, person message.Person, pin string) error {
	empty := record{ID: person.ID, Account: person.Account, Person: person}
	one, _, err := records.In(s.DB, person.Account).InsertIfAbsent(ctx, empty)
	if err != nil {
		return err
	}
	if one.Sealed != nil {
		return ErrExists
	}
	one.Person = person
	return s.put(ctx, one, pin, "set")
}

// put seals a PIN into a record that nobody has changed meanwhile, and tells its
// owner.
func (s *Service) put(ctx context.Context, one record, pin, step string) error {
	made, err := s.hashes.make(ctx, pin)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(made)
	if err != nil {
		return err
	}
	now, after := s.now(), one
	after.Version++
	sealed, err := s.Sealer.Seal(ctx, sealedHash, after.sealedAs(), plain)
	if err != nil {
		return err
	}
	update := store.Set("sealed", sealed).Set("version", after.Version).Set("person", one.Person).Set("tries", int64(0)).Set("open_at", time.Time{}).
		AddToSet("tell", entryOfStep(step, after.Version)).Set("due", now.Add(lease))
	if step == "set" {
		update = update.Set("since", now)
	}
	changed, err := s.change(ctx, one, update)
	if err != nil {
		return err
	}
	s.tellAll(ctx, []record{changed})
	return nil
}

// Reset takes a PIN away from somebody who has forgotten it: a member does,
// after they have made sure who this is. It is not the person's to do by a code
// in the chat, because whoever holds their phone has their chat as well. Until
// there is a new one, nothing that had needed the PIN goes.
func (s *Service) Reset(ctx context.Context, person message.Person) error {
	held, err := s.held(ctx, person)
	if err != nil {
		return err
	}
	if !held.any() {
		return ErrNone
	}
	for _, one := range held.records {
		version := one.Version + 1
		changed, err := s.change(ctx, one, store.Unset("sealed").Set("version", version).Set("tries", int64(0)).Set("open_at", time.Time{}).
			Set("once", int64(0)).Set("day", int64(0)).AddToSet("tell", entryOfStep("reset", version)).Set("due", s.now().Add(lease)))
		if err != nil {
			return err
		}
		s.tellAll(ctx, []record{changed})
	}
	return nil
}

// Vouch says that a member has made sure whose PIN this is: it answers doubt
// from now on, however new it is.
func (s *Service) Vouch(ctx context.Context, person message.Person) error {
	held, err := s.held(ctx, person)
	if err != nil {
		return err
	}
	if !held.any() {
		return ErrNone
	}
	for _, one := range held.records {
		if _, err := s.change(ctx, one, store.Set("vouched_at", s.now())); err != nil {
			return err
		}
	}
	return nil
}
