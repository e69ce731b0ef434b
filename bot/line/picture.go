package line

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"unicode/utf8"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"plaza/message"
)

// The picture of a menu: LINE's largest width, and one of its two usual heights.
const (
	menuWidth   = 2500
	menuHeight  = 843
	menuHeight2 = 1686
	headHeight  = 246 // of an entry that only heads those below it
)

// tile is an entry's place in the picture.
type tile struct {
	entry   message.MenuEntry
	box     image.Rectangle
	heading bool // not to be tapped
}

func tilesOf(menu message.Menu) []tile {
	height := menuHeight
	for _, entry := range menu.Entries {
		if len(entry.Entries) > 0 {
			height = menuHeight2
		}
	}
	var tiles []tile
	columns := len(menu.Entries)
	for i, entry := range menu.Entries {
		box := image.Rect(menuWidth*i/columns, 0, menuWidth*(i+1)/columns, height)
		below := len(entry.Entries)
		if below == 0 {
			tiles = append(tiles, tile{entry: entry, box: box})
			continue
		}
		head, rest := box, box
		head.Max.Y, rest.Min.Y = headHeight, headHeight
		tiles = append(tiles, tile{entry: entry, box: head, heading: true})
		for j, sub := range entry.Entries {
			part := rest
			part.Min.Y, part.Max.Y = rest.Min.Y+rest.Dy()*j/below, rest.Min.Y+rest.Dy()*(j+1)/below
			tiles = append(tiles, tile{entry: sub, box: part})
		}
	}
	return tiles
}

func heightOf(tiles []tile) int {
	height := 0
	for _, tile := range tiles {
		height = max(height, tile.box.Max.Y)
	}
	return height
}

// The colours of a menu: paper, lines, words, headings and their words.
var menuColours = color.Palette{
	color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0xd9, 0xde, 0xe3, 0xff}, color.RGBA{0x1b, 0x26, 0x31, 0xff},
	color.RGBA{0x1f, 0x5f, 0x4a, 0xff}, color.RGBA{0xff, 0xff, 0xff, 0xff},
}

const (
	paper = iota
	edge
	ink
	ground
	onGround
)

// draw makes the picture: the words of the entries, in the one free font that
// holds Chinese, Korean and Latin letters and is small enough to bring along.
func draw(tiles []tile) ([]byte, error) {
	canvas := image.NewPaletted(image.Rect(0, 0, menuWidth, heightOf(tiles)), menuColours)
	for _, tile := range tiles {
		fill, words := uint8(paper), uint8(ink)
		if tile.heading {
			fill, words = ground, onGround
		}
		flood(canvas, tile.box, edge)
		flood(canvas, tile.box.Inset(4), fill)
		write(canvas, tile.box.Inset(40), tile.entry.Label, words)
	}
	var b bytes.Buffer
	err := png.Encode(&b, canvas)
	return b.Bytes(), err
}

func flood(canvas *image.Paletted, box image.Rectangle, colour uint8) {
	for y := box.Min.Y; y < box.Max.Y; y++ {
		line := canvas.Pix[canvas.PixOffset(box.Min.X, y):canvas.PixOffset(box.Max.X, y)]
		for x := range line {
			line[x] = colour
		}
	}
}

// lineHeight of the font, in its own pixels.
const lineHeight = 16

// write puts words into the middle of a box, as large as they fit, in one line or
// in two.
func write(canvas *image.Paletted, box image.Rectangle, text string, colour uint8) {
	lines := []string{text}
	if two := halves(text); scaleOf(box, two) > scaleOf(box, lines) {
		lines = two
	}
	scale := scaleOf(box, lines)
	top := box.Min.Y + (box.Dy()-scale*lineHeight*len(lines))/2
	for i, line := range lines {
		left := box.Min.X + (box.Dx()-scale*widthOf(line))/2
		stamp(canvas, image.Pt(left, top+i*scale*lineHeight), line, scale, colour)
	}
}

func widthOf(text string) int { return font.MeasureString(bitmapfont.FaceSC, text).Ceil() }

func scaleOf(box image.Rectangle, lines []string) int {
	widest := 1
	for _, line := range lines {
		widest = max(widest, widthOf(line))
	}
	return max(1, min(box.Dx()/widest, box.Dy()/(lineHeight*len(lines)), 10))
}

// halves breaks a text near its middle, at a space if there is one.
func halves(text string) []string {
	best, middle := 0, len(text)/2
	for i := range text {
		if text[i] == ' ' && (best == 0 || abs(i-middle) < abs(best-middle)) {
			best = i
		}
	}
	if best == 0 {
		for best = middle; best < len(text) && !utf8.RuneStart(text[best]); best++ {
		}
	}
	return []string{strings.TrimSpace(text[:best]), strings.TrimSpace(text[best:])}
}

func abs(n int) int { return max(n, -n) }

// stamp draws a line with every pixel of the font so many pixels wide.
func stamp(canvas *image.Paletted, at image.Point, text string, scale int, colour uint8) {
	small := image.NewAlpha(image.Rect(0, 0, widthOf(text)+1, lineHeight))
	drawer := font.Drawer{Dst: small, Src: image.Opaque, Face: bitmapfont.FaceSC, Dot: fixed.P(0, 12)}
	drawer.DrawString(text)
	for y := range lineHeight {
		for x := range small.Rect.Dx() {
			if small.AlphaAt(x, y).A > 127 {
				flood(canvas, image.Rect(at.X+x*scale, at.Y+y*scale, at.X+(x+1)*scale, at.Y+(y+1)*scale).Intersect(canvas.Rect), colour)
			}
		}
	}
}
