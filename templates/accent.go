package templates

import (
	"fmt"
	"math"
	"strconv"
)

// colour is red, green, blue in 0..1 (sRGB).
type colour [3]float64

var (
	white = colour{1, 1, 1}
	ink   = colour{0.102, 0.090, 0.078} // #1a1714, the label of a button in the dark

	// What an accent is seen on, of tokens.css: --surface, --page, --sunken.
	lightGrounds = []colour{white, {0.980, 0.973, 0.961}, {0.953, 0.937, 0.914}}
	darkGrounds  = []colour{{0.145, 0.133, 0.125}, {0.094, 0.082, 0.075}, {0.118, 0.106, 0.098}}
)

// contrast is what WCAG AA asks of text, 4.5, and a little for rounding.
const contrast = 4.6

// AccentSheet is the style sheet for an account's colour ("b8431f"): the colour
// itself where it can be read, else the nearest shade of it that can. ok is
// false for what isn't a colour.
func AccentSheet(hex string) (sheet string, ok bool) {
	base, ok := parseColour(hex)
	if !ok {
		return "", false
	}
	light := base.towards(colour{}, readable(lightGrounds, white))
	dark := base.towards(white, readable(darkGrounds, ink))
	return fmt.Sprintf(":root{--accent:%s;--on-accent:#fff}\n@media (prefers-color-scheme:dark){:root{--accent:%s;--on-accent:%s}}\n", light, dark, ink), true
}

// readable says whether a colour can be read on grounds and on its own tint of
// the first of them (--accent-wash), and a label on it.
func readable(grounds []colour, label colour) func(colour) bool {
	return func(c colour) bool {
		for _, ground := range append(grounds[:len(grounds):len(grounds)], c.over(0.09, grounds[0]), label) {
			if ratio(c, ground) < contrast {
				return false
			}
		}
		return true
	}
}

func parseColour(hex string) (colour, bool) {
	if len(hex) != 6 {
		return colour{}, false
	}
	bits, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return colour{}, false
	}
	return colour{float64(bits>>16) / 255, float64(bits>>8&255) / 255, float64(bits&255) / 255}, true
}

// String writes the colour as CSS does.
func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", byte(c[0]*255+.5), byte(c[1]*255+.5), byte(c[2]*255+.5))
}

// towards mixes in the other colour, a step at a time, until good holds.
func (c colour) towards(other colour, good func(colour) bool) colour {
	mixed := c
	for step := 0.0; step <= 1 && !good(mixed); step += 0.04 {
		mixed = other.over(step, c)
	}
	return mixed
}

// over is the colour laid over another with an opacity of 0 to 1.
func (c colour) over(opacity float64, below colour) colour {
	for i := range c {
		c[i] = c[i]*opacity + below[i]*(1-opacity)
	}
	return c
}

// ratio is the contrast of two colours as WCAG 2.2 defines it, 1 to 21.
func ratio(a, b colour) float64 {
	brighter, darker := a.luminance(), b.luminance()
	if brighter < darker {
		brighter, darker = darker, brighter
	}
	return (brighter + 0.05) / (darker + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
