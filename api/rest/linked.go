package rest

import (
	"context"

	"plaza/account"
	"plaza/bot/identity"
)

// listLinked are all subscribers who are the same person; none for somebody on
// their own.
func (s *surface) listLinked(ctx context.Context, who account.Access, in *OneSubscriber) (page[identity.Member], error) {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return page[identity.Member]{}, err
	}
	return all(s.Identity.Members(ctx, who.Account, in.Subscriber))
}

type linkInput struct {
	OneSubscriber
	Body struct {
		Other string `json:"other" minLength:"1" maxLength:"300" doc:"The id of the other subscriber."`
	}
}

func (s *surface) link(ctx context.Context, who account.Access, in *linkInput) (page[identity.Member], error) {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return page[identity.Member]{}, err
	}
	if err := s.Identity.Link(ctx, who.Account, in.Subscriber, in.Body.Other, who.Actor.ID); err != nil {
		return page[identity.Member]{}, err
	}
	return all(s.Identity.Members(ctx, who.Account, in.Subscriber))
}

func (s *surface) unlink(ctx context.Context, who account.Access, in *OneSubscriber) error {
	if _, err := s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber); err != nil {
		return err
	}
	return s.Identity.Unlink(ctx, who.Account, in.Subscriber)
}
