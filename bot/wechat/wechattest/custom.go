package wechattest

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// custom is every documented field of a custom message.
type custom struct {
	To   string `json:"touser"`
	Type string `json:"msgtype"`
	Text *struct {
		Content string `json:"content"`
	} `json:"text"`
	Image *mediaID `json:"image"`
	Voice *mediaID `json:"voice"`
	Video *struct {
		MediaID     string `json:"media_id"`
		Thumb       string `json:"thumb_media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"video"`
	Music *struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"musicurl"`
		HQURL       string `json:"hqmusicurl"`
		Thumb       string `json:"thumb_media_id"`
	} `json:"music"`
	News *struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			Picture     string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	MPNews *mediaID `json:"mpnews"`
	Menu   *struct {
		Head string `json:"head_content"`
		List []struct {
			ID      string `json:"id"`
			Content string `json:"content"`
		} `json:"list"`
		Tail string `json:"tail_content"`
	} `json:"msgmenu"`
	Program *struct {
		Title string `json:"title"`
		AppID string `json:"appid"`
		Page  string `json:"pagepath"`
		Thumb string `json:"thumb_media_id"`
	} `json:"miniprogrampage"`
}

type mediaID struct {
	MediaID string `json:"media_id"`
}

func (p *Platform) customSend(body []byte) (answer, *refusal) {
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
		return nil, &unknownPerson
	case !u.follows:
		return nil, &notFollowing
	case !now.Before(u.until):
		return nil, &windowClosed
	case u.left == 0:
		return nil, &countUsedUp
	}
	u.left--
	return fine, p.deliver(call.To, call.Type, body)
}

// deliver notes that a message reached somebody.
func (p *Platform) deliver(to, kind string, body []byte) *refusal {
	var all map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		return &dataFormat
	}
	content, _ := all[kind].(map[string]any)
	p.delivered = append(p.delivered, Delivered{To: to, Type: kind, Content: content})
	return nil
}

// content checks the one object that the type names.
func (p *Platform) content(call custom) *refusal {
	given := map[string]bool{
		"text": call.Text != nil, "image": call.Image != nil, "voice": call.Voice != nil, "video": call.Video != nil, "music": call.Music != nil,
		"news": call.News != nil, "mpnews": call.MPNews != nil, "msgmenu": call.Menu != nil, "miniprogrampage": call.Program != nil,
	}
	if _, known := given[call.Type]; !known {
		return &refusal{40008, "invalid message type"}
	}
	for name, is := range given {
		if is != (name == call.Type) {
			return &dataFormat
		}
	}
	switch {
	case call.Text != nil:
		return sized(call.Text.Content, maxText)
	case call.Image != nil:
		return p.needs(call.Image.MediaID, "image")
	case call.Voice != nil:
		return p.needs(call.Voice.MediaID, "voice")
	case call.Video != nil:
		if refused := p.needs(call.Video.MediaID, "video"); refused != nil {
			return refused
		}
		return p.needs(call.Video.Thumb, "image", "thumb")
	case call.Music != nil:
		if !strings.HasPrefix(call.Music.URL, "http") {
			return &badURL
		}
		return p.needs(call.Music.Thumb, "image", "thumb")
	case call.News != nil:
		return oneArticle(len(call.News.Articles), func() string { return call.News.Articles[0].URL })
	case call.MPNews != nil && p.drafts[call.MPNews.MediaID] != 1:
		return &badMedia
	case call.Menu != nil:
		return p.menuMessage(call)
	case call.Program != nil:
		return p.needs(call.Program.Thumb, "image", "thumb")
	}
	return nil
}

func sized(text string, limit int) *refusal {
	switch {
	case text == "":
		return &emptyContent
	case len(text) > limit:
		return &tooLong
	}
	return nil
}

func oneArticle(count int, url func() string) *refusal {
	switch {
	case count != 1:
		return &tooManyArticles
	case url() != "" && !strings.HasPrefix(url(), "http"):
		return &badURL
	}
	return nil
}

func (p *Platform) menuMessage(call custom) *refusal {
	switch {
	case p.app.NoMenus:
		return &badAccountType
	case len(call.Menu.List) == 0:
		return &emptyContent
	case len(call.Menu.List) > 10 || len(call.Menu.Head)+len(call.Menu.Tail) > maxText:
		return &tooLong
	}
	for _, option := range call.Menu.List {
		if option.ID == "" || option.Content == "" || utf8.RuneCountInString(option.Content) > 128 {
			return &dataFormat
		}
	}
	return nil
}

func (p *Platform) typing(body []byte) (answer, *refusal) {
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
		return nil, &unknownPerson
	}
	return fine, nil
}

func (p *Platform) qrcode(body []byte) (answer, *refusal) {
	var call struct {
		Expires int    `json:"expire_seconds"`
		Action  string `json:"action_name"`
		Info    struct {
			Scene struct {
				ID   int64  `json:"scene_id"`
				Text string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	scene, temporary := call.Info.Scene, strings.HasPrefix(call.Action, "QR_STR_") || call.Action == "QR_SCENE"
	length := utf8.RuneCountInString(scene.Text)
	bad := false
	switch call.Action {
	case "QR_STR_SCENE", "QR_LIMIT_STR_SCENE":
		bad = length < 1 || length > 64 || scene.ID != 0
	case "QR_SCENE":
		bad = scene.ID < 1 || scene.ID > 1<<32-1 || scene.Text != ""
	case "QR_LIMIT_SCENE":
		bad = scene.ID < 1 || scene.ID > 100000 || scene.Text != ""
	default:
		return nil, &refusal{40052, "invalid action name"}
	}
	switch {
	case bad:
		return nil, &refusal{40053, "invalid action info"}
	case temporary == (call.Expires == 0) || call.Expires > 2592000:
		return nil, &dataFormat
	}
	name := sceneName(scene.ID, scene.Text)
	reply := answer{"ticket": "gQ/+" + name + "==", "url": "http://weixin.qq.com/q/" + name}
	if temporary {
		reply["expire_seconds"] = call.Expires
	} else if p.permanents++; p.permanents > 100000 {
		return nil, &refusal{45029, "qrcode count out of limit"}
	}
	return reply, nil
}
