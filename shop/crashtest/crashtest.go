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

	awake   int           // writes until somebody falls asleep; negative: nobody does
	asleep  chan struct{} // closed when somebody has
	morning chan struct{} // closed when they may go on
}

// Open gives a store with a plug, closed when the test ends.
func Open(t testing.TB, schemas ...*store.Schema) (*store.DB, *Engine) {
	t.Helper()
	plug := &Engine{awake: -1}
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

func (e *Engine) rest() {
	e.mu.Lock()
	e.awake = max(e.awake-1, -2)
	sleep, morning := e.awake == -1 && e.asleep != nil, e.morning
	if sleep {
		close(e.asleep)
		e.asleep = nil
	}
	e.mu.Unlock()
	if sleep {
		<-morning
	}
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

// Apply does what is still allowed.
func (e *Engine) Apply(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	e.rest()
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
	e.rest()
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
