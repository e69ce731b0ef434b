package live

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// page is what a real page does with live.js, and keeps what it saw.
const page = `<!doctype html><title>live</title><script type="module">
import {connect} from '/live.js';
const seen = window.seen = {numbers: [], statuses: [], resets: [], errors: []};
const live = window.live = connect({onStatus: (status, {code} = {}) => seen.statuses.push(code ? status + ' ' + code : status)});
window.subscription = live.subscribe('inbox', {
  since: 0,
  onEvent: event => seen.numbers.push(event.sequence),
  onReset: reset => seen.resets.push(reset.sequence),
});
live.subscribe('secrets', {onError: error => seen.errors.push(error.code)});
</script>`

// seen is window.seen.
type seen struct {
	Numbers  []int64  `json:"numbers"`
	Statuses []string `json:"statuses"`
	Resets   []int64  `json:"resets"`
	Errors   []string `json:"errors"`
}

// openPage opens the page in Chromium. The hub behind it can be exchanged.
func openPage(t *testing.T, hub *atomic.Pointer[Hub]) context.Context {
	t.Helper()
	script, err := os.ReadFile("../templates/assets/js/live.js")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	})
	mux.HandleFunc("GET /live.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(script)
	})
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		hub.Load().Serve(w, r, Identity{Key: "ann"})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	// Root, as in a container, cannot have Chromium's sandbox.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if _, err := chromedp.Run(tab, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	return tab
}

func run(t *testing.T, tab context.Context, script string) {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Evaluate[any](script+"; true")); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition in the page and returns what it has seen.
func until(t *testing.T, tab context.Context, condition string) (s seen) {
	t.Helper()
	_, err := chromedp.Run(tab, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(patience)))
	raw, read := chromedp.Run(tab, chromedp.Evaluate[string](`JSON.stringify(window.seen)`))
	if read != nil {
		t.Fatal(read)
	}
	if err != nil {
		t.Fatalf("%s: %v; the page has seen %s", condition, err, raw)
	}
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPageLosesItsConnectionAndMissesNothing(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLog(t, db, LogOptions{})
	var hub atomic.Pointer[Hub]
	first, _ := openHub(t, l, HubOptions{Spread: time.Millisecond})
	hub.Store(first)
	mustAppend(t, l, happened("shop", "inbox", 1)) // before the page was there
	tab := openPage(t, &hub)
	until(t, tab, `seen.numbers.length === 1 && seen.errors.length === 1`)
	mustAppend(t, l, happened("shop", "inbox", 2))
	until(t, tab, `seen.numbers.length === 2`)

	first.each(func(c *connection) { c.cut() }) // the network breaks
	for n := 3; n <= 30; n++ {
		mustAppend(t, l, happened("shop", "inbox", n))
	}
	got := until(t, tab, `seen.numbers.length >= 30`)
	wantNumbers(t, got.Numbers, upTo(1, 30))

	second, _ := openHub(t, l, HubOptions{}) // the server restarts
	hub.Store(second)
	go func() { _ = first.Close(context.Background()) }()
	until(t, tab, `seen.statuses.includes('offline 1012')`)
	mustAppend(t, l, happened("shop", "inbox", 31))
	got = until(t, tab, `seen.numbers.length >= 31 && live.status === 'online'`)
	wantNumbers(t, got.Numbers, upTo(1, 31))
	if got.Errors[0] != "topic_forbidden" || len(got.Resets) != 0 {
		t.Errorf("the page has seen %+v", got)
	}

	removeSegments(t, db, "shop", 31)                 // away for longer than events are kept
	run(t, tab, `dispatchEvent(new Event('online'))`) // asks, and so learns its position
	run(t, tab, `seen.statuses.length = 0`)
	mustAppend(t, l, happened("shop", "orders", 32))
	removeSegments(t, db, "shop", 32)
	second.each(func(c *connection) { c.cut() })
	got = until(t, tab, `seen.resets.length === 1`)
	wantNumbers(t, got.Resets, []int64{32})
	mustAppend(t, l, happened("shop", "inbox", 33))
	got = until(t, tab, `seen.numbers.length >= 32`)
	wantNumbers(t, got.Numbers, append(upTo(1, 31), 33))
}

func TestASignedOutPageDoesNotComeBack(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	var hub atomic.Pointer[Hub]
	h, _ := openHub(t, l, HubOptions{})
	hub.Store(h)
	tab := openPage(t, &hub)
	until(t, tab, `live.status === 'online'`)
	h.Kick("ann")
	until(t, tab, `seen.statuses.at(-1) === 'ended 4500'`)
	run(t, tab, `dispatchEvent(new Event('online'))`)
	until(t, tab, `live.status === 'ended'`)
	eventually(t, func() bool { return h.Connections() == 0 })
}

func TestAPageThatLeavesATopicHearsNoMoreOfIt(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	var hub atomic.Pointer[Hub]
	h, _ := openHub(t, l, HubOptions{})
	hub.Store(h)
	tab := openPage(t, &hub)
	mustAppend(t, l, happened("shop", "inbox", 1))
	until(t, tab, `seen.numbers.length === 1`)
	run(t, tab, `subscription.close(); live.subscribe('orders', {onEvent: event => seen.numbers.push(event.sequence)});
		live.subscribe('orders', {onReady: () => { seen.ready = true; }})`)
	until(t, tab, `seen.ready === true`)
	mustAppend(t, l, happened("shop", "inbox", 2), happened("shop", "orders", 3))
	got := until(t, tab, `seen.numbers.length >= 2`)
	wantNumbers(t, got.Numbers, []int64{1, 3})
}
