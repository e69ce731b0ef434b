package wechattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// refusal is an error code with its text.
type refusal struct {
	code int
	text string
}

var (
	invalidCredential = refusal{40001, "invalid credential, access_token is invalid or not latest"}
	badMedia          = refusal{40007, "invalid media_id"}
	badAppID          = refusal{40013, "invalid appid"}
	badCharacters     = refusal{40033, "invalid charset. please check your request, if include \\uxxxx will create fail"}
	badSecret         = refusal{40125, "invalid appsecret"}
	badAccountType    = refusal{40200, "invalid account type"}
	missingToken      = refusal{41001, "access_token missing"}
	needPost          = refusal{43002, "require POST method"}
	notFollowing      = refusal{43004, "require subscribe"}
	tooLong           = refusal{45002, "content size out of limit"}
	tooManyArticles   = refusal{45008, "article size out of limit"}
	windowClosed      = refusal{45015, "response out of time limit or subscription is canceled"}
	countUsedUp       = refusal{45047, "out of response count limit"}
	dataFormat        = refusal{47001, "data format error"}
	notGranted        = refusal{48001, "api unauthorized"}
)

// ServeHTTP is the API host.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[r.URL.Path]++
	answer, refused := p.serve(r)
	if refused != nil {
		answer = map[string]any{"errcode": refused.code, "errmsg": fmt.Sprintf("%s rid: 69560000-%08x", refused.text, p.serial)}
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
}

func (p *Platform) serve(r *http.Request) (map[string]any, *refusal) {
	if r.Method != http.MethodPost {
		return nil, &needPost
	}
	if codes := p.failures[r.URL.Path]; len(codes) > 0 {
		p.failures[r.URL.Path] = codes[1:]
		return nil, &refusal{codes[0], "made to fail"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return nil, &dataFormat
	}
	if r.URL.Path == "/cgi-bin/stable_token" {
		return p.stableToken(body)
	}
	switch token := r.URL.Query().Get("access_token"); {
	case token == "":
		return nil, &missingToken
	case !p.validToken(token):
		return nil, &invalidCredential
	}
	switch r.URL.Path {
	case "/cgi-bin/message/custom/send":
		return p.customSend(body)
	case "/cgi-bin/message/custom/typing":
		return p.typing(body)
	case "/cgi-bin/qrcode/create":
		return p.qrcode(body)
	case "/cgi-bin/media/upload":
		return p.upload(r, body)
	}
	return nil, &refusal{40066, "invalid url"}
}

// strict decodes a body that holds exactly the documented fields, in UTF-8 and
// without the escapes that the platform refuses.
func strict(body []byte, into any) *refusal {
	if !utf8.Valid(body) || bytes.Contains(body, []byte(`\u`)) {
		return &badCharacters
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.More() {
		return &dataFormat
	}
	return nil
}

func (p *Platform) stableToken(body []byte) (map[string]any, *refusal) {
	var call struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	switch {
	case call.Grant != "client_credential":
		return nil, &refusal{40002, "invalid grant_type"}
	case call.AppID != p.app.AppID:
		return nil, &badAppID
	case call.Secret != p.app.Secret:
		return nil, &badSecret
	}
	token, expires := p.currentToken(call.Force)
	return map[string]any{"access_token": token, "expires_in": expires}, nil
}

// custom is every documented field of a custom message.
type custom struct {
	To   string `json:"touser"`
	Type string `json:"msgtype"`
	Text *struct {
		Content string `json:"content"`
	} `json:"text"`
	Image *struct {
		MediaID string `json:"media_id"`
	} `json:"image"`
	News *struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			Picture     string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	Menu *struct {
		Head string `json:"head_content"`
		List []struct {
			ID      string `json:"id"`
			Content string `json:"content"`
		} `json:"list"`
		Tail string `json:"tail_content"`
	} `json:"msgmenu"`
}

func (p *Platform) customSend(body []byte) (map[string]any, *refusal) {
	var call custom
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if refused := p.content(call); refused != nil {
		return nil, refused
	}
	if p.app.Unverified {
		return nil, &notGranted
	}
	u, now := p.users[call.To], p.now()
	switch {
	case u == nil:
		return nil, &refusal{40003, "invalid openid"}
	case !u.follows:
		return nil, &notFollowing
	case !now.Before(u.until):
		return nil, &windowClosed
	case u.left == 0:
		return nil, &countUsedUp
	}
	u.left--
	var all map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, &dataFormat
	}
	content, _ := all[call.Type].(map[string]any)
	p.delivered = append(p.delivered, Delivered{To: call.To, Type: call.Type, Content: content})
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}

// content checks the one object that the type names.
func (p *Platform) content(call custom) *refusal {
	for name, given := range map[string]bool{"text": call.Text != nil, "image": call.Image != nil, "news": call.News != nil, "msgmenu": call.Menu != nil} {
		if given != (name == call.Type) {
			return &dataFormat
		}
	}
	switch {
	case call.Text != nil && call.Text.Content == "", call.Menu != nil && len(call.Menu.List) == 0:
		return &refusal{44004, "empty content"}
	case call.Text != nil && len(call.Text.Content) > maxText:
		return &tooLong
	case call.Image != nil && p.media[call.Image.MediaID] == nil:
		return &badMedia
	case call.News != nil && len(call.News.Articles) != 1:
		return &tooManyArticles
	case call.News != nil && !strings.HasPrefix(call.News.Articles[0].URL+"http", "http"):
		return &refusal{40016, "invalid url"}
	case call.Menu != nil && p.app.NoMenus:
		return &badAccountType
	case call.Text == nil && call.Image == nil && call.News == nil && call.Menu == nil:
		return &refusal{40008, "invalid message type"}
	}
	return nil
}

func (p *Platform) typing(body []byte) (map[string]any, *refusal) {
	var call struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	if call.Command != "Typing" && call.Command != "CancelTyping" {
		return nil, &refusal{45072, "invalid command"}
	}
	if p.users[call.To] == nil {
		return nil, &refusal{40003, "invalid openid"}
	}
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}

func (p *Platform) qrcode(body []byte) (map[string]any, *refusal) {
	var call struct {
		Expires int    `json:"expire_seconds"`
		Action  string `json:"action_name"`
		Info    struct {
			Scene struct {
				Text string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	scene, temporary := call.Info.Scene.Text, call.Action == "QR_STR_SCENE"
	switch {
	case !temporary && call.Action != "QR_LIMIT_STR_SCENE":
		return nil, &refusal{40052, "invalid action name"}
	case scene == "" || utf8.RuneCountInString(scene) > 64:
		return nil, &refusal{40053, "invalid action info"}
	case temporary == (call.Expires == 0) || call.Expires > 2592000:
		return nil, &dataFormat
	}
	answer := map[string]any{"ticket": "gQ/+" + scene + "==", "url": "http://weixin.qq.com/q/" + scene}
	if temporary {
		answer["expire_seconds"] = call.Expires
	}
	return answer, nil
}

func (p *Platform) upload(r *http.Request, body []byte) (map[string]any, *refusal) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.URL.Query().Get("type") != "image" {
		return nil, &refusal{40004, "invalid media type"}
	}
	content, err := mediaPart(body, params["boundary"])
	if err != nil {
		return nil, &refusal{41005, "media data missing"}
	}
	if kind := http.DetectContentType(content); kind != "image/png" && kind != "image/jpeg" && kind != "image/gif" {
		return nil, &refusal{40005, "invalid file type"}
	}
	id := fmt.Sprintf("media-%d", len(p.media)+1)
	p.media[id] = content
	return map[string]any{"type": "image", "media_id": id, "created_at": p.now().Unix()}, nil
}
