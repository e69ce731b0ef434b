package phones

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"plaza/bot/line/linetest"
)

// lineName is how the phone's owner is called on LINE.
const lineName = "Yuki"

var linePerson = linetest.UserID(1)

// line is the phone's LINE.
type line struct {
	world    *World
	platform *linetest.Platform
	seen     int
	quick    []Button // under the last message
}

func (w *World) openLINE(serial int) *phone {
	const loginID = "1657000002"
	login := linetest.NewLogin(loginID, w.secrets.LINELogin, "", false, w.Now)
	login.Claims = func(string) map[string]any { return map[string]any{"name": lineName, "amr": []string{"linesso"}} }
	account := linetest.Account{ID: "1657000001", Secret: w.secrets.LINESecret, Webhook: w.webhook("line", w.Store), Redeliver: true, Login: login}
	platform := linetest.New(account, w.Now, w.trouble)
	platform.Continue(serial)
	return &phone{
		Messenger: "line", Person: lineName, Account: w.Store, Locates: true, Scans: true,
		connection: Connection{Account: w.Store, Channel: "line", Person: linePerson, Login: login, Credentials: map[string]any{
			"channel_secret": account.Secret, "channel_id": account.ID, "login_channel_id": loginID, "login_channel_secret": w.secrets.LINELogin}},
		app: &line{world: w, platform: platform}, handler: platform,
		restore: func() { platform.Add(linePerson, lineName, "en") },
	}
}

func (a *line) follow(ctx context.Context, _ string) ([]Bubble, error) {
	return nil, a.deliver(ctx, a.platform.Follow(linePerson, lineName, "en"))
}

func (a *line) block(ctx context.Context) error {
	return a.deliver(ctx, a.platform.Unfollow(linePerson))
}

func (a *line) say(ctx context.Context, said string) ([]Bubble, error) {
	return nil, a.deliver(ctx, a.platform.Text(linePerson, said))
}

func (a *line) picture(ctx context.Context, content []byte, contentType string) ([]Bubble, error) {
	event := a.platform.Message(linePerson, map[string]any{"type": "image", "contentProvider": map[string]any{"type": "line"}})
	id, _ := event["message"].(map[string]any)["id"].(string)
	a.platform.Keep(id, linetest.Content{Type: contentType, Body: content})
	return nil, a.deliver(ctx, event)
}

func (a *line) locate(ctx context.Context, place Place) ([]Bubble, error) {
	return nil, a.deliver(ctx, a.platform.Message(linePerson, map[string]any{"type": "location", "title": place.Name, "address": place.Name,
		"latitude": place.Latitude, "longitude": place.Longitude}))
}

// scan opens a link of LINE's: one that adds the account, or one that says
// something to it.
func (a *line) scan(ctx context.Context, code string) ([]Bubble, error) {
	link, err := url.Parse(code)
	if err != nil || link.Host != "line.me" && link.Host != "lin.ee" {
		return nil, errNoCode
	}
	if strings.HasPrefix(link.Path, "/R/oaMessage/") {
		said, err := url.QueryUnescape(link.RawQuery)
		if err != nil || said == "" {
			return nil, errNoCode
		}
		return a.say(ctx, said)
	}
	return a.follow(ctx, "")
}

// deliver has LINE call the webhook.
func (a *line) deliver(ctx context.Context, event linetest.Event) error {
	status, err := a.platform.Deliver(ctx, event)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("the webhook answers with status %d %s", status, http.StatusText(status))
	}
	return err
}

func (a *line) news() (all []Bubble) {
	delivered := a.platform.Delivered()
	for _, one := range delivered[a.seen:] {
		if one.To == linePerson {
			all = append(all, a.bubble(one.Body))
			a.quick = a.quickReplies(one.Body)
		}
	}
	a.seen = len(delivered)
	return all
}

// bubble shows a message object.
func (a *line) bubble(object map[string]any) Bubble {
	switch kind := text(object, "type"); kind {
	case "text":
		return Bubble{Text: plain(text(object, "text"))}
	case "image":
		return Bubble{Picture: a.here(text(object, "previewImageUrl")), Link: a.here(text(object, "originalContentUrl"))}
	case "video", "audio":
		return Bubble{Note: "media", Link: a.here(text(object, "originalContentUrl"))}
	case "location":
		return Bubble{Title: text(object, "title"), Text: plain(text(object, "address"))}
	case "flex":
		contents, _ := object["contents"].(map[string]any)
		if cards := objects(contents["contents"]); text(contents, "type") == "carousel" && len(cards) > 0 {
			var all Bubble
			for _, card := range cards {
				all.Cards = append(all.Cards, a.container(card))
			}
			return all
		}
		return a.container(contents)
	default:
		return Bubble{Note: "unknown", Title: kind}
	}
}

// container flattens a bubble of Flex: its picture, its words, its buttons.
func (a *line) container(bubble map[string]any) (made Bubble) {
	for _, part := range []string{"header", "hero", "body", "footer"} {
		if component, ok := bubble[part].(map[string]any); ok {
			a.component(component, &made)
		}
	}
	return made
}

func (a *line) component(c map[string]any, into *Bubble) {
	action, acts := c["action"].(map[string]any)
	inside := objects(c["contents"])
	switch text(c, "type") {
	case "image":
		into.Picture = a.here(text(c, "url"))
		if acts {
			into.Link = a.here(text(action, "uri"))
		}
		return
	case "button":
		into.Buttons = append(into.Buttons, a.button(action))
		return
	case "text":
		a.words(text(c, "text"), text(c, "weight") == "bold", into)
		return
	case "box":
		if len(inside) == 2 && text(c, "layout") != "vertical" && text(inside[0], "type") == "text" && text(inside[1], "type") == "text" {
			into.Lines = append(into.Lines, Line{text(inside[0], "text"), text(inside[1], "text")})
			return
		}
	}
	for _, one := range inside {
		a.component(one, into)
	}
	if acts && text(c, "type") == "box" && text(action, "uri") == "" {
		into.Buttons = append(into.Buttons, a.button(action))
	}
}

// words puts a text of Flex into a bubble: the first bold one is its title.
func (a *line) words(said string, bold bool, into *Bubble) {
	if bold && into.Title == "" {
		into.Title = said
		return
	}
	if len(into.Text) > 0 {
		into.Text = append(into.Text, Span{Text: "\n"})
	}
	into.Text = append(into.Text, plain(said)...)
}

func (a *line) quickReplies(object map[string]any) (all []Button) {
	quick, _ := object["quickReply"].(map[string]any)
	for _, item := range objects(quick["items"]) {
		if action, ok := item["action"].(map[string]any); ok {
			all = append(all, a.button(action))
		}
	}
	return all
}

// button is an action of LINE's.
func (a *line) button(action map[string]any) Button {
	b := Button{Label: text(action, "label")}
	switch text(action, "type") {
	case "uri":
		b.Link = a.here(text(action, "uri"))
	case "message":
		said := text(action, "text")
		b.press = &press{said, func(ctx context.Context) ([]Bubble, error) { return a.say(ctx, said) }}
	case "postback":
		data := text(action, "data")
		b.press = &press{text(action, "displayText"), func(ctx context.Context) ([]Bubble, error) {
			return nil, a.deliver(ctx, a.platform.Postback(linePerson, data))
		}}
	}
	return b
}

// here makes of the https address that LINE insists on for pictures the one by
// which this machine has them: the demo itself has no certificate.
func (a *line) here(address string) string {
	if rest, ok := strings.CutPrefix(address, SecureURL(a.world.PublicURL)+"/"); ok {
		return a.world.PublicURL + "/" + rest
	}
	return address
}

// SecureURL is an address with https instead of http.
func SecureURL(address string) string {
	if rest, ok := strings.CutPrefix(address, "http://"); ok {
		return "https://" + rest
	}
	return address
}

// menu is the rich menu's areas, and the quick replies while they stand there.
func (a *line) menu() []Button {
	all := append([]Button(nil), a.quick...)
	menu := a.platform.DefaultMenu()
	if menu == nil {
		return all
	}
	for _, area := range menu.Areas {
		var action map[string]any
		if json.Unmarshal(area.Action, &action) == nil {
			all = append(all, a.button(action))
		}
	}
	return all
}
