package picture

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// orientation is how a camera was held: EXIF tag 0x0112, 1 to 8. Phones save
// what the sensor saw and note there how to turn it; since the note is stripped
// with everything else, it is followed first.
type orientation int

const upright orientation = 1

// onItsSide says whether width and height change places.
func (o orientation) onItsSide() bool { return o >= 5 && o <= 8 }

// orientationOf finds the note in a JPEG; upright if there is none, or none
// that makes sense.
func orientationOf(data []byte) orientation {
	exif := exifOf(data)
	if len(exif) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(exif[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return upright
	}
	start := uint64(order.Uint32(exif[4:]))
	if start+2 > uint64(len(exif)) {
		return upright
	}
	count := int(order.Uint16(exif[start:]))
	fields := exif[start+2:]
	for ; count > 0 && len(fields) >= 12; count, fields = count-1, fields[12:] {
		const short = 3
		if order.Uint16(fields) != 0x0112 || order.Uint16(fields[2:]) != short {
			continue
		}
		if found := orientation(order.Uint16(fields[8:])); found >= 1 && found <= 8 {
			return found
		}
		return upright
	}
	return upright
}

// exifOf walks the segments before a JPEG's pixels to the TIFF block in APP1.
func exifOf(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		return nil
	}
	const app1, startOfScan = 0xe1, 0xda
	for rest := data[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if marker == startOfScan || length < 2 || len(rest) < 2+length {
			return nil
		}
		body := rest[4 : 2+length]
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); marker == app1 && ok {
			return tiff
		}
		rest = rest[2+length:]
	}
	return nil
}

// turn puts pixels upright.
func turn(pixels image.Image, as orientation) image.Image {
	if as <= upright || as > 8 {
		return pixels
	}
	bounds := pixels.Bounds()
	w, h := float64(bounds.Dx()), float64(bounds.Dy())
	// From source to target: x' = m[0]x + m[1]y + m[2], y' = m[3]x + m[4]y + m[5].
	matrix := [9]f64.Aff3{
		2: {-1, 0, w, 0, 1, 0},  // mirrored
		3: {-1, 0, w, 0, -1, h}, // upside down
		4: {1, 0, 0, 0, -1, h},  // upside down, mirrored
		5: {0, 1, 0, 1, 0, 0},   // on its side, mirrored
		6: {0, -1, h, 1, 0, 0},  // on its left side
		7: {0, -1, h, -1, 0, w}, // on its right side, mirrored
		8: {0, 1, 0, -1, 0, w},  // on its right side
	}[as]
	size := bounds.Size()
	if as.onItsSide() {
		size.X, size.Y = size.Y, size.X
	}
	turned := image.NewRGBA(image.Rectangle{Max: size})
	x, y := float64(bounds.Min.X), float64(bounds.Min.Y)
	matrix[2] -= matrix[0]*x + matrix[1]*y
	matrix[5] -= matrix[3]*x + matrix[4]*y
	draw.NearestNeighbor.Transform(turned, matrix, pixels, bounds, draw.Src, nil)
	return turned
}
