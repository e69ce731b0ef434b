package wechat

import (
	"context"
	"sync"
	"time"
)

// UsageStore keeps how many calls an account has made on a day, for all nodes.
type UsageStore interface {
	// AddUsage adds to the counts of a day ("2026-05-01", in Beijing), by path.
	AddUsage(ctx context.Context, appID, day string, counts map[string]int64) error
	// Usage reads the counts of a day.
	Usage(ctx context.Context, appID, day string) (map[string]int64, error)
}

// usage gathers counts, so that a call is not one more write: they are handed
// to the store now and then. A crash costs a few of them.
type usage struct {
	store UsageStore
	now   func() time.Time

	mu      sync.Mutex
	flushed time.Time
	pending map[usageKey]map[string]int64
}

type usageKey struct{ appID, day string }

func newUsage(store UsageStore, now func() time.Time) *usage {
	return &usage{store: store, now: now, pending: make(map[usageKey]map[string]int64)}
}

// beijing is the zone in which WeChat's days begin; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

func (u *usage) today() string { return u.now().In(beijing).Format(time.DateOnly) }

func (u *usage) count(appID, path string) {
	if u.store == nil {
		return
	}
	key := usageKey{appID, u.today()}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.pending[key] == nil {
		u.pending[key] = make(map[string]int64)
	}
	u.pending[key][path]++
}

// flushPause is how often counts are handed over at most.
const flushPause = 10 * time.Second

// flushIfDue hands over what has gathered, now and then.
func (u *usage) flushIfDue(ctx context.Context) error {
	if u.store == nil {
		return nil
	}
	now := u.now()
	u.mu.Lock()
	due := now.Sub(u.flushed) >= flushPause
	if due {
		u.flushed = now
	}
	u.mu.Unlock()
	if !due {
		return nil
	}
	return u.flush(ctx)
}

// flush hands over what has gathered; what the store does not take is kept.
func (u *usage) flush(ctx context.Context) (failed error) {
	u.mu.Lock()
	gathered := u.pending
	u.pending = make(map[usageKey]map[string]int64)
	u.mu.Unlock()
	for key, counts := range gathered {
		err := u.store.AddUsage(ctx, key.appID, key.day, counts)
		if err == nil {
			continue
		}
		failed = err
		u.mu.Lock()
		if u.pending[key] == nil {
			u.pending[key] = make(map[string]int64)
		}
		for path, count := range counts {
			u.pending[key][path] += count
		}
		u.mu.Unlock()
	}
	return failed
}
