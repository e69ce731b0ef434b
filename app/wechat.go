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

// usageLife is how long counts of calls are kept.
const usageLife = 8 * 24 * time.Hour

func (s sharedTokens) AddUsage(ctx context.Context, appID, day string, counts map[string]int64) error {
	update := store.Set("expires_at", s.now().Add(usageLife).UTC())
	for path, count := range counts {
		update = update.Inc("counts."+path, count)
	}
	_, err := clientStates.Across(s.db).Upsert(ctx, "wechat usage "+appID+" "+day, update)
	return err
}

func (s sharedTokens) Usage(ctx context.Context, appID, day string) (map[string]int64, error) {
	state, err := clientStates.Across(s.db).Get(ctx, "wechat usage "+appID+" "+day)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return state.Counts, err
}
