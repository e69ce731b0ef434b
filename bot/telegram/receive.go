package telegram

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"time"

	"plaza/message"
)

// MaxBody is the largest update that is read, in bytes. Telegram's own are a
// few kilobytes.
const MaxBody = 256 << 10

var secretHeader = textproto.CanonicalMIMEHeaderKey("X-Telegram-Bot-Api-Secret-Token")

// heard is what the response to an update depends on.
type heard struct {
	press string       // id of the callback query to be answered
	open  *linkMessage // what a menu's command opens
	// checkout is the id of the question whether a payment may be made.
	checkout string
}

// Receive verifies and decodes one update. Whatever carries the bot's secret
// and has an update's shape is taken, understood or not: Telegram repeats what
// is refused for a day, and keeps back all that the chat says after it.
func (c *Channel) Receive(credentials []byte, r message.Request) (message.Received, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return message.Received{}, err
	}
	given := ""
	if values := r.Header[secretHeader]; len(values) == 1 {
		given = values[0]
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(given), a.secret) != 1:
		return message.Received{}, ErrSecret
	case r.Method != http.MethodPost:
		return message.Received{}, ErrMethod
	case len(r.Body) > MaxBody:
		return message.Received{}, ErrTooLarge
	}
	if r.At.IsZero() {
		r.At = c.now()
	}
	return c.decode(a, r.Body, r.At)
}

func (c *Channel) decode(a *account, body []byte, at time.Time) (message.Received, error) {
	var u update
	if err := json.Unmarshal(body, &u); err != nil {
		if _, shape := errors.AsType[*json.UnmarshalTypeError](err); !shape {
			return message.Received{}, ErrMalformed
		}
		// A part has another shape than known here: kept as it is.
		u = update{ID: u.ID}
	}
	if u.ID == nil {
		return message.Received{}, ErrMalformed
	}
	in, to := message.Inbound{At: at}, heard{}
	var err error
	switch {
	case u.Checkout != nil && u.Checkout.ID != "":
		return message.Received{Checkout: u.Checkout.asked(), Language: u.Checkout.From.Language, Context: heard{checkout: u.Checkout.ID}}, nil
	case u.Message != nil && u.Message.Chat.ID != 0:
		err = c.message(a, &in, &to, body, u.Message)
	case u.Edited != nil && u.Edited.Chat.ID != 0:
		c.edited(&in, u.Edited)
	case u.Press != nil && u.Press.From.ID != 0:
		to.press = u.Press.ID
		err = c.pressed(a, &in, *u.Press)
	case u.MyMember != nil && u.MyMember.Chat.ID != 0:
		member(&in, *u.MyMember)
	default:
		err = unknown(&in, body)
	}
	if err != nil {
		return message.Received{}, err
	}
	if in.User == "" {
		in.User = a.bot // it concerns nobody else
	}
	in.Key = strconv.FormatInt(*u.ID, 10)
	received := message.Received{Inbound: []message.Inbound{in}, Context: to}
	if u.Message != nil && u.Message.Payment != nil {
		received.Checkout = u.Message.Payment.made()
	}
	return received, nil
}

// from notes who a message is from. In a group, which is only recorded, that is
// the group: what its members say is no talk with any one of them.
func from(in *message.Inbound, s sender, where chat, date int64) {
	if date > 0 {
		in.At = time.Unix(date, 0).UTC()
	}
	in.User, in.Name, in.Language = strconv.FormatInt(s.ID, 10), s.name(), s.Language
	if where.Type != private && where.ID != 0 {
		in.User, in.Name, in.Language = strconv.FormatInt(where.ID, 10), "", ""
	} else if s.ID == 0 {
		in.User = strconv.FormatInt(where.ID, 10)
	}
}

// Render answers an update. Messages go by the API (see the package comment);
// only the press of a button is acknowledged here, and the link behind a menu's
// command given.
func (c *Channel) Render(_ []byte, received message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	var rest []message.Outbound
	for _, out := range answer {
		rest = append(rest, split(out)...)
	}
	to, _ := received.Context.(heard)
	var body any
	switch {
	case to.press != "":
		body = callbackAnswer{Method: "answerCallbackQuery", ID: to.press}
	case to.open != nil:
		body = to.open
	default:
		return message.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8"}, rest, nil
	}
	encoded, err := encodeJSON(body)
	return message.Response{Status: http.StatusOK, ContentType: "application/json", Body: encoded}, rest, err
}

// callbackAnswer stops the sign of waiting on a pressed button.
type callbackAnswer struct {
	Method string `json:"method"`
	ID     string `json:"callback_query_id"`
}

// linkMessage shows a link as a button.
type linkMessage struct {
	Method string    `json:"method"`
	Chat   string    `json:"chat_id"`
	Text   string    `json:"text"`
	Markup *keyboard `json:"reply_markup"`
}

func encodeJSON(body any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
