package app

import (
	"context"
	"errors"
	"strings"

	"plaza/bot"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/message"
	"plaza/store"
)

// audience lets campaigns go through the bot's subscribers, and notices, where
// the account has a template for them, through those after them who are known by
// a phone number alone.
type audience struct {
	bot     *bot.Bot
	notices *alimtalk.Service
}

func segment(a broadcast.Audience) bot.Audience {
	chosen := bot.Audience{Purpose: bot.Purpose(a.Purpose)}
	switch a.Kind {
	case broadcast.WithTag:
		chosen.Tag = a.Value
	case broadcast.OnChannel:
		chosen.Channel = a.Value
	}
	return chosen
}

func (a audience) Recipients(ctx context.Context, account string, wanted broadcast.Audience, after string, limit int) ([]broadcast.Recipient, string, error) {
	first := message.SubscriberID(account, alimtalk.PhoneChannel, "")
	if strings.HasPrefix(after, first) {
		return a.unsubscribed(ctx, account, after, limit)
	}
	people, next, err := a.bot.Subscribers().Recipients(ctx, account, segment(wanted), after, limit)
	if err != nil {
		return nil, "", err
	}
	page := make([]broadcast.Recipient, len(people))
	for i, person := range people {
		page[i] = broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes}
	}
	if next == "" {
		byPhone, err := a.byPhone(ctx, account, wanted)
		if err != nil {
			return nil, "", err
		}
		if byPhone {
			next = first
		}
	}
	return page, next, nil
}

// byPhone says whether an audience goes on with numbers alone.
func (a audience) byPhone(ctx context.Context, account string, wanted broadcast.Audience) (bool, error) {
	if wanted.Purpose != broadcast.Notices || wanted.Kind != broadcast.Everybody {
		return false, nil
	}
	plan, err := a.notices.Plan(ctx, account)
	return plan.Choices[alimtalk.NoticeUse].Template != "", err
}

func (a audience) unsubscribed(ctx context.Context, account, after string, limit int) (page []broadcast.Recipient, next string, _ error) {
	ids, next, err := a.notices.Unsubscribed(ctx, account, after, limit)
	for _, id := range ids {
		_, channel, user, _ := message.SplitSubscriberID(id)
		page = append(page, broadcast.Recipient{Person: message.Person{ID: id, Account: account, Channel: channel, User: user, Language: "ko"}})
	}
	return page, next, err
}

func (a audience) Estimate(ctx context.Context, account string, wanted broadcast.Audience) (int64, error) {
	count, err := a.bot.Subscribers().Estimate(ctx, account, segment(wanted))
	if err != nil {
		return 0, err
	}
	byPhone, err := a.byPhone(ctx, account, wanted)
	if err != nil || !byPhone {
		return count, err
	}
	more, err := a.notices.CountUnsubscribed(ctx, account)
	return count + int64(more), err
}

func (a audience) Recipient(ctx context.Context, account, subscriber string) (broadcast.Recipient, error) {
	person, err := a.bot.Subscribers().Get(ctx, account, subscriber)
	if errors.Is(err, store.ErrNotFound) {
		err = broadcast.ErrPerson
	}
	if err != nil {
		return broadcast.Recipient{}, err
	}
	return broadcast.Recipient{Person: person.Person(), Attributes: person.Attributes}, nil
}
