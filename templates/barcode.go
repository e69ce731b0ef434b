package templates

import (
	"fmt"
	"html/template"
	"image"
	"strings"

	"github.com/boombuler/barcode/code128"
)

// quiet is the empty space on either side of a bar code, in bars: what the
// standard of Code 128 (ISO/IEC 15417) asks for.
const quiet = 10

// dark says whether there is a bar at x.
func dark(code image.Image, x int) bool {
	r, _, _, _ := code.At(x, 0).RGBA()
	return r == 0
}

// barsSVG draws a text as a Code 128 bar code, for the scanners of tills that read
// no QR codes.
func barsSVG(text, label string) (template.HTML, error) {
	if text == "" {
		return "", nil
	}
	code, err := code128.Encode(text)
	if err != nil {
		return "", fmt.Errorf("bar code: %w", err)
	}
	width := code.Bounds().Dx()
	var path strings.Builder
	for x := 0; x < width; {
		end := x
		for end < width && dark(code, end) {
			end++
		}
		if end > x {
			fmt.Fprintf(&path, "M%d 0h%dv30h-%dz", x+quiet, end-x, end-x)
		}
		x = end + 1
	}
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="bars" role="img" aria-label="%s" viewBox="0 0 %d 30" preserveAspectRatio="none" shape-rendering="crispEdges"><rect width="%d" height="30" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		template.HTMLEscapeString(label), width+2*quiet, width+2*quiet, path.String())), nil
}
