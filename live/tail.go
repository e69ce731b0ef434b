package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// readTimeout bounds one look into the store.
const readTimeout = 10 * time.Second

// run delivers until the watch or the log is closed.
func (w *Watch) run() {
	defer w.log.closed.Done()
	for {
		select {
		case <-w.stop:
			return
		case <-w.log.closing:
			return
		case <-w.wake:
		}
		if err := w.catchUp(); err != nil {
			w.log.options.Logger.Warn("live: cannot read events, trying again",
				"account", w.account, "error", err)
			w.later(time.Second)
		}
	}
}

// later looks into the store again after a while.
func (w *Watch) later(after time.Duration) {
	w.inbox.Lock()
	w.behind = true
	w.inbox.Unlock()
	time.AfterFunc(after, w.signal)
}

// catchUp delivers what this node has written, from memory, and reads what is
// missing before, between and after from the store.
func (w *Watch) catchUp() error {
	w.inbox.Lock()
	pending, behind := w.pending, w.behind
	w.pending, w.events, w.behind = nil, 0, false
	w.inbox.Unlock()
	for _, s := range pending {
		if behind = behind || !w.take(s); behind {
			break
		}
	}
	if !behind && w.head.Load() <= w.reached.Load() {
		return nil
	}
	return w.readOn()
}

// take delivers the events of a segment that are new, unless some are missing
// before it.
func (w *Watch) take(s segment) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.First > w.position+1 {
		return false
	}
	if s.Last <= w.position {
		return true
	}
	events := s.Events
	for len(events) > 0 && events[0].Sequence <= w.position {
		events = events[1:]
	}
	w.position = s.Last
	if len(events) > 0 {
		w.deliver(events)
	}
	w.reached.Store(s.Last)
	return true
}

// readOn delivers from the store up to its end, or up to a hole.
func (w *Watch) readOn() error {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	for {
		found, next, err := segments.In(w.log.db, w.account).
			Find(ctx, segmentsAfter(w.account, w.reached.Load()).Top(segmentPage))
		if err != nil {
			return fmt.Errorf("live: tail: %w", err)
		}
		for _, s := range found {
			if !w.take(s) {
				return w.await(ctx, s.First-1)
			}
		}
		if next != "" {
			continue
		}
		if last := w.head.Load(); last > w.reached.Load() {
			return w.await(ctx, last)
		}
		return nil
	}
}

// await waits for the numbers up to through, which another node has taken and
// not written yet, and seals them when it has waited long enough.
func (w *Watch) await(ctx context.Context, through int64) error {
	missing := w.reached.Load() + 1
	if w.awaited != missing {
		w.awaited, w.since = missing, time.Now()
	}
	if time.Since(w.since) < w.log.options.Gap {
		w.later(w.log.options.Poll)
		return nil
	}
	w.awaited = 0
	w.log.options.Logger.Warn("live: event numbers were taken and not used",
		"account", w.account, "first", missing, "last", through)
	err := w.log.seal(ctx, w.account, missing, through)
	w.later(0)
	return err
}

// seal makes sure that nobody writes the numbers from first to last any more.
// It goes downwards, one at a time, and stops where a key is taken: last ends
// a segment, so whoever could still write a segment over lower numbers has
// found its key taken before a number inside it is sealed.
func (l *Log) seal(ctx context.Context, account string, first, last int64) error {
	expires := l.options.Now().UTC().Add(l.options.Retention).Truncate(time.Millisecond)
	for number := last; number >= first; number-- {
		err := segments.In(l.db, account).Insert(ctx, segment{
			ID: segmentKey(account, number), Account: account,
			First: number, Last: number, ExpiresAt: expires,
		})
		if errors.Is(err, store.ErrDuplicate) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("live: seal: %w", err)
		}
	}
	return nil
}

// pollLoop looks for numbers that other nodes have given out in the accounts
// that are watched here.
func (l *Log) pollLoop() {
	ticker := time.NewTicker(l.options.Poll)
	defer ticker.Stop()
	failing := false // an outage is worth one line, not one for each tick
	for {
		select {
		case <-l.closing:
			return
		case <-ticker.C:
		}
		err := l.poll()
		if err != nil && !failing {
			l.options.Logger.Warn("live: cannot look for other nodes' events", "error", err)
		}
		failing = err != nil
	}
}

// pollPage is how many heads are asked for in one trip.
const pollPage = 500

func (l *Log) poll() error {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	watched := l.watched()
	for len(watched) > 0 {
		part := watched[:min(len(watched), pollPage)]
		watched = watched[len(part):]
		found, err := heads.Across(l.db).GetMany(ctx, part...)
		if err != nil {
			return fmt.Errorf("live: poll: %w", err)
		}
		signals := make(map[string]map[string]postedSignal, len(found))
		for _, h := range found {
			signals[h.ID] = h.Signals
			l.noteHead(h)
		}
		for _, account := range part {
			l.noteSignals(account, signals[account])
		}
	}
	return nil
}

func (l *Log) watched() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	accounts := make([]string, 0, len(l.watches))
	for account := range l.watches {
		accounts = append(accounts, account)
	}
	return accounts
}

func (l *Log) noteHead(h head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.watches[h.ID] {
		if h.Last > w.reached.Load() {
			w.head.Store(h.Last)
			w.signal()
		}
	}
}
