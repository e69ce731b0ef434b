package bot

import (
	"context"
	"sync"
)

// calls are the messages being handled in this process. A platform's retry
// that arrives meanwhile waits for the first call instead of starting again.
type calls struct {
	mu      sync.Mutex
	running map[string]*call
}

// call is one message being handled.
type call struct {
	done   chan struct{}
	answer Answer
	err    error

	mu        sync.Mutex
	settled   bool // it is decided how the answer travels
	abandoned bool // nobody waits: it travels by the outbox
}

// join finds or begins the call for a message; first tells which.
func (c *calls) join(id string) (running *call, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if running = c.running[id]; running != nil {
		return running, false
	}
	if c.running == nil {
		c.running = make(map[string]*call)
	}
	running = &call{done: make(chan struct{})}
	c.running[id] = running
	return running, true
}

// end gives those who wait the outcome of a call. Only the first one counts.
func (c *calls) end(id string, ended *call, answer Answer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[id] != ended {
		return
	}
	delete(c.running, id)
	ended.answer, ended.err = answer, err
	close(ended.done)
}

// wait returns the answer, or Later when ctx ends before it is decided how the
// answer travels: from then on it goes by the outbox. Once it is decided that it
// travels in the response, wait stays for the record to become durable.
func (c *call) wait(ctx context.Context) (Answer, error) {
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
	}
	if c.abandon() {
		return Answer{Later: true}, nil
	}
	<-c.done
	return c.answer, c.err
}

// abandon says that nobody waits any more, unless it is too late for that.
func (c *call) abandon() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.settled {
		c.abandoned = true
	}
	return c.abandoned
}

// settle decides how the answer travels, once and for all: in the response if
// somebody still waits.
func (c *call) settle() (passive bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = true
	return !c.abandoned
}
