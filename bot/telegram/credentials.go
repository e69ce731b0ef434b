package telegram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	tg "github.com/go-telegram/bot"

	"plaza/fault"
	"plaza/message"
)

// Credentials connect one bot.
type Credentials struct {
	// BotToken is what BotFather gives out: the bot's id, a colon, a secret.
	BotToken string `json:"bot_token"`
	// LoginSecret is the client secret that BotFather gives out for signing in on
	// web pages; the client id is the bot's id.
	LoginSecret string `json:"login_secret,omitempty"`
	// MiniApp opens the shop's and the payments' pages inside Telegram, where
	// they learn who has opened them. Telegram's web version shows none of ours.
	MiniApp bool `json:"mini_app,omitempty"`
}

var botToken = regexp.MustCompile(`^[0-9]{3,16}:[A-Za-z0-9_-]{30,64}$`)

// Check says what is wrong with the values, without asking Telegram.
func (c Credentials) Check() error {
	return fault.All(
		fault.If(!botToken.MatchString(c.BotToken), ErrBotToken),
		fault.If(c.LoginSecret != "" && (len(c.LoginSecret) < 16 || len(c.LoginSecret) > maxLoginSecret || strings.ContainsFunc(c.LoginSecret, notPlain)), ErrLoginSecret),
	)
}

const maxLoginSecret = 128

func notPlain(r rune) bool { return r <= ' ' || r > '~' }

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
	token  string // of the bot
	login  string // client secret of signing in; may be empty
	// inside opens pages of ours inside Telegram.
	inside bool
}

// accounts are the connections that were decoded lately.
type accounts struct {
	api    *api
	opened message.Opened[*account]
}

func (a *accounts) decode(credentials []byte) (*account, error) {
	return a.opened.Open(credentials, a.account)
}

func (a *accounts) account(credentials []byte) (*account, error) {
	c, err := message.DecodeCredentials[Credentials](credentials)
	if err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	id, _, _ := strings.Cut(c.BotToken, ":")
	client, err := a.api.bot(c.BotToken)
	if err != nil {
		return nil, ErrBotToken // the cause may quote it
	}
	return &account{bot: id, api: client, secret: []byte(c.Secret()), token: c.BotToken, login: c.LoginSecret, inside: c.MiniApp}, nil
}
