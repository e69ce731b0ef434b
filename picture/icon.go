package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// Face is what the icon of an account's app shows.
type Face struct {
	Picture string // id of a picture; empty: the letter
	Letter  string // one character
	Colour  color.RGBA
}

// Icon draws a square PNG of so many pixels. One that may be cut into any shape
// (maskable) is opaque, with everything that counts within the middle four fifths
// (W3C, Web Application Manifest, "Icon masks"). Errors: ErrNoPicture.
func (p *Pictures) Icon(ctx context.Context, face Face, size int, maskable bool) ([]byte, error) {
	canvas := image.NewRGBA(image.Rect(0, 0, size, size))
	inside := canvas.Bounds()
	if face.Picture == "" {
		draw.Draw(canvas, inside, image.NewUniform(face.Colour), image.Point{}, draw.Src)
		drawLetter(canvas, inside.Inset(size/4), face.Letter)
		return asIcon(canvas)
	}
	kept, err := p.Find(ctx, face.Picture, Large)
	if err != nil {
		return nil, err
	}
	decoded, release, err := p.decode(ctx, kept.Body)
	if err != nil {
		return nil, err
	}
	defer release()
	if maskable {
		draw.Draw(canvas, inside, image.White, image.Point{}, draw.Src)
		inside = inside.Inset(size / 10)
	}
	draw.CatmullRom.Scale(canvas, fitted(inside, decoded.pixels.Bounds().Size()), decoded.pixels, decoded.pixels.Bounds(), draw.Over, nil)
	return asIcon(canvas)
}

func asIcon(canvas image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, canvas)
	return b.Bytes(), err
}

// fitted is the largest box of a shape in the middle of another.
func fitted(inside image.Rectangle, shape image.Point) image.Rectangle {
	width, height := inside.Dx(), inside.Dy()
	if shape.X*height > shape.Y*width {
		height = max(1, width*shape.Y/shape.X)
	} else {
		width = max(1, height*shape.X/shape.Y)
	}
	from := inside.Min.Add(image.Pt((inside.Dx()-width)/2, (inside.Dy()-height)/2))
	return image.Rectangle{from, from.Add(image.Pt(width, height))}
}

// glyph is the box of a letter in the font, in its own pixels.
const glyph = 16

// drawLetter draws a letter in white, from the one free font that holds Chinese,
// Korean and Latin letters and is small enough to bring along. It is made of few
// pixels: enlarged smoothly and cut off where it is half covered, its corners
// come out round.
func drawLetter(canvas *image.RGBA, box image.Rectangle, letter string) {
	small := image.NewAlpha(image.Rect(0, 0, 2*glyph, 2*glyph))
	drawer := font.Drawer{Dst: small, Src: image.Opaque, Face: bitmapfont.FaceSC, Dot: fixed.P(glyph/2, glyph)}
	drawer.DrawString(letter)
	ink := inkOf(small)
	if ink.Empty() {
		return
	}
	target := fitted(box, ink.Size())
	ink, margin := ink.Inset(-2), 2*target.Dx()/ink.Dx() // so that its edges are smooth as well
	large := image.NewAlpha(target.Inset(-margin))
	draw.CatmullRom.Scale(large, large.Bounds(), small, ink, draw.Src, nil)
	for i, covered := range large.Pix {
		large.Pix[i] = uint8(min(255, max(0, (int(covered)-128)*6+128)))
	}
	draw.DrawMask(canvas, large.Bounds(), image.White, image.Point{}, large, large.Bounds().Min, draw.Over)
}

// inkOf is the smallest box around what is drawn.
func inkOf(drawn *image.Alpha) image.Rectangle {
	var ink image.Rectangle
	for y := range drawn.Rect.Dy() {
		for x := range drawn.Rect.Dx() {
			if drawn.AlphaAt(x, y).A > 0 {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return ink
}
