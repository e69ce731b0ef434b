// Package usage counts how often platforms are called, for the pages that show
// it beside what the platforms say themselves.
package usage

import (
	"context"
	"sync"
	"time"
)

// Store keeps counts where all nodes find them.
type Store interface {
	// AddUsage adds to the counts of an account in a period ("2026-05-01").
	AddUsage(ctx context.Context, account, period string, counts map[string]int64) error
	// Usage reads the counts of a period.
	Usage(ctx context.Context, account, period string) (map[string]int64, error)
}

// Counter gathers counts, so that a call is not one more write: they are handed
// to the store now and then. A crash costs a few of them. It is safe for
// concurrent use.
type Counter struct {
	store  Store
	now    func() time.Time
	zone   *time.Location
	layout string

	mu      sync.Mutex
	flushed time.Time
	pending map[key]map[string]int64
}

type key struct{ account, period string }

// New makes a counter. Its periods are what layout leaves of the time in a zone:
// days with time.DateOnly. With a nil store it counts nothing.
func New(store Store, now func() time.Time, zone *time.Location, layout string) *Counter {
	return &Counter{store: store, now: now, zone: zone, layout: layout, pending: make(map[key]map[string]int64)}
}

func (c *Counter) period() string { return c.now().In(c.zone).Format(c.layout) }

// Count adds to what is gathered.
func (c *Counter) Count(account, name string, by int64) {
	if c.store == nil {
		return
	}
	k := key{account, c.period()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[k] == nil {
		c.pending[k] = make(map[string]int64)
	}
	c.pending[k][name] += by
}

// Counts are those of the present period, by name; none without a store.
func (c *Counter) Counts(ctx context.Context, account string) (map[string]int64, error) {
	if c.store == nil {
		return nil, nil
	}
	if err := c.Flush(ctx); err != nil {
		return nil, err
	}
	return c.store.Usage(ctx, account, c.period())
}

// flushPause is how often counts are handed over at most.
const flushPause = 10 * time.Second

// FlushIfDue hands over what has gathered, now and then.
func (c *Counter) FlushIfDue(ctx context.Context) error {
	now := c.now()
	c.mu.Lock()
	due := now.Sub(c.flushed) >= flushPause
	if due {
		c.flushed = now
	}
	c.mu.Unlock()
	if !due {
		return nil
	}
	return c.Flush(ctx)
}

// Flush hands over what has gathered; what the store does not take is kept.
func (c *Counter) Flush(ctx context.Context) (failed error) {
	if c.store == nil {
		return nil
	}
	c.mu.Lock()
	gathered := c.pending
	c.pending = make(map[key]map[string]int64)
	c.mu.Unlock()
	for k, counts := range gathered {
		err := c.store.AddUsage(ctx, k.account, k.period, counts)
		if err == nil {
			continue
		}
		failed = err
		c.mu.Lock()
		if c.pending[k] == nil {
			c.pending[k] = make(map[string]int64)
		}
		for name, count := range counts {
			c.pending[k][name] += count
		}
		c.mu.Unlock()
	}
	return failed
}
