package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what thumbnails are made of
	"image/jpeg"
	_ "image/png"
	"io"
	"time"

	"golang.org/x/image/draw"

	"plaza/message"
)

// wanted is a file of a message that WeChat would rather have uploaded.
type wanted struct {
	kind    MediaKind
	address string
}

// wants says which files those are: the message's own and a still picture.
func wants(out message.Outbound) (file, thumb wanted) {
	switch {
	case out.Form == message.ImageForm && out.Image != "" && out.Text == "" && len(out.Buttons) == 0:
		file = wanted{ImageMedia, out.Image}
	case out.Media == nil || len(out.Buttons) > 0:
	case out.Form == message.VoiceForm:
		if time.Duration(out.Media.Length)*time.Millisecond <= maxVoice {
			file = wanted{VoiceMedia, out.Media.URL}
		}
		thumb = wanted{ThumbMedia, out.Media.Preview}
	case out.Form == message.VideoForm && out.Media.Preview != "":
		file, thumb = wanted{VideoMedia, out.Media.URL}, wanted{ThumbMedia, out.Media.Preview}
	}
	return file, thumb
}

// known are the media ids that are at hand, for a reply, which waits for
// nothing.
func (c *Channel) known(appID string, out message.Outbound) attachment {
	file, thumb := wants(out)
	return attachment{c.pictures.id(appID, file.kind, file.address), c.pictures.id(appID, thumb.kind, thumb.address)}
}

// attach gives the media ids of a message's files, uploading what is not there
// yet; empty for what is better shown by an article: it is not ours, or not of
// a kind that WeChat takes.
func (c *Channel) attach(ctx context.Context, a *account, out message.Outbound) (files attachment, err error) {
	file, thumb := wants(out)
	if files.file, err = c.uploaded(ctx, a, file); err != nil {
		return files, err
	}
	if thumb.address == "" || file.kind == VoiceMedia && files.file != "" || file.kind == VideoMedia && files.file == "" {
		return files, nil // it would not be shown
	}
	files.thumb, err = c.uploaded(ctx, a, thumb)
	return files, err
}

func (c *Channel) uploaded(ctx context.Context, a *account, w wanted) (string, error) {
	if w.address == "" || c.images == nil {
		return "", nil
	}
	if id := c.pictures.id(a.AppID, w.kind, w.address); id != "" {
		return id, nil
	}
	file, err := c.images.Open(ctx, w.address)
	if err != nil {
		return "", nil // an article shows it by its address
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxImage+1))
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if w.kind == ThumbMedia {
		if content = thumbnail(content); content == nil {
			return "", nil
		}
	}
	id, until, err := c.api.Upload(ctx, a.Credentials, w.kind, content)
	refused, ok := errors.AsType[*Error](err)
	if errors.Is(err, ErrImage) || errors.Is(err, ErrMedia) || ok && refused.Class() == Permanent {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c.pictures.learn(a.AppID, w.kind, w.address, id, until)
	return id, nil
}

const (
	thumbWidth  = 360 // pixels
	maxPixels   = 40 << 20
	thumbDetail = 80 // JPEG quality
)

// thumbnail makes a small JPEG of a picture; nil if it is none.
func thumbnail(content []byte) []byte {
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return nil
	}
	whole, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil
	}
	width := min(config.Width, thumbWidth)
	small := image.NewRGBA(image.Rect(0, 0, width, max(1, min(config.Height*width/config.Width, 2*thumbWidth))))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), whole, whole.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	for quality := thumbDetail; quality > 0; quality -= 20 {
		b.Reset()
		if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: quality}); err != nil {
			return nil
		}
		if b.Len() <= mediaLimits[ThumbMedia] {
			return b.Bytes()
		}
	}
	return nil
}
