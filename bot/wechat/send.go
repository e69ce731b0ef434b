package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"plaza/message"
)

// customMessage is the body of a customer-service message (platform document:
// "Customer service messages").
type customMessage struct {
	To    string      `json:"touser"`
	Type  string      `json:"msgtype"`
	Text  *customText `json:"text,omitempty"`
	Image *customFile `json:"image,omitempty"`
	News  *customNews `json:"news,omitempty"`
	Menu  *customMenu `json:"msgmenu,omitempty"`
}

type (
	customText struct {
		Content string `json:"content"`
	}
	customFile struct {
		MediaID string `json:"media_id"`
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
	mediaID, err := c.upload(ctx, a, out)
	if err != nil {
		return c.failed(&unsentError{err})
	}
	sent := false
	for queue := []message.Outbound{out}; len(queue) > 0; sent = true {
		left, err := c.sendOne(ctx, a, to.User, queue[0], mediaID)
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
func (c *Channel) sendOne(ctx context.Context, a *account, user string, out message.Outbound, mediaID string) ([]message.Outbound, error) {
	const path = "/cgi-bin/message/custom/send"
	if menu, ok := menuOf(out); ok {
		err := c.api.call(ctx, a.Credentials, path, customMessage{To: user, Type: "msgmenu", Menu: menu}, nil)
		if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != codeAccountType {
			return nil, err
		}
		// Some types of account have no menus; a text with links does the same.
	}
	reply, left := c.compose(out, messageArticles, mediaID)
	body := customMessage{To: user, Type: string(reply.Type)}
	switch reply.Type {
	case ImageReply:
		body.Image = &customFile{reply.MediaID}
	case NewsReply:
		body.News = &customNews{reply.Articles}
	default:
		if reply.Text == "" {
			return left, nil
		}
		body.Text = &customText{reply.Text}
	}
	return left, c.api.call(ctx, a.Credentials, path, body, nil)
}

// menuOf makes a menu message of buttons that all have a payload it can carry.
func menuOf(out message.Outbound) (*customMenu, bool) {
	if out.Form != message.ButtonsForm || len(out.Buttons) == 0 || len(out.Buttons) > maxOptions || len(out.Text) > maxText/2 {
		return nil, false
	}
	menu := &customMenu{Head: out.Text}
	for _, button := range out.Buttons {
		id := payload(button)
		if button.URL != "" || id == noPayload {
			return nil, false
		}
		menu.List = append(menu.List, customOption{ID: id, Content: button.Label})
	}
	return menu, true
}

// upload gives the media id of an image message; empty if the picture is better
// shown by an article: it is not ours, or not one that WeChat takes.
func (c *Channel) upload(ctx context.Context, a *account, out message.Outbound) (string, error) {
	if out.Form != message.ImageForm || out.Image == "" || out.Text != "" || len(out.Buttons) > 0 || c.images == nil {
		return "", nil
	}
	if id := c.pictures.id(a.AppID, out.Image); id != "" {
		return id, nil
	}
	picture, err := c.images.Open(ctx, out.Image)
	if err != nil {
		return "", nil // an article shows it by its address
	}
	defer picture.Close()
	content, err := io.ReadAll(io.LimitReader(picture, maxImage+1))
	if err != nil {
		return "", fmt.Errorf("read picture: %w", err)
	}
	id, until, err := c.api.UploadImage(ctx, a.Credentials, content)
	refused, ok := errors.AsType[*Error](err)
	if errors.Is(err, ErrImage) || ok && refused.Class() == Permanent {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c.pictures.learn(a.AppID, out.Image, id, until)
	return id, nil
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
