package pin

import (
	"context"
	"log/slog"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// The faults of PINs.
var (
	ErrNeeded   = pay.ErrProofNeeded
	ErrNone     = pay.ErrNoProof
	ErrExists   = fault.New(fault.Conflict, "pin_exists", "You have a PIN already. You can change it.")
	ErrKeypad   = fault.New(fault.Conflict, "pin_keypad_over", "This keypad is over: it works once, for a minute. Please type your PIN again.")
	ErrEntry    = fault.New(fault.Invalid, "pin_entry", "A PIN has six digits.")
	ErrTrivial  = fault.New(fault.Invalid, "pin_trivial", "This PIN is among the first that anybody would try. Please choose another.")
	ErrSame     = fault.New(fault.Invalid, "pin_same", "This is the PIN that you have. Please choose another.")
	ErrMismatch = fault.New(fault.Invalid, "pin_mismatch", "The two were not the same. Please choose a PIN and type it twice.")
	ErrBlocked  = fault.New(fault.Limited, "pin_blocked", "The PIN was wrong too many times. Please talk to the shop: they can reset it once they know that it is you.")
	ErrStopped  = fault.New(fault.Limited, "pin_stopped", "For safety no PIN is taken here at the moment. Please talk to the shop.")
	ErrBusy     = fault.New(fault.Unavailable, "pin_busy", "Too many people are typing their PIN at this moment. Please try again.")
	ErrChanged  = fault.New(fault.Conflict, "pin_changed", "The PIN was changed meanwhile. Please begin again.")
)

// Faults with a number in their sentence; errors.Is knows them by these.
var (
	ErrWrong  = wrong(0)
	ErrLocked = locked(0)
	ErrYoung  = young(0)
)

func wrong(left int64) *fault.Error {
	return fault.New(fault.Invalid, "pin_wrong", "This is not your PIN. Tries left: {0}.", left)
}

func locked(wait time.Duration) *fault.Error {
	minutes := int64((wait + time.Minute - 1) / time.Minute)
	return fault.New(fault.Limited, "pin_locked", "The PIN was wrong too often. Please try again in {0} min.", minutes)
}

func young(wait time.Duration) *fault.Error {
	hours := int64((wait + time.Hour - 1) / time.Hour)
	return fault.New(fault.Conflict, "pin_young",
		"Your PIN is new, and for safety this needs one that is a day old: in {0} h. You can pay in another way, or ask the shop to make sure that it is you.", hours)
}

// Identities says which subscribers are the same person: they have one balance,
// so each one's PIN guards it.
type Identities interface {
	// Names are all ids of whoever is this subscriber, who is among them, with
	// when each was linked; a zero time for somebody who is on their own.
	Names(ctx context.Context, account, subscriber string) ([]Name, error)
}

// Name is one subscriber of a person.
type Name struct {
	ID       string
	LinkedAt time.Time
}

// Guard looks at attempts: risk.Service. It may be nil.
type Guard interface {
	Assess(ctx context.Context, attempt risk.Attempt) (risk.Assessment, error)
	Settle(ctx context.Context, account string, kind risk.Kind, attempt string, outcome risk.Outcome) error
}

// Sealer encrypts at rest, bound to the record: vault.Vault.
type Sealer interface {
	Seal(ctx context.Context, family, record string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, record string, sealed []byte) ([]byte, error)
}

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Devices hear of a PIN that was typed right. It may be nil.
type Devices interface {
	Proved(ctx context.Context, person message.Person, from From) error
}

// Dependencies of a Service. All are needed but Guard, Identities, Devices and
// Zone.
type Dependencies struct {
	DB         *store.DB
	Sealer     Sealer
	Identities Identities
	Guard      Guard
	Devices    Devices
	// KnownSince is when somebody was first met; the zero time where nobody knows.
	KnownSince func(ctx context.Context, person message.Person) (time.Time, error)
	// Ceiling is the most that an account lets go without a PIN.
	Ceiling func(ctx context.Context, account, currency string) (Allowance, error)
	// Zone is where an account's days begin; nil: UTC.
	Zone   func(ctx context.Context, account string) (*time.Location, error)
	Sender Sender
	Texts  Texts
	Now    func() time.Time
	Logger *slog.Logger
}

// Service keeps PINs. Safe for concurrent use, on any number of nodes.
type Service struct {
	Dependencies
	hashes *hashes
}

// New makes a Service.
func New(dependencies Dependencies) *Service {
	return &Service{Dependencies: dependencies, hashes: newHashes(recommended)}
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{records.Schema(), keypads.Schema(), waived.Schema(), spending.Schema()}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// zone is where an account's days begin.
func (s *Service) zone(ctx context.Context, account string) (*time.Location, error) {
	if s.Zone == nil {
		return time.UTC, nil
	}
	return s.Zone(ctx, account)
}

// names are the ids of a person, themselves first.
func (s *Service) names(ctx context.Context, person message.Person) ([]Name, error) {
	if s.Identities == nil {
		return []Name{{ID: person.ID}}, nil
	}
	return s.Identities.Names(ctx, person.Account, person.ID)
}

// Standing is how things stand with somebody's PIN.
type Standing struct {
	Set     bool
	Trusted bool      // it answers doubt
	From    time.Time // when it will, unless it does
	Wait    time.Duration
	Blocked bool // only a member can help
	Tries   int64
	Locked  bool // nothing goes until the PIN was typed
	// Free is what goes without the PIN.
	Free Allowance
	// Currency of Free; empty: nothing was chosen.
	Currency string
}

// Standing tells how things stand with somebody's PIN.
func (s *Service) Standing(ctx context.Context, person message.Person) (Standing, error) {
	held, err := s.held(ctx, person)
	if err != nil || !held.any() {
		return Standing{Locked: len(held.locked) > 0}, err
	}
	now := s.now()
	standing := Standing{Set: true, Trusted: true, Locked: len(held.locked) > 0}
	for i, one := range held.records {
		from, err := s.trustedFrom(ctx, held, one)
		if err != nil {
			return standing, err
		}
		if now.Before(from) {
			standing.Trusted = false
			standing.From = later(standing.From, from)
		}
		standing.Wait = max(standing.Wait, one.OpenAt.Sub(now))
		standing.Blocked = standing.Blocked || one.Tries >= maxTries
		standing.Tries = max(standing.Tries, one.Tries)
		if i == 0 || one.Once < standing.Free.Once {
			standing.Free, standing.Currency = Allowance{Once: one.Once, Day: one.Day}, one.Currency
		}
	}
	return standing, nil
}

// later is the later of two instants.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// From is where an attempt comes from, for the guard.
type From struct {
	Device  string // what tells this browser from others
	Address string // of the network
	Agent   string // what the browser calls itself
}

// Allowance bounds what goes without a PIN, in minor units.
type Allowance struct{ Once, Day int64 }

func (a Allowance) covers(amount money.Amount) bool { return amount.Minor <= a.Once }

// within is an allowance under a ceiling that may be lower than when it was chosen.
func (a Allowance) within(most Allowance) Allowance {
	return Allowance{Once: min(a.Once, most.Once), Day: min(a.Day, most.Day)}
}
