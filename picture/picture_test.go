package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

func open(t *testing.T) *Pictures {
	return New(storetest.Open(t, Schemas()...), time.Now)
}

// plain makes a picture of one colour with another in its top left quarter.
func plain(width, height int, corner, rest color.Color) *image.RGBA {
	made := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			made.Set(x, y, rest)
			if x < width/2 && y < height/2 {
				made.Set(x, y, corner)
			}
		}
	}
	return made
}

var (
	red   = color.RGBA{220, 20, 20, 255}
	green = color.RGBA{20, 200, 20, 255}
)

func asPNG(t testing.TB, made image.Image) []byte {
	t.Helper()
	var body bytes.Buffer
	if err := png.Encode(&body, made); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

func asJPEG(t testing.TB, made image.Image) []byte {
	t.Helper()
	var body bytes.Buffer
	if err := jpeg.Encode(&body, made, nil); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

// withExif puts an EXIF block with an orientation behind a JPEG's first marker.
func withExif(file []byte, held uint16, secret string) []byte {
	tiff := binary.BigEndian.AppendUint32([]byte("MM\x00*"), 8)
	tiff = binary.BigEndian.AppendUint16(tiff, 1)
	tiff = append(tiff, 0x01, 0x12, 0, 3, 0, 0, 0, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, held)
	tiff = append(append(tiff, 0, 0, 0, 0, 0, 0), secret...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(bytes.Clone(file[:2]), append(segment, body...)...), file[2:]...)
}

func TestAPictureIsKeptInTwoWidths(t *testing.T) {
	t.Parallel()
	pictures := open(t)
	for name, test := range map[string]struct {
		file         []byte
		large, small image.Point
		format       string
	}{
		"wide photograph": {asJPEG(t, plain(2560, 1000, red, green)), image.Pt(1280, 500), image.Pt(320, 125), "image/jpeg"},
		"small logo":      {asPNG(t, plain(200, 100, red, green)), image.Pt(200, 100), image.Pt(200, 100), "image/png"},
		"tall screenshot": {asPNG(t, plain(100, 5120, red, green)), image.Pt(50, 2560), image.Pt(12, 640), "image/png"},
		"one pixel":       {asPNG(t, plain(1, 1, red, green)), image.Pt(1, 1), image.Pt(1, 1), "image/png"},
		"very thin line":  {asPNG(t, plain(4000, 1, red, green)), image.Pt(1280, 1), image.Pt(320, 1), "image/png"},
	} {
		added, err := pictures.Add(t.Context(), "a", bytes.NewReader(test.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for width, want := range map[int]image.Point{Large: test.large, Small: test.small} {
			kept, err := pictures.Find(t.Context(), added.ID, width)
			if err != nil {
				t.Fatal(err)
			}
			shown, format, err := image.Decode(bytes.NewReader(kept.Body))
			if err != nil || "image/"+format != kept.Type || kept.Type != test.format {
				t.Errorf("%s at %d: kept as %s, is %s, %v", name, width, kept.Type, format, err)
				continue
			}
			if shown.Bounds().Size() != want || kept.Width != want.X || kept.Height != want.Y {
				t.Errorf("%s at %d: %v, want %v", name, width, shown.Bounds().Size(), want)
			}
		}
	}
}

func TestGIFAndWebPAreTaken(t *testing.T) {
	t.Parallel()
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 30, 20), palette.WebSafe)
	err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	// The smallest lossless WebP there is: one pixel.
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	for name, file := range map[string][]byte{"gif": moving.Bytes(), "webp": webp} {
		if _, err := open(t).Add(t.Context(), "a", bytes.NewReader(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWasInTheFileBesidesPixelsIsGone(t *testing.T) {
	t.Parallel()
	pictures := open(t)
	file := withExif(asJPEG(t, plain(64, 32, red, green)), 1, "37.5665N 126.9780E")
	added, err := pictures.Add(t.Context(), "a", bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{Large, Small} {
		kept, err := pictures.Find(t.Context(), added.ID, width)
		if err != nil || bytes.Contains(kept.Body, []byte("37.5665N")) || bytes.Contains(kept.Body, []byte("Exif")) {
			t.Errorf("at %d the place is still told, %v", width, err)
		}
	}
}

func TestPhonePicturesStandUpright(t *testing.T) {
	t.Parallel()
	// Where the marked corner of a 64 × 32 picture ends up.
	for held, corner := range map[uint16]struct{ right, bottom bool }{
		1: {false, false}, 2: {true, false}, 3: {true, true}, 4: {false, true},
		5: {false, false}, 6: {true, false}, 7: {true, true}, 8: {false, true},
		0: {false, false}, 9: {false, false},
	} {
		got, err := decode(withExif(asJPEG(t, plain(64, 32, red, green)), held, ""))
		if err != nil {
			t.Fatal(err)
		}
		size := got.pixels.Bounds().Size()
		want := image.Pt(64, 32)
		if held >= 5 && held <= 8 {
			want = image.Pt(32, 64)
		}
		if size != want {
			t.Errorf("held %d: size %v, want %v", held, size, want)
		}
		for _, right := range []bool{false, true} {
			for _, bottom := range []bool{false, true} {
				x, y := size.X/8, size.Y/8
				if right {
					x = size.X - 1 - x
				}
				if bottom {
					y = size.Y - 1 - y
				}
				r, g, _, _ := got.pixels.At(x, y).RGBA()
				if (r > g) != (corner.right == right && corner.bottom == bottom) {
					t.Errorf("held %d: at right=%v bottom=%v the colour is wrong", held, right, bottom)
				}
			}
		}
	}
}

func TestTurningMovesEveryPixelOnce(t *testing.T) {
	t.Parallel()
	original := image.NewRGBA(image.Rect(3, 5, 10, 9)) // not at the origin
	for i := range original.Pix {
		original.Pix[i] = 255
	}
	for x := 3; x < 10; x++ {
		for y := 5; y < 9; y++ {
			original.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), 7, 255})
		}
	}
	for held := orientation(2); held <= 8; held++ {
		seen := map[color.RGBA]bool{}
		turned := turn(original, held).(*image.RGBA)
		for x := range turned.Bounds().Dx() {
			for y := range turned.Bounds().Dy() {
				seen[turned.RGBAAt(x, y)] = true
			}
		}
		if len(seen) != 7*4 || seen[color.RGBA{}] {
			t.Errorf("held %d: %d different pixels, want 28", held, len(seen))
		}
	}
}

func TestABadPictureIsAClearFault(t *testing.T) {
	t.Parallel()
	whole := asPNG(t, plain(300, 300, red, green))
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":              {nil, ErrFormat},
		"a web page":           {[]byte("<html><script>alert(1)</script></html>"), ErrFormat},
		"a vector graphic":     {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), ErrFormat},
		"half a picture":       {whole[:len(whole)/2], ErrBroken},
		"only a head":          {whole[:8], ErrBroken},
		"a byte flipped":       {flip(whole, len(whole)/2), ErrBroken},
		"over 5 MB":            {make([]byte, MaxBytes+1), ErrTooLarge},
		"a bomb of pixels":     {bomb(65535, 65535), ErrTooMany},
		"a thousand scans":     {append(asJPEG(t, plain(8, 8, red, green)), bytes.Repeat([]byte{0xff, 0xda}, 1000)...), ErrBroken},
		"a wide bomb":          {bomb(1<<31-1, 1), ErrTooMany},
		"just over the pixels": {bomb(8000, 5001), ErrTooMany},
	} {
		if _, err := open(t).Add(t.Context(), "a", bytes.NewReader(test.file)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func flip(file []byte, at int) []byte {
	file = bytes.Clone(file)
	file[at] ^= 0xff
	return file
}

// bomb is a tiny PNG that claims to be huge.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	head = append(binary.BigEndian.AppendUint32(head, height), 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(head))
}

func TestANoisyPNGBecomesAJPEGOnWhite(t *testing.T) {
	t.Parallel()
	noise := rand.New(rand.NewPCG(1, 2))
	photo := image.NewNRGBA(image.Rect(0, 0, 600, 600))
	for i := range photo.Pix {
		photo.Pix[i] = uint8(noise.IntN(256))
	}
	for x := range 600 { // a transparent upper half
		for y := range 300 {
			photo.SetNRGBA(x, y, color.NRGBA{0, 0, 0, 0})
		}
	}
	kept, err := encode(photo, true)
	if err != nil || kept.Type != "image/jpeg" {
		t.Fatalf("kept as %s, %v", kept.Type, err)
	}
	shown, err := jpeg.Decode(bytes.NewReader(kept.Body))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := shown.At(300, 100).RGBA(); r < 0xf000 {
		t.Errorf("what was transparent is not white: %x", r)
	}
}

func TestTheSameFileIsKeptOnce(t *testing.T) {
	t.Parallel()
	pictures, file := open(t), asPNG(t, plain(64, 64, red, green))
	ids := make([]string, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			added, err := pictures.Add(t.Context(), "a", bytes.NewReader(file))
			if err != nil {
				t.Error(err)
			}
			ids[i] = added.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("one file, several ids: %v", ids)
			break
		}
	}
	if count, err := renditions.In(pictures.db, "a").Count(t.Context(), store.Query{}, 10); err != nil || count != 2 {
		t.Errorf("%d documents, want 2 (%v)", count, err)
	}
}

func TestPicturesStayInTheirAccount(t *testing.T) {
	t.Parallel()
	pictures := open(t)
	added, err := pictures.Add(t.Context(), "a", bytes.NewReader(asPNG(t, plain(9, 9, red, green))))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b" + added.ID[1:], "a:" + added.ID, "", "../" + added.ID, added.ID + ":320"} {
		if _, err := pictures.Find(t.Context(), id, 0); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%q finds a picture of another account: %v", id, err)
		}
	}
	if err := pictures.Remove(t.Context(), "b", added.ID); err != nil {
		t.Error(err)
	}
	if _, err := pictures.Find(t.Context(), added.ID, 0); err != nil {
		t.Errorf("removed from another account: %v", err)
	}
	if err := pictures.Remove(t.Context(), "a", added.ID); err != nil {
		t.Error(err)
	}
	if _, err := pictures.Find(t.Context(), added.ID, 0); !errors.Is(err, ErrNoPicture) {
		t.Errorf("removed and still there: %v", err)
	}
}

func TestAnUploadGivenUpDoesNotWait(t *testing.T) {
	t.Parallel()
	pictures := open(t)
	pictures.slot <- struct{}{} // somebody's picture is being worked on
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := pictures.render(ctx, asPNG(t, plain(9, 9, red, green))); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func FuzzDecode(f *testing.F) {
	small := plain(8, 4, red, green)
	f.Add(asPNG(f, small))
	f.Add(asJPEG(f, small))
	f.Add(withExif(asJPEG(f, small), 6, "x"))
	f.Add(bomb(100000, 100000))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		got, err := decode(data)
		if err != nil {
			return
		}
		if size := got.pixels.Bounds().Size(); size.X < 1 || size.X > Large || size.Y < 1 || size.Y > 2*Large {
			t.Fatalf("decoded to %v", size)
		}
		if _, err := encode(got.pixels, got.lossless); err != nil {
			t.Fatalf("decodes but does not encode: %v", err)
		}
	})
}
