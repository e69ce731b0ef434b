package mandate

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"plaza/fault"
	"plaza/message"
)

// The payloads of buttons: what they begin with, the id of a plan or mandate
// behind it. "mandate:plan:" is for a merchant's own rules and menus.
const (
	plansPayload  = "mandate:plans"
	minePayload   = "mandate:mine"
	planPayload   = "mandate:plan:"
	showPayload   = "mandate:show:"
	cancelPayload = "mandate:cancel:"
	tryPayload    = "mandate:try:"
)

// requests are the words for a list of one's own, and of what there is.
var requests = map[string]map[string][]string{
	minePayload: {
		"en": {"subscriptions", "my subscriptions", "subscription"},
		"zh": {"我的订阅", "订阅", "我的会员"},
		"ko": {"구독", "내 구독", "정기결제"},
	},
	plansPayload: {
		"en": {"plans", "plan"},
		"zh": {"套餐", "会员套餐"},
		"ko": {"요금제", "구독 상품"},
	},
}

// shown bounds lists in the chat.
const shown = 6

// Wants says at a glance whether a message may be about mandates.
func (s *Service) Wants(in message.Inbound) bool {
	payload, _ := understand(in)
	return payload != ""
}

// understand turns a message into a payload and the language of its words.
func understand(in message.Inbound) (payload, language string) {
	switch in.Kind {
	case message.Press:
		if strings.HasPrefix(in.Payload, "mandate:") {
			return in.Payload, ""
		}
	case message.TextIn:
		if len(in.Text) > 60 {
			return "", ""
		}
		said := strings.ToLower(strings.TrimSpace(norm.NFKC.String(in.Text)))
		for payload, words := range requests {
			for language, known := range words {
				if slices.Contains(known, said) {
					return payload, language
				}
			}
		}
	}
	return "", ""
}

// Answer is this package's part of the conversation. In an account without plans
// only buttons are answered.
func (s *Service) Answer(ctx context.Context, person message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	payload, language := understand(in)
	if payload == "" {
		return nil, false, nil
	}
	if language != "" {
		person.Language = language
		plans, _, err := s.Plans(ctx, person.Account, "", 1, "")
		if err != nil || len(plans) == 0 {
			return nil, false, err
		}
	}
	answer, err := s.answer(ctx, person, payload)
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "fault."+refused.Code, refused.Args...))}, true, nil
	}
	return answer, err == nil && answer != nil, err
}

func (s *Service) answer(ctx context.Context, person message.Person, payload string) ([]message.Outbound, error) {
	name, id, _ := strings.Cut(strings.TrimPrefix(payload, "mandate:"), ":")
	switch name {
	case "plans":
		return s.answerPlans(ctx, person)
	case "plan":
		return s.answerPlan(ctx, person, id)
	case "mine":
		return s.answerMine(ctx, person)
	case "show":
		m, err := s.MandateOf(ctx, person, id)
		if err != nil {
			return nil, err
		}
		return s.described(ctx, person, m)
	case "cancel":
		return s.answerCancel(ctx, person, id)
	case "try":
		m, err := s.TryNow(ctx, person, id)
		if err != nil || m.State != PastDue {
			return []message.Outbound{}, err // the receipt says it
		}
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "mandate.chat.tried", m.Terms.Name))}, nil
	}
	return nil, nil
}

func (s *Service) answerPlans(ctx context.Context, person message.Person) ([]message.Outbound, error) {
	offered, err := s.OfferedPlans(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	if len(offered) == 0 {
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "mandate.chat.no_plans"))}, nil
	}
	lines := []string{s.Texts.Text(person.Language, "mandate.chat.plans")}
	var buttons []message.Button
	for _, plan := range offered[:min(len(offered), shown)] {
		lines = append(lines, plan.Terms.Name+"  "+s.priceText(person.Language, plan.Terms))
		buttons = append(buttons, message.Button{Label: plan.Terms.Name, Payload: planPayload + plan.ID})
	}
	return choice(strings.Join(lines, "\n"), buttons...), nil
}

// priceText is what a plan costs, in words.
func (s *Service) priceText(language string, terms Terms) string {
	return s.Texts.Text(language, "mandate.price", terms.Amount, EveryText(s.Texts, language, terms.Every))
}

func (s *Service) answerPlan(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	plan, front, err := s.offer(ctx, person.Account, id)
	if err != nil {
		return nil, err
	}
	lines := []string{plan.Terms.Name + "  " + s.priceText(person.Language, plan.Terms)}
	if plan.Terms.Trial > 0 {
		lines = append(lines, s.Texts.Text(person.Language, "mandate.trial", plan.Terms.Trial))
	}
	if plan.Text != "" {
		lines = append(lines, plan.Text)
	}
	return choice(strings.Join(lines, "\n"), message.Button{Label: s.Texts.Text(person.Language, "mandate.button.agree"),
		URL: s.Addresses.Plan(front.Slug, plan.ID)}), nil
}

func (s *Service) answerMine(ctx context.Context, person message.Person) ([]message.Outbound, error) {
	mine, err := s.MandatesOf(ctx, person, shown)
	if err != nil {
		return nil, err
	}
	if len(mine) == 0 {
		return choice(s.Texts.Text(person.Language, "mandate.chat.none"),
			message.Button{Label: s.Texts.Text(person.Language, "mandate.button.plans"), Payload: plansPayload}), nil
	}
	lines := []string{s.Texts.Text(person.Language, "mandate.chat.mine")}
	var buttons []message.Button
	for _, m := range mine[:min(len(mine), shown)] {
		lines = append(lines, m.Terms.Name+"  "+s.Texts.Text(person.Language, "mandate.state."+string(m.State)))
		buttons = append(buttons, message.Button{Label: m.Terms.Name, Payload: showPayload + m.ID})
	}
	return choice(strings.Join(lines, "\n"), buttons...), nil
}

// described shows one mandate with what can be done about it.
func (s *Service) described(ctx context.Context, person message.Person, m Mandate) ([]message.Outbound, error) {
	front, err := s.Directory.Front(ctx, m.Account)
	if err != nil {
		return nil, err
	}
	_, until, err := m.dates()
	if err != nil {
		return nil, err
	}
	language := person.Language
	line := s.Texts.Text(language, "mandate.state."+string(m.State))
	switch {
	case m.State == Leaving:
		line = s.Texts.Text(language, "mandate.chat.until", s.day(language, until))
	case m.State.Charged() && m.Open == nil:
		line = s.Texts.Text(language, "mandate.chat.next", s.day(language, until), m.NextAmount())
	}
	buttons := []message.Button{{Label: s.Texts.Text(language, "mandate.button.see"), URL: s.Addresses.Mandate(front.Slug, m.ID)}}
	if m.State.Charged() {
		buttons = append(buttons, message.Button{Label: s.Texts.Text(language, "mandate.button.cancel"), Payload: cancelPayload + m.ID})
	}
	return choice(m.Terms.Name+"  "+s.priceText(language, m.Terms)+"\n"+line, buttons...), nil
}

// answerCancel cancels in one tap. What it comes to is said by the message about
// it; who taps twice hears how things stand.
func (s *Service) answerCancel(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	before, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return nil, err
	}
	if !before.State.Charged() {
		return s.described(ctx, person, before)
	}
	_, err = s.CancelOwn(ctx, person, id)
	return []message.Outbound{}, err
}
