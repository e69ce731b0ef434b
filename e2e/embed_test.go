package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// bakery is a merchant's own site, elsewhere: it has a strict policy of its own
// and knows nothing of Plaza but the line that the console gives out.
type bakery struct {
	origin  string
	snippet atomic.Value // of string
}

// openBakery serves a site of another host than the server's.
func openBakery(t *testing.T, server string) *bakery {
	t.Helper()
	b := &bakery{}
	b.snippet.Store("")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %[1]s; frame-src %[1]s", server))
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Bakery</title><h1>Our bread</h1><p><a href="#">Opening hours</a></p>%s</html>`, b.snippet.Load())
	}))
	t.Cleanup(page.Close)
	b.origin = page.URL
	if host := "127.0.0.1"; strings.Contains(server, host) {
		b.origin = strings.Replace(page.URL, host, "localhost", 1)
	}
	return b
}

// widget is what the script has added to a page.
const widget = `document.querySelector('plaza-chat')?.shadowRoot`

// frame waits for the frame whose address has a beginning, and gives it as a tab
// of its own, as which the browser keeps it apart.
func (p *tab) frame(address string) *tab {
	p.t.Helper()
	var found *target.Info
	eventually(p.t, "the frame "+address, func() bool {
		targets, err := chromedp.Targets(p.ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, one := range targets {
			if one.Type == "iframe" && one.BrowserContextID == chromedp.FromContext(p.ctx).BrowserContextID && strings.HasPrefix(one.URL, address) {
				found = one
			}
		}
		return found != nil
	})
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(found.TargetID))
	p.t.Cleanup(cancel)
	return &tab{t: p.t, ctx: ctx, who: p.who + " in the frame", step: p.step, framed: true}
}

// TestAChatInAnotherSitesPage plays a visitor of a merchant's own site and an
// agent at the console: what either writes, types and reads, the other sees.
func TestAChatInAnotherSitesPage(t *testing.T) {
	shop := start(t, "demo", t.TempDir())
	browser := openBrowser(t)
	agent := newTab(t, browser, "agent", "en", desk)
	agent.open(shop.signInLink())
	agent.sees("Corner 24")

	agent.open(shop.base + "/console/corner/settings/website")
	snippet := agent.value(`document.querySelector('#f-snippet').value`)
	server := agent.value(`new URL(new DOMParser().parseFromString(document.querySelector('#f-snippet').value, 'text/html').querySelector('script').src).origin`)
	site := openBakery(t, server)

	refusedElsewhere(newTab(t, browser, "stranger", "en", desk), site, server, snippet)

	agent.fill("#f-origins", site.origin+"/contact")
	agent.click("form button.primary", "")
	agent.until("the site to be kept", `document.querySelector('#f-origins').value.trim() === `+quoted(site.origin)+` && document.querySelector('.flash, .note')`)
	agent.shot("settings")

	site.snippet.Store(snippet)
	visitor := newTab(t, browser, "visitor", "en", desk)
	visitor.open(site.origin)
	visitor.until("the button", widget+`?.querySelector('button').getAttribute('aria-label') === 'Chat with Corner 24'`)
	if visitor.value(`document.querySelectorAll('iframe').length + `+widget+`.querySelectorAll('iframe').length`) != "0" {
		t.Error("who has not opened the chat loads it")
	}
	visitor.shot("button")
	visitor.value(widget + `.querySelector('button').focus()`)
	play(visitor, chromedp.KeyEvent("\r")) // by keyboard alone
	chat := visitor.frame(server + "/chat/corner")
	chat.live()
	chat.until("the keyboard to be in the chat", `document.activeElement.id === 'f-text' && document.hasFocus()`)
	play(visitor, chromedp.KeyEvent("Do you bake today?\r"))
	chat.until("the message to be taken", `!document.querySelector('.bubble-row.waiting') && document.querySelector('.bubble-row.mine')?.textContent.includes('Do you bake today?')`)
	chat.stay()
	visitor.shot("asked")

	agent.open(shop.base + "/console/corner/inbox")
	agent.click(".list-pane li a", "No name")
	agent.at("/console/corner/inbox/c/")
	agent.live()
	agent.stay()
	chat.until("to see that it was read", `document.querySelector('.bubble-row.mine [data-seen]')?.textContent === 'Read'`)

	chat.until("to write", `document.activeElement.id === 'f-text'`)
	play(visitor, chromedp.KeyEvent("And"))
	agent.until("to see the visitor write", `!document.querySelector('[data-writing]').hidden`)
	agent.shot("visitor-writes")
	agent.fill(".composer textarea", "Yes, at")
	chat.until("to see the agent write", `document.querySelector('.typing')`)
	visitor.shot("agent-writes")
	play(agent, chromedp.KeyEvent(" four\r"))
	chat.heard("Yes, at four")
	agent.until("to see that it was read", `[...document.querySelectorAll('.thread .bubble-row.mine')].at(-1)?.querySelector('.bubble-meta .read')`)

	closedChatCounts(agent, visitor, chat)
	agent.stayed()
	chat.stayed()
	keptApart(t, visitor, shop, site, server)
}

// refusedElsewhere holds that a site which the account does not name has neither
// the button nor, should it go without the script, the frame.
func refusedElsewhere(stranger *tab, site *bakery, server, snippet string) {
	stranger.t.Helper()
	site.snippet.Store(snippet + `<iframe src="` + server + `/chat/corner?embed=` + url.QueryEscape(server) + `"></iframe>`)
	stranger.open(site.origin)
	refused := stranger.frame(server + "/chat/corner")
	refused.until("the browser to refuse it", `location.href.startsWith('chrome-error:') && !document.querySelector('.talk')`)
	if got := stranger.value(`document.querySelectorAll('plaza-chat').length`); got != "0" {
		stranger.t.Error("the button is shown in a site that the account does not name")
	}
}

// closedChatCounts holds that a closed chat counts what comes as unread, and that
// nothing is read before it is opened again.
func closedChatCounts(agent, visitor, chat *tab) {
	visitor.t.Helper()
	play(visitor, chromedp.KeyEvent("\x1b"))
	visitor.until("the chat to close and the button to have the keyboard", `!`+widget+`.querySelector('.box').classList.contains('open') && `+widget+`.activeElement?.tagName === 'BUTTON'`)
	agent.fill(".composer textarea", "We keep one for you")
	play(agent, chromedp.KeyEvent("\r"))
	visitor.until("the count", widget+`.querySelector('.badge').textContent === '1' && !`+widget+`.querySelector('.badge').hidden`)
	visitor.until("the count to be said", widget+`.querySelector('button').getAttribute('aria-label').endsWith('1 unread')`)
	agent.until("it to have arrived, unread", `[...document.querySelectorAll('.thread .bubble-row.mine')].at(-1)?.querySelector('.bubble-meta .delivered')`)
	visitor.shot("unread")
	visitor.value(widget + `.querySelector('button').click()`)
	agent.until("it to be read", `[...document.querySelectorAll('.thread .bubble-row.mine')].at(-1)?.querySelector('.bubble-meta .read')`)
	visitor.until("no count", widget+`.querySelector('.badge').hidden`)
}

// keptApart holds that the visitor's cookie is of the chat in this site alone, and
// that it outlives the page.
func keptApart(t *testing.T, visitor *tab, shop *process, site *bakery, server string) {
	t.Helper()
	visitor.open(site.origin + "/?again")
	again := visitor.frame(server + "/chat/corner")
	again.heard("We keep one for you")
	visitor.value(widget + `.querySelector('button').click()`)
	visitor.until("the chat to open", widget+`.querySelector('.box.open.ready')`)
	again.value(`document.querySelector('.talk > header a[href^="/shop"]').click()`)
	visitor.until("the button to stay where the chat's own is gone", widget+`.querySelector('.box.open:not(.ready)')`)
	again.at("/shop/corner")
	found, err := chromedp.CallBrowser(visitor.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(visitor.ctx).BrowserContextID})
	if err != nil {
		t.Fatal(err)
	}
	visitors := 0
	for _, cookie := range found.Cookies {
		if !strings.HasPrefix(cookie.Name, "plaza_visitor_") {
			continue
		}
		visitors++
		if cookie.PartitionKey == nil || !cookie.Secure || !cookie.HTTPOnly || cookie.SameSite != network.CookieSameSiteNone {
			t.Errorf("the cookie in the frame is %+v", cookie)
		}
	}
	if visitors != 1 {
		t.Errorf("%d cookies of visitors", visitors)
	}
	visitor.open(shop.base + "/chat/corner")
	visitor.live()
	if got := visitor.value(`document.querySelectorAll('.bubble-row.mine').length`); got != "0" {
		t.Error("the server's own page knows who wrote in the other site")
	}
}
