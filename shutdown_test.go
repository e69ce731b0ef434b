package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Every part of the program takes as long as it is given, and the last one hangs.
func TestShutdownEndsInTimeWhateverHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, never := time.Now(), make(chan struct{})
		defer close(never)
		ended := make(chan time.Duration, 3)
		slow := func(ctx context.Context) error {
			<-ctx.Done()
			ended <- time.Since(began)
			return ctx.Err()
		}
		hang := func(context.Context) error { <-never; return nil }
		err := inTurn(t.Context(), step{pagesShare, slow}, step{requestsShare, slow}, step{workersShare, slow},
			step{shutdownLimit, hang})
		if !errors.Is(err, errSlowShutdown) || time.Since(began) != shutdownLimit {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		for _, share := range []time.Duration{pagesShare, requestsShare, workersShare} {
			if at := <-ended; at != share {
				t.Errorf("a step that had until %v ended after %v", share, at)
			}
		}
	})
}

func TestShutdownTakesNoLongerThanItsParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, failed := time.Now(), errors.New("failed")
		quick := func(context.Context) error { time.Sleep(time.Second); return failed }
		err := inTurn(t.Context(), step{pagesShare, quick}, step{requestsShare, quick})
		if !errors.Is(err, failed) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
