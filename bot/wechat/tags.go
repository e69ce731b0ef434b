package wechat

import (
	"context"
	"unicode/utf8"

	"plaza/fault"
)

// WeChatTag is a tag as WeChat knows it.
type WeChatTag struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Count int    `json:"count,omitempty"` // of followers who have it
}

// maxTagName is in bytes (error 45158). An account has at most a hundred tags.
const maxTagName = 30

// ErrTagName: WeChat's tags are shorter than ours.
var ErrTagName = fault.New(fault.Invalid, "wechat_tag_name", "WeChat takes tags of at most 30 letters, or ten Chinese characters: {0} is too long.")

// Tags lists the account's tags.
func (a *API) Tags(ctx context.Context, c Credentials) ([]WeChatTag, error) {
	var answer struct {
		Tags []WeChatTag `json:"tags"`
	}
	err := a.ask(ctx, c, "/cgi-bin/tags/get", nil, &answer)
	return answer.Tags, err
}

// tagID finds the id of a tag, which is made if there is none of that name.
func (a *API) tagID(ctx context.Context, c Credentials, name string) (int, error) {
	if len(name) > maxTagName || !utf8.ValidString(name) {
		return 0, fault.New(fault.Invalid, ErrTagName.Code, ErrTagName.Text, name)
	}
	known, err := a.Tags(ctx, c)
	if err != nil {
		return 0, err
	}
	for _, tag := range known {
		if tag.Name == name {
			return tag.ID, nil
		}
	}
	var answer struct {
		Tag WeChatTag `json:"tag"`
	}
	err = a.call(ctx, c, "/cgi-bin/tags/create", map[string]any{"tag": map[string]string{"name": name}}, &answer)
	return answer.Tag.ID, err
}
