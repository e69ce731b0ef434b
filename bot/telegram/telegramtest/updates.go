package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-telegram/bot/models"
)

// postings is how often an update is posted until it is given up. The platform
// goes on for a day; the pauses between are left out here.
const postings = 4

// maxReply bounds the body of a webhook's answer, in bytes.
const maxReply = 1 << 20

// Reply is what a webhook answered.
type Reply struct {
	Status   int
	Attempts int
	// Method is the call that the answer held, if any. Like on the platform,
	// nobody learns how it ended but by what is delivered and refused.
	Method string
	Body   []byte
}

// Errors of posting.
var (
	ErrNoWebhook = errors.New("telegramtest: no webhook is set")
	ErrNotTaken  = errors.New("telegramtest: the webhook did not take the update")
	// ErrUnwanted: allowed_updates leaves the update's type out.
	ErrUnwanted = errors.New("telegramtest: the webhook does not want such updates")
)

// Start presses Start, with what stood behind "?start=" in a link.
func (p *Platform) Start(ctx context.Context, user int64, payload string) (Reply, error) {
	p.Open(user)
	text := "/start"
	if payload != "" {
		text += " " + payload
	}
	return p.Say(ctx, user, text)
}

// Say writes a text.
func (p *Platform) Say(ctx context.Context, user int64, text string) (Reply, error) {
	return p.Send(ctx, user, models.Message{Text: text})
}

// Send sends a message of any kind to the bot; sender, chat, time and id are
// filled in.
func (p *Platform) Send(ctx context.Context, user int64, m models.Message) (Reply, error) {
	p.Open(user) // whoever writes has opened the chat
	p.mu.Lock()
	from := p.person(user).user
	p.message++
	m.ID, m.From, m.Chat, m.Date = p.message, &from, models.Chat{ID: user, Type: "private", FirstName: from.FirstName}, int(p.o.Now().Unix())
	p.mu.Unlock()
	return p.Post(ctx, user, models.Update{Message: &m})
}

// Press presses the button with this label under the last message that has one.
func (p *Platform) Press(ctx context.Context, user int64, label string) (Reply, error) {
	all := p.DeliveredTo(user)
	for _, one := range slices.Backward(all) {
		for _, row := range one.Inline {
			for _, button := range row {
				if button.Text == label && button.CallbackData != "" {
					return p.PressData(ctx, user, one.ID, button.CallbackData)
				}
			}
		}
		for _, row := range one.Words {
			if slices.Contains(row, label) {
				return p.Say(ctx, user, label)
			}
		}
	}
	return Reply{}, fmt.Errorf("telegramtest: no button %q in %d messages", label, len(all))
}

// PressData presses a button with these data under a message.
func (p *Platform) PressData(ctx context.Context, user int64, messageID int, data string) (Reply, error) {
	p.mu.Lock()
	from := p.person(user).user
	p.serial++
	query := models.CallbackQuery{ID: fmt.Sprintf("4382bfdwdsb%d", p.serial), From: from, ChatInstance: "3823128", Data: data,
		Message: models.MaybeInaccessibleMessage{Message: &models.Message{
			ID: messageID, Date: int(p.o.Now().Unix()), Chat: models.Chat{ID: user, Type: "private"}}}}
	p.mu.Unlock()
	return p.Post(ctx, user, models.Update{CallbackQuery: &query})
}

// Block blocks the bot, or lets it write again.
func (p *Platform) Block(ctx context.Context, user int64, blocked bool) (Reply, error) {
	p.mu.Lock()
	one := p.person(user)
	one.blocked = blocked
	change := models.ChatMemberUpdated{Chat: models.Chat{ID: user, Type: "private"}, From: one.user, Date: int(p.o.Now().Unix())}
	bot := models.User{ID: p.bot, IsBot: true, FirstName: p.o.Username}
	member := models.ChatMember{Type: models.ChatMemberTypeMember, Member: &models.ChatMemberMember{User: &bot}}
	kicked := models.ChatMember{Type: models.ChatMemberTypeBanned, Banned: &models.ChatMemberBanned{User: &bot}}
	p.mu.Unlock()
	if change.OldChatMember, change.NewChatMember = kicked, member; blocked {
		change.OldChatMember, change.NewChatMember = member, kicked
	}
	return p.Post(ctx, user, models.Update{MyChatMember: &change})
}

// Post posts an update of a chat, behind that chat's earlier ones, until it is
// taken, and makes the call that the answer may hold. An update without an id
// gets the next one.
func (p *Platform) Post(ctx context.Context, chat int64, u models.Update) (Reply, error) {
	if u.ID == 0 {
		u.ID = p.nextUpdate()
	}
	body, err := json.Marshal(&u)
	if err != nil {
		return Reply{}, err
	}
	return p.PostRaw(ctx, chat, body)
}

func (p *Platform) nextUpdate() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.update++
	return p.update
}

// PostRaw is Post for an update as it goes over the wire.
func (p *Platform) PostRaw(ctx context.Context, chat int64, body []byte) (Reply, error) {
	p.mu.Lock()
	hook, one := p.hook, p.person(chat)
	p.mu.Unlock()
	if hook.URL == "" {
		return Reply{}, ErrNoWebhook
	}
	if !wanted(hook.AllowedUpdates, body) {
		return Reply{}, ErrUnwanted
	}
	one.turn.Lock()
	defer one.turn.Unlock()
	var reply Reply
	var failed error
	for reply.Attempts < postings && ctx.Err() == nil {
		reply.Attempts++
		if reply.Status, reply.Body, failed = p.post(ctx, hook, body); failed == nil && reply.Status/100 == 2 {
			reply.Method = p.callBack(reply.Body)
			return reply, nil
		}
		if failed == nil {
			failed = fmt.Errorf("wrong response from the webhook: %d %s", reply.Status, http.StatusText(reply.Status))
		}
		p.mu.Lock()
		p.hook.LastErrorDate, p.hook.LastErrorMessage = int(p.o.Now().Unix()), failed.Error()
		p.mu.Unlock()
	}
	return reply, errors.Join(ErrNotTaken, failed, ctx.Err())
}

// wanted says whether an update is of a type that was asked for.
func wanted(allowed []string, body []byte) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return true // let the webhook say what it thinks of that
	}
	for name := range fields {
		if name != "update_id" && len(allowed) > 0 && slices.Contains(updateTypes, name) && !slices.Contains(allowed, name) {
			return false
		}
	}
	return true
}

func (p *Platform) post(ctx context.Context, hook webhook, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if hook.secret != "" {
		request.Header.Set("X-Telegram-Bot-Api-Secret-Token", hook.secret)
	}
	response, err := p.posting.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	return response.StatusCode, answer, err
}

// callBack makes the call that a webhook's answer holds.
func (p *Platform) callBack(body []byte) (method string) {
	args := &arguments{values: make(map[string]string)}
	if len(body) == 0 || args.readJSON(body) != nil {
		return ""
	}
	if method = args.values["method"]; method != "" {
		delete(args.values, "method")
		_, _ = p.call(method, args, "") // the platform drops the result, too
	}
	return method
}
