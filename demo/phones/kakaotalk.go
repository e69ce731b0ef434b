package phones

import (
	"context"
	"net/http"
	"strings"

	"plaza/bot/kakao/kakaotest"
)

// The phone's owner, at the chatbot platform and at Kakao Developers.
const (
	kakaoPerson = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9001"
	kakaoApp    = "3141592653"
)

// kakaoTalk is the phone's KakaoTalk.
type kakaoTalk struct {
	world    *World
	platform *kakaotest.Platform
	seen     int
	sent     sentFiles
}

func (w *World) openKakaoTalk(serial int) *phone {
	s := w.secrets
	bot := kakaotest.Bot{ID: "65f0c0ffee0123456789abcd", Address: w.API("kakao"), Skill: w.webhook("kakao", w.Cafe), RESTKey: s.KakaoREST, AdminKey: s.KakaoAdmin,
		EventName: "plaza", Callback: true, Headers: map[string]string{"X-Plaza-Secret": s.KakaoSecret}}
	platform := kakaotest.New(bot, w.Now)
	platform.Troubles = w.trouble
	platform.Continue(serial)
	app := &kakaoTalk{world: w, platform: platform}
	return &phone{
		Messenger: "kakao", Person: "민지", Account: w.Cafe,
		connection: Connection{Account: w.Cafe, Channel: "kakao", Person: kakaoPerson, Credentials: map[string]any{
			"secret": s.KakaoSecret, "bot_id": bot.ID, "rest_key": s.KakaoREST, "event_name": bot.EventName, "admin_key": s.KakaoAdmin}},
		app: app, handler: app,
		restore: func() { platform.AddFriend(kakaoPerson, kakaoApp, true) },
	}
}

// sentPath is where Kakao keeps what people send: a host of its own in the true
// world.
const sentPath = "/sent/"

// ServeHTTP is the API host, and what people have sent.
func (a *kakaoTalk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id, ok := strings.CutPrefix(r.URL.Path, sentPath); ok {
		a.sent.serve(w, r, id)
		return
	}
	a.platform.ServeHTTP(w, r)
}

// follow adds the channel and opens its chat, where the welcome block answers.
func (a *kakaoTalk) follow(ctx context.Context, _ string) ([]Bubble, error) {
	a.platform.AddFriend(kakaoPerson, kakaoApp, true)
	if err := a.platform.Relation(ctx, kakaoPerson, "added"); err != nil {
		return nil, err
	}
	_, err := a.platform.Open(ctx, kakaoPerson)
	return nil, err
}

func (a *kakaoTalk) block(ctx context.Context) error {
	return a.platform.Relation(ctx, kakaoPerson, "blocked")
}

func (a *kakaoTalk) say(ctx context.Context, said string) ([]Bubble, error) {
	_, err := a.platform.Say(ctx, kakaoPerson, said)
	return nil, err
}

func (a *kakaoTalk) picture(ctx context.Context, content []byte, contentType string) ([]Bubble, error) {
	id := a.sent.keep(content, contentType)
	_, err := a.platform.Picture(ctx, kakaoPerson, a.world.API("kakao")+sentPath+id)
	return nil, err
}

func (a *kakaoTalk) locate(context.Context, Place) ([]Bubble, error) { return nil, errNoCode }

func (a *kakaoTalk) scan(context.Context, string) ([]Bubble, error) { return nil, errNoCode }

func (a *kakaoTalk) news() (all []Bubble) {
	seen := a.platform.Seen(kakaoPerson)
	for _, one := range seen[a.seen:] {
		all = append(all, a.bubble(one.Type, one.Content))
	}
	a.seen = len(seen)
	return all
}

// bubble shows a component of an answer.
func (a *kakaoTalk) bubble(kind string, c map[string]any) Bubble {
	switch kind {
	case "error":
		return Bubble{Note: "skill_failed"}
	case "simpleText":
		return Bubble{Text: plain(text(c, "text"))}
	case "simpleImage":
		return Bubble{Picture: text(c, "imageUrl")}
	case "carousel":
		var all Bubble
		for _, item := range objects(c["items"]) {
			all.Cards = append(all.Cards, a.bubble(text(c, "type"), item))
		}
		return all
	}
	return a.card(kind, c)
}

func (a *kakaoTalk) card(kind string, c map[string]any) Bubble {
	b := Bubble{Title: text(c, "title"), Text: plain(text(c, "description")), Picture: text(c, "thumbnail", "imageUrl")}
	switch kind {
	case "commerceCard":
		if thumbnails := objects(c["thumbnails"]); len(thumbnails) > 0 {
			b.Picture = text(thumbnails[0], "imageUrl")
		}
		b.Lines = append(b.Lines, Line{Value: won(c["price"])})
	case "listCard":
		b.Title = text(c, "header", "title")
		for _, item := range objects(c["items"]) {
			b.Lines = append(b.Lines, Line{Name: text(item, "title"), Value: text(item, "description")})
			if text(item, "action") != "" {
				b.Buttons = append(b.Buttons, a.button(item, text(item, "title")))
			} else if link := text(item, "link", "web"); link != "" {
				b.Buttons = append(b.Buttons, Button{Label: text(item, "title"), Link: link})
			}
		}
	case "itemCard":
		if head := text(c, "head", "title"); head != "" {
			b.Title = head
		}
		items := objects(c["itemList"])
		if summary, ok := c["itemListSummary"].(map[string]any); ok {
			items = append(items, summary)
		}
		for _, item := range items {
			b.Lines = append(b.Lines, Line{text(item, "title"), text(item, "description")})
		}
	}
	for _, one := range objects(c["buttons"]) {
		b.Buttons = append(b.Buttons, a.button(one, text(one, "label")))
	}
	return b
}

func (a *kakaoTalk) button(object map[string]any, label string) Button {
	switch text(object, "action") {
	case "webLink":
		return Button{Label: label, Link: text(object, "webLinkUrl")}
	case "message", "block":
		return Button{Label: label, press: &press{kakaotest.Says(object), func(ctx context.Context) ([]Bubble, error) {
			_, err := a.platform.Tap(ctx, kakaoPerson, object)
			return nil, err
		}}}
	}
	return Button{Label: label}
}

// menu is the quick replies.
func (a *kakaoTalk) menu() (all []Button) {
	for _, one := range a.platform.Quick(kakaoPerson) {
		all = append(all, a.button(one.Content, text(one.Content, "label")))
	}
	return all
}
