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

// maxRun and maxRunBytes bound the inserts that travel together, so that they
// are one command to the server.
const (
	maxRun      = 1000
	maxRunBytes = 16 << 20
)

// Apply carries out operations in order. Neighbouring inserts into a collection
// travel together; a conditional change needs an answer of its own.
func (e *Engine) Apply(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	results := make([]store.Result, 0, len(operations))
	for len(operations) > 0 {
		var done []store.Result
		var err error
		if run := insertRun(operations); run > 1 {
			done, err = e.insertMany(ctx, operations[:run])
		} else {
			var result store.Result
			result.Document, result.Err = e.apply(ctx, operations[0])
			done, err = []store.Result{result}, broken(ctx, result.Err)
		}
		if err != nil {
			return nil, err
		}
		results = append(results, done...)
		guard := operations[0].Guard && done[0].Err != nil // a guard travels alone
		operations = operations[len(done):]
		if guard {
			return append(results, store.SkipAll(len(operations))...), nil
		}
	}
	return results, nil
}

// broken is an error that is no answer to one operation: the rest cannot be
// tried either.
func broken(ctx context.Context, err error) error {
	if errors.Is(err, store.ErrClosed) || ctx.Err() != nil || mongo.IsNetworkError(err) || mongo.IsTimeout(err) {
		return err
	}
	return nil
}

// insertRun counts the inserts in front that go to one collection under
// different keys.
func insertRun(operations []store.Operation) int {
	keys, size := map[string]bool{}, 0
	for i, operation := range operations {
		size += len(operation.Document)
		if operation.Guard || operation.Kind != store.InsertOperation || operation.Schema != operations[0].Schema ||
			keys[operation.ID] || i == maxRun || i > 0 && size > maxRunBytes {
			return i
		}
		keys[operation.ID] = true
	}
	return len(operations)
}

func (e *Engine) apply(ctx context.Context, operation store.Operation) (bson.Raw, error) {
	switch operation.Kind {
	case store.InsertOperation:
		return nil, translate(retry(ctx, func() error {
			_, err := e.collection(operation.Schema).InsertOne(ctx, operation.Document)
			return err
		}))
	case store.UpdateOperation:
		return e.update(ctx, operation)
	case store.DeleteOperation:
		return nil, e.delete(ctx, operation)
	}
	return nil, fmt.Errorf("operation %d: %w", operation.Kind, store.ErrInvalid)
}

// insertMany inserts in order. The first refusal stops the server, so then
// those that are there already are picked out at once, and the rest goes on.
func (e *Engine) insertMany(ctx context.Context, operations []store.Operation) ([]store.Result, error) {
	results := make([]store.Result, len(operations))
	open := make([]int, len(operations))
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		documents := make([]any, len(open))
		for i, at := range open {
			documents[i] = operations[at].Document
		}
		var refused mongo.BulkWriteException
		err := retry(ctx, func() error {
			_, err := e.collection(operations[0].Schema).InsertMany(ctx, documents)
			if !errors.As(err, &refused) || len(refused.WriteErrors) == 0 {
				return err
			}
			if doubt := refused.WriteConcernError; doubt != nil {
				return *doubt // nor may those that are in be taken for durable
			}
			return nil // some are in: nothing to try again as a whole
		})
		if err != nil {
			return nil, translate(err)
		}
		if len(refused.WriteErrors) == 0 {
			return results, nil
		}
		first := open[refused.WriteErrors[0].Index]
		_, results[first].Err = e.apply(ctx, operations[first]) // says why, or waits for a conflict to pass
		open = open[refused.WriteErrors[0].Index+1:]
		if open, err = e.absent(ctx, operations, open, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// absent keeps those operations whose keys are not taken and answers the
// others.
func (e *Engine) absent(ctx context.Context, operations []store.Operation, open []int, results []store.Result) ([]int, error) {
	if len(open) == 0 {
		return nil, nil
	}
	keys := make([]string, len(open))
	for i, at := range open {
		keys[i] = operations[at].ID
	}
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keys}}}}
	onlyKeys := options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}})
	found, err := e.all(ctx, operations[0].Schema, filter, onlyKeys)
	if err != nil {
		return nil, err
	}
	taken := make(map[string]bool, len(found))
	for _, raw := range found {
		taken[raw.Lookup("_id").StringValue()] = true
	}
	var rest []int
	for _, at := range open {
		if taken[operations[at].ID] {
			results[at].Err = store.ErrDuplicate
			continue
		}
		rest = append(rest, at)
	}
	return rest, nil
}

// target is the filter for the document that an operation is about.
func target(operation store.Operation) bson.D {
	filter := byKey(operation.Schema, operation.Scope, operation.ID)
	return append(filter, and(conditionsOf(operation.Condition))...)
}

// maxUpserts bounds the attempts of an upsert: when two make the same document
// at once, the loser finds it there the next time.
const maxUpserts = 3

func (e *Engine) update(ctx context.Context, operation store.Operation) (bson.Raw, error) {
	for attempt := 1; ; attempt++ {
		document, err := e.updateOnce(ctx, operation)
		if operation.Upsert && attempt < maxUpserts && errors.Is(err, store.ErrDuplicate) {
			continue
		}
		return document, err
	}
}

func (e *Engine) updateOnce(ctx context.Context, operation store.Operation) (document bson.Raw, err error) {
	filter, update := target(operation), updateOf(operation.Update)
	collection := e.collection(operation.Schema)
	matched := true
	err = retry(ctx, func() (err error) {
		if operation.Return {
			how := options.FindOneAndUpdate().SetUpsert(operation.Upsert).SetReturnDocument(options.After)
			document, err = collection.FindOneAndUpdate(ctx, filter, update, how).Raw()
			return err
		}
		result, err := collection.UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(operation.Upsert))
		matched = err == nil && result.MatchedCount+result.UpsertedCount > 0
		return err
	})
	if errors.Is(err, mongo.ErrNoDocuments) {
		matched, err = false, nil
	}
	if err == nil && !matched {
		return nil, e.unmatched(ctx, operation)
	}
	return document, translate(err)
}

func (e *Engine) delete(ctx context.Context, operation store.Operation) error {
	var deleted int64
	err := retry(ctx, func() error {
		result, err := e.collection(operation.Schema).DeleteOne(ctx, target(operation))
		if err == nil {
			deleted = result.DeletedCount
		}
		return err
	})
	if err == nil && deleted == 0 {
		return e.unmatched(ctx, operation)
	}
	return translate(err)
}

// unmatched tells a document that is missing from one whose condition does not
// hold.
func (e *Engine) unmatched(ctx context.Context, operation store.Operation) error {
	if len(operation.Condition) == 0 {
		return store.ErrNotFound
	}
	_, err := e.Get(ctx, operation.Schema, operation.Scope, operation.ID)
	if err == nil {
		return store.ErrConditionFailed
	}
	return err
}
