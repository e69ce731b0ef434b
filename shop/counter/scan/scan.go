// Package scan reads the code that a camera shows, for tills whose browser has no
// reader of its own: Safari and Firefox have a camera and no BarcodeDetector.
package scan

import (
	"errors"
	"image/jpeg"
	"io"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"plaza/fault"
)

const (
	// MaxBytes bounds a picture: a frame of a till's camera has about 50 KB.
	MaxBytes = 256 << 10
	// maxSide bounds its width and height, and so the time of a look at it.
	maxSide = 1280
)

// The faults of pictures.
var (
	ErrPicture = fault.New(fault.Invalid, "scan_picture", "This is not a JPEG picture of at most 1280 by 1280 points.")
	// ErrNoCode is no failure: most frames show none, or none sharp enough.
	ErrNoCode = errors.New("scan: no code in the picture")
)

// Read tells what the QR or Code 128 code in a JPEG picture says. Errors:
// ErrPicture, ErrNoCode.
func Read(picture io.ReadSeeker) (string, error) {
	bounds, err := jpeg.DecodeConfig(picture)
	if err != nil || bounds.Width > maxSide || bounds.Height > maxSide {
		return "", ErrPicture
	}
	if _, err := picture.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	decoded, err := jpeg.Decode(picture)
	if err != nil {
		return "", ErrPicture
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
	if err != nil {
		return "", ErrNoCode
	}
	for _, reader := range []gozxing.Reader{qrcode.NewQRCodeReader(), oned.NewCode128Reader()} {
		if found, err := read(reader, bitmap); err == nil && found != "" {
			return found, nil
		}
	}
	return "", ErrNoCode
}

// read is one reader's look. The readers follow lines through whatever a camera
// shows; one that runs off its edge has found nothing.
func read(reader gozxing.Reader, bitmap *gozxing.BinaryBitmap) (text string, err error) {
	defer func() {
		if recover() != nil {
			err = ErrNoCode
		}
	}()
	found, err := reader.Decode(bitmap, nil)
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}
