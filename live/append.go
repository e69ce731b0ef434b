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
	written, failed := l.writeBatches(ctx, batchByAccount(requests))
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

func batchByAccount(requests []*appendRequest) []*batch {
	var batches []*batch
	byAccount := make(map[string]*batch)
	for _, request := range requests {
		for _, event := range request.events {
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
		l.number(ctx, batches)
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

// number takes numbers for every batch. Where other nodes write too they come
// from the head document; alone, the last number is remembered, and written
// together with the events.
func (l *Log) number(ctx context.Context, batches []*batch) {
	if l.shared {
		l.takeNumbers(ctx, batches)
		return
	}
	for _, b := range batches {
		last, known := l.heads[b.account]
		if !known {
			if last, b.err = l.lastNumber(ctx, b.account); b.err != nil {
				continue
			}
		}
		b.first = last + 1
	}
}

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
// are durable; the events that are not stay in their batch, with the error. On
// one node each batch also moves the head, behind its segments: a crash
// between the two leaves a head that is too low, which lastNumber mends.
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
	if !l.shared {
		operations = append(operations, l.movingHeads(cut)...)
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
			l.remember(s)
			continue
		}
		owners[i].err = fmt.Errorf("live: append: %w", failed)
		owners[i].events = append(owners[i].events, s.Events...)
	}
	for _, b := range batches {
		if b.err != nil {
			delete(l.heads, b.account) // what is written is not known: look again
		}
	}
	return written
}

// remember keeps the last number of a log that writes alone.
func (l *Log) remember(s segment) {
	if !l.shared {
		l.heads[s.Account] = s.Last
	}
}

func (l *Log) movingHeads(cut []segment) []store.Operation {
	last := make(map[string]int64)
	for _, s := range cut {
		last[s.Account] = s.Last
	}
	operations := make([]store.Operation, 0, len(last))
	for account, number := range last {
		operations = append(operations, heads.In(l.db, account).
			Upserting(account, store.Max("last", number)))
	}
	return operations
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
