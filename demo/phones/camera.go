package phones

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif" // the formats that a phone sends
	_ "image/jpeg"
	_ "image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

var errNoCodeSeen = errors.New("no QR code can be read in this picture")

// maxPixels bounds a picture of a code: unpacked, it takes four bytes a pixel.
const maxPixels = 16 << 20

// readCode reads the QR code in a picture.
func readCode(content []byte) (string, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || config.Width*config.Height > maxPixels {
		return "", errNoPicture
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return "", errNoPicture
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", errNoCodeSeen
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", errNoCodeSeen
	}
	return read.GetText(), nil
}
