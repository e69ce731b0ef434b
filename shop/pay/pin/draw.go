package pin

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// A key's picture, in pixels. Pages show it at half the size, for fine screens.
const (
	KeyWidth  = 144
	KeyHeight = 96
	keyFont   = 52
)

// face is the one font of keys; it is not safe for concurrent use.
var face = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })

// ink and paper are the same by day and night: a key is a picture.
var (
	ink   = color.Gray{Y: 24}
	paper = color.Gray{Y: 248}
)

// Pictures draws the ten keys as PNG, in the keypad's order. No two pictures of
// a digit are alike, so that comparing bytes does not read them; a program that
// reads pictures does, and is not what a keypad keeps out.
func (k Keypad) Pictures() ([10][]byte, error) {
	var pictures [10][]byte
	parsed, err := face()
	if err != nil {
		return pictures, err
	}
	for key, digit := range k.order {
		if pictures[key], err = drawDigit(parsed, digit); err != nil {
			return pictures, err
		}
	}
	return pictures, nil
}

func drawDigit(of *opentype.Font, digit byte) ([]byte, error) {
	size := keyFont + rand.Float64()*6 - 3
	drawn, err := opentype.NewFace(of, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, err
	}
	defer func() { _ = drawn.Close() }()
	canvas := image.NewGray(image.Rect(0, 0, KeyWidth, KeyHeight))
	for i := range canvas.Pix {
		canvas.Pix[i] = paper.Y
	}
	speckle(canvas)
	text := string('0' + rune(digit))
	width := font.MeasureString(drawn, text)
	shift := func() fixed.Int26_6 { return fixed.Int26_6(rand.IntN(10*64) - 5*64) }
	pen := font.Drawer{Dst: canvas, Src: image.NewUniform(ink), Face: drawn, Dot: fixed.Point26_6{
		X: (fixed.I(KeyWidth)-width)/2 + shift(), Y: fixed.I(KeyHeight/2+keyFont*3/8) + shift()}}
	pen.DrawString(text)
	var encoded bytes.Buffer
	err = png.Encode(&encoded, canvas)
	return encoded.Bytes(), err
}

// speckle puts a few pale dots on a key.
func speckle(canvas *image.Gray) {
	for range 40 {
		canvas.SetGray(rand.IntN(KeyWidth), rand.IntN(KeyHeight), color.Gray{Y: paper.Y - uint8(rand.IntN(40))})
	}
}
