package live

import (
	"errors"
	"sync"
	"testing"
	"time"

	"plaza/store"
)

// writeMany appends from many goroutines, through all logs, and returns when
// all is durable.
func writeMany(t *testing.T, account string, writers, appends int, logs ...*Log) *sync.WaitGroup {
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			for n := range appends {
				if err := logs[writer%len(logs)].Append(t.Context(), happened(account, "inbox", n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	return &wg
}

func TestAWatchDeliversEachEventOnceAndInOrder(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLog(t, openDB(t), LogOptions{Shared: shared, Poll: 2 * time.Millisecond})
			const writers, appends = 16, 30
			wg := writeMany(t, "shop", writers, appends, l)
			var watches []func()
			for range 4 { // beginning while others write
				c, start := watch(t, l, "shop")
				watches = append(watches, func() {
					wantNumbers(t, c.waitFor(t, writers*appends+1), upTo(start+1, writers*appends+1))
				})
			}
			wg.Wait()
			mustAppend(t, l, happened("shop", "inbox", 0))
			for _, check := range watches {
				check()
			}
		})
	}
}

func TestTwoNodesSeeOneAnothersEvents(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	options := LogOptions{Shared: true, Poll: 2 * time.Millisecond}
	one, two := openLog(t, db, options), openLog(t, db, options)
	onOne, startOne := watch(t, one, "shop")
	onTwo, startTwo := watch(t, two, "shop")
	const writers, appends = 16, 25
	writeMany(t, "shop", writers, appends, one, two).Wait()
	mustAppend(t, two, happened("shop", "inbox", 0))
	last := int64(writers*appends + 1)
	wantNumbers(t, onOne.waitFor(t, last), upTo(startOne+1, last))
	wantNumbers(t, onTwo.waitFor(t, last), upTo(startTwo+1, last))
}

func TestAWatchThatFallsBehindReadsTheStore(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	c := newCollector()
	entered, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w, err := l.Watch(t.Context(), "shop", func(events []Event) {
		once.Do(func() { close(entered); <-free })
		c.deliver(events)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	mustAppend(t, l, happened("shop", "inbox", 0))
	<-entered
	const more = maxPending + 500
	many := make([]Event, more)
	for n := range many {
		many[n] = happened("shop", "inbox", n)
	}
	mustAppend(t, l, many...) // a delivery that hangs holds nobody up
	close(free)
	wantNumbers(t, c.waitFor(t, more+1), upTo(1, more+1))
}

// takeAndDie does what a node does that takes numbers and is then killed.
func takeAndDie(t *testing.T, db *store.DB, account string, numbers int64) (first int64) {
	t.Helper()
	h, err := heads.In(db, account).Upsert(t.Context(), account, store.Inc("last", numbers))
	if err != nil {
		t.Fatal(err)
	}
	return h.Last - numbers + 1
}

func TestNumbersOfADeadNodeAreGivenUp(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{Shared: true, Poll: time.Millisecond, Gap: 30 * time.Millisecond})
	c, _ := watch(t, l, "shop")
	mustAppend(t, l, happened("shop", "inbox", 1))
	first := takeAndDie(t, db, "shop", 3) // 2, 3, 4
	mustAppend(t, l, happened("shop", "inbox", 5))
	wantNumbers(t, c.waitFor(t, 5), []int64{1, 5})

	// The node was only slow: it finds its key taken and takes new numbers.
	late := []*batch{{account: "shop", first: first, events: []Event{
		happened("shop", "inbox", 2), happened("shop", "inbox", 3), happened("shop", "inbox", 4)}}}
	if written := l.insert(t.Context(), late); len(written) != 0 || !errors.Is(late[0].err, store.ErrDuplicate) {
		t.Fatalf("wrote %d segments over sealed numbers, %v", len(written), late[0].err)
	}
	mustAppend(t, l, late[0].events...)
	wantNumbers(t, c.waitFor(t, 8), []int64{1, 5, 6, 7, 8})

	// A browser that resumes from before the hole is told of no loss.
	page, err := l.Read(t.Context(), "shop", 1, 8, nil, 100)
	if err != nil || page.Lost {
		t.Fatalf("read over sealed numbers: lost %v, %v", page.Lost, err)
	}
	wantNumbers(t, sequences(page.Events), []int64{5, 6, 7, 8})
}

func TestAnAppendWhoseNumbersWereSealedTakesNewOnes(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{Shared: true})
	if err := l.seal(t.Context(), "shop", 2, 3); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	wantNumbers(t, sequences(readAll(t, l, "shop")), []int64{1, 4, 5})
}

func TestASealStopsAtWhatIsWritten(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{Shared: true})
	mustAppend(t, l, happened("shop", "inbox", 1), happened("shop", "inbox", 2), happened("shop", "inbox", 3))
	// A reader that saw nothing of 1 to 3 seals what it misses, too late.
	if err := l.seal(t.Context(), "shop", 1, 5); err != nil {
		t.Fatal(err)
	}
	kept, err := segments.In(db, "shop").GetMany(t.Context(),
		segmentKey("shop", 1), segmentKey("shop", 2), segmentKey("shop", 3), segmentKey("shop", 4))
	if err != nil || len(kept) != 2 || len(kept[0].Events) != 3 || len(kept[1].Events) != 0 {
		t.Errorf("kept %+v, %v; want the segment and the seal behind it", kept, err)
	}
}

func TestAWatchWaitsForWhatAnotherNodeIsWriting(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{Shared: true, Poll: time.Millisecond, Gap: time.Hour})
	mustAppend(t, l, happened("shop", "inbox", 1))
	first := takeAndDie(t, db, "shop", 2)
	mustAppend(t, l, happened("shop", "inbox", 4))
	c, start := watch(t, l, "shop") // begins while 2 and 3 are missing
	if start != 1 {
		t.Fatalf("the watch begins at %d, in front of the hole is 1", start)
	}
	other := []*batch{{account: "shop", first: first, events: []Event{
		happened("shop", "inbox", 2), happened("shop", "inbox", 3)}}}
	node := openLog(t, db, LogOptions{Shared: true})
	if written := node.insert(t.Context(), other); len(written) != 1 {
		t.Fatal(other[0].err)
	}
	wantNumbers(t, c.waitFor(t, 4), upTo(2, 4))
}

func TestAWatchOfAClosedLogIsRefused(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_ = l.Close()
	if _, err := l.Watch(t.Context(), "shop", func([]Event) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
