// Package mongodb is the engine for more than one machine: a replica set or a
// sharded cluster, through the official driver.
//
// Writes are acknowledged by a majority that has journalled them; reads go to
// the primary, so everybody reads what was acknowledged to them. Servers that
// speak MongoDB's protocol without its partial or expiring indexes are used
// with a warning, see Prepare.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"plaza/store"
)

// DefaultDatabase is used when the URI names none.
const DefaultDatabase = "plaza"

// Options of an engine; the zero value is ready to use.
type Options struct {
	// Database overrides the one that the URI names.
	Database string
	// Logger hears of what the server cannot do. Default: silence.
	Logger *slog.Logger
}

// Engine is a store.Engine on a MongoDB deployment.
type Engine struct {
	client   *mongo.Client
	database *mongo.Database
	logger   *slog.Logger
}

var _ store.Engine = (*Engine)(nil)

// Open connects to a deployment and waits for its primary, as long as ctx
// allows and at most half a minute.
func Open(ctx context.Context, uri string, chosen Options) (*Engine, error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, errors.New("mongodb: the URI is not valid") // it may hold a password
	}
	name := DefaultDatabase
	for _, candidate := range []string{parsed.Database, chosen.Database} {
		if candidate != "" {
			name = candidate
		}
	}
	if chosen.Logger == nil {
		chosen.Logger = slog.New(slog.DiscardHandler)
	}
	concern := writeconcern.Majority()
	journal := true
	concern.Journal = &journal
	client, err := mongo.Connect(options.Client().ApplyURI(uri).
		SetWriteConcern(concern).SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).SetRetryReads(true).SetAppName("plaza").
		SetServerSelectionTimeout(30 * time.Second))
	if err != nil {
		return nil, fmt.Errorf("mongodb: %w", err)
	}
	if err := client.Ping(ctx, readpref.Primary()); err != nil {
		return nil, errors.Join(fmt.Errorf("mongodb: no primary answers: %w", err), client.Disconnect(ctx))
	}
	return &Engine{client: client, database: client.Database(name), logger: chosen.Logger}, nil
}

// Shared is true: other nodes may use the same deployment.
func (e *Engine) Shared() bool { return true }

// Close ends the connections.
func (e *Engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := e.client.Disconnect(ctx)
	if errors.Is(err, mongo.ErrClientDisconnected) {
		return nil
	}
	return err
}

// Drop removes the whole database: for tests.
func (e *Engine) Drop(ctx context.Context) error { return e.database.Drop(ctx) }

func (e *Engine) collection(schema *store.Schema) *mongo.Collection {
	return e.database.Collection(schema.Name)
}

// byKey is the filter for one document of a scope.
func byKey(schema *store.Schema, scope store.Scope, id any) bson.D {
	filter := bson.D{{Key: "_id", Value: id}}
	if account, limited := schema.Owner(scope); limited {
		filter = append(filter, bson.E{Key: "account", Value: account})
	}
	return filter
}

// Get finds one document by its key.
func (e *Engine) Get(ctx context.Context, schema *store.Schema, scope store.Scope, id string) (bson.Raw, error) {
	raw, err := e.collection(schema).FindOne(ctx, byKey(schema, scope, id)).Raw()
	return raw, translate(err)
}

// GetMany finds those that exist, in the order of ids.
func (e *Engine) GetMany(ctx context.Context, schema *store.Schema, scope store.Scope, ids []string) ([]bson.Raw, error) {
	documents := make(map[string]bson.Raw, len(ids))
	filter := byKey(schema, scope, bson.D{{Key: "$in", Value: ids}})
	found, err := e.all(ctx, schema, filter, options.Find())
	if err != nil {
		return nil, err
	}
	for _, raw := range found {
		documents[raw.Lookup("_id").StringValue()] = raw
	}
	ordered := make([]bson.Raw, 0, len(found))
	for _, id := range ids {
		if raw, ok := documents[id]; ok {
			ordered = append(ordered, raw)
		}
	}
	return ordered, nil
}

func (e *Engine) all(ctx context.Context, schema *store.Schema, filter bson.D, how *options.FindOptionsBuilder) ([]bson.Raw, error) {
	cursor, err := e.collection(schema).Find(ctx, filter, how)
	if err != nil {
		return nil, translate(err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, translate(err)
	}
	return found, nil
}

// Find reads one page.
func (e *Engine) Find(ctx context.Context, plan *store.Plan) ([]bson.Raw, error) {
	how := options.Find().SetSort(sortOf(plan)).SetLimit(int64(plan.Limit)).SetBatchSize(int32(plan.Limit))
	return e.all(ctx, plan.Schema, filterOf(plan), how.SetHint(hintOf(plan)))
}

// Count counts what a plan selects, up to its limit.
func (e *Engine) Count(ctx context.Context, plan *store.Plan) (int, error) {
	how := options.Count().SetLimit(int64(plan.Limit)).SetHint(hintOf(plan))
	count, err := e.collection(plan.Schema).CountDocuments(ctx, filterOf(plan), how)
	return int(count), translate(err)
}

// FindAndUpdate changes the first document of plan for which the condition
// holds.
func (e *Engine) FindAndUpdate(ctx context.Context, plan *store.Plan, condition []store.Clause, update store.Update) (bson.Raw, error) {
	filter := filterOf(plan, condition...)
	how := options.FindOneAndUpdate().SetSort(sortOf(plan)).SetReturnDocument(options.After).SetHint(hintOf(plan))
	var raw bson.Raw
	err := retry(ctx, func() (err error) {
		raw, err = e.collection(plan.Schema).FindOneAndUpdate(ctx, filter, updateOf(update), how).Raw()
		return err
	})
	return raw, translate(err)
}
