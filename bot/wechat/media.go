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

const (
	// maxImage is WeChat's limit for a picture, in bytes (platform document:
	// "Upload temporary media").
	maxImage = 10 << 20
	// mediaLife is how long an uploaded picture is used: WeChat keeps it three
	// days, and an hour is left for messages under way.
	mediaLife = 3*24*time.Hour - time.Hour
)

// ErrImage: WeChat takes PNG, JPEG and GIF of up to 10 MB.
var ErrImage = fault.New(fault.Invalid, "wechat_image", "WeChat takes pictures in PNG, JPEG or GIF of up to 10 MB.")

var imageNames = map[string]string{"image/png": "picture.png", "image/jpeg": "picture.jpg", "image/gif": "picture.gif"}

// UploadImage gives the temporary media id of a picture, uploading it unless
// the same content was uploaded less than three days ago.
func (a *API) UploadImage(ctx context.Context, c Credentials, content []byte) (id string, until time.Time, err error) {
	contentType := http.DetectContentType(content)
	name, ok := imageNames[contentType]
	if !ok || len(content) > maxImage {
		return "", time.Time{}, ErrImage
	}
	digest := sha256.Sum256(content)
	key := c.AppID + "/" + hex.EncodeToString(digest[:])
	if id, until, err = a.media.MediaID(ctx, key); err != nil {
		return "", time.Time{}, fmt.Errorf("look up wechat media: %w", err)
	}
	if id != "" {
		return id, until, nil
	}
	body, form, err := imageForm(name, contentType, content)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("encode wechat upload: %w", err)
	}
	var answer struct {
		ID string `json:"media_id"`
	}
	if err := a.authorized(ctx, c, exchange{method: http.MethodPost, path: "/cgi-bin/media/upload", query: "&type=image",
		contentType: form, body: body}, &answer); err != nil {
		return "", time.Time{}, err
	}
	if answer.ID == "" {
		return "", time.Time{}, errors.New("wechat /cgi-bin/media/upload: the answer holds no media id")
	}
	until = a.now().Add(mediaLife).UTC().Truncate(time.Millisecond)
	if err := a.media.PutMediaID(ctx, key, answer.ID, until); err != nil {
		return "", time.Time{}, fmt.Errorf("keep wechat media: %w", err)
	}
	return answer.ID, until, nil
}

func imageForm(name, contentType string, content []byte) (body []byte, form string, err error) {
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
