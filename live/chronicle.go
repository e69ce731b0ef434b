package live

import (
	"context"
	"maps"
	"sync"

	"plaza/store"
)

// chronicle is the log of a store that only this process writes to. The store
// enters the events of everybody whose writes share a commit as one, so a
// segment is durable together with what it tells of, and costs no flush of its
// own.
type chronicle struct {
	log *Log

	mu    sync.Mutex
	heads map[string]int64 // the last number given out, of accounts that were written to

	// Of the commit under way; the store's writer's alone.
	entered []segment
	before  map[string]int64 // heads of the accounts in entered, as they were
}

// Commit carries out operations on the store and logs events that tell of them.
// In a store of one process either all of it is durable when Commit returns, or,
// after a crash, none of it; on a shared store the events are written behind the
// operations, and it is only logged if that fails. Like DB.Apply it returns a
// result for each operation; if none of them Happened there are no events.
// Errors: ErrEvent, ErrClosed, those of DB.Apply.
func (l *Log) Commit(ctx context.Context, operations []store.Operation, events ...Event) ([]store.Result, error) {
	for _, event := range events {
		if err := checkEvent(event); err != nil {
			return nil, err
		}
	}
	if l.shared || len(events) == 0 {
		return l.applyThenAppend(ctx, operations, events)
	}
	if !l.enter() {
		return nil, ErrClosed
	}
	defer l.sending.Done()
	if err := l.chronicle.begin(ctx, events); err != nil {
		return nil, err
	}
	size := 0
	for _, event := range events {
		size += sizeOf(event)
	}
	all := append(operations[:len(operations):len(operations)], store.Noting(l.chronicle, events, size))
	results, err := l.db.Apply(ctx, all...)
	if results == nil {
		return nil, err
	}
	return results[:len(operations)], err
}

func (l *Log) applyThenAppend(ctx context.Context, operations []store.Operation, events []Event) ([]store.Result, error) {
	results, err := l.db.Apply(ctx, operations...)
	if results == nil && err != nil || !store.Happened(results) {
		return results, err
	}
	if failed := l.Append(ctx, events...); failed != nil {
		l.options.Logger.Error("events not logged", "account", events[0].Account, "error", failed)
	}
	return results, err
}

// begin learns the last numbers of the accounts that events happened in.
func (c *chronicle) begin(ctx context.Context, events []Event) error {
	for i, event := range events {
		if i > 0 && event.Account == events[i-1].Account || c.knows(event.Account) {
			continue
		}
		last, err := c.log.lastNumber(ctx, event.Account)
		if err != nil {
			return err
		}
		c.mu.Lock()
		if _, known := c.heads[event.Account]; !known {
			c.heads[event.Account] = last
		}
		c.mu.Unlock()
	}
	return nil
}

func (c *chronicle) knows(account string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.heads[account]
	return known
}

// Write makes a segment, or a few, of the events of each account.
func (c *chronicle) Write(notes []any) []store.Operation {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entered, c.before = nil, make(map[string]int64)
	lists := make([][]Event, len(notes))
	for i, note := range notes {
		lists[i] = note.([]Event)
	}
	var operations []store.Operation
	for _, b := range batchByAccount(lists) {
		c.before[b.account] = c.heads[b.account]
		for _, s := range c.log.cut(b.account, b.events, c.heads[b.account]+1) {
			operations = append(operations, segments.In(c.log.db, b.account).Inserting(s))
			c.entered = append(c.entered, s)
			c.heads[b.account] = s.Last
		}
		operations = append(operations, heads.In(c.log.db, b.account).
			Upserting(b.account, store.Max("last", c.heads[b.account])))
	}
	return operations
}

// Written tells the watches, or takes the numbers back.
func (c *chronicle) Written(err error) {
	if err != nil {
		c.mu.Lock()
		maps.Copy(c.heads, c.before)
		c.mu.Unlock()
		return
	}
	for _, s := range c.entered {
		c.log.tell(s)
	}
}
