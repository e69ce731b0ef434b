package rest

import (
	"context"

	"plaza/account"
	"plaza/bot"
	"plaza/message"
)

func (s *surface) listTemplates(ctx context.Context, who account.Access, in *OneChannel) (bot.TemplatePlan, error) {
	return s.Bot.Connections().TemplatePlan(ctx, who.Account, in.Channel)
}

type chooseTemplatesInput struct {
	OneChannel
	Body struct {
		Choices []message.TemplateChoice `json:"choices" maxItems:"20"`
	}
}

func (s *surface) chooseTemplates(ctx context.Context, who account.Access, in *chooseTemplatesInput) error {
	return s.Bot.Connections().ChooseTemplates(ctx, who.Account, in.Channel, in.Body.Choices)
}
