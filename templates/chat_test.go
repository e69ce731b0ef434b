package templates

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// socket stands in for the browser's WebSocket: the test says what arrives.
const socket = `window.frames_sent = [];
window.WebSocket = class {
	static OPEN = 1;
	readyState = 0;
	constructor() { window.line = this; setTimeout(() => { this.readyState = 1; this.onopen?.(); }); }
	send(text) { frames_sent.push(JSON.parse(text)); }
	close() {}
};
window.arrive = frame => line.onmessage({data: JSON.stringify(frame)});`

// counter is a server that takes messages, at first only after some refusals.
type counter struct {
	gallery
	mu      sync.Mutex
	refuse  int
	said    []string // ids, in order
	payload string
	readTo  string
	marked  []string // states, in order
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.URL.Path == "/watch.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, watcher+socket)
	case r.URL.Path == "/chat/corner/say":
		c.said = append(c.said, r.PostFormValue("id"))
		c.payload = r.PostFormValue("payload")
		if c.refuse > 0 {
			c.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{"id": "`+r.PostFormValue("id")+`"}`)
	case r.URL.Path == "/chat/corner/attach":
		c.said = append(c.said, r.URL.Query().Get("key"))
		body, _ := io.ReadAll(r.Body)
		c.payload = string(body)
		if c.refuse > 0 {
			c.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"detail": "Files of this kind cannot be sent."}`)
	case r.URL.Path == "/chat/corner/read":
		c.readTo, c.marked = r.PostFormValue("up_to"), append(c.marked, r.PostFormValue("state"))
		w.WriteHeader(http.StatusNoContent)
	default:
		c.gallery.ServeHTTP(w, r)
	}
}

// openChat opens the web chat in a browser, listening from sequence 7 on.
func openChat(t *testing.T, c *counter) context.Context {
	t.Helper()
	s := sampler{"en"}
	page := &Chat{Base: s.public("/chat/corner"), Path: "/chat/corner", Messages: s.chat(), Unseen: 1, Followed: true, Quick: s.quick(), SayID: "x"}
	page.Live = Live{URL: "/live?account=corner", Topics: []string{"chat:corner:webchat:u1"}, Since: 7}
	c.gallery = gallery{t: t, renderer: newRenderer(t), pages: map[string][]Page{"en": {page}}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	tab := openTab(t)
	do(t, tab, chromedp.EmulateViewport(390, 844))
	do(t, tab, chromedp.Navigate(server.URL+"/en/0"))
	until(t, tab, `frames_sent.length > 0`)
	return tab
}

// until waits for a condition in the page.
func until(t *testing.T, tab context.Context, condition string) {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](`Boolean(`+condition+`)`, chromedp.WithPollingTimeout(time.Minute))); err != nil {
		t.Fatalf("%s: %v; problems: %v", condition, err, do(t, tab, chromedp.Evaluate[[]string](`problems`)))
	}
}

func run(t *testing.T, tab context.Context, script string) {
	t.Helper()
	do(t, tab, chromedp.Evaluate[bool](script+"; true"))
}

// event is a live event as the hub sends it.
func event(sequence int, kind, message string) string {
	return fmt.Sprintf(`arrive({event: {topic: 'chat:corner:webchat:u1', kind: '%s', sequence: %d, at: '2026-11-23T06:30:00Z', data: {message: %s}}})`, kind, sequence, message)
}

func TestTheChatAsksForEverythingAfterWhatItShows(t *testing.T) {
	tab := openChat(t, &counter{})
	asked := do(t, tab, chromedp.Evaluate[string](`JSON.stringify(frames_sent[0])`))
	if asked != `{"subscribe":{"topic":"chat:corner:webchat:u1","since":7}}` {
		t.Fatalf("asked %s", asked)
	}
}

func TestAMessageThatIsRefusedIsSaidAgainUnderTheSameKeyAndShownOnce(t *testing.T) {
	c := &counter{refuse: 2}
	tab := openChat(t, c)
	run(t, tab, `document.getElementById('f-text').value = 'two loaves, please'; document.getElementById('say').requestSubmit()`)
	until(t, tab, `document.querySelector('.bubble-row.waiting')`)
	until(t, tab, `!document.querySelector('.bubble-row.waiting')`)
	c.mu.Lock()
	said := c.said
	c.mu.Unlock()
	if len(said) != 3 || said[0] == "" || said[0] != said[1] || said[1] != said[2] {
		t.Fatalf("said under %q", said)
	}
	// The server's own event of the message takes the place of what was shown.
	run(t, tab, event(8, "message.received", `{id: 'u1/01X', at: '2026-11-23T06:30:00Z', in: {kind: 'text', key: 'say:`+said[0]+`', text: 'two loaves, please'}}`))
	until(t, tab, `document.getElementById('m-u1/01X')`)
	if n := do(t, tab, chromedp.Evaluate[int](`[...document.querySelectorAll('.bubble')].filter(b => b.textContent === 'two loaves, please').length`)); n != 1 {
		t.Fatalf("shown %d times", n)
	}
}

func TestAFileGoesAgainUnderItsKeyAndARefusalIsTold(t *testing.T) {
	c := &counter{refuse: 2}
	tab := openChat(t, c)
	run(t, tab, `(d => { d.items.add(new File(['<html>'], 'page.html', {type: 'text/html'})); const f = document.querySelector('[data-files]'); f.files = d.files; f.dispatchEvent(new Event('change')); })(new DataTransfer())`)
	until(t, tab, `document.querySelector('.bubble-row.waiting progress')`)
	until(t, tab, `document.querySelector('.bubble-row.broken .refused')?.textContent === 'Files of this kind cannot be sent.'`)
	run(t, tab, `document.querySelector('.bubble-row.broken .again').click()`)
	until(t, tab, `document.querySelector('.bubble-row.broken .refused')`)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.said) < 4 || c.said[0] == "" || c.said[0] != c.said[2] || c.said[2] != c.said[3] || c.payload != "<html>" {
		t.Errorf("sent %q under %q", c.payload, c.said)
	}
}

func TestAnAnswerIsShownOnceAtTheEndAndMarkedAsRead(t *testing.T) {
	c := &counter{}
	tab := openChat(t, c)
	answer := `{id: 'u1/01Y', at: '2026-11-23T06:31:00Z', out: {form: 'text', text: 'Here you are <b>'}}`
	run(t, tab, event(8, "message.sent", answer))
	run(t, tab, event(9, "message.sent", answer))
	run(t, tab, event(10, "message.sent", `{id: 'u1/01Z', at: '2026-11-23T06:32:00Z', out: {form: 'card', cards: [{title: 'Bread', url: 'javascript:alert(1)'}]}}`))
	until(t, tab, `document.getElementById('m-u1/01Z')`)
	if n := do(t, tab, chromedp.Evaluate[int](`[...document.querySelectorAll('.bubble')].filter(b => b.textContent === 'Here you are <b>').length`)); n != 1 {
		t.Errorf("shown %d times", n)
	}
	if href := do(t, tab, chromedp.Evaluate[string](`document.getElementById('m-u1/01Z').querySelector('a').getAttribute('href')`)); href != "#" {
		t.Errorf("a script for a link: %q", href)
	}
	until(t, tab, `(m => m.scrollHeight - m.scrollTop - m.clientHeight < 80)(document.querySelector('.messages'))`)
	until(t, tab, `performance.getEntriesByType('resource').some(e => e.name.endsWith('/read') && e.responseStatus === 204)`)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readTo != "u1/01Z" {
		t.Errorf("read up to %q", c.readTo)
	}
}

func TestAPressedButtonSendsItsPayloadAndShowsItsLabel(t *testing.T) {
	c := &counter{}
	tab := openChat(t, c)
	run(t, tab, `document.querySelector('.quick button').click()`)
	until(t, tab, `[...document.querySelectorAll('.mine .bubble')].some(b => b.textContent === 'Shop')`)
	until(t, tab, `!document.querySelector('.bubble-row.waiting')`)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.payload != "shop" || strings.Join(c.said, "") == "" {
		t.Errorf("sent %q under %q", c.payload, c.said)
	}
}

// hide says what a browser says of a page that lies behind another.
const hide = `Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))`

func TestAMessageIsReadOnlyWhereSomebodyLooks(t *testing.T) {
	c := &counter{}
	tab := openChat(t, c)
	marks := func() string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return strings.Join(c.marked, " ")
	}
	marked := func(n int) {
		until(t, tab, fmt.Sprintf(`performance.getEntriesByType('resource').filter(e => e.name.endsWith('/read') && e.responseStatus === 204).length >= %d`, n))
	}
	marked(1) // what the page was opened with
	run(t, tab, hide)
	run(t, tab, event(8, "message.sent", `{id: 'u1/01Y', at: '2026-11-23T06:31:00Z', out: {form: 'text', text: 'Here you are'}}`))
	marked(2)
	if title := do(t, tab, chromedp.Evaluate[string](`document.title`)); !strings.HasPrefix(title, "(1) ") {
		t.Errorf("the tab is called %q", title)
	}
	run(t, tab, `delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))`)
	marked(3)
	if got := marks(); got != "read delivered read" {
		t.Errorf("marked %q", got)
	}
}

func TestTheChatShowsThatSomebodyWritesAndHasRead(t *testing.T) {
	tab := openChat(t, &counter{})
	const topic = `topic: 'chat:corner:webchat:u1'`
	run(t, tab, `arrive({signal: {`+topic+`, kind: 'typing'}})`)
	until(t, tab, `document.querySelector('.typing')`)
	run(t, tab, event(8, "message.sent", `{id: 'u1/01Y', at: '2026-11-23T06:31:00Z', out: {form: 'text', text: 'Here you are'}}`))
	until(t, tab, `!document.querySelector('.typing')`)
	run(t, tab, `arrive({signal: {`+topic+`, kind: 'typing'}}); arrive({signal: {`+topic+`, kind: 'typing_off'}})`)
	until(t, tab, `!document.querySelector('.typing')`)

	run(t, tab, `(i => { i.value = 'and one'; i.dispatchEvent(new Event('input')); i.dispatchEvent(new Event('input')); })(document.getElementById('f-text'))`)
	if sent := do(t, tab, chromedp.Evaluate[string](`JSON.stringify(frames_sent.filter(f => f.signal))`)); sent != `[{"signal":{"topic":"chat:corner:webchat:u1","kind":"typing"}}]` {
		t.Errorf("told %s", sent)
	}

	for n, at := range []string{"06:40", "06:41"} {
		run(t, tab, event(9+n, "message.received", fmt.Sprintf(`{id: 'u1/02%d', at: '2026-11-23T%s:00Z', in: {kind: 'text', key: 'say:k%d', text: 'mine'}}`, n, at, n)))
		run(t, tab, fmt.Sprintf(`arrive({event: {%s, kind: 'conversation.seen', sequence: %d, at: '', data: {at: '2026-11-23T06:40:30Z'}}})`, topic, 20+n))
	}
	until(t, tab, `document.querySelectorAll('[data-seen]').length === 1 && document.querySelector('[data-seen]').closest('.bubble-row').id === 'm-u1/020'`)
}
