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

// Open gives what was made of these credentials before, or else decodes
// them and keeps what comes of it, unless that fails.
func (o *Opened[T]) Open(credentials []byte, decode func([]byte) (T, error)) (T, error) {
	if found, ok := o.find(credentials); ok {
		return found, nil
	}
	made, err := decode(credentials)
	if err == nil {
		o.keep(credentials, made)
	}
	return made, err
}

func (o *Opened[T]) find(credentials []byte) (found T, ok bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	found, ok = o.known[string(credentials)]
	return found, ok
}

func (o *Opened[T]) keep(credentials []byte, made T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= maxOpened {
		o.known = make(map[string]T)
	}
	o.known[string(credentials)] = made
}
