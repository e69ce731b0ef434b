package e2e

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// read does what a phone's camera does with a code in front of it.
func read(picture image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
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
	drawn, err := png.Decode(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	said, err := read(drawn)
	if err != nil {
		t.Fatalf("the code at %s cannot be read: %v", address, err)
	}
	return said
}

// scanScreen reads the last code that is shown on a page, off the screen. As a
// camera does, it looks until it can read: a message that has just come is
// still fading in.
func (p *tab) scanScreen(selector string) (said string) {
	p.t.Helper()
	found := visible(selector, "")
	p.until("to find a code", `(e => e && e.complete && e.naturalWidth > 0)(`+found+`)`)
	p.value(`(e => { e.dataset.scanned = ''; })(` + found + `)`)
	eventually(p.t, "a code that can be read", func() bool {
		// Three times the size: a code on a screen is read from close by.
		shown := play(p, chromedp.ScreenshotScale(chromedp.CSS(`[data-scanned]`), 3))
		drawn, err := png.Decode(bytes.NewReader(shown))
		if err != nil {
			p.t.Fatal(err)
		}
		said, err = read(drawn)
		return err == nil
	})
	return said
}
