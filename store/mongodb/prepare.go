package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"plaza/store"
)

const (
	unauthorized   = 13  // Unauthorized
	alreadySharded = 23  // AlreadyInitialized
	notImplemented = 238 // NotImplemented

	// shardedWire is the protocol's version of MongoDB 8.0. Workers take what
	// is due across accounts by findAndModify without a shard key, which
	// routers refused before 7.1.
	shardedWire = 25
)

// ErrVersion: the server is too old for what is asked of it.
var ErrVersion = errors.New("mongodb: a sharded cluster has to run MongoDB 8.0 or later")

// Prepare makes the declared indexes and drops others. An index's name is made
// from its definition, so nodes that start at once ask for the same.
//
// Some servers that speak MongoDB's protocol lack partial indexes (then whole
// ones serve, which are larger) or expiring ones (then documents stay); the log
// says so. In a sharded cluster collections are sharded as their schemas say,
// except those that shardable holds back. Errors: ErrVersion.
func (e *Engine) Prepare(ctx context.Context, schemas []*store.Schema) error {
	sharded, err := e.sharded(ctx)
	if err != nil {
		return fmt.Errorf("mongodb: %w", err)
	}
	for _, schema := range schemas {
		if err := e.index(ctx, schema); err != nil {
			return fmt.Errorf("mongodb: index %s: %w", schema.Name, err)
		}
		if sharded && shardable(schema) {
			if err := e.shard(ctx, schema); err != nil {
				return fmt.Errorf("mongodb: shard %s: %w", schema.Name, err)
			}
		}
	}
	return nil
}

// sharded asks whether the other end is a router of a sharded cluster.
func (e *Engine) sharded(ctx context.Context) (bool, error) {
	var answer struct {
		Message string `bson:"msg"`
		SetName string `bson:"setName"`
		Wire    int    `bson:"maxWireVersion"`
	}
	if err := e.database.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&answer); err != nil {
		return false, err
	}
	router := answer.Message == "isdbgrid"
	if router && answer.Wire < shardedWire {
		return true, ErrVersion
	}
	if !router && answer.SetName == "" {
		e.logger.Warn("the server is no replica set: what it acknowledged is lost with its disk, and a write whose answer is lost is not tried again")
	}
	return router, nil
}

// shardable says whether a collection can be spread over shards: a unique index
// has to begin with the shard key there. What cannot stays whole, on the shard
// that is the database's primary; it is what grows with the number of accounts
// or of orders, not of messages.
func shardable(schema *store.Schema) bool {
	for _, path := range schema.Paths() {
		if !path.Unique || path.Name == "_id" {
			continue
		}
		if len(schema.ShardKey) == 0 || len(path.Fields) < len(schema.ShardKey) {
			return false
		}
		for i, field := range schema.ShardKey {
			if path.Fields[i].Field != field {
				return false
			}
		}
	}
	return true
}

// shard spreads a collection. The index of the shard key has to be there, and
// under our name: an empty collection would get one under the server's, which
// ours would collide with, and one with documents would be refused.
func (e *Engine) shard(ctx context.Context, schema *store.Schema) error {
	key := bson.D{{Key: "_id", Value: "hashed"}}
	if len(schema.ShardKey) == 0 {
		if _, err := e.collection(schema).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: key}); err != nil {
			return err
		}
	} else {
		key = nil
		for _, field := range schema.ShardKey {
			key = append(key, bson.E{Key: field, Value: 1})
		}
	}
	err := e.client.Database("admin").RunCommand(ctx, bson.D{
		{Key: "shardCollection", Value: e.database.Name() + "." + schema.Name},
		{Key: "key", Value: key},
	}).Err()
	if hasCode(err, []int{alreadySharded}) {
		return nil // by this key or, after a reshard by the operator, another
	}
	if hasCode(err, []int{unauthorized}) {
		e.logger.Warn("not allowed to shard: the collection stays as the cluster's administrator has it", "collection", schema.Name)
		return nil
	}
	return err
}

// wanted is an index that a collection should have.
type wanted struct {
	name    string
	keys    bson.D
	unique  bool
	partial string // only documents with this field
	expires bool
}

func wantedBy(schema *store.Schema) []wanted {
	var list []wanted
	for _, path := range schema.Paths() {
		if path.Name == "_id" {
			continue
		}
		index := wanted{name: path.Name, unique: path.Unique, partial: path.Sparse}
		for _, order := range path.Fields {
			index.keys = append(index.keys, bson.E{Key: order.Field, Value: sign(order.Descending)})
		}
		list = append(list, index)
	}
	if field := schema.ExpiresAt; field != "" {
		list = append(list, wanted{name: "expiry " + field, keys: bson.D{{Key: field, Value: 1}}, expires: true})
	}
	return list
}

func (e *Engine) index(ctx context.Context, schema *store.Schema) error {
	indexes := e.collection(schema).Indexes()
	keep := map[string]bool{"_id_": true}
	for _, index := range wantedBy(schema) {
		keep[index.name] = true
		if err := e.create(ctx, indexes, schema, index); err != nil {
			return fmt.Errorf("%q: %w", index.name, err)
		}
	}
	existing, err := indexes.ListSpecifications(ctx)
	if err != nil {
		return err
	}
	for _, index := range existing {
		isShardKey := len(schema.ShardKey) > 0 || index.Name == "_id_hashed"
		if keep[index.Name] || isShardKey {
			continue
		}
		if err := indexes.DropOne(ctx, index.Name); err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
			return err
		}
	}
	return nil
}

func (e *Engine) create(ctx context.Context, indexes mongo.IndexView, schema *store.Schema, index wanted) error {
	how := options.Index().SetName(index.name)
	if index.unique {
		how.SetUnique(true)
	}
	if index.partial != "" {
		how.SetPartialFilterExpression(bson.D{{Key: index.partial, Value: bson.D{{Key: "$exists", Value: true}}}})
	}
	if index.expires {
		how.SetExpireAfterSeconds(0)
	}
	err := retry(ctx, func() error {
		_, err := indexes.CreateOne(ctx, mongo.IndexModel{Keys: index.keys, Options: how})
		return err
	})
	if !hasCode(err, []int{notImplemented}) || index.unique {
		return err
	}
	if index.expires {
		e.logger.Warn("the server has no expiring indexes: documents stay", "collection", schema.Name)
		return nil
	}
	if index.partial == "" {
		return err
	}
	e.logger.Warn("the server has no partial indexes: a whole one serves", "collection", schema.Name)
	index.partial = ""
	return e.create(ctx, indexes, schema, index)
}
