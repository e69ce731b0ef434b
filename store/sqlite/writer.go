package sqlite

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

const (
	// maxGroup bounds the jobs that are committed together.
	maxGroup = 1024
	// maxGroupBytes ends a group early, so that nobody waits for a flood.
	maxGroupBytes = 16 << 20
	// maxJob bounds the operations of one job; longer lists go in several.
	maxJob = 2000
)

// job is something to do on the writing connection, inside a transaction that
// it may share with others. An error of run is the database's own (disk full):
// the transaction is rolled back and all who shared it hear of it. What
// concerns one operation alone goes into that operation's result.
type job struct {
	run   func(*writer) error
	bytes int
	done  chan error
}

// writer is the writing connection, inside a transaction.
type writer struct {
	*conn
	// changed are the documents as the transaction leaves them; nil: gone.
	changed map[cacheKey]bson.Raw
}

// submit has a job done and returns when it is durable. A caller that gives up
// does not take the job back: it may still happen.
func (e *Engine) submit(ctx context.Context, bytes int, run func(*writer) error) error {
	queued := &job{run: run, bytes: bytes, done: make(chan error, 1)}
	if err := e.enqueue(ctx, queued); err != nil {
		return err
	}
	select {
	case err := <-queued.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Engine) enqueue(ctx context.Context, queued *job) error {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if e.closed {
		return store.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case e.queue <- queued:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write does jobs until the queue is closed and empty.
func (e *Engine) write(writing *conn) {
	for first := range e.queue {
		g := &group{}
		g.add(first)
		e.gather(g)
		err := e.commit(writing, g)
		if err != nil {
			e.options.Logger.Error("write failed", "jobs", len(g.jobs), "error", err)
		}
		for _, queued := range g.jobs {
			queued.done <- err
		}
	}
	if err := writing.close(); err != nil {
		e.options.Logger.Error("closing the store", "error", err)
	}
}

// group is jobs that are committed together.
type group struct {
	jobs  []*job
	bytes int
}

func (g *group) add(queued *job) {
	g.jobs = append(g.jobs, queued)
	g.bytes += queued.bytes
}

// gather adds to a group what has queued up.
func (e *Engine) gather(g *group) {
	for len(g.jobs) < maxGroup && g.bytes < maxGroupBytes {
		select {
		case next, open := <-e.queue:
			if !open {
				return
			}
			g.add(next)
		default:
			return
		}
	}
}

// commit does jobs in one transaction: those there are, and those that arrive
// while it works, because the flush at the end costs the same for all.
func (e *Engine) commit(writing *conn, g *group) error {
	if _, err := writing.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	w := &writer{conn: writing, changed: map[cacheKey]bson.Raw{}}
	for done := 0; done < len(g.jobs); done++ {
		if err := g.jobs[done].run(w); err != nil {
			return errors.Join(err, rollback(writing))
		}
		if done == len(g.jobs)-1 {
			e.gather(g)
		}
	}
	e.cache.begin(w.changed)
	if _, err := writing.exec("COMMIT"); err != nil {
		err = errors.Join(err, rollback(writing))
		e.cache.end(nil)
		return err
	}
	e.cache.end(w.changed)
	return nil
}

func rollback(writing *conn) error {
	_, err := writing.exec("ROLLBACK")
	return err
}

// Apply carries out operations in order.
func (e *Engine) Apply(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	for _, operation := range operations {
		if _, err := e.collection(operation.Schema); err != nil {
			return nil, err
		}
	}
	results := make([]store.Result, 0, len(operations))
	for len(operations) > 0 {
		part := operations[:min(maxJob, len(operations))]
		operations = operations[len(part):]
		done, err := e.applyTogether(ctx, part)
		if err != nil {
			return nil, err
		}
		results = append(results, done...)
	}
	return results, nil
}

func (e *Engine) applyTogether(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	results := make([]store.Result, len(operations))
	size := 0
	for _, operation := range operations {
		size += len(operation.Document) + 256
	}
	err := e.submit(ctx, size, func(w *writer) error {
		for i, operation := range operations {
			if err := ctx.Err(); err != nil { // nobody waits any more
				results[i].Err = err
				continue
			}
			c, err := e.collection(operation.Schema)
			if err != nil {
				return err
			}
			results[i], err = w.apply(c, operation)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// FindAndUpdate changes the first document of plan for which the condition
// holds.
func (e *Engine) FindAndUpdate(ctx context.Context, plan *store.Plan, condition []store.Clause, update store.Update) (bson.Raw, error) {
	c, err := e.collection(plan.Schema)
	if err != nil {
		return nil, err
	}
	selected, err := c.selects(plan)
	if err != nil {
		return nil, err
	}
	var (
		document bson.Raw
		failed   error
	)
	err = e.submit(ctx, 1<<10, func(w *writer) error {
		if failed = ctx.Err(); failed != nil {
			return nil
		}
		n, old, err := w.first(selected, condition)
		if err != nil || old == nil {
			failed = store.ErrNotFound
			return err
		}
		document, failed, err = w.change(c, n, old, update)
		return err
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return document, nil
}

// first finds the first selected document for which the condition holds.
func (w *writer) first(selected selection, condition []store.Clause) (n int64, document bson.Raw, err error) {
	const all = -1
	err = w.documents(selected, all, func(row int64, candidate bson.Raw) (bool, error) {
		holds, err := matches(candidate, condition)
		if holds {
			n, document = row, candidate
		}
		return !holds, err
	})
	return n, document, err
}
