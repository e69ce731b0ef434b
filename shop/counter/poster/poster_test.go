package poster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

var sample = Poster{Link: "https://plaza.example/at/ABCDEFGHIJKLMNOP", Name: "街角便利店 Corner Store 골목 편의점", Language: "zh", Label: "Table 4 (\\)",
	Amount: "¥12.50", Colour: "#0b6b53",
	Lines: []Line{{"zh", "用手机相机扫码付款"}, {"ko", "휴대폰 카메라로 스캔하여 결제하세요"}, {"en", "Scan with your phone's camera to pay"}}}

// drawn reads the rectangles of a page back into a picture, as a reader of PDF
// would paint them.
func drawn(t *testing.T, pdf []byte) image.Image {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 596, 842))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	boxes := regexp.MustCompile(`(?m)^0\.090 0\.100 0\.120 rg ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f$`).FindAllSubmatch(pdf, -1)
	for _, box := range boxes {
		var n [4]float64
		for i := range n {
			n[i], _ = strconv.ParseFloat(string(box[i+1]), 64)
		}
		for x := int(n[0] + 0.5); x < int(n[0]+n[2]+0.5); x++ {
			for y := int(pageHeight - n[1] - n[3] + 0.5); y < int(pageHeight-n[1]+0.5); y++ {
				picture.SetGray(x, y, color.Gray{})
			}
		}
	}
	return picture
}

func TestThePostersCodeLeadsToItsLink(t *testing.T) {
	t.Parallel()
	pdf, err := sample.PDF()
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn(t, pdf))
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil || read.GetText() != sample.Link {
		t.Errorf("%v, %v", read, err)
	}
}

func TestThePosterIsADocumentThatReadersOpen(t *testing.T) {
	t.Parallel()
	pdf, err := sample.PDF()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(pdf, []byte("startxref\n"))
	table, err := strconv.Atoi(strings.Fields(string(pdf[at:]))[1])
	if err != nil || !bytes.HasPrefix(pdf[table:], []byte("xref\n")) {
		t.Fatalf("the table is not at %d", table)
	}
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(pdf[table:], -1) {
		start, _ := strconv.Atoi(string(entry[1]))
		if !bytes.HasPrefix(pdf[start:], fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at %d", i+1, start)
		}
	}
	length := regexp.MustCompile(`<</Length (\d+)>>\nstream\n`).FindSubmatchIndex(pdf)
	size, _ := strconv.Atoi(string(pdf[length[2]:length[3]]))
	if !bytes.HasPrefix(pdf[length[1]+size:], []byte("\nendstream")) {
		t.Error("the stream's length is wrong")
	}
	if len(pdf) > 100_000 {
		t.Errorf("%d bytes", len(pdf))
	}
}

func TestALongNameStaysOnThePaper(t *testing.T) {
	t.Parallel()
	long := sample
	long.Name = strings.Repeat("长", 80)
	pdf, err := long.PDF()
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile(`(?m)^1\.000 1\.000 1\.000 rg\nq [\d.]+ 0 0 [\d.]+ ([\d.]+) `).FindSubmatch(pdf)
	if at == nil {
		t.Fatal("no name")
	}
	if x, err := strconv.ParseFloat(string(at[1]), 64); err != nil || x < 59 {
		t.Errorf("the name begins at %s", at[1])
	}
}
