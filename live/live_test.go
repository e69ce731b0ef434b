package live

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

// patience bounds what a test waits for; nothing that works comes near it.
const patience = time.Minute

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func openDB(t testing.TB) *store.DB { return storetest.Open(t, Schemas()...) }

func openLog(t testing.TB, db *store.DB, options LogOptions) *Log {
	t.Helper()
	options.Logger = quiet()
	l := NewLog(db, options)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// happened makes an event of one account and topic that can be told apart.
func happened(account, topic string, n int) Event {
	return Event{Account: account, Topics: []string{topic}, Kind: "message.received",
		Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

func mustAppend(t testing.TB, l *Log, events ...Event) {
	t.Helper()
	if err := l.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}

// readAll reads everything of an account that is kept.
func readAll(t testing.TB, l *Log, account string, topics ...string) []Event {
	t.Helper()
	last, err := l.Head(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	var all []Event
	for since := int64(0); since < last; {
		page, err := l.Read(t.Context(), account, since, last, topics, 7)
		if err != nil {
			t.Fatal(err)
		}
		all, since = append(all, page.Events...), page.Through
	}
	return all
}

func sequences(events []Event) []int64 {
	numbers := make([]int64, len(events))
	for i, event := range events {
		numbers[i] = event.Sequence
	}
	return numbers
}

func upTo(first, last int64) []int64 {
	var numbers []int64
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func wantNumbers(t testing.TB, got, want []int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got numbers %v, want %v", brief(got), brief(want))
	}
}

func brief(numbers []int64) string {
	if len(numbers) <= 40 {
		return fmt.Sprint(numbers)
	}
	return fmt.Sprintf("%v ... %v (%d)", numbers[:20], numbers[len(numbers)-20:], len(numbers))
}

// collector keeps what a watch delivers and lets a test wait for it.
type collector struct {
	mu      sync.Mutex
	events  []Event
	changed chan struct{}
}

func newCollector() *collector { return &collector{changed: make(chan struct{})} }

func (c *collector) deliver(events []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, events...)
	close(c.changed)
	c.changed = make(chan struct{})
}

// waitFor waits until the event with that number has been delivered and
// returns the numbers of all.
func (c *collector) waitFor(t testing.TB, last int64) []int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		c.mu.Lock()
		numbers, changed := sequences(c.events), c.changed
		c.mu.Unlock()
		if len(numbers) > 0 && numbers[len(numbers)-1] >= last {
			return numbers
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("event %d did not come; got %s", last, brief(numbers))
		}
	}
}

func watch(t testing.TB, l *Log, account string) (*collector, int64) {
	t.Helper()
	c := newCollector()
	w, err := l.Watch(t.Context(), account, c.deliver)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	var start int64
	w.Sync(func(position int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		start = position - int64(len(c.events))
	})
	return c, start
}
