package scan_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/skip2/go-qrcode"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"plaza/shop/counter/scan"
)

const digits = "284930175529316408"

// photo is what a camera makes of a code: askew, with grey around, noise, and the
// losses of JPEG.
func photo(t testing.TB, code image.Image, quality int) []byte {
	t.Helper()
	frame := image.NewGray(image.Rect(0, 0, 640, 480))
	draw.Draw(frame, frame.Bounds(), image.NewUniform(color.Gray{Y: 150}), image.Point{}, draw.Src)
	turn := f64.Aff3{0.97, -0.14, 200, 0.14, 0.97, 60}
	xdraw.BiLinear.Transform(frame, turn, code, code.Bounds(), xdraw.Over, nil)
	for i := range frame.Pix {
		frame.Pix[i] = uint8(int(frame.Pix[i])*9/10 + i*7919%23)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, frame, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func code(t testing.TB, text string) image.Image {
	t.Helper()
	made, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	return made.Image(260)
}

func TestACodeIsReadFromACamerasPicture(t *testing.T) {
	t.Parallel()
	bars, err := code128.Encode(digits)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := barcode.Scale(bars, 2*bars.Bounds().Dx(), 140)
	if err != nil {
		t.Fatal(err)
	}
	page := image.NewGray(image.Rect(0, 0, wide.Bounds().Dx()+60, 200)) // as the phone shows it: white around
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(page, wide.Bounds().Add(image.Pt(30, 30)), wide, image.Point{}, draw.Src)
	for name, shown := range map[string]image.Image{"QR": code(t, digits), "Code 128": page} {
		for _, quality := range []int{90, 60} {
			if got, err := scan.Read(bytes.NewReader(photo(t, shown, quality))); err != nil || got != digits {
				t.Errorf("%s at quality %d: %q, %v", name, quality, got, err)
			}
		}
	}
}

func TestAPictureWithoutACodeSaysSo(t *testing.T) {
	t.Parallel()
	empty := image.NewGray(image.Rect(0, 0, 1, 1))
	if _, err := scan.Read(bytes.NewReader(photo(t, empty, 60))); !errors.Is(err, scan.ErrNoCode) {
		t.Error(err)
	}
	var wide bytes.Buffer
	if err := jpeg.Encode(&wide, image.NewGray(image.Rect(0, 0, 1281, 8)), nil); err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string][]byte{"nothing": nil, "text": []byte("284930175529316408"), "half a picture": photo(t, empty, 60)[:900], "too wide": wide.Bytes()} {
		if _, err := scan.Read(bytes.NewReader(picture)); !errors.Is(err, scan.ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(photo(f, code(f, digits), 60))
	f.Add([]byte("no picture"))
	f.Fuzz(func(t *testing.T, picture []byte) {
		if len(picture) > scan.MaxBytes {
			return
		}
		text, err := scan.Read(bytes.NewReader(picture))
		if (err == nil) != (text != "") {
			t.Errorf("%q, %v", text, err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	picture := photo(b, code(b, digits), 60)
	for b.Loop() {
		if _, err := scan.Read(bytes.NewReader(picture)); err != nil {
			b.Fatal(err)
		}
	}
}
