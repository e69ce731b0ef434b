package poster

import (
	"bytes"
	"fmt"
	"image"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

func TestAPosterNeedsNoTypefaceOfTheComputer(t *testing.T) {
	t.Parallel()
	lines := []Line{{"zh", "用手机相机扫码付款"}, {"ko", "휴대폰 카메라로 스캔하여 결제하세요"}, {"en", "Scan with your phone's camera to pay"}}
	for language, of := range map[string]Poster{
		"zh": {Name: "鑫隆馄饨·煲仔饭（总店）", Label: "3 号桌", Amount: "¥12.50"},
		"ko": {Name: "골목 편의점 별빛점", Label: "계산대", Amount: "₩12,500"},
		"en": {Name: "Café Größe & Söhne", Label: "Table 4 (\\)", Amount: "€12.50"},
	} {
		of.Link, of.Language, of.Lines = sample.Link, language, lines
		pdf, err := of.PDF()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(pdf, []byte("/Font")) || bytes.Contains(pdf, []byte(" Tj")) {
			t.Errorf("%s: the poster asks its reader for a typeface", language)
		}
	}
}

func TestRareLettersAreLeftToTheReader(t *testing.T) {
	t.Parallel()
	rare := sample
	rare.Name = "街角龘店"
	pdf, err := rare.PDF()
	if err != nil {
		t.Fatal(err)
	}
	if texts := regexp.MustCompile(`(?m)^BT .*ET$`).FindAll(pdf, -1); len(texts) != 1 || !bytes.Contains(texts[0], []byte("/F1 40.00 Tf <9F98> Tj")) {
		t.Errorf("written: %s", texts)
	}
	if !bytes.Contains(pdf, []byte("/Encoding/UniGB-UTF16-H")) || bytes.Contains(pdf, []byte("UniKS-UTF16-H")) {
		t.Error("the fonts are not those of what is written")
	}
}

// painted fills the paths of a page as a reader of PDF does, at twice its size.
func painted(t *testing.T, content string, width, height int) *image.Alpha {
	t.Helper()
	const zoom = 2
	picture := image.NewAlpha(image.Rect(0, 0, width*zoom, height*zoom))
	var scale, x, y float64
	filling := vector.NewRasterizer(width*zoom, height*zoom)
	at := func(px, py float64) (float32, float32) {
		return float32((x + px*scale) * zoom), float32((float64(height) - y - py*scale) * zoom)
	}
	for line := range strings.Lines(content) {
		var n [6]float64
		fields := strings.Fields(line)
		for i := range min(len(fields)-1, 6) {
			_, _ = fmt.Sscan(strings.TrimPrefix(fields[i], "q"), &n[i])
		}
		switch {
		case strings.HasSuffix(line, "cm\n"):
			if _, err := fmt.Sscanf(line, "q %g 0 0 %g %g %g cm", &scale, &scale, &x, &y); err != nil {
				t.Fatal(err)
			}
		case strings.HasSuffix(line, " m\n"):
			filling.ClosePath()
			filling.MoveTo(at(n[0], n[1]))
		case strings.HasSuffix(line, " l\n"):
			filling.LineTo(at(n[0], n[1]))
		case strings.HasSuffix(line, " c\n"):
			ax, ay := at(n[0], n[1])
			bx, by := at(n[2], n[3])
			cx, cy := at(n[4], n[5])
			filling.CubeTo(ax, ay, bx, by, cx, cy)
		case line == "f Q\n":
			filling.ClosePath()
			filling.Draw(picture, picture.Rect, image.Opaque, image.Point{})
			filling.Reset(width*zoom, height*zoom)
		}
	}
	return picture
}

// The other side is the drawing of letters in pixels of the Go project.
func TestShapesLookLikeTheirLetters(t *testing.T) {
	t.Parallel()
	const text, size = "街角 골목 Größe ₩12,500", 40
	letters, err := newPen()
	if err != nil {
		t.Fatal(err)
	}
	page := sheet{pen: letters}
	page.pen.draw(&page.content, text, 10, 20, size)
	got := painted(t, page.content.String(), 600, 80)

	face, err := opentype.NewFace(letters.face, &opentype.FaceOptions{Size: 2 * size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewAlpha(got.Rect)
	drawer := font.Drawer{Dst: want, Src: image.Opaque, Face: face, Dot: fixed.P(2*10, 2*(80-20))}
	drawer.DrawString(text)
	dark, apart := 0, 0
	for i := range want.Pix {
		if want.Pix[i] > 127 {
			dark++
		}
		if (want.Pix[i] > 127) != (got.Pix[i] > 127) {
			apart++
		}
	}
	if dark < 5000 || apart*20 > dark {
		t.Errorf("%d of %d dark pixels differ", apart, dark)
	}
	if end, wide := 2*10+2*float64(page.pen.advance(text))*size/1000, float64(drawer.Dot.X)/64; end < wide-4 || end > wide+4 {
		t.Errorf("the line ends at %.1f, not at %.1f", end, wide)
	}
}
