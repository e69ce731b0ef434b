package wechat

import (
	"context"
	"errors"
	"net/url"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
)

// Code is a QR code that makes whoever scans it follow the account, and tells
// the account which code it was.
type Code struct {
	Ticket string
	// URL is what the code says, for drawing it oneself.
	URL string
	// Until is when it stops working; zero for a permanent one.
	Until time.Time
}

// Picture is the address of WeChat's own picture of the code.
func (c Code) Picture() string {
	return "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=" + url.QueryEscape(c.Ticket)
}

const (
	maxScene    = 64 // characters
	maxCodeLife = 30 * 24 * time.Hour
	// Numbers of codes for ever, and of those with an end.
	maxLastingNumber   = 100_000
	maxTemporaryNumber = 1<<32 - 1
)

// The faults of codes.
var (
	ErrScene       = fault.New(fault.Invalid, "wechat_scene", "A code's name has 1 to 64 characters, and it works for at most 30 days, or for ever.")
	ErrSceneNumber = fault.New(fault.Invalid, "wechat_scene_number", "A code's number is 1 to 100,000 if the code works for ever, and up to 4,294,967,295 if it ends.").In("number")
)

// CreateCode makes a code for a scene. Of those for ever an account can have
// 100,000 (platform document: "Create a parametric QR code").
func (a *API) CreateCode(ctx context.Context, c Credentials, scene message.Scene) (Code, error) {
	body, err := codeBody(scene)
	if err != nil {
		return Code{}, err
	}
	var answer struct {
		Ticket  string `json:"ticket"`
		Expires int64  `json:"expire_seconds"`
		URL     string `json:"url"`
	}
	if err := a.call(ctx, c, "/cgi-bin/qrcode/create", body, &answer); err != nil {
		return Code{}, err
	}
	if answer.Ticket == "" {
		return Code{}, errors.New("wechat /cgi-bin/qrcode/create: the answer holds no ticket")
	}
	code := Code{Ticket: answer.Ticket, URL: answer.URL}
	if scene.Life > 0 {
		code.Until = a.now().Add(time.Duration(answer.Expires) * time.Second).UTC().Truncate(time.Millisecond)
	}
	return code, nil
}

// codeRequest is a scene as WeChat writes it.
type codeRequest struct {
	Expires int64  `json:"expire_seconds,omitempty"`
	Action  string `json:"action_name"`
	Info    struct {
		Scene struct {
			Text   string `json:"scene_str,omitempty"`
			Number int64  `json:"scene_id,omitempty"`
		} `json:"scene"`
	} `json:"action_info"`
}

func codeBody(scene message.Scene) (body codeRequest, err error) {
	if scene.Life < 0 || scene.Life > maxCodeLife {
		return body, ErrScene
	}
	if scene.Life > 0 {
		body.Expires = int64(max(scene.Life/time.Second, 1))
	}
	if scene.Number != 0 {
		limit := int64(maxLastingNumber)
		if body.Action = "QR_LIMIT_SCENE"; scene.Life > 0 {
			body.Action, limit = "QR_SCENE", maxTemporaryNumber
		}
		if scene.Number < 1 || scene.Number > limit {
			return body, ErrSceneNumber
		}
		body.Info.Scene.Number = scene.Number
		return body, nil
	}
	if count := utf8.RuneCountInString(scene.Text); count < 1 || count > maxScene {
		return body, ErrScene
	}
	if body.Action = "QR_LIMIT_STR_SCENE"; scene.Life > 0 {
		body.Action = "QR_STR_SCENE"
	}
	body.Info.Scene.Text = scene.Text
	return body, nil
}

// SceneCode makes the code of a scene.
func (c *Channel) SceneCode(ctx context.Context, credentials []byte, scene message.Scene) (message.SceneCode, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.SceneCode{}, err
	}
	if a.Secret == "" {
		return message.SceneCode{}, ErrSecret
	}
	code, err := c.api.CreateCode(ctx, a.Credentials, scene)
	if err != nil {
		return message.SceneCode{}, asFault(err)
	}
	return message.SceneCode{Link: code.URL, Until: code.Until}, nil
}
