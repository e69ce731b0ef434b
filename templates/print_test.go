package templates

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Paper may be narrower than a phone held sideways: A5 is 559 px between its
// margins.
func TestPaperHasTablesAndNothingToPress(t *testing.T) {
	tab := openPage[*Books](t)
	do(t, tab, chromedp.EmulateViewport(559, 794))
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	until(t, tab, `matchMedia('print').matches`)
	for what, wrong := range map[string]string{
		"a table without its head": `[...document.querySelectorAll('.table thead')].find(e => getComputedStyle(e).display !== 'table-header-group')`,
		"a row that is a list":     `[...document.querySelectorAll('.table tr')].find(e => getComputedStyle(e).display !== 'table-row' || getComputedStyle(e).breakInside !== 'avoid')`,
		"a card that is cut":       `[...document.querySelectorAll('.card')].find(e => getComputedStyle(e).overflow !== 'visible')`,
		"something to press":       `[...document.querySelectorAll('button, select, nav, .skip, .top, .side, .foot')].find(e => e.checkVisibility())`,
	} {
		if got := evaluate[string](t, tab, `(`+wrong+`)?.outerHTML ?? ''`); got != "" {
			t.Errorf("%s: %.300s", what, got)
		}
	}
	if n := evaluate[int](t, tab, `document.querySelectorAll('.table thead').length`); n == 0 {
		t.Error("the page has no table")
	}
}
