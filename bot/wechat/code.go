package wechat

import (
	"context"
	"errors"
	"net/url"
	"time"
	"unicode/utf8"

	"plaza/fault"
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
)

// ErrScene: the name of a code has 1 to 64 characters, and its life is at most
// 30 days or unlimited.
var ErrScene = fault.New(fault.Invalid, "wechat_scene", "A code's name has 1 to 64 characters, and it works for at most 30 days, or for ever.")

// CreateCode makes a code for a scene. A life of zero makes a permanent code,
// of which an account can have 100,000 (platform document: "Create a
// parametric QR code").
func (a *API) CreateCode(ctx context.Context, c Credentials, scene string, life time.Duration) (Code, error) {
	if count := utf8.RuneCountInString(scene); count < 1 || count > maxScene || life < 0 || life > maxCodeLife {
		return Code{}, ErrScene
	}
	var body struct {
		Expires int64  `json:"expire_seconds,omitempty"`
		Action  string `json:"action_name"`
		Info    struct {
			Scene struct {
				Text string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	body.Action, body.Info.Scene.Text = "QR_LIMIT_STR_SCENE", scene
	if life > 0 {
		body.Action, body.Expires = "QR_STR_SCENE", int64(max(life/time.Second, 1))
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
	if life > 0 {
		code.Until = a.now().Add(time.Duration(answer.Expires) * time.Second).UTC().Truncate(time.Millisecond)
	}
	return code, nil
}

// SceneCode gives what the permanent code of a scene says.
func (c *Channel) SceneCode(ctx context.Context, credentials []byte, scene string) (string, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return "", err
	}
	if a.Secret == "" {
		return "", ErrSecret
	}
	code, err := c.api.CreateCode(ctx, a.Credentials, scene, 0)
	if err != nil {
		return "", asFault(err)
	}
	return code.URL, nil
}
