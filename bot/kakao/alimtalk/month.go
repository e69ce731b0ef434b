package alimtalk

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/store"
)

// Month counts an account's notices of one month: those handed to the dealer,
// by which they are paid for, and how they ended. A crash may count one too
// many as handed over, never one too few.
type Month struct {
	ID        string `bson:"_id" json:"-"` // account + ":" + 2006-01
	Account   string `bson:"account" json:"-"`
	Handed    int64  `bson:"handed" json:"handed"`
	Delivered int64  `bson:"delivered" json:"delivered"`
	Replaced  int64  `bson:"replaced" json:"replaced"` // by a short message
	Failed    int64  `bson:"failed" json:"failed"`
	Lost      int64  `bson:"lost" json:"lost"` // the dealer has never said how
}

var months = store.Declare[Month](store.Schema{Name: "alimtalk_months", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// ErrMonth: the account's own limit is reached.
var ErrMonth = fault.New(fault.Conflict, "kakao_month", "This month's {0} notices are used up. Raise the limit, or wait for the next month.")

func (s *Service) monthID(account string, at time.Time) string {
	return account + ":" + at.In(seoul).Format("2006-01")
}

// Month is this month's.
func (s *Service) Month(ctx context.Context, account string) (Month, error) {
	found, err := months.In(s.DB, account).Get(ctx, s.monthID(account, s.now()))
	if errors.Is(err, store.ErrNotFound) {
		return Month{}, nil
	}
	return found, err
}

// reserve counts one notice that is about to be paid for, in the month of at.
// Errors: ErrMonth.
func (s *Service) reserve(ctx context.Context, account string, at time.Time, limit int64) error {
	id := s.monthID(account, at)
	if limit == 0 {
		_, err := months.In(s.DB, account).Upsert(ctx, id, store.Inc("handed", 1))
		return err
	}
	within, err := store.AddWithin(ctx, months.In(s.DB, account), Month{ID: id, Account: account}, id, "handed", 1, limit)
	if err == nil && !within {
		return fault.New(ErrMonth.Kind, ErrMonth.Code, ErrMonth.Text, limit)
	}
	return err
}

// unreserve takes the count of a notice back that the dealer was never given, from
// the month that it was reserved in.
func (s *Service) unreserve(ctx context.Context, account string, at time.Time) error {
	_, err := months.In(s.DB, account).Upsert(ctx, s.monthID(account, at), store.Inc("handed", -1))
	return err
}

var counters = map[Outcome]string{Delivered: "delivered", Replaced: "replaced", Failed: "failed", Lost: "lost"}

func (s *Service) count(ctx context.Context, n Notice) error {
	_, err := months.In(s.DB, n.Account).Upsert(ctx, s.monthID(n.Account, n.CreatedAt), store.Inc(counters[n.State], 1))
	return err
}
