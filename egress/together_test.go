package egress_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plaza/egress"
)

// TestWhatManyWantIsFetchedOnce, and goes on although the first of them gives up.
func TestWhatManyWantIsFetchedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var together egress.Together[string]
		fetched := 0
		fetch := func(ctx context.Context) (string, error) {
			fetched++
			select {
			case <-time.After(time.Second):
				return "token", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		impatient, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if _, err := together.Fetch(impatient, "a", time.Minute, fetch); !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: %v", err)
			}
		})
		synctest.Wait()
		for range 9 {
			waiting.Go(func() {
				if got, err := together.Fetch(t.Context(), "a", time.Minute, fetch); err != nil || got != "token" {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		waiting.Wait()
		if fetched != 1 {
			t.Errorf("fetched %d times", fetched)
		}
	})
}

func TestAFetchTakesNoLongerThanItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var together egress.Together[error]
		began := time.Now()
		got, err := together.Fetch(t.Context(), "a", time.Second, func(ctx context.Context) (error, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if got != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v, %v after %v", got, err, time.Since(began))
		}
	})
}
