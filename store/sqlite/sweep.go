package sqlite

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// sweepBatch bounds what one sweep takes out in one transaction, so that
// others' writes get in between.
const sweepBatch = 500

// sweep removes expired documents from time to time until the engine closes.
func (e *Engine) sweep() {
	ticker := time.NewTicker(e.options.SweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-ticker.C:
			if err := e.Sweep(context.Background()); err != nil && e.running() {
				e.options.Logger.Error("removing expired documents", "error", err)
			}
		}
	}
}

func (e *Engine) running() bool {
	e.closing.RLock()
	defer e.closing.RUnlock()
	return !e.closed
}

// Sweep removes the documents that have expired by now.
func (e *Engine) Sweep(ctx context.Context) error {
	now := bson.RawValue{Type: bson.TypeDateTime, Value: dateValue(e.options.Now())}
	for _, c := range *e.collections.Load() {
		for removed := sweepBatch; c.expiry != nil && removed == sweepBatch; {
			err := e.submit(ctx, 1<<20, func(w *writer) (err error) {
				removed, err = w.sweep(c, now)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func dateValue(at time.Time) []byte {
	_, value, err := bson.MarshalValue(at)
	if err != nil {
		return make([]byte, 8) // no time fails to marshal; if one did: nothing has expired by 1970
	}
	return value
}

// sweep removes a batch of what expired before now.
func (w *writer) sweep(c *collection, now bson.RawValue) (removed int, err error) {
	low, high, err := bounds(store.Range{High: &store.Bound{Value: now, Inclusive: true}})
	if err != nil {
		return 0, err
	}
	expired := map[int64]bson.Raw{}
	selected := selection{
		from: " FROM " + c.expiry.table + " AS e CROSS JOIN " + c.table + " AS d ON d.n = e.n" +
			" WHERE e.key >= ? AND e.key < ? ORDER BY e.key",
	}
	selected.args = append(selected.args, low, high)
	if err := w.settle(); err != nil {
		return 0, err
	}
	err = w.documents(selected, sweepBatch, func(n int64, document bson.Raw) (bool, error) {
		expired[n] = document
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for n, document := range expired {
		if failed, err := w.erase(c, n, document); failed != nil || err != nil {
			return 0, firstOf(failed, err)
		}
	}
	return len(expired), nil
}
