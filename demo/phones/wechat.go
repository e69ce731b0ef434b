package phones

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"plaza/bot/wechat/wechattest"
)

// wechatPerson is the OpenID of the phone's owner.
const wechatPerson = "oPlazaDemo0000000000000000w1"

// wechat is the phone's WeChat.
type wechat struct {
	world    *World
	platform *wechattest.Platform
	seen     int // of what was delivered
}

func (w *World) openWeChat(serial int) *phone {
	s := w.secrets
	account := wechattest.App{AppID: s.WeChatID, Secret: s.WeChatSecret, OriginalID: "gh_plazademo0001", Token: s.WeChatToken,
		EncodingAESKey: s.WeChatKey, Webhook: w.webhook("wechat", w.Store), WebDomain: hostOf(w.PublicURL)}
	platform := wechattest.New(account, w.Now)
	platform.Troubles = w.trouble
	platform.Continue(int64(serial))
	return &phone{
		Messenger: "wechat", Person: "小红", Account: w.Store, Locates: true, Scans: true,
		connection: Connection{Account: w.Store, Channel: "wechat", Person: wechatPerson, Credentials: map[string]any{
			"app_id": s.WeChatID, "secret": s.WeChatSecret, "token": s.WeChatToken, "encoding_aes_key": s.WeChatKey, "original_id": account.OriginalID, "web_sign_in": true}},
		app: &wechat{world: w, platform: platform}, handler: platform, settle: platform.Settle,
		restore: func() { platform.AddFollowers(wechatPerson) },
	}
}

func (a *wechat) follow(ctx context.Context, scene string) ([]Bubble, error) {
	return a.answer(a.platform.Follow(ctx, wechatPerson, scene))
}

func (a *wechat) block(ctx context.Context) error { return a.platform.Unfollow(ctx, wechatPerson) }

func (a *wechat) say(ctx context.Context, text string) ([]Bubble, error) {
	return a.answer(a.platform.Say(ctx, wechatPerson, text))
}

func (a *wechat) picture(ctx context.Context, content []byte, contentType string) ([]Bubble, error) {
	id := a.platform.Keep("image", content)
	return a.answer(a.platform.Send(ctx, wechatPerson, "image",
		"<PicUrl><![CDATA["+a.file(id)+"]]></PicUrl><MediaId><![CDATA["+id+"]]></MediaId>"))
}

func (a *wechat) locate(ctx context.Context, place Place) ([]Bubble, error) {
	return a.answer(a.platform.Send(ctx, wechatPerson, "location", fmt.Sprintf(
		"<Location_X>%f</Location_X><Location_Y>%f</Location_Y><Scale>16</Scale><Label><![CDATA[%s]]></Label>",
		place.Latitude, place.Longitude, strings.ReplaceAll(place.Name, "]]>", ""))))
}

// errNoCode is what a camera says to a code that is none of its messenger's.
var errNoCode = errors.New("this is no code of this messenger's")

// scan knows the codes that lead to the account; those of payments are the till's.
func (a *wechat) scan(ctx context.Context, code string) ([]Bubble, error) {
	scene, ok := strings.CutPrefix(code, "http://weixin.qq.com/q/")
	if !ok {
		return nil, errNoCode
	}
	return a.answer(a.platform.Scan(ctx, wechatPerson, scene))
}

// answer shows the reply to a push.
func (a *wechat) answer(reply wechattest.Reply, err error) ([]Bubble, error) {
	switch {
	case err != nil:
		return nil, err
	case reply.MediaID != "":
		return []Bubble{{Picture: a.file(reply.MediaID)}}, nil
	case len(reply.Articles) > 0:
		var all []Bubble
		for _, one := range reply.Articles {
			all = append(all, Bubble{Title: one.Title, Text: plain(one.Description), Picture: one.PicURL, Link: one.URL})
		}
		return all, nil
	case reply.Text != "":
		return []Bubble{{Text: a.spans(reply.Text)}}, nil
	}
	return nil, nil
}

// file is where the page finds a picture that the platform keeps.
func (a *wechat) file(id string) string {
	return a.world.Address() + "/phones/files/wechat/" + url.PathEscape(id)
}

func (a *wechat) open(id string) ([]byte, string, bool) { return a.platform.Medium(id) }

func (a *wechat) news() (all []Bubble) {
	received := a.platform.Received(wechatPerson)
	for _, one := range received[a.seen:] {
		all = append(all, a.bubbles(one)...)
	}
	a.seen = len(received)
	return all
}

// bubbles shows a message that came by the API.
func (a *wechat) bubbles(d wechattest.Delivered) []Bubble {
	switch d.Type {
	case "text":
		return []Bubble{{Text: a.spans(text(d.Content, "content"))}}
	case "image":
		return []Bubble{{Picture: a.file(text(d.Content, "media_id"))}}
	case "voice", "video", "music", "mpvideo":
		return []Bubble{{Note: "media", Title: text(d.Content, "title"), Link: a.file(text(d.Content, "media_id"))}}
	case "news":
		var all []Bubble
		for _, one := range objects(d.Content["articles"]) {
			all = append(all, Bubble{Title: text(one, "title"), Text: plain(text(one, "description")), Picture: text(one, "picurl"), Link: text(one, "url")})
		}
		return all
	case "msgmenu":
		menu := Bubble{Text: plain(strings.TrimSpace(text(d.Content, "head_content") + "\n" + text(d.Content, "tail_content")))}
		for _, one := range objects(d.Content["list"]) {
			menu.Buttons = append(menu.Buttons, Button{Label: text(one, "content"), press: a.tap(text(one, "id"), text(one, "content"))})
		}
		return []Bubble{menu}
	case "template", "notice":
		form := Bubble{Note: "template", Link: text(d.Content, "url")}
		fields, _ := d.Content["data"].(map[string]any)
		for name := range fields {
			form.Lines = append(form.Lines, Line{name, text(fields, name, "value")})
		}
		return []Bubble{form}
	}
	return []Bubble{{Note: "unknown", Title: d.Type}}
}

func (a *wechat) tap(id, said string) *press {
	return &press{said, func(ctx context.Context) ([]Bubble, error) {
		return a.answer(a.platform.Tap(ctx, wechatPerson, id, said))
	}}
}

var anchor = regexp.MustCompile(`<a href="([^"]*)">(.*?)</a>`)

// spans reads the links that WeChat shows in texts, those that say a word among
// them.
func (a *wechat) spans(content string) (all []Span) {
	last := 0
	for _, at := range anchor.FindAllStringSubmatchIndex(content, -1) {
		all = append(all, plain(content[last:at[0]])...)
		last = at[1]
		link, label := html.UnescapeString(content[at[2]:at[3]]), html.UnescapeString(content[at[4]:at[5]])
		span := Span{Text: label, Link: link}
		if parsed, err := url.Parse(link); err == nil && parsed.Scheme == "weixin" {
			query := parsed.Query()
			span.Link, span.press = "", a.tap(query.Get("msgmenuid"), cmp.Or(query.Get("msgmenucontent"), label))
		}
		all = append(all, span)
	}
	return append(all, plain(content[last:])...)
}

func (a *wechat) menu() []Button { return a.entries(a.platform.Entries(wechatPerson)) }

func (a *wechat) entries(from []wechattest.Entry) (all []Button) {
	for _, e := range from {
		b := Button{Label: e.Name, Link: e.URL, Entries: a.entries(e.Entries)}
		if e.Key != "" {
			b.press = &press{"", func(ctx context.Context) ([]Bubble, error) {
				return a.answer(a.platform.Click(ctx, wechatPerson, e.Key))
			}}
		}
		all = append(all, b)
	}
	return all
}
