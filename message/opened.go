package message

import "sync"

// Opened remembers what credentials were decoded into, so that a webhook call
// costs neither JSON nor the setting up of keys. It forgets everything when it
// is full, which bounds it without any bookkeeping; refilling is cheap. The zero
// value is ready, and safe for concurrent use.
type Opened[T any] struct {
	mu    sync.RWMutex
	known map[string]T
}

// maxOpened is how many accounts are remembered.
const maxOpened = 4096

// Find gives what was kept for these credentials.
func (o *Opened[T]) Find(credentials []byte) (found T, ok bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	found, ok = o.known[string(credentials)]
	return found, ok
}

// Keep remembers what these credentials were decoded into.
func (o *Opened[T]) Keep(credentials []byte, made T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= maxOpened {
		o.known = make(map[string]T)
	}
	o.known[string(credentials)] = made
}
