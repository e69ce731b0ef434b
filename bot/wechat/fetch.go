package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// fetchTimeout bounds the download of what somebody has sent.
const fetchTimeout = 2 * time.Minute

// ErrMediaGone: WeChat keeps what people send for three days.
var ErrMediaGone = fault.New(fault.NotFound, "wechat_media_gone", "WeChat does not have this file any more: it keeps what people send for three days.")

// Fetch opens the picture, recording or video of a message. A recording comes
// in the better of its two qualities where WeChat has both. Errors: ErrMediaGone.
func (c *Channel) Fetch(ctx context.Context, credentials []byte, in message.Inbound) (message.File, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.File{}, err
	}
	id := in.MediaID
	if better := in.Fields["MediaId16K"]; in.Kind == message.VoiceIn && better != "" {
		id = better
	}
	if id == "" {
		return message.File{}, ErrMediaGone
	}
	return c.api.Media(ctx, a.Credentials, id)
}

// Media opens temporary media. Whoever gets the file closes it.
func (a *API) Media(ctx context.Context, c Credentials, id string) (message.File, error) {
	return a.temporary(ctx, c, "/cgi-bin/media/get", id)
}

// Recording opens a recording made by a page with the JS-SDK, in Speex at
// 16 kHz; Media has the same in AMR at 8 kHz.
func (a *API) Recording(ctx context.Context, c Credentials, id string) (message.File, error) {
	return a.temporary(ctx, c, "/cgi-bin/media/get/jssdk", id)
}

func (a *API) temporary(ctx context.Context, c Credentials, path, id string) (file message.File, err error) {
	e := exchange{method: http.MethodGet, path: path, query: "&media_id=" + url.QueryEscape(id)}
	err = a.withToken(ctx, c, func(token string) error {
		response, err := a.download(ctx, c.AppID, e, token)
		if err == nil {
			file, err = a.fileOf(ctx, path, response)
		}
		return err
	})
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == codeBadMedia {
		err = ErrMediaGone.Because(err)
	}
	return file, err
}

// download is open without the limit of a call on reading the answer.
func (a *API) download(ctx context.Context, appID string, e exchange, token string) (*http.Response, error) {
	patient := *a
	client := *a.client
	client.Timeout = fetchTimeout
	patient.client = &client
	return patient.open(ctx, appID, e, token)
}

// fileOf takes an answer for a file unless it is JSON: a refusal, or the address
// of a video.
func (a *API) fileOf(ctx context.Context, path string, response *http.Response) (message.File, error) {
	contentType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if contentType != "text/plain" && contentType != "application/json" {
		return fileFrom(response, contentType), nil
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return message.File{}, fmt.Errorf("wechat %s: reading the answer: %w", path, err)
	}
	var answer struct {
		Video string `json:"video_url"`
	}
	if err := decodeAnswer(path, content, &answer); err != nil {
		return message.File{}, err
	}
	return a.video(ctx, path, answer.Video)
}

// video opens a video, which lies on another host of WeChat's. The address comes
// from WeChat, over its own connection; all the same it has to be one of a web
// server, and it gets no token.
func (a *API) video(ctx context.Context, path, address string) (message.File, error) {
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, a.base+"/") {
		if !strings.HasPrefix(address, "http://") {
			return message.File{}, fmt.Errorf("wechat %s: the answer holds neither a file nor an address", path)
		}
		address = "https://" + strings.TrimPrefix(address, "http://") // WeChat's hosts serve both
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return message.File{}, fmt.Errorf("wechat %s: bad address of a video", path)
	}
	client := *a.client
	client.Timeout = fetchTimeout
	response, err := client.Do(request)
	if err != nil {
		return message.File{}, fmt.Errorf("wechat %s: %w", path, withoutURL(err))
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return message.File{}, fmt.Errorf("wechat %s: HTTP status %d of a video", path, response.StatusCode)
	}
	contentType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return fileFrom(response, contentType), nil
}

func fileFrom(response *http.Response, contentType string) message.File {
	file := message.File{Content: response.Body, Type: contentType, Size: response.ContentLength}
	if _, params, err := mime.ParseMediaType(response.Header.Get("Content-Disposition")); err == nil {
		file.Name = params["filename"]
	}
	return file
}
