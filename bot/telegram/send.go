package telegram

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// Send delivers a message by the Bot API. That API has no key for repetitions,
// so a call whose answer did not come ends as Uncertain, never in a second
// call. A message that needs several calls is Uncertain as well once the first
// of them has gone through. Errors are of type *message.SendError.
func (c *Channel) Send(ctx context.Context, credentials []byte, to message.Person, _ string, out message.Outbound) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return &message.SendError{Class: message.Permanent, Text: "The Telegram connection's settings can't be read.", Cause: err}
	}
	calls, kept := c.calls(to.User, out, a.inside)
	for name, meaning := range kept {
		if err := c.memory.Keep(ctx, memoryKey(a, name), meaning, c.now().Add(keepMeaning)); err != nil {
			return failed(&unsentError{err})
		}
	}
	for i, next := range calls {
		err := c.deliver(ctx, a, next)
		for wait, slow := tooFast(err); slow && i > 0 && waits(ctx, wait); wait, slow = tooFast(err) {
			err = c.deliver(ctx, a, next) // the refused one had no effect
		}
		switch {
		case err != nil && i > 0:
			return &message.SendError{Class: message.Uncertain, Text: "Only the first part of the message was sent.", Cause: err}
		case err != nil:
			return failed(err)
		}
	}
	return nil
}

// tooFast says for how long Telegram wants to hear nothing.
func tooFast(err error) (wait time.Duration, slow bool) {
	if refused, ok := errors.AsType[*Error](err); ok {
		failed := refused.sendError()
		return failed.RetryAfter, failed.Class == message.RetryLater && refused.RetryAfter > 0
	}
	return 0, false
}

// waits for the rest of a message's turn, if that comes before ctx ends.
func waits(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait+time.Second {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// deliver makes one call. A picture that Telegram can't get is told in words
// instead; a chat that has moved is followed, once.
func (c *Channel) deliver(ctx context.Context, a *account, next call) error {
	err := c.withFiles(ctx, a, next)
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	if refused.MigrateTo != 0 && setChat(next.params, strconv.FormatInt(refused.MigrateTo, 10)) {
		return c.withFiles(ctx, a, next)
	}
	if len(next.files) == 0 || !refused.aboutFile() {
		return err
	}
	c.logger.WarnContext(ctx, "telegram can't show a file", "bot", a.bot, "code", refused.Code, "description", refused.Description)
	if next.instead == nil {
		return nil // an album, whose cards are told below it
	}
	return c.call(ctx, a, next.instead, nil)
}

// call makes one call and hands what was sent to learn, if that is not nil.
func (c *Channel) call(ctx context.Context, a *account, params any, learn func([]*models.Message)) error {
	return c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) error {
		sent, err := send(ctx, bot, params)
		if err == nil && learn != nil {
			learn(sent)
		}
		return err
	})
}

// send is the library's method for parameters.
func send(ctx context.Context, bot *tg.Bot, params any) ([]*models.Message, error) {
	one := func(sent *models.Message, err error) ([]*models.Message, error) { return []*models.Message{sent}, err }
	switch p := params.(type) {
	case *tg.SendMessageParams:
		return one(bot.SendMessage(ctx, p))
	case *tg.SendPhotoParams:
		return one(bot.SendPhoto(ctx, p))
	case *tg.SendVoiceParams:
		return one(bot.SendVoice(ctx, p))
	case *tg.SendAudioParams:
		return one(bot.SendAudio(ctx, p))
	case *tg.SendVideoParams:
		return one(bot.SendVideo(ctx, p))
	case *tg.SendDocumentParams:
		return one(bot.SendDocument(ctx, p))
	case *tg.SendStickerParams:
		return one(bot.SendSticker(ctx, p))
	case *tg.SendLocationParams:
		return one(bot.SendLocation(ctx, p))
	case *tg.SendVenueParams:
		return one(bot.SendVenue(ctx, p))
	case *tg.SendMediaGroupParams:
		return bot.SendMediaGroup(ctx, p)
	}
	return nil, &unsentError{errors.New("telegram: no such call")}
}

// setChat addresses a call anew. All parameters of messages name their chat alike.
func setChat(params any, chat string) bool {
	field := reflect.ValueOf(params).Elem().FieldByName("ChatID")
	if !field.IsValid() {
		return false
	}
	field.Set(reflect.ValueOf(chat))
	return true
}

// Signal shows that somebody types, for five seconds or until a message comes.
// What was read can't be shown to those who write to bots.
func (c *Channel) Signal(ctx context.Context, credentials []byte, to message.Person, signal message.Signal) error {
	if signal != message.TypingOn {
		return nil
	}
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	return c.api.do(ctx, a, func(ctx context.Context, bot *tg.Bot) error {
		_, err := bot.SendChatAction(ctx, &tg.SendChatActionParams{ChatID: to.User, Action: models.ChatActionTyping})
		return err
	})
}
