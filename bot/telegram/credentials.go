package telegram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	tg "github.com/go-telegram/bot"

	"plaza/message"
)

// Credentials connect one bot.
type Credentials struct {
	// BotToken is what BotFather gives out: the bot's id, a colon, a secret.
	BotToken string `json:"bot_token"`
}

var botToken = regexp.MustCompile(`^[0-9]{3,16}:[A-Za-z0-9_-]{30,64}$`)

// Check says what is wrong with the values, without asking Telegram.
func (c Credentials) Check() error {
	if !botToken.MatchString(c.BotToken) {
		return ErrBotToken
	}
	return nil
}

// Encode is the form in which a connection is stored (before it is sealed) and
// which Channel takes.
func (c Credentials) Encode() ([]byte, error) { return json.Marshal(c) }

// Secret is what Telegram repeats with every update, so that nobody else's is
// taken. It follows from the bot's token, so there is nothing more to keep:
// whoever knows the token rules the bot anyway, and a new token means a new
// secret.
func (c Credentials) Secret() string {
	mac := hmac.New(sha256.New, []byte(c.BotToken))
	mac.Write([]byte("webhook secret"))
	return hex.EncodeToString(mac.Sum(nil))
}

// account is a connection made ready for use.
type account struct {
	bot    string  // the bot's id
	api    *tg.Bot // makes calls with the bot's token
	secret []byte
}

// accounts are the connections that were decoded lately.
type accounts struct {
	api    *api
	opened message.Opened[*account]
}

func (a *accounts) decode(credentials []byte) (*account, error) {
	if found, ok := a.opened.Find(credentials); ok {
		return found, nil
	}
	var c Credentials
	if err := json.Unmarshal(credentials, &c); err != nil {
		return nil, message.ErrCredentials // the cause may quote a secret
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	id, _, _ := strings.Cut(c.BotToken, ":")
	client, err := a.api.bot(c.BotToken)
	if err != nil {
		return nil, ErrBotToken // the cause may quote it
	}
	made := &account{bot: id, api: client, secret: []byte(c.Secret())}
	a.opened.Keep(credentials, made)
	return made, nil
}
