package live

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Watch follows one account: it hands over every event that is written after
// its start, by this node or another, in the order of their numbers, each
// once.
type Watch struct {
	log     *Log
	account string
	deliver func([]Event)
	wake    chan struct{} // one waiting signal is enough
	stop    chan struct{}
	once    sync.Once
	head    atomic.Int64 // the last number known to be given out anywhere
	reached atomic.Int64 // position, to be read without waiting for a delivery

	// Of the watch's goroutine alone: a number that is awaited, and since when.
	awaited int64
	since   time.Time

	posted map[string]string // of the polling goroutine alone: the signals of the last look

	mu       sync.Mutex // held during delivery
	position int64      // delivered up to here
	signals  func(Signal)
	looked   bool // which signals were posted before it began

	inbox   sync.Mutex
	pending []segment // written by this node, not delivered yet
	events  int       // in pending
	behind  bool      // pending is not all there is: read the store
}

// maxPending bounds the events that wait in memory for a slow delivery; what
// is beyond is read from the store when its turn comes.
const maxPending = 1024

// Watch starts to follow an account from the last event that is durable now.
// deliver is called by one goroutine at a time and must not call the Watch or
// wait for long. Close the Watch when done.
func (l *Log) Watch(ctx context.Context, account string, deliver func([]Event)) (*Watch, error) {
	w := &Watch{log: l, account: account, deliver: deliver, behind: true,
		wake: make(chan struct{}, 1), stop: make(chan struct{})}
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return nil, ErrClosed
	}
	if l.watches[account] == nil {
		l.watches[account] = make(map[*Watch]struct{})
	}
	l.watches[account][w] = struct{}{}
	l.closed.Add(1)
	l.mu.Unlock()

	position, err := l.written(ctx, account)
	if err != nil {
		l.closed.Done()
		w.Close()
		return nil, err
	}
	w.position = position
	w.reached.Store(position)
	w.signal() // for what was told meanwhile and went unheard
	go w.run()
	return w, nil
}

// Close ends the watch. A delivery that is under way may still finish.
func (w *Watch) Close() {
	w.once.Do(func() {
		w.log.mu.Lock()
		delete(w.log.watches[w.account], w)
		if len(w.log.watches[w.account]) == 0 {
			delete(w.log.watches, w.account)
		}
		w.log.mu.Unlock()
		close(w.stop)
	})
}

// Sync calls f with the number up to which events have been delivered, while
// no delivery is under way: what f adds or removes sees exactly the events
// above it.
func (w *Watch) Sync(f func(position int64)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w.position)
}

// startSegments is how far back a starting watch looks for a hole.
const startSegments = 64

// written is the number up to which everything is written. Where other nodes
// write, a segment may still be missing before the last one: the watch starts
// in front of the hole and waits for it, or seals it, as for any other.
func (l *Log) written(ctx context.Context, account string) (int64, error) {
	newest, err := l.newestSegments(ctx, account, startSegments)
	if err != nil {
		return 0, err
	}
	if len(newest) == 0 {
		return l.emptyStart(ctx, account)
	}
	position := newest[0].Last
	for i := 1; i < len(newest); i++ {
		if newest[i].Last+1 < newest[i-1].First {
			position = newest[i].Last
		}
	}
	return position, nil
}

// emptyStart is where a watch starts that finds no events: they have all
// expired, or the first are just being written. Where other nodes write, the
// second may be so for as long as a gap is waited for; then the last number is
// sealed, so that its taker, if there still is one, takes a new one.
func (l *Log) emptyStart(ctx context.Context, account string) (int64, error) {
	last, err := l.lastNumber(ctx, account)
	if err != nil || last == 0 || !l.shared {
		return last, err
	}
	wait := time.NewTimer(l.options.Gap)
	defer wait.Stop()
	poll := time.NewTicker(l.options.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("live: watch: %w", ctx.Err())
		case <-wait.C:
			if err := l.seal(ctx, account, last, last); err != nil {
				return 0, err
			}
		case <-poll.C:
		}
		newest, err := l.newestSegments(ctx, account, 1)
		if err != nil {
			return 0, err
		}
		if len(newest) > 0 {
			return newest[0].First - 1, nil
		}
	}
}

// tell hands a segment this node has written to the account's watches.
func (l *Log) tell(s segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.watches[s.Account] {
		w.offer(s)
	}
}

func (w *Watch) offer(s segment) {
	w.inbox.Lock()
	if w.behind || w.events+len(s.Events) > maxPending {
		w.pending, w.events, w.behind = nil, 0, true
	} else {
		w.pending = append(w.pending, s)
		w.events += len(s.Events)
	}
	w.inbox.Unlock()
	w.signal()
}

func (w *Watch) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
