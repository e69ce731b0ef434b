package notify

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/bot"
	"plaza/message"
)

const (
	// lookBack is how many of the last messages may be told of.
	lookBack = 20
	// keepFor is how long a message is worth telling of, and how long a push
	// service keeps it for a phone that is off.
	keepFor = 24 * time.Hour
	// maxWords is how much of a message is shown, in characters.
	maxWords = 120
)

// Content is what the worker of a page is told, as JSON.
type Content struct {
	Title    string    `json:"title"`
	Body     string    `json:"body"`
	Language string    `json:"lang"`
	URL      string    `json:"url"` // of the chat, at the message
	Icon     string    `json:"icon"`
	Count    int       `json:"count"` // unread
	At       time.Time `json:"at"`
}

// unread are the messages that somebody has not read, the newest first.
func (s *Service) unread(ctx context.Context, to person) ([]bot.Message, error) {
	history, _, err := s.Bot.History(ctx, to.Account, to.ID, "", lookBack)
	if err != nil {
		return nil, err
	}
	since := s.now().Add(-keepFor)
	var unread []bot.Message
	for _, entry := range history {
		// Who has written or read something has seen all before it.
		if entry.Out == nil || entry.State == bot.Read || entry.At.Before(since) {
			break
		}
		if entry.State == bot.Failed || entry.Author == bot.ByCampaign && !to.News {
			continue
		}
		unread = append(unread, entry)
	}
	return unread, nil
}

// tell says what somebody is told of what they have not read: of which there has
// to be something.
func (s *Service) tell(ctx context.Context, to person, unread []bot.Message) ([]byte, error) {
	account, err := s.Accounts.BotAccount(ctx, to.Account)
	if err != nil {
		return nil, err
	}
	subscriber, err := s.Bot.Subscribers().Get(ctx, to.Account, to.ID)
	language := account.Language
	if err == nil && subscriber.Language != "" {
		language = subscriber.Language
	}
	language = message.LanguageOf(language)
	newest := unread[0]
	told := Content{Title: bot.Wording(account.Names).In(language, account.Language), Language: language, Count: len(unread), At: newest.At,
		URL:  "/chat/" + account.Slug + "/#m-" + url.PathEscape(newest.ID),
		Icon: "/chat/" + account.Slug + "/icon/192.png"}
	if told.Body = s.Texts.Text(language, "notify.one"); told.Count > 1 {
		told.Body = s.Texts.Text(language, "notify.many", told.Count)
	}
	if words := shorten(newest.Out.Summary()); to.Text && words != "" {
		told.Body = words
		if told.Count > 1 {
			told.Body = s.Texts.Text(language, "notify.many.last", told.Count, words)
		}
	}
	return json.Marshal(told)
}

// shorten makes one line of a text.
func shorten(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(words) <= maxWords {
		return words
	}
	return string([]rune(words)[:maxWords-1]) + "…"
}

// urgent says whether anything of it is an answer: news may wait for a charger.
func urgent(unread []bot.Message) bool {
	return slices.ContainsFunc(unread, func(entry bot.Message) bool { return entry.Author != bot.ByCampaign })
}
