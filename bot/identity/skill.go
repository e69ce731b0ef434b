package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"plaza/fault"
	"plaza/message"
)

// What people say to be linked, by the language it is in.
var requests = map[string][]string{
	"en": {"link accounts", "link my account", "link my accounts"},
	"zh": {"关联账号", "绑定账号"},
	"ko": {"계정 연결", "계정연결"},
}

// Payloads of buttons, and the word that does the same as the first of them.
const (
	joinPayload = "identity:join:"
	stayPayload = "identity:stay"
	joinWord    = "OK "
)

// Wants says at a glance whether a message may be about linking.
func (s *Service) Wants(in message.Inbound) bool {
	_, _, _, ok := understand(in)
	return ok
}

// understand finds what a message asks for ("code", "said", "join", "stay"),
// the code in it, and the language of its words.
func understand(in message.Inbound) (wish, code, language string, ok bool) {
	switch in.Kind {
	case message.Press:
		if in.Payload == stayPayload {
			return "stay", "", "", true
		}
		rest, found := strings.CutPrefix(in.Payload, joinPayload)
		code, valid := readCode(rest)
		return "join", code, "", found && valid
	case message.TextIn:
		text := strings.TrimSpace(norm.NFKC.String(in.Text))
		if code, ok := readCode(text); ok {
			return "said", code, "", true
		}
		if rest, found := strings.CutPrefix(strings.ToUpper(text), joinWord); found {
			code, valid := readCode(rest)
			return "join", code, "", valid
		}
		for language, words := range requests {
			if slices.Contains(words, strings.ToLower(text)) {
				return "code", "", language, true
			}
		}
	}
	return "", "", "", false
}

// Answer is linking's part of the conversation.
func (s *Service) Answer(ctx context.Context, person message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	wish, said, language, ok := understand(in)
	if !ok {
		return nil, false, nil
	}
	person.Language = message.AnswerIn(language, person.Language)
	answer, err := s.answer(ctx, person, wish, said)
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "fault."+refused.Code, refused.Args...))}, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	return []message.Outbound{answer}, true, nil
}

func (s *Service) answer(ctx context.Context, person message.Person, wish, said string) (message.Outbound, error) {
	say := func(key string, args ...any) string { return s.Texts.Text(person.Language, "identity."+key, args...) }
	switch wish {
	case "code":
		made, err := s.NewCode(ctx, person.Account, person.ID)
		return message.Text(say("code", made, int(codeLife.Minutes()))), err
	case "said":
		asker, err := s.Asker(ctx, person.Account, person.ID, said)
		if err != nil {
			return message.Outbound{}, err
		}
		who, err := s.described(ctx, person.Account, asker, person.Language)
		return message.Choice(say("ask", who),
			message.Button{Label: say("yes"), Payload: joinPayload + said, Say: joinWord + said},
			message.Button{Label: say("no"), Payload: stayPayload}), err
	case "join":
		return s.joined(ctx, person, said)
	}
	return message.Text(say("stayed")), nil
}

// joined links, and tells both sides: whoever asked for the code learns who
// has used it.
func (s *Service) joined(ctx context.Context, person message.Person, said string) (message.Outbound, error) {
	asker, err := s.Redeem(ctx, person.Account, person.ID, said)
	if err != nil {
		return message.Outbound{}, err
	}
	other, err := s.Subscribers.Person(ctx, person.Account, asker)
	if err != nil {
		return message.Outbound{}, err
	}
	here, err := s.described(ctx, person.Account, person.ID, other.Language)
	if err != nil {
		return message.Outbound{}, err
	}
	there, err := s.described(ctx, person.Account, asker, person.Language)
	if err != nil {
		return message.Outbound{}, err
	}
	err = s.Sender.Send(ctx, other, "linked:"+person.ID, message.Text(s.Texts.Text(other.Language, "identity.joined", here)))
	return message.Text(s.Texts.Text(person.Language, "identity.joined", there)), err
}

// described is a subscriber by name and channel, as the other side reads it.
func (s *Service) described(ctx context.Context, account, subscriber, language string) (string, error) {
	person, err := s.Subscribers.Person(ctx, account, subscriber)
	if err != nil {
		return "", err
	}
	channel := s.Texts.Text(language, "page.channel."+person.Channel)
	return s.Texts.Text(language, "identity.who", cmp.Or(person.Name, s.Texts.Text(language, "identity.nameless")), channel), nil
}
