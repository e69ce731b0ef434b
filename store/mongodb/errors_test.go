package mongodb

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"plaza/store"
)

// Answers of a server, as the driver hands them on.
func refusal(code int32) error { return mongo.CommandError{Code: code, Message: "refused"} }

func unspread(code int) error {
	return mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: code, Message: "not everywhere"}}
}

// TestOnlyWhatWasNotDoneIsDoneAgain counts how often an operation is tried
// that fails once.
func TestOnlyWhatWasNotDoneIsDoneAgain(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		err   error
		times int
	}{
		"write conflict":                           {refusal(112), 2},
		"shutdown in progress":                     {refusal(91), 2},
		"interrupted at shutdown":                  {refusal(11600), 2},
		"primary stepped down":                     {refusal(189), 2},
		"not the primary":                          {refusal(10107), 2},
		"not the primary, wrapped":                 {fmt.Errorf("update: %w", refusal(10107)), 2},
		"no primary and no reading elsewhere":      {refusal(13435), 2},
		"time ran out":                             {refusal(50), 1},
		"duplicate key":                            {refusal(11000), 1},
		"done, and stepped down before it spread":  {unspread(11602), 1},
		"done, and shut down before it spread":     {unspread(91), 1},
		"many done, and not known to have spread":  {mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: 189}}, 1},
		"connection lost: the driver has tried it": {mongo.CommandError{Labels: []string{"NetworkError"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := 0
			err := retry(context.Background(), func() error {
				times++
				if times == 1 {
					return one.err
				}
				return nil
			})
			if times != one.times || (err == nil) != (one.times == 2) {
				t.Errorf("tried %d times, not %d: %v", times, one.times, err)
			}
		})
	}
}

func TestErrorsAreInTheStoresWords(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]error{
		mongo.ErrNoDocuments:        store.ErrNotFound,
		mongo.ErrClientDisconnected: store.ErrClosed,
		error(&wrapped{11000}):      store.ErrDuplicate,
		error(&wrapped{10334}):      store.ErrTooLarge,
		error(&wrapped{28}):         store.ErrInvalid,
		context.Canceled:            context.Canceled,
	} {
		if got := translate(err); !errors.Is(got, want) {
			t.Errorf("%v became %v, not %v", err, got, want)
		}
	}
}

// wrapped is a refusal that can be a key of a table.
type wrapped struct{ code int32 }

func (w *wrapped) Error() string { return "wrapped" }
func (w *wrapped) Unwrap() error { return refusal(w.code) }

// TestWhatIsUniqueStaysOnOneShard: a cluster refuses a unique index that does
// not begin with the shard key.
func TestWhatIsUniqueStaysOnOneShard(t *testing.T) {
	t.Parallel()
	type document struct {
		ID      string `bson:"_id"`
		Account string `bson:"account"`
	}
	for name, one := range map[string]struct {
		schema store.Schema
		want   bool
	}{
		"by key":           {store.Schema{Name: "messages"}, true},
		"by account":       {store.Schema{Name: "messages", ShardKey: []string{"account", "_id"}}, true},
		"plain index":      {store.Schema{Name: "rules", Indexes: []store.Index{{Fields: []string{"priority"}}}}, true},
		"unique elsewhere": {store.Schema{Name: "orders", Indexes: []store.Index{{Fields: []string{"number"}, Unique: true}}}, false},
		"unique within":    {store.Schema{Name: "orders", ShardKey: []string{"account"}, Indexes: []store.Index{{Fields: []string{"number"}, Unique: true}}}, true},
		"unique but by another": {store.Schema{Name: "orders", ShardKey: []string{"account", "_id"},
			Indexes: []store.Index{{Fields: []string{"number"}, Unique: true}}}, false},
	} {
		if got := shardable(store.Declare[document](one.schema).Schema()); got != one.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
