package e2e

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wire is what lies between a phone and the server. It can be cut.
type wire struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	lines map[net.Conn]bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, to: to, lines: map[net.Conn]bool{}}
	go w.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		w.set(true)
	})
	return w
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		far, err := net.Dial("tcp", w.to)
		if err != nil || !w.keep(near, far) {
			_ = near.Close()
			continue
		}
		go w.pass(near, far)
		go w.pass(far, near)
	}
}

// keep remembers a line, unless the wire is cut.
func (w *wire) keep(near, far net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		_ = far.Close()
		return false
	}
	w.lines[near], w.lines[far] = true, true
	return true
}

func (w *wire) pass(from, to net.Conn) {
	_, _ = io.Copy(to, from) // ends with the line, whoever ends it
	_, _ = from.Close(), to.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.lines, from)
	delete(w.lines, to)
}

// set cuts the wire, and every line over it, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for line := range w.lines {
			_ = line.Close()
		}
	}
}

// TestALostConnectionLeavesNoGapAndRepeatsNothing cuts the phone off while both
// sides go on talking.
func TestALostConnectionLeavesNoGapAndRepeatsNothing(t *testing.T) {
	addr := freeAddress(t)
	w := newWire(t, addr)
	address := "http://" + w.listener.Addr().String()
	p := launch(t, "demo", t.TempDir(), addr, "PLAZA_PUBLIC_URL="+address)
	p.awaitReady()
	link := p.signInLink()
	m := signIn(t, p, p.base+link[strings.Index(link, "/console/"):], "corner")

	customer := newTab(t, openBrowser(t), "customer", "en", phone)
	customer.open(scanPicture(t, p.base+"/a/corner/qr.png"))
	customer.follow()
	customer.live()
	customer.stay()
	customer.say("A person, please")
	customer.heard("somebody from the store")
	conversation := m.find("/inbox", `href="/console/corner(/inbox/c/[^"]+)"`)
	answer := func(text string) {
		m.submit(conversation+"/reply", url.Values{"key": {m.find(conversation, `name="key" value="([^"]+)"`)}, "text": {text}})
	}
	answer("I am here.")
	customer.heard("I am here.")

	w.set(true)
	customer.until("to know that the line is lost", `!document.querySelector('[data-live-light].connected')`)
	customer.shot("cut off")
	answer("Are you still there?")
	answer("We close late today.")
	customer.fill("#f-text", "Sorry, a tunnel.")
	customer.click("#say button", "")
	customer.until("the message to wait", `document.querySelector('.bubble-row.waiting')`)
	w.set(false)

	customer.heard("We close late today.")
	customer.until("the message to be taken", `!document.querySelector('.bubble-row.waiting') && !document.querySelector('.bubble-row.broken')`)
	customer.live()
	answer("No hurry.")
	customer.heard("No hurry.")
	customer.stayed()
	customer.shot("back again")
	heard := customer.bubbles()
	for _, once := range []string{"I am here.", "Are you still there?", "We close late today.", "Sorry, a tunnel.", "No hurry."} {
		if n := strings.Count(strings.Join(heard, "\n"), once); n != 1 {
			t.Errorf("%q is shown %d times", once, n)
		}
	}
	customer.open(address + "/chat/corner")
	customer.live()
	if kept := customer.bubbles(); strings.Join(kept, "\n") != strings.Join(heard, "\n") {
		t.Errorf("live:\n%s\n\nkept:\n%s", strings.Join(heard, "\n"), strings.Join(kept, "\n"))
	}
}
