package rest

import (
	"context"

	"plaza/account"
	"plaza/bot"
	"plaza/message"
	"plaza/store"
)

func (s *surface) listRules(ctx context.Context, who account.Access, _ *none) (page[bot.Rule], error) {
	return all(s.Bot.Rules().List(ctx, who.Account))
}

// OneRule names one in a path.
type OneRule struct {
	Rule string `path:"rule" maxLength:"64"`
}

func (s *surface) getRule(ctx context.Context, who account.Access, in *OneRule) (bot.Rule, error) {
	return s.Bot.Rules().Get(ctx, who.Account, in.Rule)
}

type ruleBody struct {
	Name     string         `json:"name" minLength:"1" maxLength:"100"`
	Enabled  *bool          `json:"enabled,omitempty" doc:"True unless told otherwise."`
	Priority int            `json:"priority,omitempty" minimum:"-1000000" maximum:"1000000" doc:"The smaller number is asked first."`
	On       bot.Trigger    `json:"on" enum:"follow,keyword,scan,press,default"`
	Match    bot.Match      `json:"match,omitempty" enum:"exact,prefix,contains,regexp"`
	Keywords []string       `json:"keywords,omitempty" maxItems:"100" maxLength:"200"`
	Scene    string         `json:"scene,omitempty" maxLength:"100"`
	Payload  string         `json:"payload,omitempty" maxLength:"200"`
	Answers  []bot.Template `json:"answers,omitempty" maxItems:"20"`
	AddTag   string         `json:"add_tag,omitempty" maxLength:"60"`
	Flow     string         `json:"flow,omitempty" maxLength:"64"`
}

func (r ruleBody) rule(id string) bot.Rule {
	return bot.Rule{ID: id, Name: r.Name, Enabled: r.Enabled == nil || *r.Enabled, Priority: r.Priority, On: r.On, Match: r.Match,
		Keywords: r.Keywords, Scene: r.Scene, Payload: r.Payload, Answers: r.Answers, AddTag: r.AddTag, Flow: r.Flow}
}

type newRuleInput struct{ Body ruleBody }

func (s *surface) createRule(ctx context.Context, who account.Access, in *newRuleInput) (bot.Rule, error) {
	return s.Bot.Rules().Save(ctx, who.Account, in.Body.rule(""))
}

type changeRuleInput struct {
	OneRule
	Body ruleBody
}

func (s *surface) changeRule(ctx context.Context, who account.Access, in *changeRuleInput) (bot.Rule, error) {
	if _, err := s.Bot.Rules().Get(ctx, who.Account, in.Rule); err != nil {
		return bot.Rule{}, err
	}
	return s.Bot.Rules().Save(ctx, who.Account, in.Body.rule(in.Rule))
}

func (s *surface) deleteRule(ctx context.Context, who account.Access, in *OneRule) error {
	return s.Bot.Rules().Delete(ctx, who.Account, in.Rule)
}

type testRulesInput struct {
	Body struct {
		Text     string       `json:"text,omitempty" maxLength:"2000"`
		Kind     message.Kind `json:"kind,omitempty" enum:"text,follow,scan,press" default:"text"`
		Scene    string       `json:"scene,omitempty" maxLength:"100"`
		Payload  string       `json:"payload,omitempty" maxLength:"200"`
		Channel  string       `json:"channel,omitempty" pattern:"^[a-z]{1,20}$" default:"webchat"`
		Language string       `json:"language,omitempty" enum:"en,zh,ko"`
	}
}

func (s *surface) testRules(ctx context.Context, who account.Access, in *testRulesInput) (rehearsal, error) {
	return rehearsed(s.Bot.Rehearse(ctx, message.Inbound{Account: who.Account, Channel: in.Body.Channel, User: "rehearsal",
		Key: store.NewID(), Kind: in.Body.Kind, At: s.Now(), Text: in.Body.Text, Scene: in.Body.Scene,
		Payload: in.Body.Payload, Language: in.Body.Language}))
}

func (s *surface) listFlows(ctx context.Context, who account.Access, _ *none) (page[bot.Flow], error) {
	return all(s.Bot.Flows().List(ctx, who.Account))
}

// OneFlow names one in a path.
type OneFlow struct {
	Flow string `path:"flow" maxLength:"64"`
}

func (s *surface) getFlow(ctx context.Context, who account.Access, in *OneFlow) (bot.Flow, error) {
	return s.Bot.Flows().Get(ctx, who.Account, in.Flow)
}

type flowBody struct {
	Name           string         `json:"name" minLength:"1" maxLength:"100"`
	Steps          []bot.Step     `json:"steps" minItems:"1" maxItems:"50" nullable:"false"`
	Done           []bot.Template `json:"done,omitempty" maxItems:"20"`
	AddTag         string         `json:"add_tag,omitempty" maxLength:"60"`
	TimeoutMinutes int            `json:"timeout_minutes,omitempty" minimum:"0" maximum:"10080"`
}

func (f flowBody) flow(id string) bot.Flow {
	return bot.Flow{ID: id, Name: f.Name, Steps: f.Steps, Done: f.Done, AddTag: f.AddTag, TimeoutMinutes: f.TimeoutMinutes}
}

type newFlowInput struct{ Body flowBody }

func (s *surface) createFlow(ctx context.Context, who account.Access, in *newFlowInput) (bot.Flow, error) {
	return s.Bot.Flows().Save(ctx, who.Account, in.Body.flow(""))
}

type changeFlowInput struct {
	OneFlow
	Body flowBody
}

func (s *surface) changeFlow(ctx context.Context, who account.Access, in *changeFlowInput) (bot.Flow, error) {
	if _, err := s.Bot.Flows().Get(ctx, who.Account, in.Flow); err != nil {
		return bot.Flow{}, err
	}
	return s.Bot.Flows().Save(ctx, who.Account, in.Body.flow(in.Flow))
}

func (s *surface) deleteFlow(ctx context.Context, who account.Access, in *OneFlow) error {
	return s.Bot.Flows().Delete(ctx, who.Account, in.Flow)
}
