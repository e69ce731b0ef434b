package qr

import (
	"bytes"
	"fmt"

	"github.com/skip2/go-qrcode"

	"plaza/fault"
)

// Level is how much of a picture may be lost to dirt or a logo.
type Level string

// The levels that make sense on paper: M survives 15 %, H 30 %.
const (
	Medium Level = "m"
	High   Level = "h"
)

// The widths of a PNG in pixels.
const (
	MinSize = 64
	MaxSize = 2048
)

// The faults of pictures.
var (
	ErrSize  = fault.New(fault.Invalid, "qr_size", "The size is between {0} and {1} pixels.", MinSize, MaxSize).In("size")
	ErrLevel = fault.New(fault.Invalid, "qr_level", "The error correction is m or h.").In("level")
	ErrLong  = fault.New(fault.Invalid, "qr_too_long", "This is too long for a QR code.")
)

// PNG draws text as a black and white picture of size times size pixels, with
// the quiet zone of four modules that ISO/IEC 18004 asks for.
func PNG(text string, level Level, size int) ([]byte, error) {
	if size < MinSize || size > MaxSize {
		return nil, ErrSize
	}
	drawn, err := draw(text, level)
	if err != nil {
		return nil, err
	}
	return drawn.PNG(size)
}

// SVG draws text for print, at any size, one unit to a module.
func SVG(text string, level Level) ([]byte, error) {
	drawn, err := draw(text, level)
	if err != nil {
		return nil, err
	}
	bitmap := drawn.Bitmap() // includes the quiet zone
	var svg bytes.Buffer
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges" role="img">`+
		`<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="`, len(bitmap))
	for y, row := range bitmap {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			start := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&svg, "M%d %dh%dv1h-%dz", start, y, x-start, x-start)
		}
	}
	svg.WriteString(`"/></svg>`)
	return svg.Bytes(), nil
}

func draw(text string, level Level) (*qrcode.QRCode, error) {
	recovery, ok := map[Level]qrcode.RecoveryLevel{Medium: qrcode.Medium, High: qrcode.Highest}[level]
	if !ok {
		return nil, ErrLevel
	}
	drawn, err := qrcode.New(text, recovery)
	if err != nil {
		return nil, ErrLong.Because(err)
	}
	return drawn, nil
}
