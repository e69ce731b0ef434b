// Package crashtest lets tests pull the plug at any point: a store whose writes
// stop after a given number, in the middle of a batch if need be.
package crashtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
	"plaza/store/storetest"
)

// ErrCrashed is what every write answers after the crash.
var ErrCrashed = errors.New("the process died here")

// Engine is an embedded engine with a plug.
type Engine struct {
	store.Engine
	mu    sync.Mutex
	armed bool
	left  int
	lost  bool

	awake   int           // writes until somebody falls asleep
	asleep  chan struct{} // closed when somebody has; nil: nobody will
	morning chan struct{} // closed when they may go on
}

// Open gives a store with a plug, closed when the test ends.
func Open(t testing.TB, schemas ...*store.Schema) (*store.DB, *Engine) {
	t.Helper()
	plug := &Engine{}
	db := storetest.OpenOn(t, func(engine store.Engine) store.Engine { plug.Engine = engine; return plug }, schemas...)
	return db, plug
}

// CrashAfter lets that many more writes happen. With lost, the last of them
// happens but its answer never arrives.
func (e *Engine) CrashAfter(writes int, lost bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed, e.left, e.lost = true, writes, lost
}

// Restart makes writes work again and says whether there had been a crash.
func (e *Engine) Restart() (crashed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	crashed = e.armed && e.left <= 0
	e.armed = false
	return crashed
}

// Sleep makes whoever does the write after that many fall asleep just before
// it, everybody else going on: asleep is closed when that has happened, wake
// lets the sleeper do its write.
func (e *Engine) Sleep(after int) (asleep <-chan struct{}, wake func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.awake, e.asleep, e.morning = after, make(chan struct{}), make(chan struct{})
	return e.asleep, sync.OnceFunc(func() { close(e.morning) })
}

// drowsy counts writes and says before which of them somebody falls asleep: at n
// nobody does.
func (e *Engine) drowsy(n int) (before int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asleep == nil || e.awake >= n {
		e.awake -= n
		return n
	}
	return e.awake
}

// sleep lasts until the morning.
func (e *Engine) sleep() {
	e.mu.Lock()
	morning := e.morning
	close(e.asleep)
	e.asleep = nil
	e.mu.Unlock()
	<-morning
}

// take asks for n writes: how many may happen, and whether to answer after.
func (e *Engine) take(n int) (allowed int, answer bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.armed {
		return n, true
	}
	allowed = min(n, max(e.left, 0))
	e.left -= n
	if e.left > 0 || (e.left == 0 && !e.lost) {
		return allowed, true
	}
	return allowed, false
}

// Apply does what is still allowed. Who falls asleep may do so in the middle of a
// batch, as on a store that other nodes write to.
func (e *Engine) Apply(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	before := e.drowsy(len(operations))
	if before == len(operations) {
		return e.apply(ctx, operations)
	}
	var done []store.Result
	if before > 0 {
		var err error
		if done, err = e.apply(ctx, operations[:before]); err != nil {
			return nil, err
		}
	}
	e.sleep()
	for i, result := range done {
		if operations[i].Guard && result.Err != nil || result.Err == store.ErrSkipped {
			return append(done, store.SkipAll(len(operations)-before)...), nil
		}
	}
	rest, err := e.apply(ctx, operations[before:])
	if err != nil {
		return nil, err
	}
	return append(done, rest...), nil
}

func (e *Engine) apply(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	allowed, answer := e.take(len(operations))
	var results []store.Result
	if allowed > 0 {
		var err error
		if results, err = e.Engine.Apply(ctx, operations[:allowed]); err != nil {
			return nil, err
		}
	}
	if !answer {
		return nil, ErrCrashed
	}
	return results, nil
}

// FindAndUpdate happens if it is still allowed.
func (e *Engine) FindAndUpdate(ctx context.Context, plan *store.Plan, condition []store.Clause, update store.Update) (bson.Raw, error) {
	if e.drowsy(1) == 0 {
		e.sleep()
	}
	allowed, answer := e.take(1)
	if allowed == 0 {
		return nil, ErrCrashed
	}
	document, err := e.Engine.FindAndUpdate(ctx, plan, condition, update)
	if !answer {
		return nil, ErrCrashed
	}
	return document, err
}
