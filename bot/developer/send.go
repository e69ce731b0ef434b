package developer

import (
	"context"
	"errors"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/message"
	"plaza/store"
)

// person finds a subscriber of the web chat by open id. Errors: ErrOpenID.
func (s *Service) person(ctx context.Context, account, openID string) (bot.Subscriber, error) {
	if openID == "" || len(openID) > 128 {
		return bot.Subscriber{}, ErrOpenID
	}
	found, err := s.Bot.Subscribers().Get(ctx, account, message.SubscriberID(account, webchat.Name, openID))
	if errors.Is(err, bot.ErrNoSubscriber) {
		return bot.Subscriber{}, ErrOpenID
	}
	return found, err
}

// SendCustom sends a message to somebody who has written or done something not
// long ago (platform document: "Customer service messages"). Errors: ErrOpenID,
// ErrWindow, ErrWindowCount, ErrQuota, ErrSpeaker, and those of the content.
func (s *Service) SendCustom(ctx context.Context, account, openID string, content Content) error {
	if content.News != nil && len(content.News.Articles) > 1 {
		return ErrArticles
	}
	to, err := s.person(ctx, account, openID)
	if err != nil {
		return err
	}
	out, err := s.message(ctx, account, content)
	if err == nil && content.Issue != nil && len(out[0].Cards) > 1 {
		err = ErrArticles
	}
	if err != nil {
		return err
	}
	if content.Speaker != nil {
		nick, err := s.nickOf(ctx, account, content.Speaker.Account)
		if err != nil {
			return err
		}
		for i := range out {
			out[i].Speaker = nick
		}
	}
	if err := s.count(ctx, account, "message/custom"); err != nil {
		return err
	}
	if err := s.useWindow(ctx, to.Person()); err != nil {
		return err
	}
	return s.Bot.SendAs(ctx, bot.ByDeveloper, to.Person(), "custom:"+store.NewID(), out...)
}

// Typing shows the person that an answer is on its way, or that it is not.
// Errors: ErrOpenID.
func (s *Service) Typing(ctx context.Context, account, openID string, typing bool) error {
	to, err := s.person(ctx, account, openID)
	if err != nil {
		return err
	}
	signal := message.TypingOff
	if typing {
		signal = message.TypingOn
	}
	return s.Bot.Inbox().Signal(ctx, account, to.ID, signal)
}
