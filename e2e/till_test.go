package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/skip2/go-qrcode"
)

// held is what a customer holds in front of the till: a code of Alipay's, with
// which nobody can pay in the demo's store.
const held = "284930175529316408"

// camera is a film of a phone with a code on it, which the browser takes for what
// its camera sees.
func camera(t *testing.T) string {
	t.Helper()
	code, err := qrcode.New(held, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	frame := image.NewRGBA(image.Rect(0, 0, 640, 480))
	draw.Draw(frame, frame.Bounds(), image.NewUniform(color.Gray{Y: 140}), image.Point{}, draw.Src)
	shown := code.Image(320)
	draw.Draw(frame, shown.Bounds().Add(image.Pt(160, 80)), shown, image.Point{}, draw.Src)
	var film bytes.Buffer
	for range 2 {
		if err := jpeg.Encode(&film, frame, nil); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "camera.mjpeg")
	if err := os.WriteFile(path, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// takeAtTheCounter reads a code with the till's camera. Chromium on Linux has no
// reader of codes, so the server reads the frames.
func (e evening) takeAtTheCounter() {
	e.merchant.open(e.shop.base + "/console/corner/counter")
	e.merchant.fill(`input[name=amount]`, "5.00")
	e.merchant.click(`main form button`, "Take the payment")
	e.merchant.until("to have a sale", `document.querySelector('[data-scan]:not([hidden])')`)
	e.merchant.click(`[data-scan]`, "")
	// By its first digits it is Alipay's, so all of it was read.
	e.merchant.sees("This is not a payment code of a way to pay that is set up here.")
	e.merchant.shot("code read by the camera")
}
