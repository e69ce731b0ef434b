package phones

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"plaza/bot/telegram/telegramtest"
)

// The phone's owner and the bot, on Telegram.
const (
	telegramPerson   = 7000000001
	telegramUsername = "plaza_demo_bot"
)

// telegram is the phone's Telegram.
type telegram struct {
	world    *World
	platform *telegramtest.Platform
	seen     int
	words    [][]string // the keyboard of words
}

func (w *World) openTelegram(serial int) *phone {
	botID, _, _ := strings.Cut(w.secrets.TelegramToken, ":")
	login := telegramtest.NewLogin(botID, w.secrets.TelegramLogin, "", w.Now)
	platform := telegramtest.New(telegramtest.Options{Token: w.secrets.TelegramToken, Username: telegramUsername, Local: true, Limits: true, Login: login,
		Troubles: w.trouble, Now: w.Now, Client: w.client()})
	platform.Continue(serial)
	platform.Meet(models.User{ID: telegramPerson, FirstName: "Alex", LanguageCode: "en"})
	return &phone{
		Messenger: "telegram", Person: "Alex", Account: w.Store, Locates: true, Scans: true,
		connection: Connection{Account: w.Store, Channel: "telegram", Person: strconv.Itoa(telegramPerson), Login: login,
			Credentials: map[string]any{"bot_token": w.secrets.TelegramToken, "login_secret": w.secrets.TelegramLogin}},
		app: &telegram{world: w, platform: platform}, handler: platform,
		restore: func() { platform.Open(telegramPerson) },
	}
}

func (a *telegram) follow(ctx context.Context, scene string) ([]Bubble, error) {
	_, err := a.platform.Start(ctx, telegramPerson, scene)
	return nil, err
}

func (a *telegram) block(ctx context.Context) error {
	_, err := a.platform.Block(ctx, telegramPerson, true)
	return err
}

func (a *telegram) say(ctx context.Context, said string) ([]Bubble, error) {
	_, err := a.platform.Say(ctx, telegramPerson, said)
	return nil, err
}

func (a *telegram) picture(ctx context.Context, content []byte, contentType string) ([]Bubble, error) {
	id := a.platform.Store(content, "."+strings.TrimPrefix(contentType, "image/"))
	_, err := a.platform.Send(ctx, telegramPerson, models.Message{Photo: []models.PhotoSize{
		{FileID: id, FileUniqueID: "u" + id, Width: 800, Height: 600, FileSize: len(content)}}})
	return nil, err
}

func (a *telegram) locate(ctx context.Context, place Place) ([]Bubble, error) {
	_, err := a.platform.Send(ctx, telegramPerson, models.Message{Location: &models.Location{Latitude: place.Latitude, Longitude: place.Longitude}})
	return nil, err
}

// scan opens a link to the bot.
func (a *telegram) scan(ctx context.Context, code string) ([]Bubble, error) {
	link, err := url.Parse(code)
	if err != nil || link.Host != "t.me" || strings.Trim(link.Path, "/") != telegramUsername {
		return nil, errNoCode
	}
	return a.follow(ctx, link.Query().Get("start"))
}

func (a *telegram) news() (all []Bubble) {
	delivered := a.platform.Delivered()
	for _, one := range delivered[a.seen:] {
		if one.Chat != telegramPerson {
			continue
		}
		all = append(all, a.bubble(one))
		if len(one.Words) > 0 {
			a.words = one.Words
		}
	}
	a.seen = len(delivered)
	return all
}

func (a *telegram) bubble(d telegramtest.Delivered) Bubble {
	b := Bubble{Text: plain(d.Text)}
	for _, e := range d.Entities {
		if e.Type == models.MessageEntityTypeTextLink {
			b.Link = e.URL
		}
	}
	if len(d.Files) > 0 {
		file := d.Files[0]
		if _, kept := a.platform.Stored(file); kept {
			file = a.world.Address() + "/phones/files/telegram/" + url.PathEscape(file)
		}
		switch d.Method {
		case "sendPhoto", "sendMediaGroup":
			b.Picture = file
		default:
			b.Note, b.Link = "media", file
		}
	}
	for _, row := range d.Inline {
		for _, button := range row {
			made := Button{Label: button.Text, Link: button.URL}
			if button.WebApp != nil {
				made.Link = button.WebApp.URL
			}
			if button.CallbackData != "" {
				made.press = &press{"", func(ctx context.Context) ([]Bubble, error) {
					_, err := a.platform.PressData(ctx, telegramPerson, d.ID, button.CallbackData)
					return nil, err
				}}
			}
			b.Buttons = append(b.Buttons, made)
		}
	}
	return b
}

func (a *telegram) open(id string) ([]byte, string, bool) {
	content, ok := a.platform.Stored(id)
	return content, http.DetectContentType(content), ok
}

// menu is the keyboard of words, and the bot's commands.
func (a *telegram) menu() (all []Button) {
	says := func(word string) Button {
		return Button{Label: word, press: &press{word, func(ctx context.Context) ([]Bubble, error) { return a.say(ctx, word) }}}
	}
	for _, row := range a.words {
		for _, word := range row {
			all = append(all, says(word))
		}
	}
	commands := a.platform.Menu().Commands
	list := commands["en"]
	if len(list) == 0 {
		list = commands[""]
	}
	for _, command := range list {
		all = append(all, says("/"+command.Command))
	}
	return all
}
