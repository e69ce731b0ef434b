package broadcast

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"plaza/live"
	"plaza/store"
)

// progressEvery bounds the events of one campaign to five a second.
const progressEvery = 200 * time.Millisecond

// tally gathers what a step adds to a run's counts.
type tally struct{ counts map[string]int64 }

func newTally() *tally { return &tally{counts: make(map[string]int64)} }

func (t *tally) add(name string, by int64) {
	if by != 0 {
		t.counts[name] += by
	}
}

// count adds a delivery that its batch brought into a state.
func (t *tally) count(state DeliveryState, reason string) {
	if state == Underway {
		t.add("queued", 1)
		return
	}
	t.add(string(state), 1)
	if reason != "" {
		t.add("reasons."+reason, 1)
	}
}

// again adds a delivery that an earlier attempt at its batch left behind. What
// its results added has been counted when they came.
func (t *tally) again(row Delivery) {
	if row.State == Skipped || row.State == Undelivered {
		t.count(row.State, row.Reason)
		return
	}
	t.add("queued", 1)
}

// update is the tally as increments.
func (t *tally) update() store.Update {
	var update store.Update
	for name, by := range t.counts {
		update = update.Inc("counts."+name, by)
	}
	return update
}

// progress gathers, run by run, what results add to the counts, and tells the
// console. A crash loses the counts of a fifth of a second at most; those that
// a run ends with are counted again from its rows (recount).
type progress struct {
	db     *store.DB
	events Events
	logger *slog.Logger

	mutex   sync.Mutex
	pending map[string]*change // by run
}

type change struct {
	account, run string
	tally        *tally
}

func newProgress(db *store.DB, events Events, logger *slog.Logger) *progress {
	return &progress{db: db, events: events, logger: logger, pending: make(map[string]*change)}
}

// touch has the run's counts shown.
func (p *progress) touch(run Run) { p.add(run.Account, run.ID, func(*tally) {}) }

// add changes a run's counts.
func (p *progress) add(account, run string, with func(*tally)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	entry := p.pending[run]
	if entry == nil {
		entry = &change{account: account, run: run, tally: newTally()}
		p.pending[run] = entry
	}
	with(entry.tally)
}

func (p *progress) loop(ctx context.Context, stopping <-chan struct{}) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stopping:
			return
		case <-ticker.C:
			if err := p.flush(ctx); err != nil && ctx.Err() == nil {
				p.logger.WarnContext(ctx, "campaign progress", "error", err)
			}
		}
	}
}

// flush writes what is gathered; what fails stays gathered.
func (p *progress) flush(ctx context.Context) error {
	p.mutex.Lock()
	taken := p.pending
	p.pending = make(map[string]*change)
	p.mutex.Unlock()
	var failed []error
	for _, entry := range taken {
		if err := p.write(ctx, entry); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (p *progress) write(ctx context.Context, entry *change) error {
	run, err := p.increase(ctx, entry)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		p.add(entry.account, entry.run, func(t *tally) {
			for name, by := range entry.tally.counts {
				t.add(name, by)
			}
		})
		return err
	}
	data, err := json.Marshal(struct {
		Campaign string   `json:"campaign"`
		Run      string   `json:"run"`
		Counts   Progress `json:"counts"`
		Finished bool     `json:"finished"`
	}{run.Campaign, run.ID, run.Counts, !run.FinishedAt.IsZero()})
	if err != nil {
		return err
	}
	return p.events.Append(ctx, live.Event{Account: run.Account, Topics: []string{"campaigns"},
		Kind: "campaign.progress", Data: data})
}

func (p *progress) increase(ctx context.Context, entry *change) (Run, error) {
	scope := runs.In(p.db, entry.account)
	if len(entry.tally.counts) == 0 {
		return scope.Get(ctx, entry.run)
	}
	return scope.UpdateAndGet(ctx, entry.run, entry.tally.update())
}
