package kakao

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// Memory is what the channel remembers between calls, for all nodes: callback
// addresses, knocks under way, people's other names. What it holds may be lost;
// the cost is a message that waits for the person's next call.
type Memory interface {
	// Get gives what was put under the key; nil if there is nothing or its time
	// is over.
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte, until time.Time) error
	// Take is Get and forgets. Of several callers at once, one gets it.
	Take(ctx context.Context, key string) ([]byte, error)
}

// memory is the Memory of a single process. It forgets everything when it is
// full.
type memory struct {
	mu    sync.Mutex
	now   func() time.Time
	known map[string]remembered
}

type remembered struct {
	value []byte
	until time.Time
}

const maxRemembered = 1 << 16

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(key), nil
}

func (m *memory) get(key string) []byte {
	if found := m.known[key]; m.now().Before(found.until) {
		return bytes.Clone(found.value)
	}
	return nil
}

func (m *memory) Put(_ context.Context, key string, value []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = make(map[string]remembered)
	}
	m.known[key] = remembered{bytes.Clone(value), until}
	return nil
}

func (m *memory) Take(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value := m.get(key)
	delete(m.known, key)
	return value, nil
}
