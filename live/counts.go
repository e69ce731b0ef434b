package live

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// counts keeps the numbers of open connections within their limits.
type counts struct {
	perIdentity, perAddress, limit int

	mu         sync.Mutex
	all        int
	identities map[string]int
	addresses  map[string]int
	changed    chan struct{} // closed when the last connection leaves
}

func newCounts(options HubOptions) counts {
	return counts{
		perIdentity: options.PerIdentity,
		perAddress:  options.PerAddress,
		limit:       options.Connections,
		identities:  make(map[string]int),
		addresses:   make(map[string]int),
	}
}

// enter counts a connection in, or answers with the HTTP status that refuses
// it.
func (c *counts) enter(identity Identity) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.all >= c.limit:
		return http.StatusServiceUnavailable
	case identity.Key != "" && c.identities[identity.Key] >= c.perIdentity,
		c.addresses[identity.Address] >= c.perAddress:
		return http.StatusTooManyRequests
	}
	c.all++
	c.identities[identity.Key]++
	c.addresses[identity.Address]++
	return http.StatusOK
}

func (c *counts) leave(identity Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	decrease(c.identities, identity.Key)
	decrease(c.addresses, identity.Address)
	if c.all == 0 && c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

func decrease(counts map[string]int, key string) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

func (c *counts) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// waitEmpty waits until the last connection has left.
func (c *counts) waitEmpty(ctx context.Context) error {
	c.mu.Lock()
	if c.all == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	empty := c.changed
	c.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("live: close: %w", ctx.Err())
	}
}
