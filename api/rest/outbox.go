package rest

import (
	"context"

	"plaza/account"
	"plaza/bot"
)

func (s *surface) listRoutes(ctx context.Context, who account.Access, _ *none) (page[bot.Route], error) {
	return all(s.Bot.Outbox().Routes(ctx, who.Account))
}

func (s *surface) retryChannel(ctx context.Context, who account.Access, in *OneChannel) error {
	return s.Bot.Outbox().TryAgain(ctx, who.Account, in.Channel)
}

type undeliveredInput struct {
	Paging
	List string `query:"list" enum:"uncertain,failed,decided" default:"uncertain" doc:"Which list: those that may or may not have arrived, those that did not, or those about which a member has decided."`
}

func (s *surface) listUndelivered(ctx context.Context, who account.Access, in *undeliveredInput) (page[bot.Undelivered], error) {
	return pageOf(s.Bot.Outbox().Undelivered(ctx, who.Account, bot.UndeliveredList(in.List), in.at(), in.Limit))
}

func (s *surface) sendAgain(ctx context.Context, who account.Access, in *retryInput) error {
	return s.Bot.Outbox().SendAgain(ctx, who.Account, who.Member, in.Conversation+"/"+in.Message)
}

func (s *surface) leaveUndelivered(ctx context.Context, who account.Access, in *retryInput) error {
	return s.Bot.Outbox().Leave(ctx, who.Account, who.Member, in.Conversation+"/"+in.Message)
}
