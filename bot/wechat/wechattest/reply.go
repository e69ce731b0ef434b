package wechattest

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/silenceper/wechat/v2/util"
)

// document is a clear reply with every documented field.
type document struct {
	XMLName xml.Name `xml:"xml"`
	To      string   `xml:"ToUserName"`
	From    string   `xml:"FromUserName"`
	Created int64    `xml:"CreateTime"`
	Type    string   `xml:"MsgType"`
	Content string
	Image   media
	Voice   media
	Video   media
	Music   struct{ ThumbMediaId string }
	Count   int `xml:"ArticleCount"`
	Items   []struct {
		Title, Description string
		PicURL             string `xml:"PicUrl"`
		URL                string `xml:"Url"`
	} `xml:"Articles>item"`
	Agent string `xml:"TransInfo>KfAccount"`
}

type media struct {
	MediaID string `xml:"MediaId"`
}

// readReply reads the answer to a push. What the platform would show as
// "service unavailable" is an error.
func (p *Platform) readReply(body []byte, openID, kind string) (Reply, error) {
	reply := Reply{Raw: body}
	if len(body) == 0 || string(body) == "success" {
		return reply, nil
	}
	clear, err := p.open(body)
	if err != nil {
		return reply, err
	}
	var d document
	if err := xml.Unmarshal(clear, &d); err != nil {
		return reply, fmt.Errorf("the reply is not XML: %w", err)
	}
	reply.Type, reply.Text, reply.Agent = d.Type, d.Content, d.Agent
	reply.MediaID = d.Image.MediaID + d.Voice.MediaID + d.Video.MediaID
	for _, item := range d.Items {
		reply.Articles = append(reply.Articles, Article(item))
	}
	limit := 1
	if kind == "event" {
		limit = 8
	}
	switch {
	case d.To != openID || d.From != p.app.OriginalID:
		return reply, fmt.Errorf("the reply goes from %q to %q", d.From, d.To)
	case d.Created <= 0:
		return reply, errors.New("the reply has no time")
	case len(d.Content) > maxText:
		return reply, fmt.Errorf("the reply's text has %d bytes", len(d.Content))
	case d.Count != len(d.Items) || d.Count > limit:
		return reply, fmt.Errorf("the reply says %d articles and has %d of at most %d", d.Count, len(d.Items), limit)
	}
	return reply, complete(d)
}

// complete checks that the reply has what its type needs.
func complete(d document) error {
	needed := map[string]bool{
		"text": d.Content != "", "image": d.Image.MediaID != "", "voice": d.Voice.MediaID != "", "video": d.Video.MediaID != "",
		"music": d.Music.ThumbMediaId != "", "news": len(d.Items) > 0, "transfer_customer_service": true,
	}
	if !needed[d.Type] {
		return fmt.Errorf("the reply of type %q is unknown or empty", d.Type)
	}
	return nil
}

// open decrypts a reply. In compatible mode it may be clear, in safe mode not.
func (p *Platform) open(body []byte) ([]byte, error) {
	if p.app.EncodingAESKey == "" {
		return body, nil
	}
	var sealed sealedReply
	if err := xml.Unmarshal(body, &sealed); err != nil {
		return nil, fmt.Errorf("the reply is not XML: %w", err)
	}
	if sealed.Encrypt == "" {
		if p.app.Compatible {
			return body, nil
		}
		return nil, errors.New("the reply is not encrypted")
	}
	if sealed.Signature != util.Signature(p.app.Token, sealed.TimeStamp, sealed.Nonce, sealed.Encrypt) {
		return nil, errors.New("the reply's signature is wrong")
	}
	_, clear, err := util.DecryptMsg(p.app.AppID, sealed.Encrypt, p.app.EncodingAESKey)
	return clear, err
}
