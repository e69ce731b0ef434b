package risk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"plaza/fault"
	"plaza/store"
)

// ErrNoAssessment is the fault of an attempt that was never assessed, or too
// long ago.
var ErrNoAssessment = fault.New(fault.NotFound, "risk_assessment_not_found", "There is no such assessment.")

// Zones knows the accounts' time zones.
type Zones interface {
	Zone(ctx context.Context, account string) (*time.Location, error)
}

// Mover moves the money of a kind of attempt, and is told how a review ended.
// Both may be called more than once for the same attempt; an error means "tell
// me again".
type Mover interface {
	// Release goes on with an attempt that was held.
	Release(ctx context.Context, account, attempt string) error
	// Refuse ends it.
	Refuse(ctx context.Context, account, attempt string) error
}

// Places knows about where network addresses are.
type Places interface {
	// Of is the zero Place for what is not known.
	Of(address string) Place
}

// Dependencies of a Service. All but Places are needed.
type Dependencies struct {
	DB     *store.DB
	Zones  Zones
	Places Places // nil: places are not known
	Log    Log
	Now    func() time.Time
	Logger *slog.Logger
}

// Service assesses attempts and keeps what is learned from them. Safe for
// concurrent use, on any number of nodes.
type Service struct {
	Dependencies
	engine Engine
	folds  folds
	minds  minds
	known  policyCache
	movers map[Kind]Mover
}

// New makes a Service.
func New(dependencies Dependencies) *Service {
	s := &Service{Dependencies: dependencies, engine: NewEngine(ShippedPrior()), movers: map[Kind]Mover{}}
	s.folds.db = dependencies.DB
	s.minds.db, s.minds.now = dependencies.DB, dependencies.Now
	return s
}

// Move says who moves the money of a kind. Call it before the Service is used.
func (s *Service) Move(kind Kind, mover Mover) { s.movers[kind] = mover }

// Assess decides about an attempt before money moves, writes that down and
// counts the attempt in the profiles it concerns. An attempt that was assessed
// before gets the same answer, with what a member said meanwhile. At may be
// left out; it is brought to the account's zone. Errors: ErrAttempt.
func (s *Service) Assess(ctx context.Context, a Attempt) (Assessment, error) {
	zone, err := s.Zones.Zone(ctx, a.Account)
	if err != nil {
		return Assessment{}, err
	}
	if a.At.IsZero() {
		a.At = s.Now()
	}
	a.At = a.At.In(zone)
	a = s.located(a)
	if err := a.Check(); err != nil {
		return Assessment{}, err
	}
	earlier, err := s.Get(ctx, a.Account, Assessment{Kind: a.Kind, Attempt: a.ID}.Key())
	if err == nil || !errors.Is(err, ErrNoAssessment) {
		return earlier, err
	}
	made, shop, err := s.decide(ctx, a)
	if err != nil {
		return Assessment{}, err
	}
	// The attempt is counted while its assessment is being written: on the
	// embedded engine both are one commit.
	var counting sync.WaitGroup
	counting.Go(func() {
		s.change(ctx, a, func(part Part, habits *Habits) { habits.Try(part, a, shop) })
	})
	stored, absent, err := assessments.In(s.DB, a.Account).InsertIfAbsent(ctx, made)
	counting.Wait()
	if err == nil && absent && stored.Queued != nil {
		s.tell(ctx, "risk.held", stored)
	}
	return stored, err
}

// located makes a network and a place of an attempt's address.
func (s *Service) located(a Attempt) Attempt {
	if a.Address == "" {
		return a
	}
	a.Network = NetworkOf(a.Account, a.Address)
	if s.Places != nil && !a.Place.Known() {
		a.Place = s.Places.Of(a.Address)
	}
	a.Address = ""
	return a
}

// decide reads what is needed and decides; it changes nothing. It also answers
// what amounts are usual in the shop.
func (s *Service) decide(ctx context.Context, a Attempt) (Assessment, Amounts, error) {
	found, err := s.profiles(ctx, a)
	if err != nil {
		return Assessment{}, Amounts{}, err
	}
	policy, err := s.Policy(ctx, a.Account)
	if err != nil {
		return Assessment{}, Amounts{}, err
	}
	var made Assessment
	err = s.minds.with(ctx, a.Account, func(model *Model) {
		signals, opinion, decision := s.engine.Assess(policy, model, a, found)
		made = assessed(a, signals, opinion, decision)
	})
	return made, found.of(Part{Role: OfShop}).Amounts[a.Amount.Currency], err
}

// Settle tells what became of an attempt; profiles and the model learn from it,
// once. An attempt that was never assessed is nothing to learn from. A crash in
// the middle loses one observation, never counts one twice.
func (s *Service) Settle(ctx context.Context, account string, kind Kind, attempt string, outcome Outcome) error {
	collection, id := assessments.In(s.DB, account), assessmentID(account, kind, attempt)
	before, err := collection.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && before.Outcome != "" {
		return nil
	}
	if err != nil {
		return err
	}
	err = collection.Update(ctx, id, store.Set("outcome", outcome).Unset("place"), store.Exists("outcome", false))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	zone, err := s.Zones.Zone(ctx, account)
	if err != nil {
		return err
	}
	a := before.attempt(zone)
	s.change(ctx, a, func(part Part, habits *Habits) { habits.Learn(part, a, outcome) })
	if outcome != Succeeded {
		return nil
	}
	return s.minds.with(ctx, account, func(model *Model) { model.See(before.Signals) })
}

// profileID is the key of a part's profile.
func profileID(account string, part Part) string {
	return account + ":" + string(part.Role) + ":" + strconv.FormatUint(uint64(part.Who), 36)
}

// profiles reads the habits of all that take part in an attempt.
func (s *Service) profiles(ctx context.Context, a Attempt) (Profiles, error) {
	parts := a.Parts()
	keys := make([]string, len(parts))
	byKey := make(map[string]Part, len(parts))
	for i, part := range parts {
		keys[i] = profileID(a.Account, part)
		byKey[keys[i]] = part
	}
	documents, err := profiles.In(s.DB, a.Account).GetMany(ctx, keys...)
	if err != nil {
		return nil, err
	}
	found := make(Profiles, len(documents))
	for i := range documents {
		found[byKey[documents[i].ID]] = &documents[i].Habits
	}
	return found, nil
}

// ForgetDevice has a device be new to a subscriber again: they were signed out
// there.
func (s *Service) ForgetDevice(ctx context.Context, account, subscriber string, device Fingerprint) error {
	part := Part{OfSubscriber, FingerprintOf(account, "subscriber", subscriber)}
	known, err := profiles.In(s.DB, account).GetMany(ctx, profileID(account, part))
	if err != nil || len(known) == 0 {
		return err
	}
	return s.folds.fold(ctx, account, part, s.now(), func(habits *Habits) { habits.Devices.forget(device) })
}

// change changes all profiles that an attempt concerns. That one could not be
// changed is logged and no more: it is one observation among many, and nobody's
// payment should fail for it.
func (s *Service) change(ctx context.Context, a Attempt, how func(Part, *Habits)) {
	var group sync.WaitGroup
	for _, part := range a.Parts() {
		group.Go(func() {
			err := s.folds.fold(ctx, a.Account, part, a.At, func(habits *Habits) { how(part, habits) })
			if err != nil {
				s.Logger.WarnContext(ctx, "risk: profile not changed", "account", a.Account, "role", part.Role, "error", err)
			}
		})
	}
	group.Wait()
}

// Get finds an assessment by its key. Errors: ErrNoAssessment.
func (s *Service) Get(ctx context.Context, account, key string) (Assessment, error) {
	found, err := assessments.In(s.DB, account).Get(ctx, account+":"+key)
	if errors.Is(err, store.ErrNotFound) {
		return Assessment{}, ErrNoAssessment
	}
	return found, err
}

// Latest lists assessments, newest first.
func (s *Service) Latest(ctx context.Context, account string, limit int, after store.Cursor) ([]Assessment, store.Cursor, error) {
	return assessments.In(s.DB, account).Find(ctx, store.Query{}.By("-at").Top(limit).From(after))
}

// Run keeps models in the store and finishes reviews, until ctx ends.
func (s *Service) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			// What was learned since the last time is worth one more write.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			s.report(last, "models not saved", s.minds.save(last))
			return
		case <-ticker.C:
			s.report(ctx, "models not saved", s.minds.save(ctx))
			_, err := s.Recover(ctx)
			s.report(ctx, "reviews not finished", err)
		}
	}
}

func (s *Service) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Logger.ErrorContext(ctx, fmt.Sprintf("risk: %s", what), "error", err)
	}
}
