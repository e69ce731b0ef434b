package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// batch is what one write adds to one account.
type batch struct {
	account string
	events  []Event // the log's own copies; numbered when cut
	first   int64   // the first number taken
	err     error
}

// writeTimeout bounds one write, so that a store that hangs shows as errors to
// those who append, not as a standstill.
const writeTimeout = 10 * time.Second

// write makes requests durable, answers them and then tells the watches.
func (l *Log) write(requests []*appendRequest) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	lists := make([][]Event, len(requests))
	for i, request := range requests {
		lists[i] = request.events
	}
	written, failed := l.writeBatches(ctx, batchByAccount(lists))
	for _, request := range requests {
		request.done <- requestError(request, failed)
	}
	for _, s := range written {
		l.tell(s)
	}
}

func requestError(request *appendRequest, failed map[string]error) error {
	if len(failed) == 0 {
		return nil
	}
	for _, event := range request.events {
		if err := failed[event.Account]; err != nil {
			return err
		}
	}
	return nil
}

// batchByAccount copies events together that happened in one account.
func batchByAccount(lists [][]Event) []*batch {
	var batches []*batch
	byAccount := make(map[string]*batch)
	for _, events := range lists {
		for _, event := range events {
			b := byAccount[event.Account]
			if b == nil {
				b = &batch{account: event.Account}
				byAccount[event.Account] = b
				batches = append(batches, b)
			}
			b.events = append(b.events, event)
		}
	}
	return batches
}

// maxAttempts bounds how often numbers are taken anew after a seal.
const maxAttempts = 5

// writeBatches numbers and inserts all batches. Events whose numbers were
// sealed meanwhile take new ones. It returns the segments that are durable, in
// order, and the errors by account.
func (l *Log) writeBatches(ctx context.Context, batches []*batch) ([]segment, map[string]error) {
	var written []segment
	failed := make(map[string]error)
	for attempt := 1; len(batches) > 0; attempt++ {
		l.takeNumbers(ctx, batches)
		written = append(written, l.insert(ctx, batches)...)
		var again []*batch
		for _, b := range batches {
			switch {
			case errors.Is(b.err, store.ErrDuplicate) && attempt < maxAttempts:
				again = append(again, &batch{account: b.account, events: b.events})
			case b.err != nil:
				failed[b.account] = b.err
			}
		}
		batches = again
	}
	return written, failed
}

// takeNumbers takes numbers for every batch from the accounts' heads.
func (l *Log) takeNumbers(ctx context.Context, batches []*batch) {
	operations := make([]store.Operation, len(batches))
	for i, b := range batches {
		operations[i] = heads.In(l.db, b.account).
			Upserting(b.account, store.Inc("last", int64(len(b.events))))
		operations[i].Return = true
	}
	results, err := l.db.Apply(ctx, operations...)
	for i, b := range batches {
		var taken head
		switch {
		case results == nil:
			b.err = err
		case results[i].Err != nil:
			b.err = results[i].Err
		default:
			b.err = bson.Unmarshal(results[i].Document, &taken)
		}
		if b.err != nil {
			b.err = fmt.Errorf("live: take numbers: %w", b.err)
			continue
		}
		b.first = taken.Last - int64(len(b.events)) + 1
	}
}

// insert writes the segments of all batches in one trip and returns those that
// are durable; the events that are not stay in their batch, with the error.
func (l *Log) insert(ctx context.Context, batches []*batch) []segment {
	var operations []store.Operation
	var cut []segment
	var owners []*batch
	for _, b := range batches {
		if b.err != nil {
			continue
		}
		for _, s := range l.cut(b.account, b.events, b.first) {
			operations = append(operations, segments.In(l.db, b.account).Inserting(s))
			cut, owners = append(cut, s), append(owners, b)
		}
		b.events = nil
	}
	results, err := l.db.Apply(ctx, operations...)
	var written []segment
	for i, s := range cut {
		failed := err
		if results != nil {
			failed = results[i].Err
		}
		if failed == nil {
			written = append(written, s)
			continue
		}
		owners[i].err = fmt.Errorf("live: append: %w", failed)
		owners[i].events = append(owners[i].events, s.Events...)
	}
	return written
}

// lastNumber finds the last number given out in an account in what is stored.
func (l *Log) lastNumber(ctx context.Context, account string) (int64, error) {
	h, err := heads.In(l.db, account).Get(ctx, account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, fmt.Errorf("live: head: %w", err)
	}
	newest, err := l.newestSegments(ctx, account, 1)
	if err != nil {
		return 0, err
	}
	if len(newest) > 0 {
		return max(h.Last, newest[0].Last), nil
	}
	return h.Last, nil
}

// newestSegments finds the last segments of an account, newest first.
func (l *Log) newestSegments(ctx context.Context, account string, limit int) ([]segment, error) {
	query := store.Where(store.Prefix("_id", account+"/")).By("-_id").Top(limit)
	found, _, err := segments.In(l.db, account).Find(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("live: newest segments: %w", err)
	}
	return found, nil
}
