package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// schemaVersion records how far a collection's documents have been upgraded.
type schemaVersion struct {
	ID      string `bson:"_id"` // the collection
	Version int    `bson:"version"`
	// Done is the key of the last document that the upgrade under way has
	// seen.
	Done string `bson:"done"`
}

var (
	versions = Declare[schemaVersion](Schema{Name: "_schemas", Global: true})
	states   = Declare[state](Schema{Name: "_state", Global: true})
)

// ownSchemas are the collections that the store keeps for itself.
func ownSchemas() []*Schema { return []*Schema{versions.Schema(), states.Schema()} }

// upgrade brings the documents of a collection up to its schema's version. Its
// steps are conditional and may be done twice, so several nodes may do it at
// once; nodes of the older version must have stopped.
func (db *DB) upgrade(ctx context.Context, schema *Schema) error {
	records := versions.Across(db)
	record, err := records.Get(ctx, schema.Name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	latest := len(schema.Upgrades)
	if record.Version > latest {
		return fmt.Errorf("store: %s is at version %d, this program knows %d: it is older than the data: %w",
			schema.Name, record.Version, latest, ErrInvalid)
	}
	if record.Version == latest {
		return nil
	}
	walk := Scoped[bson.Raw]{db: db, schema: schema, scope: Scope{AllAccounts: true}}
	for done := record.Done; ; {
		page, err := walk.keysAfter(ctx, done)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, document := range page {
			if err := walk.upgradeOne(ctx, document, schema.Upgrades[record.Version:]); err != nil {
				return fmt.Errorf("upgrade: %w", err)
			}
		}
		done = documentKey(page[len(page)-1])
		if _, err := records.Upsert(ctx, schema.Name, Set("done", done).Max("version", record.Version)); err != nil {
			return err
		}
	}
	_, err = records.Upsert(ctx, schema.Name, Set("done", "").Max("version", latest))
	return err
}

func documentKey(document bson.Raw) string {
	key, _ := document.Lookup(keyField).StringValueOK()
	return key
}

const upgradePage = 200

func (s Scoped[T]) keysAfter(ctx context.Context, done string) ([]bson.Raw, error) {
	plan, err := s.plan(Where(Gt(keyField, done)).Top(upgradePage))
	if err != nil {
		return nil, err
	}
	return s.db.engine.Find(ctx, plan)
}

// upgradeOne writes what the upgrades make of one document, under the
// condition that nobody changed those fields meanwhile; else it looks again.
func (s Scoped[T]) upgradeOne(ctx context.Context, document bson.Raw, upgrades []Upgrade) error {
	const attempts = 20
	key := documentKey(document)
	for range attempts {
		update, conditions, err := difference(document, upgrades)
		if err != nil {
			return fmt.Errorf("store: %s %q: %w", s.schema.Name, key, err)
		}
		if len(update) == 0 {
			return nil
		}
		err = s.Update(ctx, key, update, conditions...)
		if !errors.Is(err, ErrConditionFailed) {
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
		if document, err = s.db.engine.Get(ctx, s.schema, s.scope, key); err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
	}
	return fmt.Errorf("store: %s %q changes all the time: %w", s.schema.Name, key, ErrConditionFailed)
}

// difference says what the upgrades change in a document.
func difference(document bson.Raw, upgrades []Upgrade) (update Update, conditions []Clause, err error) {
	var fields Document
	if err := bson.Unmarshal(document, &fields); err != nil {
		return nil, nil, err
	}
	changed := false
	for _, upgrade := range upgrades {
		did, err := upgrade(fields)
		if err != nil {
			return nil, nil, err
		}
		changed = changed || did
	}
	if !changed {
		return nil, nil, nil
	}
	elements, err := document.Elements()
	if err != nil {
		return nil, nil, err
	}
	for _, element := range elements {
		field, old := element.Key(), element.Value()
		value, kept := fields[field]
		delete(fields, field)
		if !kept {
			update, conditions = update.Unset(field), append(conditions, Eq(field, old))
			continue
		}
		fresh, err := rawValue(value)
		if err != nil {
			return nil, nil, fmt.Errorf("field %q: %w", field, err)
		}
		if fresh.Type != old.Type || !bytes.Equal(fresh.Value, old.Value) {
			update, conditions = update.Set(field, fresh), append(conditions, Eq(field, old))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		update, conditions = update.Set(field, fields[field]), append(conditions, Exists(field, false))
	}
	return update, conditions, nil
}
