package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

const (
	// maxGroup bounds the jobs that are committed together.
	maxGroup = 1024
	// maxGroupBytes ends a group early, so that nobody waits for a flood.
	maxGroupBytes = 16 << 20
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
	changed map[cacheKey]row
	// unwritten are those whose row in the table is not yet what changed says: a
	// document that many change in one transaction, or one job several times, is
	// written once. Its entries in indexes are always true.
	unwritten map[cacheKey]*collection
	cache     *cache
	// notes are what the chronicles have to enter before the commit.
	notes map[store.Chronicle][]any
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
	last := &group{}
	for first := range e.queue {
		g := &group{expected: len(last.jobs), patience: min(last.flush, longestPatience)}
		g.add(first)
		err := e.commit(writing, g)
		last = g
		if err != nil {
			e.options.Logger.Error("write failed", "jobs", len(g.jobs), "error", err)
		}
		for _, queued := range g.jobs {
			queued.done <- err
		}
		e.commits.Add(1)
		e.restartLog(writing)
	}
	if err := writing.close(); err != nil {
		e.options.Logger.Error("closing the store", "error", err)
	}
}

// group is jobs that are committed together.
type group struct {
	jobs  []*job
	bytes int
	flush time.Duration // what the commit took
	// Whoever was in the last group is likely to come back, and most of what a
	// commit costs is the flush. So as long as fewer are here it is worth waiting
	// for them: in all no longer than a flush takes, so that waiting in vain costs
	// no more than a commit of their own would have.
	expected int
	patience time.Duration
	waits    <-chan time.Time
}

// longestPatience bounds the wait where flushing is very slow.
const longestPatience = 5 * time.Millisecond

func (g *group) add(queued *job) {
	g.jobs = append(g.jobs, queued)
	g.bytes += queued.bytes
}

// gather adds to a group the next job, if one is there or worth waiting for.
func (e *Engine) gather(g *group) (more bool) {
	if len(g.jobs) >= maxGroup || g.bytes >= maxGroupBytes {
		return false
	}
	select {
	case next, open := <-e.queue:
		if open {
			g.add(next)
		}
		return open
	default:
	}
	if len(g.jobs) >= g.expected || g.patience == 0 {
		return false
	}
	if g.waits == nil {
		g.waits = time.After(g.patience)
	}
	select {
	case next, open := <-e.queue:
		if open {
			g.add(next)
		}
		return open
	case <-g.waits:
		g.patience = 0
		return false
	}
}

// commit does jobs in one transaction: those there are, and those that arrive
// while it works, because the flush at the end costs the same for all.
func (e *Engine) commit(writing *conn, g *group) error {
	if _, err := writing.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	w := &writer{conn: writing, changed: map[cacheKey]row{}, unwritten: map[cacheKey]*collection{}, cache: e.cache}
	err := e.work(w, g)
	if err != nil {
		err = errors.Join(err, rollback(writing))
	} else {
		err = e.finish(w, g)
	}
	for chronicle := range w.notes {
		chronicle.Written(err)
	}
	return err
}

// work does the jobs of a group and has the chronicles enter them.
func (e *Engine) work(w *writer, g *group) error {
	for more := true; more; more = e.gather(g) {
		if err := g.jobs[len(g.jobs)-1].run(w); err != nil {
			return err
		}
	}
	if err := w.chronicle(e); err != nil {
		return err
	}
	return w.settle()
}

// chronicle has the chronicles enter what the jobs noted.
func (w *writer) chronicle(e *Engine) error {
	for chronicle, notes := range w.notes {
		for _, operation := range chronicle.Write(notes) {
			c, err := e.collection(operation.Schema)
			if err != nil {
				return err
			}
			result, err := w.apply(c, operation)
			if err = firstOf(err, result.Err); err != nil {
				return fmt.Errorf("chronicle: %w", err)
			}
		}
	}
	return nil
}

// finish makes a group durable and its changes known.
func (e *Engine) finish(w *writer, g *group) error {
	e.cache.begin(w.changed)
	began := time.Now()
	defer func() { g.flush = time.Since(began) }()
	if _, err := w.exec("COMMIT"); err != nil {
		err = errors.Join(err, rollback(w.conn))
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
		if operation.Kind == store.NoteOperation {
			continue
		}
		if _, err := e.collection(operation.Schema); err != nil {
			return nil, err
		}
	}
	results := make([]store.Result, 0, len(operations))
	for len(operations) > 0 {
		part := operations[:min(store.MaxTogether, len(operations))]
		operations = operations[len(part):]
		done, err := e.applyTogether(ctx, part)
		if err != nil {
			return nil, err
		}
		results = append(results, done...)
		if last := len(done) - 1; done[last].Err == store.ErrSkipped || part[last].Guard && done[last].Err != nil {
			return append(results, store.SkipAll(len(operations))...), nil
		}
	}
	return results, nil
}

func (e *Engine) applyTogether(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	results := make([]store.Result, len(operations))
	size := 0
	for _, operation := range operations {
		size += len(operation.Document) + operation.Size + 256
	}
	err := e.submit(ctx, size, func(w *writer) error {
		for i, operation := range operations {
			if err := ctx.Err(); err != nil { // nobody waits any more
				results[i].Err = err
				continue
			}
			if operation.Kind == store.NoteOperation {
				if store.Happened(results[:i]) {
					w.enter(operation)
				}
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
			if operation.Guard && results[i].Err != nil {
				copy(results[i+1:], store.SkipAll(len(operations)))
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// enter keeps a note for the chronicle until the commit.
func (w *writer) enter(operation store.Operation) {
	if w.notes == nil {
		w.notes = map[store.Chronicle][]any{}
	}
	w.notes[operation.Chronicle] = append(w.notes[operation.Chronicle], operation.Note)
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
	if err := w.settle(); err != nil {
		return 0, nil, err
	}
	err = w.documents(selected, all, func(row int64, candidate bson.Raw) (bool, error) {
		holds, err := matches(candidate, condition)
		if holds {
			n, document = row, candidate
		}
		return !holds, err
	})
	return n, document, err
}
