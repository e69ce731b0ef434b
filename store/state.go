package store

import (
	"context"
	"errors"
	"time"
)

// state is what the store remembers about itself.
type state struct {
	ID string    `bson:"_id"`
	At time.Time `bson:"at"`
}

const restoredState = "restored"

// MarkRestored notes that the data came out of a backup: what happened after
// the backup is forgotten, so whoever acts on the data (sends campaigns) should
// wait for a person to say go.
func (db *DB) MarkRestored(ctx context.Context, at time.Time) error {
	_, err := states.Across(db).Upsert(ctx, restoredState, Set("at", at.UTC().Truncate(time.Millisecond)))
	return err
}

// Restored says whether the data came out of a backup and nobody has said go
// since.
func (db *DB) Restored(ctx context.Context) (bool, error) {
	_, err := states.Across(db).Get(ctx, restoredState)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ClearRestored is a person saying go.
func (db *DB) ClearRestored(ctx context.Context) error {
	err := states.Across(db).Delete(ctx, restoredState)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
