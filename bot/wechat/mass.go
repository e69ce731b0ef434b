package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"plaza/fault"
	"plaza/message"
)

// A mass send (群发) goes to all followers, to those with a tag or to a list of
// them; everybody gets the same. A service account reaches each follower four
// times a month by it, a subscription account sends one a day (platform
// document: "Mass messages").

// The limits of a mass send.
const (
	MinMassList = 2     // people in a list
	MaxMassList = 10000 // people in a list
	maxMassKey  = 64    // bytes
)

// The faults of mass sends.
var (
	ErrMassList  = fault.New(fault.Invalid, "wechat_mass_list", "WeChat sends to a list of 2 to 10,000 people at once.")
	ErrMassQuota = fault.New(fault.Limited, "wechat_mass_quota", "WeChat allows no more mass messages for now: a subscription account sends one a day, and a service account reaches each follower four times a month.")
)

// MassContent is what everybody gets: one of the three.
type MassContent struct {
	Text   string
	Images []string // media ids of pictures
	News   string   // media id of a draft
}

// MassAudience is who gets it: one of the three.
type MassAudience struct {
	All  bool
	Tag  int      // id of a tag
	List []string // open ids, MinMassList to MaxMassList
}

// MassSend starts a mass send, and gives the id by which WeChat reports how it
// ended. The same key again starts nothing and gives the same id.
// Errors: ErrMassList, ErrMassQuota.
func (a *API) MassSend(ctx context.Context, c Credentials, key string, to MassAudience, content MassContent) (id string, err error) {
	path, body := "/cgi-bin/message/mass/sendall", content.body(false)
	switch {
	case to.All:
		body["filter"] = map[string]any{"is_to_all": true}
	case to.Tag != 0:
		body["filter"] = map[string]any{"is_to_all": false, "tag_id": to.Tag}
	case len(to.List) < MinMassList || len(to.List) > MaxMassList:
		return "", ErrMassList
	default:
		path, body["touser"] = "/cgi-bin/message/mass/send", to.List
	}
	if len(key) > maxMassKey {
		key = key[len(key)-maxMassKey:]
	}
	body["clientmsgid"] = key
	if content.News != "" {
		body["send_ignore_reprint"] = 0
	}
	var answer massAnswer
	err = a.callReading(ctx, c, path, body, &answer)
	switch {
	case isCode(err, codeMassRepeated) && answer.ID != "":
		return string(answer.ID), nil // it was started before
	case isCode(err, codeMassQuota):
		return "", ErrMassQuota.Because(err)
	}
	return string(answer.ID), err
}

type massAnswer struct {
	ID jsonID `json:"msg_id"`
}

// callReading reads the answer of a refusal, too: that of a repetition names
// the first one's id.
func (a *API) callReading(ctx context.Context, c Credentials, path string, body any, answer any) error {
	var raw json.RawMessage
	encoded, err := encodeJSON(body)
	if err != nil {
		return err
	}
	err = a.authorized(ctx, c, exchange{method: http.MethodPost, path: path, contentType: "application/json; charset=utf-8", body: encoded}, &raw)
	if refused, ok := errors.AsType[*Error](err); ok {
		raw = refused.answer
	}
	if raw != nil && json.Unmarshal(raw, answer) != nil && err == nil {
		err = errors.New("wechat " + path + ": the answer has another shape than documented")
	}
	return err
}

// body is the content as WeChat writes it; in a preview pictures are written as
// a single one.
func (m MassContent) body(preview bool) map[string]any {
	switch {
	case m.News != "":
		return map[string]any{"msgtype": "mpnews", "mpnews": customFile{m.News}}
	case len(m.Images) > 0 && preview:
		return map[string]any{"msgtype": "image", "image": customFile{m.Images[0]}}
	case len(m.Images) > 0:
		return map[string]any{"msgtype": "image", "images": map[string]any{"media_ids": m.Images}}
	}
	return map[string]any{"msgtype": "text", "text": customText{m.Text}}
}

// MassPreview shows the content to one person: an open id, or the name of a
// WeChat account (100 a day).
func (a *API) MassPreview(ctx context.Context, c Credentials, openID, name string, content MassContent) error {
	body := content.body(true)
	if openID != "" {
		body["touser"] = openID
	} else {
		body["towxname"] = name
	}
	return a.call(ctx, c, "/cgi-bin/message/mass/preview", body, nil)
}

// MassRecall deletes what a mass send showed. WeChat takes back articles and
// videos only: a text or picture stays in people's chats.
func (a *API) MassRecall(ctx context.Context, c Credentials, id string) error {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return err
	}
	return a.call(ctx, c, "/cgi-bin/message/mass/delete", map[string]int64{"msg_id": number}, nil)
}

// MassState is what has become of a mass send: "SEND_SUCCESS", "SENDING",
// "SEND_FAIL" or "DELETE".
func (a *API) MassState(ctx context.Context, c Credentials, id string) (string, error) {
	var answer struct {
		State string `json:"msg_status"`
	}
	err := a.call(ctx, c, "/cgi-bin/message/mass/get", map[string]string{"msg_id": id}, &answer)
	return answer.State, err
}

// MassSpeed sets how fast mass sends go: 0 (80,000 a minute) to 4 (1,000).
func (a *API) MassSpeed(ctx context.Context, c Credentials, speed int) error {
	return a.call(ctx, c, "/cgi-bin/message/mass/speed/set", map[string]int{"speed": speed}, nil)
}

// MassArticle is an article that a mass send can show.
type MassArticle struct {
	Title, Digest string
	HTML          string // the article itself
	Source        string // address behind 阅读原文
	Cover         string // permanent media id of its picture
}

// AddDraft makes a draft of articles, whose media id a mass send takes.
func (a *API) AddDraft(ctx context.Context, c Credentials, articles ...MassArticle) (id string, err error) {
	type article struct {
		Title   string `json:"title"`
		Digest  string `json:"digest,omitempty"`
		Content string `json:"content"`
		Source  string `json:"content_source_url,omitempty"`
		Cover   string `json:"thumb_media_id"`
	}
	list := make([]article, len(articles))
	for i, a := range articles {
		list[i] = article{shorten(a.Title, maxTitle), shorten(a.Digest, maxDescription), a.HTML, a.Source, a.Cover}
	}
	var answer struct {
		ID string `json:"media_id"`
	}
	err = a.call(ctx, c, "/cgi-bin/draft/add", map[string]any{"articles": list}, &answer)
	return answer.ID, err
}

// massResult reads how a mass send ended (event MASSSENDJOBFINISH).
func massResult(fields map[string]string) (id string, result message.MassResult) {
	count := func(name string) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(fields[name]), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	result = message.MassResult{Total: count("TotalCount"), Passed: count("FilterCount"), Sent: count("SentCount"), Failed: count("ErrorCount")}
	if status := fields["Status"]; status != "send success" {
		result.Refused = status
	}
	return fields["MsgID"], result
}

func isCode(err error, code int) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Code == code
}
