package bot

import (
	"context"
	"sync"
)

// turns is a lock per key that serves in order of arrival: the messages of one
// subscriber are handled one after the other, in the order they came in.
type turns struct {
	mu    sync.Mutex
	tails map[string]*turn
}

// turn is one place in a queue.
type turn struct {
	key    string
	before <-chan struct{} // closed when it is our turn; nil: at once
	done   chan struct{}
}

// join takes the last place in the queue of key. It never blocks; whoever joins
// must wait and leave.
func (t *turns) join(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tails == nil {
		t.tails = make(map[string]*turn)
	}
	place := &turn{key: key, done: make(chan struct{})}
	if tail := t.tails[key]; tail != nil {
		place.before = tail.done
	}
	t.tails[key] = place
	return place
}

// wait returns when it is the turn's turn, or ctx ends: then the place must
// still be left, which happens by itself once those before it are done.
func (t *turns) wait(ctx context.Context, place *turn) error {
	if place.before == nil {
		return nil
	}
	select {
	case <-place.before:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives way to the next.
func (t *turns) leave(place *turn) {
	if place.before != nil {
		select {
		case <-place.before:
		default: // gave up waiting: hand on when those before are done
			go func() {
				<-place.before
				t.end(place)
			}()
			return
		}
	}
	t.end(place)
}

func (t *turns) end(place *turn) {
	t.mu.Lock()
	if t.tails[place.key] == place {
		delete(t.tails, place.key)
	}
	t.mu.Unlock()
	close(place.done)
}
