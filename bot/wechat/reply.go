package wechat

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// ReplyType is the MsgType of a passive reply.
type ReplyType string

// The forms a passive reply can have (platform document: "Passive replies").
const (
	TextReply     ReplyType = "text"
	ImageReply    ReplyType = "image"
	VoiceReply    ReplyType = "voice"
	VideoReply    ReplyType = "video"
	MusicReply    ReplyType = "music"
	NewsReply     ReplyType = "news"
	TransferReply ReplyType = "transfer_customer_service"
)

// Reply is the one message that may answer a push. Which fields count depends
// on Type.
type Reply struct {
	Type         ReplyType
	Text         string // text
	MediaID      string // image, voice, video
	Title        string // video, music
	Description  string // video, music
	MusicURL     string // music
	HQMusicURL   string // music, preferred on Wi-Fi
	ThumbMediaID string // music; video, outside a reply
	Articles     []Article
	Agent        string // transfer: the agent to hand over to; empty for any
}

// Article is a picture with a title that opens a page.
type Article struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	Picture     string `json:"picurl,omitempty"`
}

// appendXML writes the reply as the document that answers a push.
func (r Reply) appendXML(b []byte, to, from string, at time.Time) []byte {
	b = append(b, "<xml>"...)
	b = element(b, "ToUserName", to)
	b = element(b, "FromUserName", from)
	b = number(b, "CreateTime", at.Unix())
	b = element(b, "MsgType", string(r.Type))
	switch r.Type {
	case TextReply:
		b = element(b, "Content", r.Text)
	case ImageReply:
		b = append(element(append(b, "<Image>"...), "MediaId", r.MediaID), "</Image>"...)
	case VoiceReply:
		b = append(element(append(b, "<Voice>"...), "MediaId", r.MediaID), "</Voice>"...)
	case VideoReply:
		b = element(append(b, "<Video>"...), "MediaId", r.MediaID)
		b = optional(b, "Title", r.Title)
		b = append(optional(b, "Description", r.Description), "</Video>"...)
	case MusicReply:
		b = optional(append(b, "<Music>"...), "Title", r.Title)
		b = optional(b, "Description", r.Description)
		b = optional(b, "MusicUrl", r.MusicURL)
		b = optional(b, "HQMusicUrl", r.HQMusicURL)
		b = append(element(b, "ThumbMediaId", r.ThumbMediaID), "</Music>"...)
	case NewsReply:
		b = articles(b, r.Articles)
	case TransferReply:
		if r.Agent != "" {
			b = append(element(append(b, "<TransInfo>"...), "KfAccount", r.Agent), "</TransInfo>"...)
		}
	}
	return append(b, "</xml>"...)
}

func articles(b []byte, list []Article) []byte {
	b = number(b, "ArticleCount", int64(len(list)))
	b = append(b, "<Articles>"...)
	for _, a := range list {
		b = append(b, "<item>"...)
		b = element(b, "Title", a.Title)
		b = element(b, "Description", a.Description)
		b = element(b, "PicUrl", a.Picture)
		b = element(b, "Url", a.URL)
		b = append(b, "</item>"...)
	}
	return append(b, "</Articles>"...)
}

func element(b []byte, name, value string) []byte {
	b = append(append(append(b, '<'), name...), "><![CDATA["...)
	b = cdata(b, value)
	return append(append(append(b, "]]></"...), name...), '>')
}

func optional(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return element(b, name, value)
}

func number(b []byte, name string, value int64) []byte {
	b = append(append(append(b, '<'), name...), '>')
	b = strconv.AppendInt(b, value, 10)
	return append(append(append(b, "</"...), name...), '>')
}

// cdata writes text that stands in a CDATA section. "]]>" is split over two
// sections; what XML can't hold at all is left out.
func cdata(b []byte, text string) []byte {
	start := len(b)
	for _, c := range text {
		switch {
		case c == '>' && len(b) >= start+2 && b[len(b)-1] == ']' && b[len(b)-2] == ']':
			b = append(b, "]]><![CDATA[>"...)
		case c < utf8.RuneSelf && legal(c):
			b = append(b, byte(c))
		case legal(c):
			b = utf8.AppendRune(b, c)
		}
	}
	return b
}
