package rest

import (
	"context"

	"plaza/account"
	"plaza/bot"
	"plaza/broadcast"
)

type massInput struct {
	OneCampaign
	Run string `query:"run" maxLength:"120" doc:"Id of a run; the latest one if empty."`
}

// massRun is the run that is meant: one of the campaign's; empty if there is none
// yet.
func (s *surface) massRun(ctx context.Context, who account.Access, campaign, run string) (string, error) {
	found, err := s.Broadcast.Find(ctx, who.Account, campaign)
	if err != nil || run == "" {
		return found.Run, err
	}
	one, err := s.Broadcast.Run(ctx, who.Account, run)
	if err == nil && one.Campaign != found.ID {
		err = broadcast.ErrRun
	}
	return one.ID, err
}

func (s *surface) listMass(ctx context.Context, who account.Access, in *massInput) (page[bot.MassSummary], error) {
	run, err := s.massRun(ctx, who, in.Campaign, in.Run)
	if err != nil || run == "" {
		return all[bot.MassSummary](nil, err)
	}
	return all(s.Bot.MassSends().Summary(ctx, who.Account, run))
}

type previewMassInput struct {
	OneCampaign
	Body struct {
		Channel string `json:"channel" minLength:"1" maxLength:"32"`
		Name    string `json:"name" minLength:"1" maxLength:"64" doc:"The person's own account on the messenger, such as a WeChat ID."`
	}
}

func (s *surface) previewMass(ctx context.Context, who account.Access, in *previewMassInput) error {
	found, err := s.Broadcast.Find(ctx, who.Account, in.Campaign)
	if err != nil {
		return err
	}
	return s.Bot.MassSends().Preview(ctx, who.Account, in.Body.Channel, in.Body.Name, s.Broadcast.Preview(found, broadcast.Recipient{}))
}

type recallMassInput struct {
	OneCampaign
	Body struct {
		Channel string `json:"channel" minLength:"1" maxLength:"32"`
		Run     string `json:"run,omitempty" maxLength:"120" doc:"Id of a run; the latest one if empty."`
	}
}

func (s *surface) recallMass(ctx context.Context, who account.Access, in *recallMassInput) error {
	run, err := s.massRun(ctx, who, in.Campaign, in.Body.Run)
	if err == nil && run == "" {
		err = broadcast.ErrRun
	}
	if err != nil {
		return err
	}
	return s.Bot.MassSends().Recall(ctx, who.Account, in.Body.Channel, run)
}
