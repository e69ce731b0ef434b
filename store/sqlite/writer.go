package sqlite

import (
	"context"
	"errors"
	"fmt"

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
type writer struct{ *conn }

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
		group := e.gather(first)
		err := commit(writing, group)
		if err != nil {
			e.options.Logger.Error("write failed", "jobs", len(group), "error", err)
		}
		for _, queued := range group {
			queued.done <- err
		}
	}
	if err := writing.close(); err != nil {
		e.options.Logger.Error("closing the store", "error", err)
	}
}

// gather takes what has queued up behind the first job.
func (e *Engine) gather(first *job) []*job {
	group := []*job{first}
	for size := first.bytes; len(group) < maxGroup && size < maxGroupBytes; {
		select {
		case next, open := <-e.queue:
			if !open {
				return group
			}
			group = append(group, next)
			size += next.bytes
		default:
			return group
		}
	}
	return group
}

// commit does the jobs of a group in one transaction.
func commit(writing *conn, group []*job) error {
	if _, err := writing.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, queued := range group {
		if err := queued.run(&writer{writing}); err != nil {
			return errors.Join(err, rollback(writing))
		}
	}
	if _, err := writing.exec("COMMIT"); err != nil {
		return errors.Join(err, rollback(writing))
	}
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

// apply does one operation: wholly or, with an error in its result, not at all.
func (w *writer) apply(c *collection, operation store.Operation) (store.Result, error) {
	var (
		document bson.Raw
		failed   error
		err      error
	)
	switch operation.Kind {
	case store.InsertOperation:
		failed, err = w.insert(c, operation.ID, operation.Document)
	case store.UpdateOperation:
		document, failed, err = w.update(c, operation)
	case store.DeleteOperation:
		failed, err = w.delete(c, operation)
	default:
		failed = fmt.Errorf("operation %d: %w", operation.Kind, store.ErrInvalid)
	}
	if !operation.Return {
		document = nil
	}
	return store.Result{Document: document, Err: failed}, err
}

func (w *writer) insert(c *collection, id string, document bson.Raw) (failed, err error) {
	keys, failed, err := w.newKeys(c, document, 0)
	if failed != nil || err != nil {
		return failed, err
	}
	account, _ := document.Lookup("account").StringValueOK()
	result, err := w.exec(c.insert, id, account, []byte(document))
	if err != nil {
		return nil, err
	}
	if inserted, err := result.RowsAffected(); err != nil || inserted == 0 {
		return store.ErrDuplicate, err
	}
	n, err := result.LastInsertId()
	if err != nil {
		return nil, err
	}
	for i, index := range c.entries {
		if err := w.link(index, keys[i], n); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// newKeys are the keys a document will have in every index, checked against
// those that others hold; n is its own row.
func (w *writer) newKeys(c *collection, document bson.Raw, n int64) (keys [][][]byte, failed, err error) {
	keys = make([][][]byte, len(c.entries))
	for i, index := range c.entries {
		if keys[i], failed = index.keys(document); failed != nil {
			return nil, failed, nil
		}
		if failed, err = w.checkUnique(index, keys[i], n); failed != nil || err != nil {
			return nil, failed, err
		}
	}
	return keys, nil, nil
}

func (w *writer) checkUnique(index *entries, keys [][]byte, n int64) (failed, err error) {
	if !index.path.Unique {
		return nil, nil
	}
	for _, key := range keys {
		holder, err := w.number(index.holder, key)
		if err != nil {
			return nil, err
		}
		if holder != 0 && holder != n {
			return fmt.Errorf("index %q: %w", index.path.Name, store.ErrDuplicate), nil
		}
	}
	return nil, nil
}

func (w *writer) link(index *entries, keys [][]byte, n int64) error {
	for _, key := range keys {
		if _, err := w.exec(index.insert, key, n); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) unlink(index *entries, keys [][]byte) error {
	for _, key := range keys {
		if _, err := w.exec(index.remove, key); err != nil {
			return err
		}
	}
	return nil
}

// target finds the document that an operation is about.
func (w *writer) target(c *collection, operation store.Operation) (n int64, document bson.Raw, failed, err error) {
	n, document, err = w.get(c, operation.ID)
	if err != nil {
		return 0, nil, nil, err
	}
	if document == nil || !c.schema.Reaches(operation.Scope, document) {
		return 0, nil, store.ErrNotFound, nil
	}
	holds, failed := matches(document, operation.Condition)
	if failed == nil && !holds {
		failed = store.ErrConditionFailed
	}
	return n, document, failed, nil
}

func (w *writer) update(c *collection, operation store.Operation) (document bson.Raw, failed, err error) {
	n, old, failed, err := w.target(c, operation)
	if errors.Is(failed, store.ErrNotFound) && operation.Upsert {
		return w.create(c, operation)
	}
	if failed != nil || err != nil {
		return nil, failed, err
	}
	return w.change(c, n, old, operation.Update)
}

// create makes the document of an upsert: its key, its account, the changes.
func (w *writer) create(c *collection, operation store.Operation) (document bson.Raw, failed, err error) {
	fresh := bson.D{{Key: "_id", Value: operation.ID}}
	if account, limited := c.schema.Owner(operation.Scope); limited {
		fresh = append(fresh, bson.E{Key: "account", Value: account})
	}
	raw, failed := bson.Marshal(fresh)
	if failed != nil {
		return nil, failed, nil
	}
	document, failed = applyUpdate(raw, operation.Update)
	if failed != nil {
		return nil, failed, nil
	}
	failed, err = w.insert(c, operation.ID, document)
	return document, failed, err
}

// change replaces a document by what an update makes of it.
func (w *writer) change(c *collection, n int64, old bson.Raw, update store.Update) (document bson.Raw, failed, err error) {
	document, failed = applyUpdate(old, update)
	if failed != nil {
		return nil, failed, nil
	}
	type move struct {
		index     *entries
		gone, new [][]byte
	}
	var moves []move
	for _, index := range c.entries {
		if !index.touchedBy(update) {
			continue
		}
		before, failed := index.keys(old)
		if failed != nil {
			return nil, failed, nil
		}
		after, failed := index.keys(document)
		if failed != nil {
			return nil, failed, nil
		}
		if failed, err := w.checkUnique(index, after, n); failed != nil || err != nil {
			return nil, failed, err
		}
		moves = append(moves, move{index, without(before, after), without(after, before)})
	}
	for _, m := range moves {
		if err := w.unlink(m.index, m.gone); err != nil {
			return nil, nil, err
		}
		if err := w.link(m.index, m.new, n); err != nil {
			return nil, nil, err
		}
	}
	_, err = w.exec(c.update, []byte(document), n)
	return document, nil, err
}

func (w *writer) delete(c *collection, operation store.Operation) (failed, err error) {
	n, document, failed, err := w.target(c, operation)
	if failed != nil || err != nil {
		return failed, err
	}
	return w.erase(c, n, document)
}

func (w *writer) erase(c *collection, n int64, document bson.Raw) (failed, err error) {
	for _, index := range c.entries {
		keys, failed := index.keys(document)
		if failed != nil {
			return failed, nil
		}
		if err := w.unlink(index, keys); err != nil {
			return nil, err
		}
	}
	_, err = w.exec(c.remove, n)
	return nil, err
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
