package reconcile

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/store"
)

// RunState is how far a day's reconciliation has come.
type RunState string

// The states of a run.
const (
	Running RunState = "running"
	Waiting RunState = "waiting" // the bill is not out yet
	Failing RunState = "failing" // Problem says why; it is tried again
	Done    RunState = "done"
	Missed  RunState = "missed" // the bill can't be had any more
)

// Sums are what a bill adds up to in one currency, in minor units.
type Sums struct {
	Taken int64 `bson:"taken" json:"taken"`
	Given int64 `bson:"given" json:"given"` // refunds
	Fees  int64 `bson:"fees" json:"fees"`
}

// Run is the reconciliation of one day with one provider.
type Run struct {
	ID       string   `bson:"_id" json:"-"` // account + ":" + provider + ":" + day
	Account  string   `bson:"account" json:"-"`
	Provider string   `bson:"provider" json:"provider"`
	Day      string   `bson:"day" json:"day"` // the provider's: "2026-05-04"
	State    RunState `bson:"state" json:"state"`
	Tally    `bson:",inline"`
	// Problem is why it does not get on: the code of a fault.
	Problem   string     `bson:"problem,omitempty" json:"problem,omitempty"`
	Tries     int64      `bson:"tries" json:"tries"`
	StartedAt time.Time  `bson:"started_at" json:"started_at"`
	EndedAt   *time.Time `bson:"ended_at,omitempty" json:"ended_at,omitempty"`
}

// Tally are a run's counts, as far as it has come.
type Tally struct {
	// Lines of the bill that were read. Digest is over all of them: whoever goes on
	// reads them again and sees whether it is the same bill.
	Lines  int64  `bson:"lines" json:"lines"`
	Digest []byte `bson:"digest,omitempty" json:"-"`
	// Foreign lines are of payments that never were Plaza's: the merchant uses the
	// same contract elsewhere.
	Foreign int64 `bson:"foreign" json:"foreign"`
	Matched int64 `bson:"matched" json:"matched"`
	Settled int64 `bson:"settled" json:"settled"` // paid there, and here only now
	// Found counts differences by kind.
	Found map[Kind]int64 `bson:"found,omitempty" json:"found,omitempty"`
	// Sums are of what is Plaza's, by currency.
	Sums map[string]Sums `bson:"sums,omitempty" json:"sums,omitempty"`
}

func (t *Tally) found(kind Kind) {
	if t.Found == nil {
		t.Found = map[Kind]int64{}
	}
	t.Found[kind]++
}

// Differs is how many differences were found.
func (t Tally) Differs() (sum int64) {
	for _, count := range t.Found {
		sum += count
	}
	return sum
}

func (t *Tally) add(line pay.BillLine) {
	if t.Sums == nil {
		t.Sums = map[string]Sums{}
	}
	sums := t.Sums[line.Amount.Currency]
	if line.RefundNo == "" {
		sums.Taken += line.Amount.Minor
	} else {
		sums.Given += line.Amount.Minor
	}
	sums.Fees += line.Fee.Minor
	t.Sums[line.Amount.Currency] = sums
}

var runs = store.Declare[Run](store.Schema{
	Name: "reconciliation_runs", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"-day"}}},
})

// position is how far an account has come with a provider, and the queue's
// entry for what comes next.
type position struct {
	ID       string `bson:"_id"` // account + ":" + provider
	Account  string `bson:"account"`
	Provider string `bson:"provider"`
	First    string `bson:"first"` // day that was reconciled first
	Next     string `bson:"next"`  // day to be reconciled
	// Again are days that a member wants to be reconciled once more.
	Again []string  `bson:"again,omitempty"`
	Due   time.Time `bson:"due"`
	Tries int64     `bson:"tries"`
}

var positions = store.Declare[position](store.Schema{
	Name: "reconciliation_positions", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"due"}, Across: true}},
})

// day is which day comes next.
func (p position) day() string {
	if len(p.Again) > 0 {
		return p.Again[0]
	}
	return p.Next
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{runs.Schema(), positions.Schema(), differences.Schema()}
}

// The faults of runs.
var (
	ErrNoRun   = fault.New(fault.NotFound, "books_run_not_found", "This day has not been reconciled.")
	errProblem = fault.New(fault.Unavailable, "books_problem", "The bill could not be fetched. It is tried again.")
	errLost    = errors.New("reconcile: lease lost")
)

// Runs lists an account's runs, the latest day first.
func (s *Service) Runs(ctx context.Context, account string, after store.Cursor, limit int) ([]Run, store.Cursor, error) {
	return runs.In(s.DB, account).Find(ctx, store.Query{}.By("-day").Top(limit).From(after))
}

// RunOf finds the run of a day. Errors: ErrNoRun.
func (s *Service) RunOf(ctx context.Context, account, provider, day string) (Run, error) {
	found, err := runs.In(s.DB, account).Get(ctx, account+":"+provider+":"+day)
	if errors.Is(err, store.ErrNotFound) {
		return found, ErrNoRun
	}
	return found, err
}

// Again reconciles a day once more, soon. Errors: ErrNoRun.
func (s *Service) Again(ctx context.Context, account, provider, day string) error {
	if _, err := s.RunOf(ctx, account, provider, day); err != nil {
		return err
	}
	err := positions.In(s.DB, account).Update(ctx, account+":"+provider,
		store.AddToSet("again", day).Set("due", s.now()).Set("tries", 0))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoRun
	}
	return err
}

// Fees are what a provider has kept, by day of its bills, of all days before
// one; minor units of a currency.
func (s *Service) Fees(ctx context.Context, account, provider, currency, until string) (map[string]int64, error) {
	fees, begin := map[string]int64{}, account+":"+provider+":"
	for run, err := range runs.In(s.DB, account).Each(ctx, store.Where(store.Gte("_id", begin), store.Lt("_id", begin+until))) {
		if err != nil {
			return nil, err
		}
		if fee := run.Sums[currency].Fees; fee != 0 {
			fees[run.Day] = fee
		}
	}
	return fees, nil
}
