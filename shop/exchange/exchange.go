// Package exchange keeps what an account's currency is worth in others, day by
// day, so that a buyer abroad can pay with what they have (KakaoPay takes won
// only). A rate has a day and a source, is used for a week at most, and is kept
// with every payment that was converted by it. Members type rates, or have those
// taken over that the European Central Bank publishes.
package exchange

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
)

// MaxAge is how many days a rate may be used after its own: over holidays, when
// no new one is published.
const MaxAge = 7

// The faults of rates.
var (
	ErrFuture = fault.New(fault.Invalid, "rate_in_future", "This day has not come yet.").In("day")
	ErrOld    = fault.New(fault.Invalid, "rate_too_old", "A rate older than {0} days is not used any more.", MaxAge).In("day")
	ErrNoRate = fault.New(fault.NotFound, "rate_not_found", "There is no such rate.")
)

// Rate is a rate of an account.
type Rate struct {
	ID         string `bson:"_id" json:"-"` // see rateID
	Account    string `bson:"account" json:"-"`
	money.Rate `bson:",inline"`
	SetAt      time.Time `bson:"set_at" json:"set_at"`
}

var rates = store.Declare[Rate](store.Schema{Name: "exchange_rates", KeyedByAccount: true})

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{rates.Schema(), rules.Schema(), feeds.Schema()}
}

// Zones knows the accounts' time zones.
type Zones interface {
	Zone(ctx context.Context, account string) (*time.Location, error)
}

// Dependencies of a Service. All are needed but the Source: without it nothing
// published is fetched.
type Dependencies struct {
	DB     *store.DB
	Zones  Zones
	Source Source
	Now    func() time.Time
}

// Service keeps rates. Safe for concurrent use.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// today is the day in the account's zone.
func (s *Service) today(ctx context.Context, account string) (time.Time, error) {
	zone, err := s.Zones.Zone(ctx, account)
	if err != nil {
		return time.Time{}, err
	}
	now := s.Now().In(zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC), nil
}

// Set keeps a rate; another one of the same day takes its place. An empty day is
// today. Errors: those of money.Rate, ErrFuture, ErrOld.
func (s *Service) Set(ctx context.Context, account string, rate money.Rate) (Rate, error) {
	today, err := s.today(ctx, account)
	if err != nil {
		return Rate{}, err
	}
	rate.Value, rate.Day = strings.TrimSpace(rate.Value), strings.TrimSpace(rate.Day)
	if rate.Day == "" {
		rate.Day = today.Format(time.DateOnly)
	}
	if err := rate.Check(); err != nil {
		return Rate{}, err
	}
	day, _ := time.Parse(time.DateOnly, rate.Day) // Check has parsed it
	switch {
	case day.After(today):
		return Rate{}, ErrFuture
	case day.Before(today.AddDate(0, 0, -MaxAge)):
		return Rate{}, ErrOld
	}
	return rates.In(s.DB, account).Upsert(ctx, rateID(account, rate.From, rate.To, rate.Day), store.Set("from", rate.From).Set("to", rate.To).Set("value", rate.Value).
		Set("day", rate.Day).Set("source", rate.Source).Set("set_at", s.Now().UTC().Truncate(time.Millisecond)))
}

// List gives an account's rates, by currencies and day.
func (s *Service) List(ctx context.Context, account string, limit int, after store.Cursor) ([]Rate, store.Cursor, error) {
	return rates.In(s.DB, account).Find(ctx, store.Query{}.By("-_id").Top(limit).From(after))
}

// Remove takes a rate back; what was paid by it stays as it is. Errors: ErrNoRate.
func (s *Service) Remove(ctx context.Context, account, from, to, day string) error {
	err := rates.In(s.DB, account).Delete(ctx, rateID(account, from, to, day))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoRate
	}
	return err
}

// Into gives the latest rate out of a currency into each other one, if it is not
// too old, the freshest first.
func (s *Service) Into(ctx context.Context, account, from string) ([]money.Rate, error) {
	fresh, _, err := s.latest(ctx, account, from)
	return fresh, err
}

// Lapsed gives the latest rate out of a currency into each other one, if it is
// too old, the freshest first.
func (s *Service) Lapsed(ctx context.Context, account, from string) ([]money.Rate, error) {
	_, lapsed, err := s.latest(ctx, account, from)
	return lapsed, err
}

// latest gives the latest rate out of a currency into each other one: those that
// may be used, and those that are too old.
func (s *Service) latest(ctx context.Context, account, from string) (fresh, lapsed []money.Rate, _ error) {
	today, err := s.today(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	own, err := s.Rules(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	oldest := today.AddDate(0, 0, -own.Age()).Format(time.DateOnly)
	found, _, err := rates.In(s.DB, account).Find(ctx, store.Where(store.Prefix("_id", account+":"+from+":")).By("-_id").Top(lookAt))
	if err != nil {
		return nil, nil, err
	}
	have := map[string]bool{}
	for _, rate := range found {
		switch {
		case have[rate.To]:
		case rate.Day < oldest:
			lapsed = append(lapsed, rate.Rate)
		default:
			fresh = append(fresh, rate.Rate)
		}
		have[rate.To] = true
	}
	return fresh, lapsed, nil
}

// lookAt is enough for every currency on each day that counts.
const lookAt = 200

// rateID orders the rates out of a currency by day.
func rateID(account, from, to, day string) string {
	return account + ":" + from + ":" + day + ":" + to
}
