package templates

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"plaza/message"
)

// previewFolder names the folder that screenshots of all pages go to; none are
// made without it.
const previewFolder = "PLAZA_PREVIEW"

// watcher collects what goes wrong inside a page.
const watcher = `window.problems = [];
addEventListener('error', e => problems.push('error: ' + (e.message || e.target.src || e.target.href)), true);
addEventListener('unhandledrejection', e => problems.push('rejection: ' + e.reason));
addEventListener('securitypolicyviolation', e => problems.push('policy: ' + e.violatedDirective + ' ' + e.blockedURI));`

// inspection lists what is wrong with the page in front of it.
const inspection = `(() => {
	const found = [...problems], all = selector => [...document.querySelectorAll(selector)];
	const name = e => e.outerHTML.slice(0, 120);
	if (all('h1').length !== 1) found.push(all('h1').length + ' h1');
	if (!document.documentElement.lang) found.push('no lang');
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
		found.push('wider than the screen: ' + all('body *').filter(e => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'fixed' && !e.closest('.tabs, .carousel, .quick, .shots')).slice(0, 3).map(name).join(' | '));
	for (const e of all('input:not([type=hidden]):not([hidden]), select, textarea'))
		if (!e.labels.length && !e.ariaLabel) found.push('no label: ' + name(e));
	for (const e of all('button, a, summary'))
		if (!e.textContent.trim() && !e.ariaLabel) found.push('no name: ' + name(e));
	for (const e of all('img:not([alt])')) found.push('no alt: ' + name(e));
	for (const e of all('*')) for (const a of e.attributes) if (a.name.startsWith('on') || (a.name === 'style' && !e.closest('.messages'))) found.push(a.name + ' in ' + name(e));
	for (const e of all('a.cover')) {
		let covered = e;
		while (covered && getComputedStyle(covered).position === 'static') covered = covered.parentElement;
		if (!covered || covered !== e.closest('li, tr')) found.push('covers more than its row: ' + name(e));
	}
	const ids = all('[id]').map(e => e.id);
	for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push('id twice: ' + id);
	for (const e of all('form[method=post]')) if (!e.querySelector('[name=csrf]')) found.push('no csrf: ' + name(e));
	const bare = document.body.innerText.match(/\b(page|event|state)\.[a-z-]+\b.{0,20}/);
	if (bare) found.push('a bare key: ' + bare[0]);
	return found;
})()`

// gallery serves sample pages at /{language}/{n}, under the real policy.
type gallery struct {
	t        *testing.T
	renderer *Renderer
	pages    map[string][]Page
}

func (g gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch language, n, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/"); {
	case strings.HasPrefix(r.URL.Path, AssetsRoute):
		g.renderer.Assets.ServeHTTP(w, r)
	case r.URL.Path == "/watch.js":
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, watcher)
	case language == "pictures":
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, samplePicture(n))
	case g.pages[language] != nil:
		i, _ := strconv.Atoi(n)
		drawTo(g.t, w, g.renderer, g.pages[language][i])
	default:
		http.NotFound(w, r)
	}
}

// drawTo answers with a page under the real policy, watched.
func drawTo(t *testing.T, w http.ResponseWriter, r *Renderer, page Page) {
	var drawn bytes.Buffer
	if err := r.Render(&drawn, page); err != nil {
		t.Error(err)
		return
	}
	w.Header().Set("Content-Security-Policy", Policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, strings.Replace(drawn.String(), "<head>", `<head><script src="/watch.js"></script>`, 1))
}

// samplePicture draws a stand-in for a photograph.
func samplePicture(name string) string {
	colours := map[string][3]string{"bread": {"#f3d9b1", "#b9742f", "#8a4f1c"}, "milk": {"#d7e8f5", "#ffffff", "#8fb4d4"}, "coffee": {"#d8c3ae", "#4b2e1e", "#2f1b10"}}
	c := colours[name]
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><rect width="400" height="400" fill="` + c[0] + `"/><ellipse cx="200" cy="330" rx="150" ry="26" fill="` + c[2] + `" opacity=".25"/><rect x="90" y="110" width="220" height="220" rx="90" fill="` + c[1] + `"/><path d="M140 170q60-50 120 0M140 220q60-50 120 0" fill="none" stroke="` + c[2] + `" stroke-width="14" stroke-linecap="round" opacity=".6"/></svg>`
}

func newGallery(t *testing.T) (gallery, string, context.Context) {
	t.Helper()
	g := gallery{t: t, renderer: newRenderer(t), pages: map[string][]Page{}}
	for _, language := range message.Languages {
		s := sampler{language}
		g.pages[language] = append(s.pages(), s.otherStates()...)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server.URL, openTab(t)
}

func openTab(t *testing.T) context.Context {
	t.Helper()
	// Root, as in a container, cannot have Chromium's sandbox.
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	return tab
}

// do runs a step in the browser.
func do[T any](t *testing.T, tab context.Context, step chromedp.Action[T]) T {
	t.Helper()
	got, err := chromedp.Run(tab, step)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEveryPageIsSoundInABrowserOnPhoneAndDesk(t *testing.T) {
	g, url, tab := newGallery(t)
	// The phone is where languages differ: there a long word breaks the page.
	for width, languages := range map[int64][]string{390: message.Languages[:], 1280: {"en"}} {
		do(t, tab, chromedp.EmulateViewport(width, 844))
		for _, language := range languages {
			for i, page := range g.pages[language] {
				do(t, tab, chromedp.Navigate(fmt.Sprintf("%s/%s/%d", url, language, i)))
				if found := do(t, tab, chromedp.Evaluate[[]string](inspection)); len(found) > 0 {
					t.Errorf("%s (%d) in %s at %d px:\n  %s", page.Template(), i, language, width, strings.Join(found, "\n  "))
				}
				screenshot(t, tab, fmt.Sprintf("%s-%02d-%s-%d.png", strings.ReplaceAll(page.Template(), "/", "-"), i, language, width))
			}
		}
	}
}

func screenshot(t *testing.T, tab context.Context, name string) {
	t.Helper()
	folder := os.Getenv(previewFolder)
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), do(t, tab, chromedp.FullScreenshot(100)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The chat draws live messages itself; what it draws must not differ from what
// the server draws when the page is loaded again.
func TestTheChatDrawsABubbleAsTheServerDoes(t *testing.T) {
	g, url, tab := newGallery(t)
	for i, page := range g.pages["en"] {
		chat, ok := page.(*Chat)
		if !ok || len(chat.Messages) == 0 {
			continue
		}
		do(t, tab, chromedp.Navigate(fmt.Sprintf("%s/en/%d", url, i)))
		for _, m := range chat.Messages {
			event := map[string]any{"id": m.ID, "at": m.At, "in": m.In, "out": m.Out}
			compare := fmt.Sprintf(`(async () => {
				const {bubble} = await import(%q);
				const tidy = e => { const copy = e.cloneNode(true); for (const t of copy.querySelectorAll('time')) t.removeAttribute('datetime'); return copy.outerHTML.replace(/>\s+</g, '><').replaceAll('&amp;', '&').replaceAll('%%3A', ':').replaceAll('%%2F', '/').replaceAll(/\s+class="bubble-row"/g, ' class="bubble-row"'); };
				const mine = bubble(%s, {say: '/chat/corner/say', csrf: 'token', zone: 'Asia/Shanghai'});
				const theirs = document.getElementById(%q);
				const sorted = e => { for (const x of [e, ...e.querySelectorAll('*')]) { const list = [...x.attributes].sort((a, b) => a.name < b.name ? -1 : 1); for (const a of list) x.removeAttribute(a.name); for (const a of list) x.setAttribute(a.name, a.value); } return e; };
				const a = tidy(sorted(mine)), b = tidy(sorted(theirs.cloneNode(true)));
				return a === b ? '' : 'script: ' + a + '\nserver: ' + b;
			})()`, g.renderer.Assets.URL("js/bubbles.js"), mustJSON(t, event), "m-"+m.ID)
			if got := do(t, tab, chromedp.Evaluate[string](compare, chromedp.EvalAwaitPromise)); got != "" {
				t.Errorf("message %s:\n%s", m.ID, got)
			}
		}
	}
}
