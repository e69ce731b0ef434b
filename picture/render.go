package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// format is a kind of file that is taken.
type format struct {
	config   func(*bytes.Reader) (image.Config, error)
	decode   func(*bytes.Reader) (image.Image, error)
	lossless bool // keep sharp edges and transparency, where that is not too big
}

// Only the first frame of an animation is kept.
func formatOf(data []byte) (format, error) {
	switch http.DetectContentType(data) {
	case "image/jpeg":
		return format{
			func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }, false}, nil
	case "image/png":
		return format{
			func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }, true}, nil
	case "image/gif":
		return format{
			func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }, true}, nil
	case "image/webp":
		return format{
			func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }, true}, nil
	}
	return format{}, ErrFormat
}

// maxScans bounds a progressive JPEG. Cameras write ten scans; a file of
// thousands, each over all pixels, would keep a processor busy for minutes.
const maxScans = 64

type decoded struct {
	pixels   image.Image
	lossless bool
}

// decode reads a file, upright and no larger than the large rendition. How
// many pixels there are is looked at before they are.
func decode(data []byte) (decoded, error) {
	format, err := formatOf(data)
	if err != nil {
		return decoded{}, err
	}
	config, err := format.config(bytes.NewReader(data))
	if err != nil {
		return decoded{}, ErrBroken.Because(err)
	}
	if config.Width < 1 || config.Height < 1 {
		return decoded{}, ErrBroken
	}
	if config.Width > MaxPixels/config.Height {
		return decoded{}, ErrTooMany
	}
	if bytes.Count(data, []byte{0xff, 0xda}) > maxScans && !format.lossless {
		return decoded{}, ErrBroken.Because(errors.New("too many scans"))
	}
	pixels, err := format.decode(bytes.NewReader(data))
	if err != nil {
		return decoded{}, ErrBroken.Because(err)
	}
	if pixels.Bounds().Empty() || pixels.Bounds().Dx() > config.Width || pixels.Bounds().Dy() > config.Height {
		return decoded{}, ErrBroken
	}
	// Shrunk first, because turning looks at every pixel.
	held, box := orientationOf(data), boxOf(Large)
	if held.onItsSide() {
		box.X, box.Y = box.Y, box.X
	}
	return decoded{turn(reduce(pixels, box), held), format.lossless}, nil
}

// boxOf is what a picture of some width has to fit into: receipts and screen
// shots are tall, but not endless.
func boxOf(width int) image.Point { return image.Pt(width, 2*width) }

// reduce scales down to fit into a box; never up.
func reduce(pixels image.Image, box image.Point) image.Image {
	size := pixels.Bounds().Size()
	wanted := fit(size, box)
	if wanted == size {
		return pixels
	}
	// Halving is cheap and averages all pixels; the costly filter, which makes
	// the picture crisp, then has little left to do.
	for size.X >= 4*wanted.X && size.Y >= 4*wanted.Y {
		size = image.Pt(size.X/2, size.Y/2)
		half := image.NewRGBA(image.Rectangle{Max: size})
		draw.ApproxBiLinear.Scale(half, half.Bounds(), pixels, pixels.Bounds(), draw.Src, nil)
		pixels = half
	}
	scaled := image.NewRGBA(image.Rectangle{Max: wanted})
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), pixels, pixels.Bounds(), draw.Src, nil)
	return scaled
}

func fit(size, box image.Point) image.Point {
	if size.X <= box.X && size.Y <= box.Y {
		return size
	}
	if size.X*box.Y >= size.Y*box.X { // the width decides
		return image.Pt(box.X, max(1, size.Y*box.X/size.X))
	}
	return image.Pt(max(1, size.X*box.Y/size.Y), box.Y)
}

// maxLossless is the size above which a PNG becomes a JPEG: photographs that
// were saved as PNG, mostly.
const (
	maxLossless = 512 << 10
	quality     = 85
)

// encode writes pixels as PNG, if that pays, or as JPEG on white.
func encode(pixels image.Image, lossless bool) (Rendition, error) {
	size := pixels.Bounds().Size()
	rendition := Rendition{Width: size.X, Height: size.Y}
	var body bytes.Buffer
	if lossless {
		if err := png.Encode(&body, pixels); err != nil {
			return rendition, fmt.Errorf("picture: encode: %w", err)
		}
		rendition.Type, rendition.Body = "image/png", body.Bytes()
		if body.Len() <= maxLossless {
			return rendition, nil
		}
		body = bytes.Buffer{}
	}
	if err := jpeg.Encode(&body, onWhite(pixels), &jpeg.Options{Quality: quality}); err != nil {
		return rendition, fmt.Errorf("picture: encode: %w", err)
	}
	rendition.Type, rendition.Body = "image/jpeg", body.Bytes()
	return rendition, nil
}

func onWhite(pixels image.Image) image.Image {
	if opaque, ok := pixels.(interface{ Opaque() bool }); ok && opaque.Opaque() {
		return pixels
	}
	flat := image.NewRGBA(image.Rectangle{Max: pixels.Bounds().Size()})
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), pixels, pixels.Bounds().Min, draw.Over)
	return flat
}
