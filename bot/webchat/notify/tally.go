package notify

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plaza/store"
)

// tally counts an account's notifications of a day, in UTC.
type tally struct {
	ID        string    `bson:"_id"` // account + ":" + day
	Account   string    `bson:"account"`
	Told      int64     `bson:"told"`
	Gone      int64     `bson:"gone"`
	Failed    int64     `bson:"failed"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var tallies = store.Declare[tally](store.Schema{
	Name: "notify_tallies", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

const keepTally = 60 * 24 * time.Hour

func (s *Service) tally(ctx context.Context, account string, outcome Outcome) error {
	field := "failed"
	switch outcome {
	case Taken:
		field = "told"
	case Gone:
		field = "gone"
	}
	now := s.now()
	_, err := tallies.In(s.DB, account).Upsert(ctx, tallyID(account, now), store.Inc(field, 1).Set("expires_at", now.Add(keepTally)))
	return err
}

func tallyID(account string, at time.Time) string { return account + ":" + at.Format(time.DateOnly) }

// Today is what became of an account's notifications since midnight, UTC.
type Today struct {
	Told   int64 // that a push service took
	Failed int64 // that none took, for good
}

// Today counts.
func (s *Service) Today(ctx context.Context, account string) (Today, error) {
	found, err := tallies.In(s.DB, account).Get(ctx, tallyID(account, s.now()))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return Today{found.Told, found.Failed}, err
}

// metrics shows the operator how notifying goes on this node. It has no labels
// for accounts: there may be thousands.
type metrics struct{ calls *prometheus.CounterVec }

func newMetrics() *metrics {
	return &metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plaza_notifications_total",
		Help: "Calls of browsers' push services, by outcome and whether they are tried again.",
	}, []string{"outcome", "again"})}
}

func (m *metrics) count(outcome Outcome, again bool) {
	word := "no"
	if again {
		word = "yes"
	}
	m.calls.WithLabelValues(string(outcome), word).Inc()
}

// Metrics are the calls of push services, for Prometheus.
func (s *Service) Metrics() prometheus.Collector { return s.metrics.calls }
