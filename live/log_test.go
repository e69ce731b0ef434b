package live

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/store"
)

func TestEventsAreNumberedWithoutAHole(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	const writers, appends = 16, 25
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			for n := range appends {
				if err := l.Append(t.Context(),
					happened("shop", "inbox", 2*n), happened("city", "inbox", n),
					happened("shop", fmt.Sprint("chat:", writer), 2*n+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantNumbers(t, sequences(readAll(t, l, "shop")), upTo(1, 2*writers*appends))
	wantNumbers(t, sequences(readAll(t, l, "city")), upTo(1, writers*appends))
	for n, event := range readAll(t, l, "shop", "chat:3") {
		if want := fmt.Sprintf(`{"n":%d}`, 2*n+1); string(event.Data) != want {
			t.Fatalf("event %d of one writer is %s, want %s", n, event.Data, want)
		}
	}
}

func TestAppendRefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	good := happened("shop", "inbox", 1)
	for name, spoil := range map[string]func(*Event){
		"no account":     func(e *Event) { e.Account = "" },
		"no kind":        func(e *Event) { e.Kind = "" },
		"no topic":       func(e *Event) { e.Topics = nil },
		"empty topic":    func(e *Event) { e.Topics = []string{""} },
		"control topic":  func(e *Event) { e.Topics = []string{"in\nbox"} },
		"many topics":    func(e *Event) { e.Topics = strings.Split(strings.Repeat("a", MaxTopics+1), "") },
		"broken data":    func(e *Event) { e.Data = []byte(`{"n":`) },
		"too large data": func(e *Event) { e.Data = []byte(`"` + strings.Repeat("x", MaxDataBytes) + `"`) },
	} {
		bad := good
		spoil(&bad)
		if err := l.Append(t.Context(), good, bad); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: got %v, want ErrEvent", name, err)
		}
	}
	if kept := readAll(t, l, "shop"); len(kept) != 0 {
		t.Errorf("%d events were kept of refused calls", len(kept))
	}
}

func TestLargeWritesAreCutIntoSegments(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	large := happened("shop", "inbox", 1)
	large.Data = []byte(`"` + strings.Repeat("x", MaxDataBytes-2) + `"`)
	many := make([]Event, 100)
	for i := range many {
		many[i] = large
	}
	mustAppend(t, l, many...)
	wantNumbers(t, sequences(readAll(t, l, "shop")), upTo(1, 100))
}

func TestAClosedLogHasWrittenAllItAccepted(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	var mu sync.Mutex
	accepted := 0
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for {
				err := l.Append(t.Context(), happened("shop", "inbox", 1))
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				accepted++
				mu.Unlock()
			}
		})
	}
	mustAppend(t, l, happened("city", "inbox", 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	again := openLog(t, db, LogOptions{})
	wantNumbers(t, sequences(readAll(t, again, "shop")), upTo(1, int64(accepted)))
}

func TestNumbersAreNeverGivenTwice(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	for n := range 5 {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	_ = l.Close()

	// The head of a node that was killed may be behind its segments ...
	if err := heads.In(db, "shop").Update(t.Context(), "shop", store.Set("last", int64(3))); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, db, LogOptions{})
	mustAppend(t, l, happened("shop", "inbox", 6))
	wantNumbers(t, sequences(readAll(t, l, "shop")), upTo(1, 6))
	_ = l.Close()

	// ... and the segments of a quiet account have expired.
	removeSegments(t, db, "shop", 6)
	l = openLog(t, db, LogOptions{})
	mustAppend(t, l, happened("shop", "inbox", 7))
	page, err := l.Read(t.Context(), "shop", 6, 7, nil, 10)
	if err != nil || page.Lost {
		t.Fatalf("reading on from 6: %+v, %v", page, err)
	}
	wantNumbers(t, sequences(page.Events), []int64{7})
}

// removeSegments removes those that end at or before through, as retention
// does.
func removeSegments(t testing.TB, db *store.DB, account string, through int64) {
	t.Helper()
	for s, err := range segments.In(db, account).Each(t.Context(), segmentsAfter(account, 0)) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Last <= through {
			if err := segments.In(db, account).Delete(t.Context(), s.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestReadTellsWhenEventsAreNoLongerKept(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	for n := range 10 {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	removeSegments(t, db, "shop", 4)
	for since, lost := range map[int64]bool{0: true, 3: true, 4: false, 9: false, 10: false} {
		page, err := l.Read(t.Context(), "shop", since, 10, nil, 100)
		if err != nil || page.Lost != lost {
			t.Errorf("since %d: lost %v, %v; want %v", since, page.Lost, err, lost)
		}
	}
	removeSegments(t, db, "shop", 10)
	if page, err := l.Read(t.Context(), "shop", 9, 10, nil, 100); err != nil || !page.Lost {
		t.Errorf("all expired: %+v, %v", page, err)
	}
}

func TestEventsExpireAfterTheRetention(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	now := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.UTC)
	l := openLog(t, db, LogOptions{Now: func() time.Time { return now }, Retention: time.Hour})
	mustAppend(t, l, happened("shop", "inbox", 1))
	s, err := segments.In(db, "shop").Get(t.Context(), segmentKey("shop", 1))
	if err != nil {
		t.Fatal(err)
	}
	at := now.Truncate(time.Millisecond)
	if !s.ExpiresAt.Equal(at.Add(time.Hour)) || !s.Events[0].At.Equal(at) {
		t.Errorf("logged at %v, expires at %v", s.Events[0].At, s.ExpiresAt)
	}
}

func TestAccountsDoNotSeeOneAnothersEvents(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	// One key is the beginning of the other.
	mustAppend(t, l, happened("a", "inbox", 1), happened("a/0", "inbox", 2), happened("ab", "inbox", 3))
	for _, account := range []string{"a", "a/0", "ab"} {
		if events := readAll(t, l, account); len(events) != 1 || events[0].Account != account {
			t.Errorf("%s sees %v", account, events)
		}
	}
}
