package e2e

import (
	"image"
	_ "image/png" // the pictures of codes
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// read does what a phone's camera does with a printed code.
func read(t testing.TB, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("the code cannot be read: %v", err)
	}
	return found.GetText()
}

// scanPicture reads the code at an address.
func scanPicture(t testing.TB, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d", address, response.StatusCode)
	}
	drawn, _, err := image.Decode(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return read(t, drawn)
}

// scanScreen reads the last code that is shown on a page, off the screen.
func (p *tab) scanScreen(selector string) string {
	p.t.Helper()
	found := visible(selector, "")
	p.until("to find a code", `(e => e && e.complete && e.naturalWidth > 0)(`+found+`)`)
	p.value(`(e => { e.dataset.scanned = ''; })(` + found + `)`)
	defer p.value(`document.querySelectorAll('[data-scanned]').forEach(e => delete e.dataset.scanned)`)
	// Three times the size: a code on a screen is read from close by.
	shown := play(p, chromedp.ScreenshotScale(chromedp.CSS(`[data-scanned]`), 3))
	drawn, _, err := image.Decode(strings.NewReader(string(shown)))
	if err != nil {
		p.t.Fatal(err)
	}
	return read(p.t, drawn)
}
