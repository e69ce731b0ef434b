package rest

import (
	"context"
	"time"

	"plaza/account"
	"plaza/bot"
	"plaza/broadcast"
)

type listCampaignsInput struct {
	Paging
	State broadcast.State `query:"state" enum:"draft,scheduled,sending,paused,done,cancelled,held,failed"`
}

func (s *surface) listCampaigns(ctx context.Context, who account.Access, in *listCampaignsInput) (page[broadcast.Campaign], error) {
	return pageOf(s.Broadcast.List(ctx, who.Account, in.State, in.at(), in.Limit))
}

// OneCampaign names one in a path.
type OneCampaign struct {
	Campaign string `path:"campaign" maxLength:"64"`
}

func (s *surface) getCampaign(ctx context.Context, who account.Access, in *OneCampaign) (broadcast.Campaign, error) {
	return s.Broadcast.Find(ctx, who.Account, in.Campaign)
}

type audienceBody struct {
	Kind  broadcast.AudienceKind `json:"kind" enum:"all,tag,channel"`
	Value string                 `json:"value,omitempty" maxLength:"60" doc:"The tag or channel."`
}

func (a audienceBody) audience() broadcast.Audience {
	return broadcast.Audience{Kind: a.Kind, Value: a.Value}
}

// people is the audience as the bot knows it.
func (a audienceBody) people() bot.Audience {
	switch a.Kind {
	case broadcast.WithTag:
		return bot.Audience{Purpose: bot.Promotions, Tag: a.Value}
	case broadcast.OnChannel:
		return bot.Audience{Purpose: bot.Promotions, Channel: a.Value}
	}
	return bot.Audience{Purpose: bot.Promotions}
}

type whenBody struct {
	Kind            broadcast.WhenKind `json:"kind" enum:"now,at,cron"`
	At              time.Time          `json:"at,omitzero"`
	Cron            string             `json:"cron,omitempty" maxLength:"100" doc:"On the clock of the account's time zone."`
	DeadlineMinutes int                `json:"deadline_minutes,omitempty" minimum:"0" maximum:"1440" doc:"How late it may go out; 0 is an hour."`
}

// PlanBody is the part of a campaign that people write.
type PlanBody struct {
	Name     string            `json:"name" maxLength:"100"`
	Content  broadcast.Content `json:"content"`
	Audience audienceBody      `json:"audience"`
	When     whenBody          `json:"when"`
	Way      broadcast.Way     `json:"way,omitempty" enum:",mass" doc:"How it goes on messengers that allow few mass messages: to each by itself (empty), or by one of those."`
}

func (p PlanBody) plan() broadcast.Plan {
	return broadcast.Plan{Name: p.Name, Way: p.Way, Content: p.Content, Audience: p.Audience.audience(),
		When: broadcast.When{Kind: p.When.Kind, At: p.When.At, Cron: p.When.Cron, DeadlineMinutes: p.When.DeadlineMinutes}}
}

type newCampaignInput struct{ Body PlanBody }

func (s *surface) createCampaign(ctx context.Context, who account.Access, in *newCampaignInput) (broadcast.Campaign, error) {
	return s.Broadcast.Create(ctx, who.Account, who.Member, in.Body.plan())
}

type changeCampaignInput struct {
	OneCampaign
	Body struct {
		PlanBody
		Revision int64 `json:"revision" doc:"Of the draft that was changed; another means that somebody else changed it meanwhile."`
	}
}

func (s *surface) changeCampaign(ctx context.Context, who account.Access, in *changeCampaignInput) (broadcast.Campaign, error) {
	return s.Broadcast.Update(ctx, who.Account, in.Campaign, in.Body.Revision, in.Body.plan())
}

func (s *surface) deleteCampaign(ctx context.Context, who account.Access, in *OneCampaign) error {
	return s.Broadcast.Delete(ctx, who.Account, in.Campaign)
}

func (s *surface) copyCampaign(ctx context.Context, who account.Access, in *OneCampaign) (broadcast.Campaign, error) {
	return s.Broadcast.Copy(ctx, who.Account, who.Member, in.Campaign)
}

// steer serves what moves a campaign from one state to another.
func steer(move func(ctx context.Context, account, id string) (broadcast.Campaign, error)) func(context.Context, account.Access, *OneCampaign) (broadcast.Campaign, error) {
	return func(ctx context.Context, who account.Access, in *OneCampaign) (broadcast.Campaign, error) {
		return move(ctx, who.Account, in.Campaign)
	}
}

type testCampaignInput struct {
	OneCampaign
	Body struct {
		Subscriber string `json:"subscriber" minLength:"1" maxLength:"300"`
	}
}

func (s *surface) testCampaign(ctx context.Context, who account.Access, in *testCampaignInput) error {
	return s.Broadcast.Test(ctx, who.Account, in.Campaign, in.Body.Subscriber, ownKey(ctx))
}

type listRunsInput struct {
	OneCampaign
	Paging
}

func (s *surface) listRuns(ctx context.Context, who account.Access, in *listRunsInput) (page[broadcast.Run], error) {
	if _, err := s.Broadcast.Find(ctx, who.Account, in.Campaign); err != nil {
		return page[broadcast.Run]{}, err
	}
	return pageOf(s.Broadcast.Runs(ctx, who.Account, in.Campaign, in.at(), in.Limit))
}

// delivery is a broadcast.Delivery with its parts named.
type delivery struct {
	Subscriber string                  `json:"subscriber"`
	State      broadcast.DeliveryState `json:"state"`
	Reason     string                  `json:"reason,omitempty"`
	Batch      string                  `json:"batch,omitempty" doc:"The mass message that it was part of, if it was."`
	At         time.Time               `json:"at" doc:"Of the last change."`
}

type listDeliveriesInput struct {
	OneCampaign
	Paging
	Run   string                  `query:"run" maxLength:"120" doc:"Id of a run; the latest one if empty."`
	State broadcast.DeliveryState `query:"state" enum:"pending,sending,sent,delivered,read,failed,uncertain,skipped"`
}

func (s *surface) listDeliveries(ctx context.Context, who account.Access, in *listDeliveriesInput) (page[delivery], error) {
	campaign, err := s.Broadcast.Find(ctx, who.Account, in.Campaign)
	if err != nil {
		return page[delivery]{}, err
	}
	run := in.Run
	if run == "" {
		run = campaign.Run
	}
	if run == "" { // never fired
		return all[delivery](nil, nil)
	}
	found, err := s.Broadcast.Run(ctx, who.Account, run)
	if err == nil && found.Campaign != campaign.ID {
		err = broadcast.ErrRun
	}
	if err != nil {
		return page[delivery]{}, err
	}
	rows, next, err := s.Broadcast.Deliveries(ctx, who.Account, run, in.State, in.at(), in.Limit)
	views := make([]delivery, len(rows))
	for i, row := range rows {
		views[i] = delivery{row.Subscriber(), row.State, row.Reason, row.Batch, row.At}
	}
	return pageOf(views, next, err)
}

type estimateInput struct {
	Body audienceBody
}

type estimate struct {
	Subscribers int64 `json:"subscribers" doc:"About how many it would reach."`
	// Mass has an entry for each messenger that allows few mass messages.
	Mass []bot.MassChoice `json:"mass"`
}

func (s *surface) estimateAudience(ctx context.Context, who account.Access, in *estimateInput) (estimate, error) {
	count, err := s.Broadcast.Estimate(ctx, who.Account, in.Body.audience())
	if err != nil {
		return estimate{}, err
	}
	choices, err := s.Bot.MassSends().Choices(ctx, who.Account, in.Body.people())
	return estimate{count, choices}, err
}
