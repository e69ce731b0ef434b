package wechat

import (
	"context"
	"errors"
	"net"
	"slices"

	"plaza/message"
)

// customMessage is the body of a customer-service message (platform document:
// "Customer service messages").
type customMessage struct {
	To    string       `json:"touser"`
	Type  string       `json:"msgtype"`
	Text  *customText  `json:"text,omitempty"`
	Image *customFile  `json:"image,omitempty"`
	Voice *customFile  `json:"voice,omitempty"`
	Video *customVideo `json:"video,omitempty"`
	Music *customMusic `json:"music,omitempty"`
	News  *customNews  `json:"news,omitempty"`
	Menu  *customMenu  `json:"msgmenu,omitempty"`
}

type (
	customText struct {
		Content string `json:"content"`
	}
	customFile struct {
		MediaID string `json:"media_id"`
	}
	customVideo struct {
		MediaID      string `json:"media_id"`
		ThumbMediaID string `json:"thumb_media_id"`
		Title        string `json:"title"`
		Description  string `json:"description"`
	}
	customMusic struct {
		Title        string `json:"title"`
		Description  string `json:"description"`
		MusicURL     string `json:"musicurl"`
		HQMusicURL   string `json:"hqmusicurl"`
		ThumbMediaID string `json:"thumb_media_id"`
	}
	customNews struct {
		Articles []Article `json:"articles"` // exactly one
	}
	customMenu struct {
		Head string         `json:"head_content"`
		List []customOption `json:"list"`
		Tail string         `json:"tail_content"`
	}
	customOption struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	}
)

// maxOptions of a menu message; WeChat's work edition documents ten.
const maxOptions = 10

// Send delivers a message by the customer-service API. That API has no key for
// repetitions, so a call whose answer did not come ends as Uncertain, never in
// a second call. A message that needs several calls (a text over 2048 bytes, a
// card with buttons that it can't show) is Uncertain as well once the first
// of them has gone through. Errors are of type *message.SendError.
func (c *Channel) Send(ctx context.Context, credentials []byte, to message.Person, _ string, out message.Outbound) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return &message.SendError{Class: message.Permanent, Text: "The WeChat connection's settings can't be read.", Cause: err}
	}
	if a.Secret == "" {
		return &message.SendError{Class: message.Permanent, Text: "Without its app secret, the account can only answer."}
	}
	files, err := c.attach(ctx, a, out)
	if err != nil {
		return c.failed(&unsentError{err})
	}
	sent := false
	for queue := []message.Outbound{out}; len(queue) > 0; sent = true {
		left, err := c.sendOne(ctx, a, to.User, queue[0], files)
		switch {
		case err != nil && sent:
			return &message.SendError{Class: message.Uncertain, Text: "Only the first part of the message was sent.", Cause: err}
		case err != nil:
			return c.failed(err)
		}
		queue = append(left, queue[1:]...)
	}
	return nil
}

// sendOne makes one call and gives back what did not fit into it.
func (c *Channel) sendOne(ctx context.Context, a *account, user string, out message.Outbound, files attachment) ([]message.Outbound, error) {
	const path = "/cgi-bin/message/custom/send"
	if menu, ok := menuOf(out); ok {
		err := c.api.call(ctx, a.Credentials, path, customMessage{To: user, Type: "msgmenu", Menu: menu}, nil)
		if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != codeAccountType {
			return nil, err
		}
		// Some types of account have no menus; a text with links does the same.
	}
	reply, left := c.compose(out, messageArticles, files)
	if reply.Type == TextReply && reply.Text == "" {
		return left, nil
	}
	return left, c.api.call(ctx, a.Credentials, path, reply.custom(user), nil)
}

// custom is the reply as a customer-service message.
func (r Reply) custom(user string) customMessage {
	body := customMessage{To: user, Type: string(r.Type)}
	switch r.Type {
	case ImageReply:
		body.Image = &customFile{r.MediaID}
	case VoiceReply:
		body.Voice = &customFile{r.MediaID}
	case VideoReply:
		body.Video = &customVideo{r.MediaID, r.ThumbMediaID, r.Title, r.Description}
	case MusicReply:
		body.Music = &customMusic{r.Title, r.Description, r.MusicURL, r.HQMusicURL, r.ThumbMediaID}
	case NewsReply:
		body.News = &customNews{r.Articles}
	default:
		body.Text = &customText{r.Text}
	}
	return body
}

// menuOf makes a menu message of a text with buttons, or quick answers, that all
// have a payload it can carry.
func menuOf(out message.Outbound) (*customMenu, bool) {
	options := slices.Concat(out.Buttons, out.Quick)
	switch out.Form {
	case message.ButtonsForm, message.MenuForm, message.TextForm:
	default:
		return nil, false
	}
	if len(options) == 0 || len(options) > maxOptions || out.Text == "" || len(out.Text) > maxText/2 {
		return nil, false
	}
	menu := &customMenu{Head: out.Text}
	for _, button := range options {
		id := payload(button)
		if button.URL != "" || id == noPayload {
			return nil, false
		}
		menu.List = append(menu.List, customOption{ID: id, Content: button.Label})
	}
	return menu, true
}

// Signal shows that somebody types. WeChat has no read marks.
func (c *Channel) Signal(ctx context.Context, credentials []byte, to message.Person, signal message.Signal) error {
	if signal == message.ReadMark {
		return nil
	}
	return c.Typing(ctx, credentials, to, signal == message.TypingOn)
}

// Typing shows or hides that somebody is typing. It is a courtesy: callers may
// ignore the error.
func (c *Channel) Typing(ctx context.Context, credentials []byte, to message.Person, typing bool) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	command := "CancelTyping"
	if typing {
		command = "Typing"
	}
	return c.api.call(ctx, a.Credentials, "/cgi-bin/message/custom/typing", struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}{to.User, command}, nil)
}

// failed says what a failed call means for the message.
func (c *Channel) failed(err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.sendError(c.now())
	}
	_, unsent := errors.AsType[*unsentError](err)
	dial, ok := errors.AsType[*net.OpError](err)
	if unsent || ok && dial.Op == "dial" {
		return &message.SendError{Class: message.RetryLater, Text: "WeChat can't be reached.", Cause: err}
	}
	return &message.SendError{Class: message.Uncertain, Text: "WeChat did not say whether it took the message.", Cause: err}
}
