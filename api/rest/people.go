package rest

import (
	"context"

	"plaza/account"
	"plaza/bot"
)

type listSubscribersInput struct {
	Paging
	Search  string `query:"search" maxLength:"60" doc:"The beginning of a word of a name or remark."`
	Tag     string `query:"tag" maxLength:"60" doc:"Followers with this tag."`
	Channel string `query:"channel" maxLength:"20" doc:"Followers on this channel."`
}

func (s *surface) listSubscribers(ctx context.Context, who account.Access, in *listSubscribersInput) (page[bot.Subscriber], error) {
	people := bot.People{Search: in.Search, Tag: in.Tag, Channel: in.Channel}
	return pageOf(s.Bot.Subscribers().List(ctx, who.Account, people, in.at(), in.Limit))
}

func (s *surface) countSubscribers(ctx context.Context, who account.Access, _ *none) (bot.Counts, error) {
	return s.Bot.Subscribers().Counts(ctx, who.Account)
}

// OneSubscriber names one in a path.
type OneSubscriber struct {
	Subscriber string `path:"subscriber" maxLength:"300"`
}

func (s *surface) getSubscriber(ctx context.Context, who account.Access, in *OneSubscriber) (bot.Subscriber, error) {
	return s.Bot.Subscribers().Get(ctx, who.Account, in.Subscriber)
}

type changeSubscriberInput struct {
	OneSubscriber
	Body struct {
		Name       *string           `json:"name,omitempty" maxLength:"60"`
		Remark     *string           `json:"remark,omitempty" maxLength:"60" doc:"The members' own name for them."`
		Language   *string           `json:"language,omitempty" enum:"en,zh,ko"`
		Muted      *bool             `json:"muted,omitempty" doc:"Wants neither promotions nor notices for now."`
		Consent    *bot.Consent      `json:"consent,omitempty"`
		Attributes map[string]string `json:"attributes,omitempty" doc:"Set one by one; an empty value removes one."`
	}
}

func (s *surface) changeSubscriber(ctx context.Context, who account.Access, in *changeSubscriberInput) (bot.Subscriber, error) {
	return s.Bot.Subscribers().Change(ctx, who.Account, in.Subscriber, bot.Profile{Name: in.Body.Name, Remark: in.Body.Remark,
		Language: in.Body.Language, Muted: in.Body.Muted, Consent: in.Body.Consent, Attributes: in.Body.Attributes})
}

type tagInput struct {
	OneSubscriber
	Body struct {
		Add    []string `json:"add,omitempty" maxItems:"50" maxLength:"60"`
		Remove []string `json:"remove,omitempty" maxItems:"50" maxLength:"60"`
	}
}

func (s *surface) tagSubscriber(ctx context.Context, who account.Access, in *tagInput) (bot.Subscriber, error) {
	return s.Bot.Subscribers().Tag(ctx, who.Account, in.Subscriber, in.Body.Add, in.Body.Remove)
}
