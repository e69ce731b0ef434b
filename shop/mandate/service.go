package mandate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// Front is what has to be known about an account.
type Front struct {
	Slug     string
	Name     string
	Names    map[string]string // by language, where it has one
	Currency string
	Zone     string // IANA name
}

// in is the account's name in a language.
func (f Front) in(language string) string {
	if name := f.Names[language]; name != "" {
		return name
	}
	return f.Name
}

// Directory knows the accounts.
type Directory interface {
	Front(ctx context.Context, account string) (Front, error)
}

// People finds subscribers as they are now.
type People interface {
	Person(ctx context.Context, account, id string) (message.Person, error)
}

// Identities says which subscribers are the same person.
type Identities interface {
	// Linked are the ids of all who are this subscriber, who comes first.
	Linked(ctx context.Context, account, subscriber string) ([]string, error)
}

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Log is told what happens.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Addresses are where people and providers are sent to.
type Addresses struct {
	Plan, Mandate func(slug, id string) string
	Pay, Return   func(tradeNo string) string
	Notify        func(provider, account string) string
}

// Dependencies of a Service. All are needed but Identities and Retry.
type Dependencies struct {
	DB         *store.DB
	Payments   *pay.Service
	Directory  Directory
	People     People
	Identities Identities // nil: everybody is one subscriber
	Sender     Sender
	Texts      Texts
	Log        Log
	Addresses  Addresses
	// Retry are the days after a failed charge on which it is tried again; 1, 3
	// and 5 if nil. When the last has failed the mandate ends.
	Retry  []int
	Now    func() time.Time
	Logger *slog.Logger
}

// Service keeps the plans and mandates of all accounts. Safe for concurrent use,
// on any number of nodes.
type Service struct{ Dependencies }

// New makes the service; it becomes the owner of pay.ForMandate.
func New(dependencies Dependencies) *Service {
	if dependencies.Retry == nil {
		dependencies.Retry = []int{1, 3, 5}
	}
	s := &Service{dependencies}
	s.Payments.Own(pay.ForMandate, owner{s})
	return s
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) in(d time.Duration) time.Time { return s.now().Add(d) }

// Mandate finds a mandate. Errors: ErrNoMandate.
func (s *Service) Mandate(ctx context.Context, account, id string) (Mandate, error) {
	found, err := mandates.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Mandate{}, ErrNoMandate
	}
	return found, err
}

// MandateOf finds a mandate of somebody's. Errors: ErrNoMandate, also for other
// people's.
func (s *Service) MandateOf(ctx context.Context, person message.Person, id string) (Mandate, error) {
	found, err := s.Mandate(ctx, person.Account, id)
	if err != nil {
		return Mandate{}, err
	}
	all, err := s.linked(ctx, person)
	if err != nil {
		return Mandate{}, err
	}
	for _, subscriber := range all {
		if found.Payer == subscriber {
			return found, nil
		}
	}
	return Mandate{}, ErrNoMandate
}

// MandatesOf lists somebody's mandates, on whatever channel they agreed, newest
// first, those that were never paid for left out.
func (s *Service) MandatesOf(ctx context.Context, person message.Person, limit int) ([]Mandate, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return nil, err
	}
	var mine []Mandate
	for _, subscriber := range all {
		found, _, err := mandates.In(s.DB, person.Account).Find(ctx, store.Where(store.Eq("payer", subscriber)).By("-_id").Top(limit))
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if one.State != Agreeing && one.Provider != "" {
				mine = append(mine, one)
			}
		}
	}
	return mine, nil
}

// linked are all whom a person is, themselves first.
func (s *Service) linked(ctx context.Context, person message.Person) ([]string, error) {
	if s.Identities == nil {
		return []string{person.ID}, nil
	}
	return s.Identities.Linked(ctx, person.Account, person.ID)
}

// Filter narrows a list of mandates by one thing at most.
type Filter struct {
	State      State
	Plan       string
	Subscriber string
}

// Mandates lists an account's mandates, newest first. Errors: store.ErrCursor.
func (s *Service) Mandates(ctx context.Context, account string, by Filter, limit int, after store.Cursor) ([]Mandate, store.Cursor, error) {
	query := store.Query{}
	switch {
	case by.Subscriber != "":
		query = store.Where(store.Eq("payer", by.Subscriber))
	case by.Plan != "":
		query = store.Where(store.Eq("plan", by.Plan))
	case by.State != "":
		query = store.Where(store.Eq("state", by.State))
	}
	return mandates.In(s.DB, account).Find(ctx, query.By("-_id").Top(limit).From(after))
}

// Periods lists a mandate's periods, newest first.
func (s *Service) Periods(ctx context.Context, account, mandate string, limit int, after store.Cursor) ([]Period, store.Cursor, error) {
	return periods.In(s.DB, account).Find(ctx, store.Where(store.Eq("mandate", mandate)).By("-number").Top(limit).From(after))
}

// period finds the one that payments of a subject are for.
func (s *Service) period(ctx context.Context, account, subject string) (Period, error) {
	return periods.In(s.DB, account).Get(ctx, account+":"+subject)
}

// PaidBy finds the mandate that a payment is for. Errors: ErrNoMandate.
func (s *Service) PaidBy(ctx context.Context, payment pay.Payment) (Mandate, error) {
	period, err := s.period(ctx, payment.Account, payment.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return Mandate{}, ErrNoMandate
	}
	if err != nil {
		return Mandate{}, err
	}
	return s.Mandate(ctx, payment.Account, period.Mandate)
}

// errMoved: somebody else has changed the mandate meanwhile.
var errMoved = errors.New("mandate: changed meanwhile")

// turn changes a mandate that is still as it was read, by the table of its
// states. Errors: errMoved, ErrState.
func (s *Service) turn(ctx context.Context, m Mandate, update store.Update) (Mandate, error) {
	for _, change := range update {
		if next, ok := change.Value.(State); ok && next != m.State && !m.State.May(next) {
			return m, ErrState
		}
	}
	turned, err := mandates.In(s.DB, m.Account).UpdateAndGet(ctx, m.ID, update.Inc("version", 1), store.Eq("version", m.Version))
	if errors.Is(err, store.ErrConditionFailed) {
		return m, errMoved
	}
	if err != nil {
		return m, err
	}
	s.changed(ctx, m, turned)
	return turned, nil
}

// to is an update that leads to a state.
func to(state State) store.Update { return store.Set("state", state) }

// tell adds to what is to be said.
func tell(m Mandate, entries ...string) []string {
	return append(append([]string{}, m.Tell...), entries...)
}

// again repeats what others got in the way of, with the mandate as it is then.
func (s *Service) again(ctx context.Context, m Mandate, do func(Mandate) (Mandate, error)) (Mandate, error) {
	for {
		done, err := do(m)
		if !errors.Is(err, errMoved) {
			return done, err
		}
		if m, err = s.Mandate(ctx, m.Account, m.ID); err != nil {
			return m, err
		}
	}
}
