package store

import (
	"context"
	"errors"
	"fmt"
)

// DB is the store the program works with: one engine under one vocabulary.
type DB struct {
	engine Engine
}

// New puts the vocabulary on an engine. Call Prepare before anything else.
func New(engine Engine) *DB { return &DB{engine: engine} }

// Prepare makes every collection ready, upgrading older documents.
func (db *DB) Prepare(ctx context.Context, schemas ...*Schema) error {
	for _, schema := range schemas {
		if err := schema.check(); err != nil {
			return err
		}
	}
	if err := db.engine.Prepare(ctx, append(ownSchemas(), schemas...)); err != nil {
		return err
	}
	for _, schema := range schemas {
		if err := db.upgrade(ctx, schema); err != nil {
			return err
		}
	}
	return nil
}

// Shared says whether other nodes may write to the same data.
func (db *DB) Shared() bool { return db.engine.Shared() }

// Close waits for what is under way and closes the engine.
func (db *DB) Close() error { return db.engine.Close() }

// Apply carries out several writes, to any collections, in one trip: in order,
// durable when it returns. It is not a transaction: on a shared store a crash may
// leave a leading part done, so order the operations such that doing them again
// is harmless.
// The error joins those of single operations; results tell which.
func (db *DB) Apply(ctx context.Context, operations ...Operation) ([]Result, error) {
	for _, operation := range operations {
		if operation.err != nil {
			return nil, operation.err
		}
	}
	if len(operations) == 0 {
		return nil, nil
	}
	results, err := db.engine.Apply(ctx, operations)
	if err != nil {
		return nil, err
	}
	var failed []error
	for i, result := range results {
		if result.Err != nil && result.Err != ErrSkipped { // the guard's own error says why
			failed = append(failed, fmt.Errorf("store: %s: %w", operations[i].name(), result.Err))
		}
	}
	return results, errors.Join(failed...)
}
