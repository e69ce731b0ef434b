package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"sync"
	"time"

	"plaza/fault"
)

// Images opens pictures of ours for upload. It must not fetch from addresses
// of other hosts that a member has typed in.
type Images interface {
	// Open gives the picture's content; an error if it is not one of ours.
	Open(ctx context.Context, address string) (io.ReadCloser, error)
}

// MediaStore keeps the ids of uploaded media where every node finds them.
type MediaStore interface {
	// MediaID gives what was put under the key and until when; empty if nothing
	// was or its time is over.
	MediaID(ctx context.Context, key string) (id string, until time.Time, err error)
	PutMediaID(ctx context.Context, key, id string, until time.Time) error
}

// MediaKind is what WeChat keeps something as.
type MediaKind string

// The kinds of temporary media (platform document: "Upload temporary media").
const (
	ImageMedia MediaKind = "image" // PNG, JPEG or GIF
	VoiceMedia MediaKind = "voice" // AMR or MP3, of up to a minute
	VideoMedia MediaKind = "video" // MP4
	ThumbMedia MediaKind = "thumb" // JPEG
)

// mediaLimits are in bytes.
var mediaLimits = map[MediaKind]int{ImageMedia: maxImage, VoiceMedia: 2 << 20, VideoMedia: 10 << 20, ThumbMedia: 64 << 10}

const (
	maxImage = 10 << 20 // bytes
	maxVoice = time.Minute
	// mediaLife is how long something uploaded is used: WeChat keeps it three
	// days, and an hour is left for messages under way.
	mediaLife = 3*24*time.Hour - time.Hour
)

// The faults of uploads.
var (
	ErrImage = fault.New(fault.Invalid, "wechat_image", "WeChat takes pictures in PNG, JPEG or GIF of up to 10 MB.")
	ErrMedia = fault.New(fault.Invalid, "wechat_media", "WeChat takes recordings in AMR or MP3 of up to a minute and 2 MB, and videos in MP4 of up to 10 MB.")
)

// mediaNames are the names under which contents are uploaded: WeChat goes by
// their endings.
var mediaNames = map[MediaKind]map[string]string{
	ImageMedia: {"image/png": "picture.png", "image/jpeg": "picture.jpg", "image/gif": "picture.gif"},
	VoiceMedia: {"audio/mpeg": "voice.mp3", "audio/amr": "voice.amr"},
	VideoMedia: {"video/mp4": "video.mp4"},
	ThumbMedia: {"image/jpeg": "picture.jpg"},
}

// mediaType is the MIME type of a content.
func mediaType(content []byte) string {
	if bytes.HasPrefix(content, []byte("#!AMR")) {
		return "audio/amr"
	}
	// An MP3 without an ID3 tag begins with a frame: eleven set bits, layer III.
	if len(content) > 2 && content[0] == 0xff && content[1]&0xe6 == 0xe2 {
		return "audio/mpeg"
	}
	return http.DetectContentType(content)
}

// UploadImage gives the temporary media id of a picture, uploading it unless
// the same content was uploaded less than three days ago.
func (a *API) UploadImage(ctx context.Context, c Credentials, content []byte) (id string, until time.Time, err error) {
	return a.Upload(ctx, c, ImageMedia, content)
}

// Upload gives the temporary media id of a content, uploading it unless the
// same content was uploaded less than three days ago. Errors: ErrImage and
// ErrMedia for what WeChat does not take.
func (a *API) Upload(ctx context.Context, c Credentials, kind MediaKind, content []byte) (id string, until time.Time, err error) {
	contentType := mediaType(content)
	name, ok := mediaNames[kind][contentType]
	if !ok || len(content) > mediaLimits[kind] {
		if kind == ImageMedia || kind == ThumbMedia {
			return "", time.Time{}, ErrImage
		}
		return "", time.Time{}, ErrMedia
	}
	digest := sha256.Sum256(content)
	key := c.AppID + "/" + hex.EncodeToString(digest[:])
	if kind != ImageMedia { // the key of pictures has always been without
		key += "/" + string(kind)
	}
	if id, until, err = a.media.MediaID(ctx, key); err != nil {
		return "", time.Time{}, fmt.Errorf("look up wechat media: %w", err)
	}
	if id != "" {
		return id, until, nil
	}
	body, form, err := mediaForm(name, contentType, content)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("encode wechat upload: %w", err)
	}
	var answer struct {
		ID    string `json:"media_id"`
		Thumb string `json:"thumb_media_id"`
	}
	if err := a.authorized(ctx, c, exchange{method: http.MethodPost, path: "/cgi-bin/media/upload", query: "&type=" + string(kind),
		contentType: form, body: body}, &answer); err != nil {
		return "", time.Time{}, err
	}
	if id = answer.ID + answer.Thumb; id == "" { // never both
		return "", time.Time{}, errors.New("wechat /cgi-bin/media/upload: the answer holds no media id")
	}
	until = a.now().Add(mediaLife).UTC().Truncate(time.Millisecond)
	if err := a.media.PutMediaID(ctx, key, id, until); err != nil {
		return "", time.Time{}, fmt.Errorf("keep wechat media: %w", err)
	}
	return id, until, nil
}

func mediaForm(name, contentType string, content []byte) (body []byte, form string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="media"; filename="`+name+`"`)
	header.Set("Content-Type", contentType)
	part, err := w.CreatePart(header)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), w.FormDataContentType(), err
}

// memoryMedia is the MediaStore of a single process. It forgets everything when
// it is full; the cost is a repeated upload.
type memoryMedia struct {
	mu    sync.Mutex
	now   func() time.Time
	known map[string]uploaded
}

func (m *memoryMedia) MediaID(_ context.Context, key string) (string, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := m.known[key]; m.now().Before(found.until) {
		return found.mediaID, found.until, nil
	}
	return "", time.Time{}, nil
}

func (m *memoryMedia) PutMediaID(_ context.Context, key, id string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxPictures {
		m.known = make(map[string]uploaded)
	}
	m.known[key] = uploaded{id, until}
	return nil
}
