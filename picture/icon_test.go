package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestAnIconIsSquareAndOfItsSize(t *testing.T) {
	t.Parallel()
	pictures := open(t)
	wide, err := pictures.Add(t.Context(), "a", bytes.NewReader(asPNG(t, plain(300, 100, red, red))))
	if err != nil {
		t.Fatal(err)
	}
	ground := color.RGBA{0xad, 0x3f, 0x1b, 0xff}
	for name, try := range map[string]struct {
		face     Face
		maskable bool
		corner   color.RGBA // of the drawn icon
		middle   color.RGBA
	}{
		"picture":            {Face{Picture: wide.ID}, false, color.RGBA{}, red},
		"picture, maskable":  {Face{Picture: wide.ID}, true, color.RGBA{255, 255, 255, 255}, red},
		"letter":             {Face{Letter: "I", Colour: ground}, false, ground, color.RGBA{255, 255, 255, 255}},
		"hanzi, maskable":    {Face{Letter: "中", Colour: ground}, true, ground, color.RGBA{255, 255, 255, 255}},
		"hangul":             {Face{Letter: "빵", Colour: ground}, false, ground, color.RGBA{}},
		"no letter to speak": {Face{Letter: " ", Colour: ground}, false, ground, ground},
		"not in the font":    {Face{Letter: "🍞", Colour: ground}, false, ground, color.RGBA{}},
	} {
		for _, size := range []int{180, 192, 512} {
			body, err := pictures.Icon(t.Context(), try.face, size, try.maskable)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			drawn, err := png.Decode(bytes.NewReader(body))
			if err != nil || drawn.Bounds() != image.Rect(0, 0, size, size) {
				t.Fatalf("%s at %d: %v, %v", name, size, drawn.Bounds(), err)
			}
			at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(drawn.At(x, y)).(color.RGBA) }
			if got := at(1, 1); got != try.corner {
				t.Errorf("%s at %d: corner %v", name, size, got)
			}
			if got := at(size/2, size/2); try.middle != (color.RGBA{}) && !near(got, try.middle) {
				t.Errorf("%s at %d: middle %v", name, size, got)
			}
			if folder := os.Getenv("PLAZA_PREVIEW"); folder != "" && size == 512 {
				if err := os.WriteFile(filepath.Join(folder, "icon-"+name+".png"), body, 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func near(a, b color.RGBA) bool {
	far := func(a, b uint8) bool { return max(a, b)-min(a, b) > 12 }
	return !far(a.R, b.R) && !far(a.G, b.G) && !far(a.B, b.B)
}
