package templates

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
)

// openPage opens the first English sample that a template draws.
func openPage[P Page](t *testing.T) (tab context.Context) {
	t.Helper()
	g := gallery{t: t, renderer: newRenderer(t), pages: map[string][]Page{}}
	s := sampler{"en"}
	for _, page := range s.pages() {
		if page, ok := page.(P); ok {
			g.pages["en"] = []Page{page}
			break
		}
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	tab = openTab(t)
	do(t, tab, chromedp.Navigate(server.URL+"/en/0"))
	return tab
}

func evaluate[T any](t *testing.T, tab context.Context, script string) T {
	t.Helper()
	return do(t, tab, chromedp.Evaluate[T](script))
}

func TestThePreviewFollowsWhatIsTyped(t *testing.T) {
	tab := openPage[*CampaignEditor](t)
	until(t, tab, `document.querySelector('[data-preview] .title')?.textContent === 'Bread at four'`)
	if got := evaluate[string](t, tab, `document.querySelector('[data-preview] .text').textContent`); got != "Dear Jisoo, today only: the second loaf for half." {
		t.Errorf("placeholders: %q", got)
	}
	if got := evaluate[string](t, tab, `document.querySelector('[data-campaign]').dataset.zone`); got != "Asia/Shanghai" {
		t.Errorf("times are of %q", got)
	}
	until(t, tab, `(t => t.textContent === new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai'}).format(new Date(t.dateTime)))(document.querySelector('[data-preview] time'))`)
	run(t, tab, `((f, e) => { f.elements.title.value = ''; f.elements.text.value = 'Hello {{size|friend}} <i>'; f.dispatchEvent(e); })(document.querySelector('[data-campaign]'), new Event('input', {bubbles: true}))`)
	until(t, tab, `document.querySelector('[data-preview] .bubble').textContent === 'Hello friend <i>'`)
	if n := evaluate[int](t, tab, `document.querySelectorAll('[data-preview] .bubble').length`); n != 3 {
		t.Errorf("text, picture and code make %d bubbles", n)
	}
}

func TestAnAnswerThatIsAddedHasItsOwnNumberAndItsOwnFields(t *testing.T) {
	tab := openPage[*RuleEditor](t)
	run(t, tab, `document.querySelector('[data-add]').click()`)
	shown := `(name => (e => e ? e.offsetParent !== null : null)(document.querySelector('[name="' + name + '"]')))`
	for name, want := range map[string]bool{"answers.2.text": true, "answers.2.url": false, "answers.1.url": true, "answers.0.title": false} {
		if got := evaluate[bool](t, tab, fmt.Sprintf("%s(%q)", shown, name)); got != want {
			t.Errorf("%s is shown: %v", name, got)
		}
	}
	run(t, tab, `((s, e) => { s.value = 'card'; s.dispatchEvent(e); })(document.querySelector('[name="answers.2.form"]'), new Event('change', {bubbles: true}))`)
	if !evaluate[bool](t, tab, shown+`("answers.2.url")`) {
		t.Error("a card has no link to fill in")
	}
	run(t, tab, `document.querySelector('[name="answers.1.form"]').closest('[data-row]').querySelector('[data-remove]').click()`)
	if n := evaluate[int](t, tab, `document.querySelectorAll('[data-row]').length`); n != 2 {
		t.Errorf("%d answers are left", n)
	}
}

func TestTagsAreChipsOverAPlainField(t *testing.T) {
	tab := openPage[*Subscriber](t)
	run(t, tab, `((i, e) => { i.value = 'late, regular，VIP、'; i.dispatchEvent(e); })(document.querySelector('.tags-input input'), new Event('input', {bubbles: true}))`)
	if got := evaluate[string](t, tab, `document.querySelector('input[name=tags]').value`); got != "regular, bread, late, VIP" {
		t.Errorf("added: %q", got)
	}
	run(t, tab, `document.querySelector('.tags-input .chip button').click()`)
	if got := evaluate[string](t, tab, `document.querySelector('input[name=tags]').value`); got != "bread, late, VIP" {
		t.Errorf("removed: %q", got)
	}
}

func TestMenusOpenOnTheScreenOfAPhone(t *testing.T) {
	tab := openPage[*RuleEditor](t)
	do(t, tab, chromedp.EmulateViewport(390, 844))
	for _, menu := range []string{".foot details.menu", "main details.menu", ".top details.switcher"} {
		run(t, tab, fmt.Sprintf(`window.menu = document.querySelector('%s'); menu.scrollIntoView({block: 'start'}); menu.open = true`, menu))
		if !evaluate[bool](t, tab, `(() => { const box = menu.querySelector('.items').getBoundingClientRect();
			return box.width > 0 && box.left >= 0 && box.right <= innerWidth && box.bottom > 0 && box.top < innerHeight })()`) {
			t.Errorf("the menu %s opens beside the screen", menu)
		}
		run(t, tab, `menu.open = false`)
	}
}

func TestAFormThatWasRefusedOpensAtItsProblem(t *testing.T) {
	g := gallery{t: t, renderer: newRenderer(t), pages: map[string][]Page{}}
	for _, page := range (sampler{"en"}).pages() {
		if page, ok := page.(*ProductEditor); ok {
			page.Errors = map[string]string{"variants.0.price": "Please give the price as a number."}
			g.pages["en"] = []Page{page}
			break
		}
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	tab := openTab(t)
	do(t, tab, chromedp.EmulateViewport(390, 844))
	do(t, tab, chromedp.Navigate(server.URL+"/en/0"))
	until(t, tab, `document.activeElement.name === 'variants.0.price'`)
	until(t, tab, `(() => { const box = document.activeElement.getBoundingClientRect();
		return box.top > 0 && box.bottom < document.querySelector('.editor-bar').getBoundingClientRect().top })()`)
}

func TestAFormThatAsksActsOnlyOnYes(t *testing.T) {
	tab := openPage[*Campaign](t)
	run(t, tab, `window.sent = []; document.addEventListener('submit', e => { if (e.target.method === 'dialog') return; e.preventDefault(); sent.push(new URL(e.target.action).pathname); });
		window.press = () => document.querySelector('form[action$="/cancel"] button').click()`)
	for i, answer := range []string{`.button:not(.primary)`, `.button.primary`} {
		run(t, tab, `press()`)
		until(t, tab, `document.querySelector('dialog[open]')`)
		run(t, tab, fmt.Sprintf(`document.querySelector('dialog[open] %s').click()`, answer))
		until(t, tab, `!document.querySelector('dialog[open]')`)
		until(t, tab, fmt.Sprintf(`sent.filter(p => p.endsWith('/cancel')).length === %d`, i))
	}
}
