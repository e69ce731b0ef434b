package usage

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// shelf is a Store that fails when it is told to.
type shelf struct {
	mu     sync.Mutex
	counts map[string]int64
	adds   int
	broken bool
}

var errShelf = errors.New("the store is away")

func (s *shelf) AddUsage(_ context.Context, account, period string, counts map[string]int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errShelf
	}
	s.adds++
	for name, n := range counts {
		s.counts[account+" "+period+" "+name] += n
	}
	return nil
}

func (s *shelf) Usage(_ context.Context, account, period string) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]int64{"send": s.counts[account+" "+period+" send"]}, nil
}

func TestCountsOfManyGoroutinesArriveInFewWrites(t *testing.T) {
	t.Parallel()
	kept := &shelf{counts: map[string]int64{}}
	now := time.Date(2026, 5, 1, 15, 30, 0, 0, time.UTC)
	c := New(kept, func() time.Time { return now }, time.FixedZone("UTC+9", 9*3600), time.DateOnly)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			for range 20 {
				c.Count("app", "send", 2)
				if err := c.FlushIfDue(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	counts, err := c.Counts(t.Context(), "app")
	if err != nil || counts["send"] != 2000 || kept.counts["app 2026-05-02 send"] != 2000 {
		t.Errorf("%v, %v; kept %v", counts, err, kept.counts)
	}
	if kept.adds > 2 {
		t.Errorf("%d writes", kept.adds)
	}
}

func TestWhatTheStoreDoesNotTakeIsKept(t *testing.T) {
	t.Parallel()
	kept := &shelf{counts: map[string]int64{}, broken: true}
	c := New(kept, time.Now, time.UTC, "2006")
	c.Count("app", "send", 3)
	if err := c.Flush(t.Context()); !errors.Is(err, errShelf) {
		t.Error(err)
	}
	kept.broken = false
	c.Count("app", "send", 1)
	if counts, err := c.Counts(t.Context(), "app"); err != nil || counts["send"] != 4 {
		t.Errorf("%v, %v", counts, err)
	}
}

func TestWithoutAStoreNothingIsCounted(t *testing.T) {
	t.Parallel()
	c := New(nil, time.Now, time.UTC, "2006")
	c.Count("app", "send", 3)
	if counts, err := c.Counts(t.Context(), "app"); err != nil || counts != nil || c.FlushIfDue(t.Context()) != nil {
		t.Errorf("%v, %v", counts, err)
	}
}
