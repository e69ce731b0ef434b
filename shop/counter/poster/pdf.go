package poster

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// typeface is one that readers of PDF bring along, for letters of which we have
// no outline: Helvetica, and the character collections of Adobe for Chinese,
// Korean and Japanese (ISO 32000-1, 9.7.5.2, table 118: predefined CMaps).
// Readers take a face of the system's for those.
type typeface struct {
	name, collection, encoding string
	supplement                 int
}

var (
	latin    = typeface{name: "Helvetica-Bold"}
	chinese  = typeface{"STSong-Light", "GB1", "UniGB-UTF16-H", 5}
	korean   = typeface{"HYSMyeongJo-Medium", "Korea1", "UniKS-UTF16-H", 2}
	japanese = typeface{"HeiseiMin-W3", "Japan1", "UniJIS-UTF16-H", 6}
	fonts    = [...]typeface{latin, chinese, korean, japanese}
)

// outlined is the font of letters that are drawn.
const outlined = -1

// run is a piece of a line in one font.
type run struct {
	font int // index in fonts, or outlined
	text string
}

// runs takes a line apart: what can be drawn is, the rest is written by script.
// Han letters are written in the language's font, because a font of another
// language draws some of them otherwise.
func (p *pen) runs(line, language string) []run {
	han := 1
	if language == "ko" {
		han = 2
	}
	var found []run
	for _, letter := range line {
		in := han
		switch {
		case p.has(letter):
			in = outlined
		case letter < 0x100:
			in = 0
		case unicode.Is(unicode.Hangul, letter):
			in = 2
		case unicode.Is(unicode.Hiragana, letter), unicode.Is(unicode.Katakana, letter):
			in = 3
		}
		if last := len(found) - 1; last >= 0 && found[last].font == in {
			found[last].text += string(letter)
		} else {
			found = append(found, run{in, string(letter)})
		}
	}
	return found
}

// width of a run, in thousandths of its size.
func (p *pen) width(r run) int {
	switch r.font {
	case outlined:
		return p.advance(r.text)
	case 0:
		return latinWidth(r.text)
	}
	return 1000 * utf8.RuneCountInString(r.text)
}

func latinWidth(text string) int {
	width := 0
	for _, letter := range text {
		if letter < 0x20 || letter > 0x7e {
			width += 600
			continue
		}
		width += helvetica[letter-0x20]
	}
	return width
}

// helvetica are the widths of Helvetica-Bold from the space on (Adobe's font
// metrics, AFM 4.1).
var helvetica = [95]int{
	278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
	975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
	333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
	611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
}

// show is a run as the operand of Tj: in the font's own encoding.
func (r run) show() string {
	if r.font != 0 {
		var hex strings.Builder
		for _, unit := range utf16.Encode([]rune(r.text)) {
			fmt.Fprintf(&hex, "%04X", unit)
		}
		return "<" + hex.String() + ">"
	}
	var hex strings.Builder
	for _, letter := range r.text { // WinAnsi is Latin 1, where that has letters
		fmt.Fprintf(&hex, "%02X", letter)
	}
	return "<" + hex.String() + ">"
}

// sheet collects what is drawn on a page, in points from its lower left corner.
type sheet struct {
	content bytes.Buffer
	pen     pen
	written [len(fonts)]bool // which fonts of readers the page needs
}

// fill paints a rectangle in a colour of 0 to 1.
func (s *sheet) fill(colour [3]float64, x, y, width, height float64) {
	fmt.Fprintf(&s.content, "%.3f %.3f %.3f rg %.2f %.2f %.2f %.2f re f\n", colour[0], colour[1], colour[2], x, y, width, height)
}

// centred writes a line around x, smaller if it were wider than most.
func (s *sheet) centred(line, language string, colour [3]float64, x, y, size, most float64) {
	parts, width := s.pen.runs(line, language), 0
	for _, part := range parts {
		width += s.pen.width(part)
	}
	if full := float64(width) * size / 1000; full > most {
		size *= most / full
	}
	x -= float64(width) * size / 2000
	fmt.Fprintf(&s.content, "%.3f %.3f %.3f rg\n", colour[0], colour[1], colour[2])
	for _, part := range parts {
		if part.font == outlined {
			s.pen.draw(&s.content, part.text, x, y, size)
		} else {
			s.written[part.font] = true
			fmt.Fprintf(&s.content, "BT %.2f %.2f Td /F%d %.2f Tf %s Tj ET\n", x, y, part.font, size, part.show())
		}
		x += float64(s.pen.width(part)) * size / 1000
	}
}

// pdf is a document of one page.
func (s *sheet) pdf(title string, width, height float64) []byte {
	var resources strings.Builder
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "", // the page, when the fonts are known
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", s.content.Len(), s.content.String()),
		"<</Title " + utf16Text(title) + "/Producer(Plaza)>>"}
	for i, face := range fonts {
		if s.written[i] {
			fmt.Fprintf(&resources, "/F%d %d 0 R", i, len(objects)+1)
			objects = append(objects, face.objects(len(objects)+1)...)
		}
	}
	used := ""
	if resources.Len() > 0 {
		used = "/Font<<" + resources.String() + ">>"
	}
	objects[2] = fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents 4 0 R/Resources<<%s>>>>", width, height, used)
	return assemble(objects)
}

// objects are a font's, the first of which has the number.
func (f typeface) objects(number int) []string {
	if f.collection == "" {
		return []string{"<</Type/Font/Subtype/Type1/BaseFont/" + f.name + "/Encoding/WinAnsiEncoding>>"}
	}
	return []string{
		fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/%s/DescendantFonts[%d 0 R]>>", f.name, f.encoding, number+1),
		fmt.Sprintf("<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(%s)/Supplement %d>>/DW 1000/FontDescriptor %d 0 R>>",
			f.name, f.collection, f.supplement, number+2),
		fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 90>>", f.name),
	}
}

// assemble numbers the objects from 1 and says where each is.
func assemble(objects []string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	starts := make([]int, len(objects))
	for i, object := range objects {
		starts[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, start := range starts {
		fmt.Fprintf(&out, "%010d 00000 n \n", start)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}

func utf16Text(text string) string {
	var hex strings.Builder
	hex.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&hex, "%04X", unit)
	}
	return hex.String() + ">"
}
