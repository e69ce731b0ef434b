package pin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// record is a subscriber's PIN and how often it was guessed.
type record struct {
	ID      string         `bson:"_id"` // the subscriber's id, which begins with the account
	Account string         `bson:"account"`
	Person  message.Person `bson:"person"`
	// Sealed is the hash; nil after a reset.
	Sealed []byte `bson:"sealed,omitempty"`
	// Version rises with every PIN.
	Version int64 `bson:"version"`
	// Since is when there was a PIN after there had been none; changing it, which
	// takes the old one, keeps this.
	Since time.Time `bson:"since"`
	// VouchedAt is when a member has made sure who this is.
	VouchedAt time.Time `bson:"vouched_at,omitempty"`
	// Locked: nothing goes until a PIN that is trusted was typed.
	Locked bool `bson:"locked,omitempty"`

	// Tries are attempts since the last right one, each counted before it is
	// looked at; OpenAt is when the next may be.
	Tries  int64     `bson:"tries"`
	OpenAt time.Time `bson:"open_at"`

	// Once and Day bound what goes without the PIN.
	Once     int64  `bson:"once,omitempty"`
	Day      int64  `bson:"day,omitempty"`
	Currency string `bson:"currency,omitempty"`

	// Tell is what the person has to hear yet, and Due when Recover looks.
	Tell []string   `bson:"tell,omitempty"`
	Due  *time.Time `bson:"due,omitempty"`
}

var records = store.Declare[record](store.Schema{Name: "pins", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"due"}, Across: true, Sparse: true}}})

// free is what its owner lets go without the PIN.
func (r record) free() Allowance { return Allowance{Once: r.Once, Day: r.Day} }

// sealedHash is the family of hashes.
const sealedHash = "pin-hash"

// sealedAs binds a hash to its version: an older one put back does not open.
func (r record) sealedAs() string { return fmt.Sprintf("%s:%d", r.ID, r.Version) }

// holding is a person with the PINs that guard their money.
type holding struct {
	person  message.Person
	names   map[string]Name
	records []record // of those of their names that have one
	locked  []string // names whose money is locked
}

func (h holding) any() bool { return len(h.records) > 0 }

// held finds the PINs of a person. Where two of their names have one, both
// guard the balance that they share: otherwise whoever links a name of their
// own, from a phone that lay on a table, would bring their own PIN along.
func (s *Service) held(ctx context.Context, person message.Person) (holding, error) {
	names, err := s.names(ctx, person)
	if err != nil {
		return holding{}, err
	}
	found := holding{person: person, names: map[string]Name{}}
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i], found.names[name.ID] = name.ID, name
	}
	all, err := records.In(s.DB, person.Account).GetMany(ctx, ids...)
	for _, one := range all {
		if one.Sealed != nil {
			found.records = append(found.records, one)
		}
		if one.Locked {
			found.locked = append(found.locked, one.ID)
		}
	}
	return found, err
}

// The attempts that are allowed.
const (
	freeTries = 5  // before the first wait
	maxTries  = 20 // before only a member can help
)

// backOff is the wait after so many attempts without a right one.
func backOff(tries int64) time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour}
	if tries < freeTries {
		return 0
	}
	return waits[min(int(tries-freeTries), len(waits)-1)]
}

// lease is how long whoever made an attempt has to tell about it.
const lease = 20 * time.Second

// count takes an attempt from what is allowed, before anything is computed. A
// crash after it costs an attempt, never gives one away. Errors: ErrLocked,
// ErrBlocked, ErrNone.
func (s *Service) count(ctx context.Context, one record) (record, error) {
	scope := records.In(s.DB, one.Account)
	for {
		now := s.now()
		switch {
		case one.Sealed == nil:
			return one, ErrNone
		case one.Tries >= maxTries:
			return one, ErrBlocked
		case now.Before(one.OpenAt):
			return one, locked(one.OpenAt.Sub(now))
		}
		tries := one.Tries + 1
		update := store.Set("tries", tries).Set("open_at", now.Add(backOff(tries)))
		if tries >= freeTries {
			update = update.AddToSet("tell", lockedEntry(tries, now.Add(backOff(tries)))).Set("due", now.Add(lease))
		}
		counted, err := scope.UpdateAndGet(ctx, one.ID, update, store.Eq("tries", one.Tries), store.Eq("version", one.Version))
		if !errors.Is(err, store.ErrConditionFailed) {
			return counted, err
		}
		if one, err = scope.Get(ctx, one.ID); err != nil {
			return one, err
		}
	}
}

// right forgets the attempts before a right one.
func (s *Service) right(ctx context.Context, one record) error {
	update := store.Set("tries", int64(0)).Set("open_at", time.Time{})
	if one.Tries >= freeTries {
		update = update.Pull("tell", lockedEntry(one.Tries, one.OpenAt)) // it was them
	}
	_, err := s.change(ctx, one, update)
	return err
}

// change updates a record that nobody has changed meanwhile. Errors: ErrChanged.
func (s *Service) change(ctx context.Context, one record, update store.Update) (record, error) {
	changed, err := records.In(s.DB, one.Account).UpdateAndGet(ctx, one.ID, update, store.Eq("version", one.Version))
	if errors.Is(err, store.ErrConditionFailed) {
		return one, ErrChanged
	}
	return changed, err
}

// check says whether a PIN opens all that guards a person's money. attempt is
// the attempt's own number. Errors: ErrNone, ErrWrong, ErrLocked, ErrBlocked,
// ErrStopped, ErrBusy.
func (s *Service) check(ctx context.Context, held holding, pin, attempt string, from From) error {
	if !held.any() {
		return ErrNone
	}
	if err := s.watched(ctx, held.person, attempt, from); err != nil {
		return err
	}
	left := int64(freeTries)
	counted := make([]record, len(held.records))
	for i, one := range held.records {
		var err error
		if counted[i], err = s.count(ctx, one); err != nil {
			s.settle(ctx, held.person, attempt, risk.Stopped)
			return err
		}
		left = min(left, freeTries-counted[i].Tries)
	}
	for _, one := range counted {
		matches, err := s.opens(ctx, one, pin)
		if err != nil {
			return err
		}
		if !matches {
			s.settle(ctx, held.person, attempt, risk.Failed)
			s.tellAll(ctx, counted)
			if wait := backOff(one.Tries); wait > 0 {
				return locked(wait)
			}
			return wrong(max(left, 0))
		}
	}
	for _, one := range counted {
		if err := s.right(ctx, one); err != nil {
			return err
		}
	}
	s.settle(ctx, held.person, attempt, risk.Succeeded)
	if s.Devices != nil {
		if err := s.Devices.Proved(ctx, held.person, from); err != nil {
			s.Logger.WarnContext(ctx, "pin: the device was not noted", "account", held.person.Account, "error", err)
		}
	}
	return nil
}

// opens compares a PIN with what is kept.
func (s *Service) opens(ctx context.Context, one record, pin string) (bool, error) {
	plain, err := s.Sealer.Open(ctx, sealedHash, one.sealedAs(), one.Sealed)
	if err != nil {
		return false, err
	}
	var kept hash
	if err := json.Unmarshal(plain, &kept); err != nil {
		return false, err
	}
	return s.hashes.matches(ctx, pin, kept)
}

// watched asks the guard about an attempt. Errors: ErrStopped.
func (s *Service) watched(ctx context.Context, person message.Person, attempt string, from From) error {
	if s.Guard == nil {
		return nil
	}
	found, err := s.Guard.Assess(ctx, risk.Attempt{ID: attempt, Account: person.Account, Kind: risk.PIN, Subscriber: person.ID,
		Device: risk.FingerprintOf(person.Account, "device", from.Device), Address: from.Address, At: s.now()})
	if err != nil {
		return err
	}
	if found.Action == risk.Block {
		s.settle(ctx, person, attempt, risk.Stopped)
		return ErrStopped
	}
	return nil
}

// settle tells the guard how an attempt ended. Failing costs it one observation.
func (s *Service) settle(ctx context.Context, person message.Person, attempt string, outcome risk.Outcome) {
	if s.Guard == nil {
		return
	}
	if err := s.Guard.Settle(ctx, person.Account, risk.PIN, attempt, outcome); err != nil {
		s.Logger.WarnContext(ctx, "pin: the guard was not told", "account", person.Account, "error", err)
	}
}

// Wrong says whether an error is about what was typed, so that the page shows
// another keypad.
func Wrong(err error) bool {
	known, ok := errors.AsType[*fault.Error](err)
	return ok && (known.Is(ErrWrong) || known.Is(ErrKeypad) || known.Is(ErrEntry) || known.Is(ErrTrivial) ||
		known.Is(ErrSame) || known.Is(ErrMismatch) || known.Is(ErrBusy) || known.Is(ErrChanged))
}
