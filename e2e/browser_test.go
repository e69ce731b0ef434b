package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screenshots names the folder that pictures of every step go to.
const screenshots = "PLAZA_TEST_SCREENSHOTS"

// The screens that the pages are played on.
var (
	phone = [2]int64{390, 844}
	desk  = [2]int64{1280, 800}
)

// agents are what the browsers call themselves: Plaza counts the scans of
// people, and Chromium without a window says that nobody sits in front of it.
var agents = map[[2]int64]string{
	phone: "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
	desk:  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}

// openBrowser starts a browser that talks to nobody but the pages it is shown.
func openBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // root, as in a container, cannot have it
		chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("the browser does not start (install chromium, or run make install-chromium): %v", err)
	}
	return browser
}

// tab is a page in front of one person, with cookies of their own.
type tab struct {
	t    *testing.T
	ctx  context.Context
	who  string
	step *int
	// framed: it is a frame of a page, of which no pictures can be taken.
	framed bool
}

// newTab opens a window for somebody who reads a language.
func newTab(t *testing.T, browser context.Context, who, language string, screen [2]int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*patience)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx, who: who, step: new(int)}
	play(p, chromedp.EmulateViewport(screen[0], screen[1]))
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: agents[screen], AcceptLanguage: language,
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

// play does one step in the browser.
func play[T any](p *tab, step chromedp.Action[T]) T {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, step)
	if err != nil {
		p.t.Fatalf("%s: %v", p.who, err)
	}
	return got
}

// open goes to an address and waits until the page has come.
func (p *tab) open(address string) {
	p.t.Helper()
	play(p, chromedp.Navigate(address))
}

// until waits for a condition, which a page may only fulfil by itself: nothing
// is loaded again.
func (p *tab) until(what, condition string) {
	p.t.Helper()
	deadline, look := time.After(patience), time.NewTicker(10*time.Millisecond)
	defer look.Stop()
	for {
		// A page may be on its way to the next one: then there is no answer yet.
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`))
		if err == nil && holds {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			p.shot("stuck")
			p.t.Fatalf("%s: waited in vain: %s (%v)\n%s\nat %s\n%s", p.who, what, err, condition,
				p.where(), p.value(`document.body.innerText.slice(-1500)`))
		}
	}
}

func (p *tab) where() string { return p.value(`location.pathname + location.search`) }

// value reads something from the page, as text.
func (p *tab) value(script string) string {
	p.t.Helper()
	return play(p, chromedp.Evaluate[string](`String(`+script+`)`))
}

// quoted writes text as a string of JavaScript.
func quoted(text string) string {
	encoded, _ := json.Marshal(text) // a string always can be
	return string(encoded)
}

// sees waits until the page shows a text.
func (p *tab) sees(text string) {
	p.t.Helper()
	p.until("to see "+text, `document.body.innerText.includes(`+quoted(text)+`)`)
}

// at waits until the address has a beginning.
func (p *tab) at(path string) {
	p.t.Helper()
	p.until("to be at "+path, `location.pathname.startsWith(`+quoted(path)+`) && document.readyState === 'complete'`)
}

// visible finds the last element of a selector that a person can see and, if
// text is given, that says so.
func visible(selector, text string) string {
	return `[...document.querySelectorAll(` + quoted(selector) + `)].filter(e => e.checkVisibility() && !e.disabled && e.textContent.includes(` + quoted(text) + `)).at(-1)`
}

// aim brings an element into sight and says where its middle is, or why it
// cannot be pressed: it is not there, still moves, or lies under another one.
const aim = `(async find => {
	const e = find();
	if (!e) return {why: 'it is not there'};
	e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
	const middle = () => { const r = e.getClientRects()[0]; return r ? {x: r.x + r.width / 2, y: r.y + r.height / 2} : {}; };
	const before = middle();
	await new Promise(done => setTimeout(done, 40));
	const {x, y} = middle();
	if (x === undefined || x !== before.x || y !== before.y || find() !== e) return {why: 'it moves'};
	const top = document.elementFromPoint(x, y);
	if (!top || !e.contains(top) && !top.contains(e)) return {why: 'it is under ' + (top?.outerHTML.slice(0, 200) ?? 'the edge of the screen')};
	return {x, y};
})`

// click presses the last visible element of a selector that says text, with the
// mouse, as a person does.
func (p *tab) click(selector, text string) {
	p.t.Helper()
	p.press(selector+" "+text, visible(selector, text))
}

// press presses the element that a script finds.
func (p *tab) press(what, found string) {
	p.t.Helper()
	var spot struct {
		X, Y float64
		Why  string
	}
	for deadline := time.Now().Add(patience); ; {
		aimed, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](aim+`(() => `+found+`).then(JSON.stringify)`, chromedp.EvalAwaitPromise))
		spot.Why = fmt.Sprint(err)
		if err == nil {
			spot.Why = ""
			err = json.Unmarshal([]byte(aimed), &spot)
		}
		if err == nil && spot.Why == "" {
			break
		}
		if time.Now().After(deadline) {
			p.shot("stuck")
			p.t.Fatalf("%s cannot press %s: %s\nat %s\n%s", p.who, what, spot.Why, p.where(), p.value(`document.body.innerText.slice(-1500)`))
		}
	}
	play(p, chromedp.MouseClickXY(spot.X, spot.Y))
}

// fill writes into a field with the keyboard.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.until("to find "+selector, visible(selector, ""))
	p.value(`(e => { e.focus(); e.select?.(); })(` + visible(selector, "") + `)`)
	play(p, chromedp.KeyEvent(text))
}

// say writes a message into the chat and sends it.
func (p *tab) say(text string) {
	p.t.Helper()
	p.fill("#f-text", text)
	p.click("#say button", "")
	p.until("the message to be taken", `!document.querySelector('.bubble-row.waiting') && [...document.querySelectorAll('.bubble-row.mine')].some(e => e.textContent.includes(`+quoted(text)+`))`)
}

// heard waits for a message of the account with a text; live, not by loading.
func (p *tab) heard(text string) {
	p.t.Helper()
	p.until("to hear "+text, `[...document.querySelectorAll('.bubble-row:not(.mine)')].some(e => e.textContent.includes(`+quoted(text)+`))`)
}

// bubbles are the texts of all messages on the page, in order.
func (p *tab) bubbles() []string {
	p.t.Helper()
	return play(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('.bubble-row')].map(row => [...row.querySelectorAll('.bubble')].map(b => b.innerText.trim()).join(' '))`))
}

// stay marks the page, so that stayed can tell whether it was loaded again.
func (p *tab) stay() { p.t.Helper(); p.value(`window.stayed = 'yes'`) }

// stayed fails if the page was loaded again since stay.
func (p *tab) stayed() {
	p.t.Helper()
	if p.value(`window.stayed`) != "yes" {
		p.t.Errorf("%s: the page was loaded again, so it was not live", p.who)
	}
}

// live waits until the page's connection stands.
func (p *tab) live() {
	p.t.Helper()
	p.until("the live connection", `document.querySelector('[data-live-light].connected')`)
}

// shot keeps a picture of the page.
func (p *tab) shot(name string) {
	p.t.Helper()
	folder := os.Getenv(screenshots)
	if folder == "" || p.framed {
		return
	}
	*p.step++
	picture := play(p, chromedp.CaptureScreenshot())
	file := strings.NewReplacer("/", "-", " ", "-").Replace(fmt.Sprintf("%s-%s-%02d-%s.png", p.t.Name(), p.who, *p.step, name))
	if err := os.WriteFile(filepath.Join(folder, file), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
