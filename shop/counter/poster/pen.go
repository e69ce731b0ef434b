package poster

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// packed is a part of Noto Sans CJK SC Bold: Latin letters and signs, the 3,755
// Chinese letters of GB 2312's first level with those that names of shops like
// besides, the 2,350 Korean syllables of KS X 1001 with a few more, and kana.
// All of them would weigh ten times as much. letters.LICENSE.txt has its terms.
//
//go:embed letters.otf.gz
var packed []byte

var face = sync.OnceValues(func() (*sfnt.Font, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, err
	}
	return sfnt.Parse(content)
})

// pen draws letters as shapes. A poster in shapes needs no typeface of the
// computer or the copy shop that prints it.
type pen struct {
	face   *sfnt.Font
	buffer sfnt.Buffer
	units  int // of an em
}

func newPen() (pen, error) {
	face, err := face()
	if err != nil {
		return pen{}, err
	}
	return pen{face: face, units: int(face.UnitsPerEm())}, nil
}

// glyph of a letter; 0 if it has none.
func (p *pen) glyph(letter rune) sfnt.GlyphIndex {
	index, err := p.face.GlyphIndex(&p.buffer, letter)
	if err != nil {
		return 0
	}
	return index
}

func (p *pen) has(letter rune) bool { return p.glyph(letter) != 0 }

// inUnits is the size at which the face answers in its own units.
func (p *pen) inUnits() fixed.Int26_6 { return fixed.Int26_6(p.units) }

// advance is how far a text goes to the right, in thousandths of its size.
func (p *pen) advance(text string) int {
	total := 0
	for _, letter := range text {
		if advance, err := p.face.GlyphAdvance(&p.buffer, p.glyph(letter), p.inUnits(), font.HintingNone); err == nil {
			total += int(advance)
		}
	}
	return total * 1000 / p.units
}

// draw fills the letters of a text from x on, standing on y.
func (p *pen) draw(content *bytes.Buffer, text string, x, y, size float64) {
	scale := size / float64(p.units)
	for _, letter := range text {
		glyph := p.glyph(letter)
		outline, err := p.face.LoadGlyph(&p.buffer, glyph, p.inUnits(), nil)
		if err == nil && len(outline) > 0 {
			fmt.Fprintf(content, "q %.5f 0 0 %.5f %.2f %.2f cm\n", scale, scale, x, y)
			trace(content, outline)
			content.WriteString("f Q\n")
		}
		x += float64(p.advance(string(letter))) * size / 1000
	}
}

// trace writes an outline as a path, whose y grows upwards (ISO 32000-1, 8.5.2).
// The face is of the kind that has lines and cubic curves only.
func trace(content *bytes.Buffer, outline sfnt.Segments) {
	for _, part := range outline {
		points, operator := part.Args[:1], "l"
		switch part.Op {
		case sfnt.SegmentOpMoveTo:
			operator = "m"
		case sfnt.SegmentOpCubeTo:
			points, operator = part.Args[:3], "c"
		}
		for _, point := range points {
			fmt.Fprintf(content, "%d %d ", int(point.X), -int(point.Y))
		}
		content.WriteString(operator + "\n")
	}
}
