package templates

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAPageOfTheConsoleFollowsWhatHappensAndKeepsWhatIsBeingTyped(t *testing.T) {
	s := sampler{"en"}
	renderer := newRenderer(t)
	var orders atomic.Int64
	mux := http.NewServeMux()
	mux.Handle(AssetsRoute, renderer.Assets)
	mux.HandleFunc("GET /watch.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(watcher + socket))
	})
	mux.HandleFunc("GET /console/corner/inbox", func(w http.ResponseWriter, r *http.Request) {
		page := &Inbox{Base: s.console("inbox"), Open: &Conversation{ID: "c", Path: "/c", Topic: "conversation:c", State: "open", Person: s.kim(), Messages: s.messages()[:orders.Load()+1], Key: "k"}}
		page.Member.Unread = int(orders.Load()) + 3
		page.Live = Live{URL: "/live?account=corner", Topics: []string{"inbox"}, Since: 7}
		drawTo(t, w, renderer, page)
	})
	mux.Handle("/pictures/", gallery{})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	tab := openTab(t)
	do(t, tab, chromedp.EmulateViewport(1280, 844))
	do(t, tab, chromedp.Navigate(server.URL+"/console/corner/inbox"))
	until(t, tab, `frames_sent.length > 0`)
	run(t, tab, `document.getElementById('f-text').value = 'half a sent'; document.getElementById('f-text').focus()`)

	// The person writes, and is shown that the member does. What of the page is
	// drawn anew says nothing about that, only a message of theirs does.
	run(t, tab, `window.setTimeout = (later => (what, ms) => ms < 5000 ? later(what, ms) : 0)(window.setTimeout)`) // nor does time
	run(t, tab, `arrive({signal: {topic: 'conversation:c', kind: 'typing'}})`)
	until(t, tab, `!document.querySelector('[data-writing]').hidden`)
	run(t, tab, `document.getElementById('f-text').dispatchEvent(new Event('input'))`)
	until(t, tab, `frames_sent.some(f => f.signal?.topic === 'conversation:c' && f.signal.kind === 'typing')`)

	orders.Store(1)
	run(t, tab, `arrive({event: {topic: 'inbox', kind: 'message.sent', sequence: 8, at: '', data: {}}})`)
	until(t, tab, `document.querySelectorAll('[data-region=messages] .bubble-row').length === 2`)
	if evaluate[bool](t, tab, `document.querySelector('[data-writing]').hidden`) {
		t.Error("the member's own message hides that the person writes")
	}
	orders.Store(3)
	run(t, tab, `arrive({event: {topic: 'inbox', kind: 'message.received', sequence: 9, at: '', data: {}}})`)
	until(t, tab, `document.querySelectorAll('[data-region=messages] .bubble-row').length === 4`)
	until(t, tab, `document.querySelector('[data-writing]').hidden`)
	until(t, tab, `document.querySelector('[data-region=nav] .count').textContent.startsWith('6')`)
	if got := evaluate[string](t, tab, `document.getElementById('f-text').value`); got != "half a sent" {
		t.Errorf("what was typed is now %q", got)
	}

	// The line was lost for too long: everything is fetched anew.
	orders.Store(5)
	run(t, tab, `arrive({reset: {topic: 'inbox', sequence: 20}})`)
	until(t, tab, `document.querySelectorAll('[data-region=messages] .bubble-row').length === 6`)
	if got := evaluate[[]string](t, tab, `problems`); len(got) > 0 {
		t.Error(got)
	}
}
