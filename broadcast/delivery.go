package broadcast

import (
	"context"
	"errors"
	"slices"

	"plaza/store"
)

// Delivered takes in what became of a message: sent, delivered, read, failed or
// uncertain, with a reason (a code) for the last two; delivered may have one that
// says in which other way. Keys that are not of a
// delivery are ignored, and so is every step that does not lead forward.
func (s *Service) Delivered(ctx context.Context, key string, state DeliveryState, reason string) error {
	account, run, ok := splitKey(key)
	if !ok {
		return nil
	}
	rows := deliveries.In(s.DB, account)
	row := Delivery{ID: key, Account: account, Run: run, State: state, At: s.now()}
	if state == Undelivered || state == Uncertain || state == Skipped || state == Arrived && reason != "" {
		row.Reason = code(reason)
	}
	for {
		present, err := rows.Get(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			present.State, err = s.early(ctx, row)
			if errors.Is(err, store.ErrDuplicate) {
				continue
			}
		} else if err == nil {
			if !slices.Contains(advances[present.State], state) {
				return nil
			}
			err = rows.Update(ctx, key, store.Set("state", state).Set("reason", row.Reason).Set("at", row.At),
				store.Eq("state", present.State))
			if errors.Is(err, store.ErrConditionFailed) {
				continue
			}
		}
		if errors.Is(err, store.ErrNotFound) { // no run of ours
			return nil
		}
		if err != nil {
			return err
		}
		s.progress.add(account, run, func(t *tally) {
			for _, step := range reached(present.State, state) {
				if step == state {
					t.count(step, row.Reason)
				} else {
					t.count(step, "")
				}
			}
		})
		return nil
	}
}

// early writes the row of a message whose reader was faster than our writing:
// in bulk the message comes before its row. It returns the state that the
// batch will have counted. Errors: store.ErrNotFound if there is no such run.
func (s *Service) early(ctx context.Context, row Delivery) (DeliveryState, error) {
	if _, err := runs.In(s.DB, row.Account).Get(ctx, row.Run); err != nil {
		return notDelivered, err
	}
	return Sent, deliveries.In(s.DB, row.Account).Insert(ctx, row)
}

// open lists deliveries without an outcome, some of them if there are many.
func (s *Service) open(ctx context.Context, run Run) ([]Delivery, error) {
	underway, err := s.inState(ctx, run, Underway)
	if err != nil || len(underway) > 0 {
		return underway, err
	}
	return s.inState(ctx, run, Pending)
}

func (s *Service) inState(ctx context.Context, run Run, state DeliveryState) ([]Delivery, error) {
	found, _, err := deliveries.In(s.DB, run.Account).Find(ctx,
		store.Where(store.Eq("run", run.ID), store.Eq("state", state)).Top(pageSize))
	return found, err
}

// giveUp ends deliveries, unless they have got further meanwhile.
func (s *Service) giveUp(ctx context.Context, rows []Delivery, state DeliveryState, reason string) error {
	for _, row := range rows {
		if err := s.Delivered(ctx, row.ID, state, reason); err != nil {
			return err
		}
	}
	return nil
}

// recount sets the counts of a run in which nothing is open any more from its
// rows: those that a crash lost are found again. Every row has been sent that
// has no other end.
func (s *Service) recount(ctx context.Context, run Run) error {
	rows := deliveries.In(s.DB, run.Account)
	counts := make(map[DeliveryState]int64)
	for _, state := range []DeliveryState{Undelivered, Uncertain, Skipped, Sent, Arrived, Read} {
		count, err := rows.Count(ctx, store.Where(store.Eq("run", run.ID), store.Eq("state", state)), countLimit)
		if err != nil {
			return err
		}
		counts[state] = int64(count)
	}
	return s.keepRun(ctx, run, store.
		Set("counts.sent", counts[Sent]+counts[Arrived]+counts[Read]).
		Set("counts.failed", counts[Undelivered]).
		Set("counts.uncertain", counts[Uncertain]).
		Set("counts.skipped", counts[Skipped]))
}

// countLimit is above any audience.
const countLimit = 100_000_000
