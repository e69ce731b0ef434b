package sqlite

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

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
	w.note(c, id, row{n, document})
	return nil, nil
}

// note remembers what becomes of a document in this transaction.
func (w *writer) note(c *collection, id string, changed row) {
	w.changed[cacheKey{c.table, id}] = changed
}

// find finds a document as the transaction has left it so far. What the cache
// has is true while nobody commits, and only the writer does.
func (w *writer) find(c *collection, id string) (row, error) {
	key := cacheKey{c.table, id}
	if changed, known := w.changed[key]; known {
		return changed, nil
	}
	if kept, _ := w.cache.get(key); kept.document != nil {
		return kept, nil
	}
	n, document, err := w.get(c, id)
	return row{n, document}, err
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
	found, err := w.find(c, operation.ID)
	if err != nil {
		return 0, nil, nil, err
	}
	if found.document == nil || !c.schema.Reaches(operation.Scope, found.document) {
		return 0, nil, store.ErrNotFound, nil
	}
	holds, failed := matches(found.document, operation.Condition)
	if failed == nil && !holds {
		failed = store.ErrConditionFailed
	}
	return found.n, found.document, failed, nil
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
	id := keyOf(old)
	w.note(c, id, row{n, document})
	w.unwritten[cacheKey{c.table, id}] = c
	return document, nil, nil
}

// settle writes the rows that are not yet what the transaction has made of them:
// before the commit, and before anything selects documents in the tables.
func (w *writer) settle() error {
	for key, c := range w.unwritten {
		changed := w.changed[key]
		if _, err := w.exec(c.update, []byte(changed.document), changed.n); err != nil {
			return err
		}
	}
	clear(w.unwritten)
	return nil
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
	id := keyOf(document)
	w.note(c, id, row{})
	delete(w.unwritten, cacheKey{c.table, id})
	_, err = w.exec(c.remove, n)
	return nil, err
}

// keyOf is the key of a stored document.
func keyOf(document bson.Raw) string { return document.Lookup("_id").StringValue() }
