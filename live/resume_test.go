package live

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestResumingHasNoGapAndNoRepeat: browsers lose their connection over and
// over while many write, and each still sees every event once, in order.
func TestResumingHasNoGapAndNoRepeat(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]int{"held events fit": 1 << 16, "held events overflow": 16} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLog(t, openDB(t), LogOptions{})
			_, server := openHub(t, l, HubOptions{QueueFrames: queue})
			const writers, appends = 8, 40
			const last = writers*appends + 1
			wg := writeMany(t, "shop", writers, appends, l)
			var browsers sync.WaitGroup
			for range 4 {
				browsers.Go(func() { follow(t, []*httptest.Server{server}, last) })
			}
			wg.Wait()
			mustAppend(t, l, happened("shop", "inbox", 0))
			browsers.Wait()
		})
	}
}

// follow sees all events up to last, through connection after connection.
func follow(t *testing.T, servers []*httptest.Server, last int64) {
	var seen int64
	for connection := 0; seen < last; connection++ {
		b := dial(t, servers[connection%len(servers)], "")
		b.subscribe("inbox", seen)
		for heard := 0; seen < last && heard < 25; {
			var f serverFrame
			if err := b.ws.ReadJSON(&f); err != nil {
				if websocket.IsCloseError(err, int(CloseSlow)) {
					break // told to resume, so it does
				}
				t.Errorf("after %d: %v", seen, err)
				return
			}
			if f.Reset != nil || f.Error != nil {
				t.Errorf("after %d: %+v", seen, f)
				return
			}
			if f.Event == nil {
				continue
			}
			if f.Event.Sequence != seen+1 {
				t.Errorf("after %d came %d", seen, f.Event.Sequence)
				return
			}
			seen++
			heard++
		}
		_ = b.ws.Close()
	}
}

func TestABrowserMovesBetweenNodesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	// Both nodes live: however slow they are, no number of theirs is to be sealed.
	options := LogOptions{Shared: true, Poll: 3 * time.Millisecond, Gap: time.Hour}
	one, two := openLog(t, db, options), openLog(t, db, options)
	_, serverOne := openHub(t, one, HubOptions{})
	_, serverTwo := openHub(t, two, HubOptions{})
	mustAppend(t, one, happened("shop", "inbox", 0)) // the log has begun
	const writers, appends = 8, 30
	wg := writeMany(t, "shop", writers, appends, one, two)
	var browsers sync.WaitGroup
	for range 4 {
		browsers.Go(func() { follow(t, []*httptest.Server{serverOne, serverTwo}, writers*appends+2) })
	}
	wg.Wait()
	mustAppend(t, two, happened("shop", "inbox", 0))
	browsers.Wait()
}

func TestABrowserThatIsAheadOfItsNodeGetsNothingAgain(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	one := openLog(t, db, LogOptions{Shared: true})
	behind := openLog(t, db, LogOptions{Shared: true, Poll: time.Hour})
	_, server := openHub(t, behind, HubOptions{})
	stayed, came := dial(t, server, ""), dial(t, server, "")
	stayed.subscribed("inbox")
	for n := range 5 {
		mustAppend(t, one, happened("shop", "inbox", n))
	}
	came.subscribe("inbox", 5) // as it has seen on the other node
	if f := came.hear(); f.Subscribed == nil || f.Subscribed.Sequence != 5 || !f.Subscribed.Recovered {
		t.Fatalf("heard %+v", f)
	}
	mustAppend(t, behind, happened("shop", "inbox", 6))
	if event := came.hearEvent(); event.Sequence != 6 {
		t.Errorf("after 5 came %d", event.Sequence)
	}
	for n := range int64(6) {
		if event := stayed.hearEvent(); event.Sequence != n+1 {
			t.Errorf("after %d came %d", n, event.Sequence)
		}
	}
}

func TestABrowserThatMissedTooMuchIsReset(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	for n := range 20 {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	removeSegments(t, db, "shop", 5)
	_, server := openHub(t, l, HubOptions{Replay: 12})
	for name, since := range map[string]int64{
		"expired": 2, "too many": 7, "numbers from before a restored backup": 21,
	} {
		b := dial(t, server, "")
		b.subscribe("inbox", since)
		if f := b.hear(); f.Reset == nil || f.Reset.Sequence != 20 {
			t.Errorf("%s: heard %+v, want a reset at 20", name, f)
		}
	}
	b := dial(t, server, "")
	b.subscribe("inbox", 1)
	b.hear() // reset
	mustAppend(t, l, happened("shop", "inbox", 21))
	if event := b.hearEvent(); event.Sequence != 21 {
		t.Errorf("after a reset heard %+v", event)
	}
}

func TestASlowBrowserIsClosedAndResumes(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	metrics := NewMetrics()
	_, server := openHub(t, l, HubOptions{Metrics: metrics, QueueFrames: 8})
	slow, quick := dial(t, narrow(t, server), ""), dial(t, server, "")
	slow.subscribed("inbox")
	quick.subscribed("inbox")
	large := happened("shop", "inbox", 1)
	large.Data = []byte(`"` + strings.Repeat("x", MaxDataBytes-2) + `"`)
	closed := metrics.closed.WithLabelValues(CloseSlow.String())
	last := int64(0)
	for counted(t, closed) == 0 { // until the sockets' buffers are full
		mustAppend(t, l, large)
		if last = quick.hearEvent().Sequence; last > 2000 {
			t.Fatal("a browser that never reads is never closed")
		}
	}
	seen := int64(0)
	for _, f := range slow.wantClosed(CloseSlow) {
		if f.Event.Sequence != seen+1 {
			t.Fatalf("after %d came %d", seen, f.Event.Sequence)
		}
		seen++
	}
	if seen >= last {
		t.Fatal("closed for being slow, yet it saw everything")
	}
	again := dial(t, server, "")
	again.subscribe("inbox", seen)
	for seen < last {
		event := again.hearEvent()
		if event.Sequence != seen+1 {
			t.Fatalf("after %d came %d", seen, event.Sequence)
		}
		seen++
	}
}
