// Package poster draws the sheet with a shop's code that stands on a counter or
// hangs on a wall: one page of A4 as PDF, in lines so that it is sharp at any
// size, with what to do in all languages.
//
// On paper is the plain link alone: every phone's camera opens that, and none
// opens the text of merchants' codes. Two codes on one poster would be scanned
// wrongly half of the time.
package poster

import (
	"strconv"

	qrcode "github.com/skip2/go-qrcode"
)

// The size of the page, in points: A4.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
)

// Poster is what is on the sheet.
type Poster struct {
	Link     string // what the code leads to
	Name     string // of the shop
	Language string // of the name
	Label    string // which code it is, for whoever puts it up
	Amount   string // as shown; empty: the payer types it
	Colour   string // of the shop, "#rrggbb"; empty: ours
	// Lines are what to do, by language, in the order they are shown.
	Lines []Line
}

// Line is a sentence in a language.
type Line struct{ Language, Text string }

// PDF draws the sheet, letters as shapes; only those that are rare are left to
// the typefaces of whatever shows it. Errors: those of too long a link.
func (p Poster) PDF() ([]byte, error) {
	code, err := qrcode.New(p.Link, qrcode.High)
	if err != nil {
		return nil, err
	}
	code.DisableBorder = true
	letters, err := newPen()
	if err != nil {
		return nil, err
	}
	page, ink, white, soft := &sheet{pen: letters}, [3]float64{0.09, 0.1, 0.12}, [3]float64{1, 1, 1}, [3]float64{0.4, 0.42, 0.46}
	const centre, margin, band = pageWidth / 2, 60.0, 150.0
	page.fill(colour(p.Colour), 0, pageHeight-band, pageWidth, band)
	page.centred(p.Name, p.Language, white, centre, pageHeight-band/2-14, 40, pageWidth-2*margin)
	const size = 360.0
	bottom := pageHeight - band - 50 - size
	draw(page, code.Bitmap(), ink, centre-size/2, bottom, size)
	y := bottom - 50
	if p.Amount != "" {
		page.centred(p.Amount, p.Language, ink, centre, y, 34, pageWidth-2*margin)
		y -= 42
	}
	for _, line := range p.Lines {
		page.centred(line.Text, line.Language, ink, centre, y, 20, pageWidth-2*margin)
		y -= 32
	}
	page.centred(p.Label+"  ·  "+p.Link, p.Language, soft, centre, 36, 9, pageWidth-2*margin)
	return page.pdf(p.Name, pageWidth, pageHeight), nil
}

// draw fills the dark modules, those side by side in one stroke.
func draw(page *sheet, modules [][]bool, ink [3]float64, x, y, size float64) {
	module := size / float64(len(modules))
	for row, line := range modules {
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				page.fill(ink, x+float64(from)*module, y+size-float64(row+1)*module, float64(to-from)*module, module)
				from = to
			}
		}
	}
}

// colour reads "#rrggbb"; anything else is a dark green.
func colour(text string) [3]float64 {
	if len(text) == 7 && text[0] == '#' {
		if value, err := strconv.ParseUint(text[1:], 16, 32); err == nil {
			return [3]float64{float64(value>>16) / 255, float64(value>>8&0xff) / 255, float64(value&0xff) / 255}
		}
	}
	return [3]float64{0.05, 0.36, 0.29}
}
