package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// Prepare makes tables, fills new indexes from the documents there are, and
// drops indexes that are no longer declared; each collection at one stroke.
func (e *Engine) Prepare(ctx context.Context, schemas []*store.Schema) error {
	known := maps.Clone(*e.collections.Load())
	var existing map[string][]string
	err := e.submit(ctx, 0, func(w *writer) (err error) {
		existing, err = w.indexTables()
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: prepare: %w", err)
	}
	for _, schema := range schemas {
		c := newCollection(schema)
		if err := e.submit(ctx, 0, func(w *writer) error { return w.prepareCollection(c, existing[schema.Name]) }); err != nil {
			return fmt.Errorf("sqlite: prepare %s: %w", schema.Name, err)
		}
		known[schema.Name], existing[schema.Name] = c, c.indexTables()
	}
	e.collections.Store(&known)
	return nil
}

// prepareCollection makes what a collection lacks and drops what is too much of
// the index tables that exist.
func (w *writer) prepareCollection(c *collection, existing []string) error {
	if err := w.settle(); err != nil {
		return err
	}
	err := w.script("CREATE TABLE IF NOT EXISTS " + c.table +
		" (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, doc BLOB NOT NULL)")
	if err != nil {
		return err
	}
	if err := w.prepareAccountIndex(c); err != nil {
		return err
	}
	for _, index := range c.entries {
		if slices.Contains(existing, index.table) {
			continue
		}
		if err := w.build(c, index); err != nil {
			return err
		}
	}
	declared := c.indexTables()
	for _, table := range existing {
		if slices.Contains(declared, table) {
			continue
		}
		if err := w.script("DROP TABLE " + table); err != nil {
			return err
		}
	}
	return nil
}

// indexTables are the quoted names of those that the collection is to have.
func (c *collection) indexTables() []string {
	var tables []string
	for _, index := range c.entries {
		tables = append(tables, index.table)
	}
	return tables
}

// prepareAccountIndex makes the index by account and key, or drops it where the
// key alone does.
func (w *writer) prepareAccountIndex(c *collection) error {
	index := quote(c.schema.Name + " of account")
	if c.schema.Global || c.schema.KeyedByAccount || c.schema.KeyedByOwner {
		return w.script("DROP INDEX IF EXISTS " + index)
	}
	return w.script("CREATE INDEX IF NOT EXISTS " + index + " ON " + c.table + " (account, id)")
}

// indexTables are the quoted names of those that exist, by collection: looking
// through them all for each collection would take most of a start.
func (w *writer) indexTables() (map[string][]string, error) {
	tables := map[string][]string{}
	err := w.query("SELECT name FROM sqlite_master WHERE type = 'table'", func(row []driver.Value) (bool, error) {
		name := row[0].(string)
		if collection, _, ok := strings.Cut(name, indexTableOf); ok {
			tables[collection] = append(tables[collection], quote(name))
		}
		return true, nil
	})
	return tables, err
}

// build makes an index and fills it.
func (w *writer) build(c *collection, index *entries) error {
	err := w.script("CREATE TABLE " + index.table + " (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
	if err != nil {
		return err
	}
	return w.query("SELECT n, doc FROM "+c.table, func(row []driver.Value) (bool, error) {
		n, document := row[0].(int64), bson.Raw(row[1].([]byte))
		keys, err := index.keys(document)
		if err != nil {
			return false, err
		}
		failed, err := w.checkUnique(index, keys, n)
		if failed != nil || err != nil {
			return false, fmt.Errorf("%s: %w", strings.TrimSpace(document.Lookup("_id").String()), firstOf(failed, err))
		}
		return true, w.link(index, keys, n)
	})
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// number reads the one integer of a query; 0 when it finds no row.
func (c *conn) number(sql string, values ...driver.Value) (int64, error) {
	var found int64
	err := c.query(sql, func(row []driver.Value) (bool, error) {
		found = row[0].(int64)
		return false, nil
	}, values...)
	return found, err
}
