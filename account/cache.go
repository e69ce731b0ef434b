package account

import (
	"sync"
	"time"
)

// cache keeps values for a short time. On one node Forget makes a change seen
// at once; on the others it is seen when the time is over.
type cache[V any] struct {
	now      func() time.Time
	lifetime time.Duration
	limit    int

	mu      sync.RWMutex
	values  map[string]cached[V]
	changes uint64 // rises with every Forget
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[V any](now func() time.Time, lifetime time.Duration, limit int) *cache[V] {
	return &cache[V]{now: now, lifetime: lifetime, limit: limit, values: map[string]cached[V]{}}
}

// Get answers from the cache or loads. Failures are not kept, so nobody can
// fill the cache with names that do not exist.
func (c *cache[V]) Get(key string, load func() (V, error)) (V, error) {
	now := c.now()
	c.mu.RLock()
	found, ok := c.values[key]
	changes := c.changes
	c.mu.RUnlock()
	if ok && now.Before(found.until) {
		return found.value, nil
	}
	value, err := load()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != changes {
		return value, nil // something changed while this was read: maybe this
	}
	if len(c.values) >= c.limit {
		clear(c.values)
	}
	c.values[key] = cached[V]{value, now.Add(c.lifetime)}
	return value, nil
}

// Forget drops values that have changed.
func (c *cache[V]) Forget(keys ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, key := range keys {
		delete(c.values, key)
	}
}
