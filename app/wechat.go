package app

import (
	"context"
	"errors"
	"time"

	"plaza/store"
)

// jobLife is how long a platform may take to tell how a job ended.
const jobLife = 7 * 24 * time.Hour

func (s sharedTokens) PutJob(ctx context.Context, account, job, key string) error {
	_, err := clientStates.Across(s.db).Upsert(ctx, "wechat job "+account+" "+job,
		store.Set("key", key).Set("expires_at", s.now().Add(jobLife).UTC()))
	return err
}

func (s sharedTokens) Job(ctx context.Context, account, job string) (string, error) {
	state, err := clientStates.Across(s.db).Get(ctx, "wechat job "+account+" "+job)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return state.Key, err
}

// usageCounts keeps how often a platform was called.
type usageCounts struct {
	sharedTokens
	channel string
	life    time.Duration
}

// How long counts of a day and of a month are kept.
const (
	dayLife   = 8 * 24 * time.Hour
	monthLife = 62 * 24 * time.Hour
)

func (s usageCounts) id(account, period string) string {
	return s.channel + " usage " + account + " " + period
}

func (s usageCounts) AddUsage(ctx context.Context, account, period string, counts map[string]int64) error {
	update := store.Set("expires_at", s.now().Add(s.life).UTC())
	for path, count := range counts {
		update = update.Inc("counts."+path, count)
	}
	_, err := clientStates.Across(s.db).Upsert(ctx, s.id(account, period), update)
	return err
}

func (s usageCounts) Usage(ctx context.Context, account, period string) (map[string]int64, error) {
	state, err := clientStates.Across(s.db).Get(ctx, s.id(account, period))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return state.Counts, err
}
