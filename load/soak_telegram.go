package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-telegram/bot/models"

	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
)

// soakBotToken is the bot's in a soak.
const soakBotToken = "123456789:AAF0lXoQdWjcxhfLWVYmcUSNKGyOCQnDPoE"

// telegramSoak is Telegram's stand-in in a soak.
type telegramSoak struct{ *telegramtest.Platform }

// openTelegram needs no webhook: the program registers its own.
func openTelegram(setting soakSetting) soakPlatform {
	return telegramSoak{telegramtest.New(telegramtest.Options{Token: soakBotToken, Local: true, Limits: true, Troubles: setting.troubles, Now: setting.now,
		Client: &http.Client{Transport: plainly{setting.gate}, Timeout: 30 * time.Second}})}
}

// plainly posts to the program under test, which speaks no TLS, by the gate.
type plainly struct{ gate http.RoundTripper }

// RoundTrip posts an update.
func (p plainly) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme = "http"
	return p.gate.RoundTrip(request)
}

func (s telegramSoak) connection() any { return telegram.Credentials{BotToken: soakBotToken} }

// meet has somebody correct what they once wrote: that shows that they follow,
// and nothing is answered, which would be one more message to account for.
func (s telegramSoak) meet(ctx context.Context, person string) error {
	user, err := strconv.ParseInt(person, 10, 64)
	if err != nil {
		return err
	}
	s.Open(user)
	_, err = s.Post(ctx, user, models.Update{EditedMessage: &models.Message{ID: 1, Text: "hello",
		From: &models.User{ID: user, FirstName: "Soak"}, Chat: models.Chat{ID: user, Type: models.ChatTypePrivate}}})
	return err
}

func (s telegramSoak) received() map[receipt]int {
	got := make(map[receipt]int)
	for _, one := range s.Delivered() {
		got[receipt{strconv.FormatInt(one.Chat, 10), one.Text}]++
	}
	return got
}
