package broadcast

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"plaza/broadcast/schedule"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// Create makes a draft.
func (s *Service) Create(ctx context.Context, account, member string, plan Plan) (Campaign, error) {
	if err := s.check(ctx, account, plan); err != nil {
		return Campaign{}, err
	}
	now := s.now()
	campaign := Campaign{
		ID: store.FreshID(ctx, "campaign"), Account: account, Plan: plan, Purpose: Promotions, State: Draft,
		Revision: 1, CreatedBy: member, CreatedAt: now, UpdatedAt: now,
	}
	campaign, _, err := campaigns.In(s.DB, account).InsertIfAbsent(ctx, campaign)
	return campaign, err
}

// Update changes a draft that is still at revision.
// Errors: ErrRevision, ErrNotDraft, ErrCampaign.
func (s *Service) Update(ctx context.Context, account, id string, revision int64, plan Plan) (Campaign, error) {
	if err := s.check(ctx, account, plan); err != nil {
		return Campaign{}, err
	}
	campaign, err := campaigns.In(s.DB, account).UpdateAndGet(ctx, id,
		store.Set("name", plan.Name).Set("content", plan.Content).Set("audience", plan.Audience).
			Set("when", plan.When).Set("way", plan.Way).Set("updated_at", s.now()).Inc("revision", 1),
		store.Eq("state", Draft), store.Eq("revision", revision), store.Eq("purpose", Promotions))
	if errors.Is(err, store.ErrConditionFailed) {
		present, err := s.Find(ctx, account, id)
		if err != nil {
			return Campaign{}, err
		}
		if present.State != Draft || present.Purpose != Promotions {
			return Campaign{}, ErrNotDraft
		}
		return Campaign{}, ErrRevision
	}
	return campaign, known(err)
}

// Copy makes a draft of what an earlier campaign was; one at a time becomes one
// for now. A notice is not copied: it would lose its approval.
func (s *Service) Copy(ctx context.Context, account, member, id string) (Campaign, error) {
	earlier, err := s.Find(ctx, account, id)
	if err != nil {
		return Campaign{}, err
	}
	if earlier.Purpose != Promotions {
		return Campaign{}, ErrState
	}
	if earlier.When.Kind == At {
		earlier.When = When{Kind: Now, DeadlineMinutes: earlier.When.DeadlineMinutes}
	}
	return s.Create(ctx, account, member, earlier.Plan)
}

// Delete removes a draft.
func (s *Service) Delete(ctx context.Context, account, id string) error {
	err := campaigns.In(s.DB, account).Delete(ctx, id, store.Eq("state", Draft))
	if errors.Is(err, store.ErrConditionFailed) {
		return ErrNotDraft
	}
	return known(err)
}

// Find finds a campaign. Errors: ErrCampaign.
func (s *Service) Find(ctx context.Context, account, id string) (Campaign, error) {
	campaign, err := campaigns.In(s.DB, account).Get(ctx, id)
	return campaign, known(err)
}

// List lists campaigns, newest first; of one state unless it is empty.
func (s *Service) List(ctx context.Context, account string, state State, after store.Cursor, limit int) ([]Campaign, store.Cursor, error) {
	query := store.Query{}
	if state != "" {
		query = store.Where(store.Eq("state", state))
	}
	return campaigns.In(s.DB, account).Find(ctx, query.By("-_id").Top(limit).From(after))
}

// Run finds a run. Errors: ErrRun.
func (s *Service) Run(ctx context.Context, account, id string) (Run, error) {
	run, err := runs.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Run{}, ErrRun
	}
	return run, err
}

// Runs lists a campaign's runs, the latest first.
func (s *Service) Runs(ctx context.Context, account, campaign string, after store.Cursor, limit int) ([]Run, store.Cursor, error) {
	return runs.In(s.DB, account).Find(ctx,
		store.Where(store.Prefix("_id", campaign+"-")).By("-_id").Top(limit).From(after))
}

// Deliveries lists a run's deliveries in one state, or all if it is empty.
func (s *Service) Deliveries(ctx context.Context, account, run string, state DeliveryState, after store.Cursor, limit int) ([]Delivery, store.Cursor, error) {
	query := store.Where(store.Prefix("_id", run+":"))
	if state != "" {
		query = store.Where(store.Eq("run", run), store.Eq("state", state))
	}
	return deliveries.In(s.DB, account).Find(ctx, query.Top(limit).From(after))
}

// Upcoming lists when a plan would fire next, for the editor.
func (s *Service) Upcoming(ctx context.Context, account string, when When, count int) ([]time.Time, error) {
	if err := when.check(); err != nil {
		return nil, err
	}
	zone, err := s.Accounts.Zone(ctx, account)
	if err != nil {
		return nil, err
	}
	if when.Kind == Recurring {
		cron, err := schedule.Parse(when.Cron)
		return cron.Upcoming(s.now(), zone, count), err
	}
	next, err := when.Next(s.now(), zone)
	return []time.Time{next}, err
}

// Estimate is about how many a plan would reach.
func (s *Service) Estimate(ctx context.Context, account string, audience Audience) (int64, error) {
	if err := audience.check(); err != nil {
		return 0, err
	}
	audience.Purpose = Promotions
	return s.Subscribers.Estimate(ctx, account, audience)
}

// Test sends the campaign to one subscriber, now. key makes a repetition of
// the request harmless.
func (s *Service) Test(ctx context.Context, account, id, subscriber, key string) error {
	campaign, err := s.Find(ctx, account, id)
	if err != nil {
		return err
	}
	recipient, err := s.Subscribers.Recipient(ctx, account, subscriber)
	if err != nil {
		return err
	}
	return s.Sender.Send(ctx, recipient.Person, "test:"+campaign.ID+":"+key, s.compose(campaign, recipient)...)
}

// Preview is what a campaign would say to a person. Nothing is sent, and its
// code leads where it will lead without being counted for the campaign.
func (s *Service) Preview(campaign Campaign, to Recipient) []message.Outbound {
	return s.compose(campaign, to)
}

// check validates a plan together with what others know.
func (s *Service) check(ctx context.Context, account string, plan Plan) error {
	if err := plan.Check(); err != nil {
		return err
	}
	for _, text := range plan.Content.texts() {
		if err := s.Renderer.Check(text); err != nil {
			return err
		}
	}
	if plan.When.Kind == At && plan.When.At.Before(s.now().Add(-plan.When.Deadline())) {
		return ErrPast
	}
	if plan.Content.Code == "" {
		return nil
	}
	_, err := s.Codes.Find(ctx, account, plan.Content.Code)
	return err
}

// move takes a campaign to another state if it may go there and all further
// conditions hold. Errors: ErrCampaign, ErrState.
func (s *Service) move(ctx context.Context, account, id string, to State, update store.Update, conditions ...store.Clause) (Campaign, error) {
	update = append(store.Set("state", to).Set("updated_at", s.now()), update...)
	conditions = append([]store.Clause{from(to)}, conditions...)
	campaign, err := campaigns.In(s.DB, account).UpdateAndGet(ctx, id, update, conditions...)
	if err != nil {
		return Campaign{}, known(err)
	}
	s.announce(ctx, campaign)
	s.nudge()
	return campaign, nil
}

// announce shows a change of state at once. Nothing hangs on its arrival: the
// page reads the campaign itself.
func (s *Service) announce(ctx context.Context, campaign Campaign) {
	data, err := json.Marshal(struct {
		Campaign string `json:"campaign"`
		State    State  `json:"state"`
		Reason   string `json:"reason,omitempty"`
		Run      string `json:"run,omitempty"`
	}{campaign.ID, campaign.State, campaign.Reason, campaign.Run})
	if err == nil {
		err = s.Events.Append(ctx, live.Event{Account: campaign.Account,
			Topics: []string{"campaigns"}, Kind: "campaign.progress", Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "campaign event not logged", "campaign", campaign.ID, "error", err)
	}
}

// known turns the store's answers into faults.
func known(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrCampaign.Because(err)
	case errors.Is(err, store.ErrConditionFailed):
		return ErrState.Because(err)
	}
	return err
}

// compose makes the messages for one person.
func (s *Service) compose(campaign Campaign, to Recipient) []message.Outbound {
	content := campaign.Content
	text := content.Text
	if own, ok := content.Translations[to.Language]; ok {
		text = own
	}
	if campaign.Purpose == Promotions { // notices are plain text
		text = s.Renderer.Render(text, to.Person, to.Attributes)
	}
	var link string
	if campaign.Link != "" {
		link = s.Codes.URL(campaign.Link)
	} else if content.Code != "" {
		link = s.Codes.URL(content.Code)
	}
	var messages []message.Outbound
	if content.Image != "" {
		messages = append(messages, message.Image(content.Image))
	}
	switch {
	case content.Card != nil:
		if text != "" {
			messages = append(messages, message.Text(text))
		}
		messages = append(messages, message.OneCard(s.composeCard(*content.Card, link, to)))
	case link != "":
		messages = append(messages, message.Outbound{Form: message.QRForm, Text: text, URL: link})
	case text != "":
		messages = append(messages, message.Text(text))
	}
	return messages
}

// composeCard copies the card, so that recipients do not share what differs.
func (s *Service) composeCard(card message.Card, link string, to Recipient) message.Card {
	card.Title = s.Renderer.Render(card.Title, to.Person, to.Attributes)
	card.Text = s.Renderer.Render(card.Text, to.Person, to.Attributes)
	if link == "" {
		return card
	}
	card.QR = link
	if card.URL == "" {
		card.URL = link
	}
	return card
}

// link makes the campaign's own code, once.
func (s *Service) link(ctx context.Context, campaign Campaign) (string, error) {
	if campaign.Content.Code == "" || campaign.Link != "" {
		return campaign.Link, nil
	}
	code, err := s.Codes.ForCampaign(ctx, campaign.Account, campaign.Content.Code, campaign.ID, campaign.Name)
	return code.ID, err
}
