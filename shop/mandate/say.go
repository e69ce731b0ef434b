package mandate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// say says what is to be said, each thing under its own key, so that a crash in
// between makes nobody hear it twice.
func (s *Service) say(ctx context.Context, m Mandate) (Mandate, error) {
	for len(m.Tell) > 0 {
		entry := m.Tell[0]
		out, err := s.words(ctx, m, entry)
		if err != nil {
			return m, err
		}
		if len(out) > 0 {
			if err := s.send(ctx, m, entry, out); err != nil {
				return m, err
			}
		}
		if m, err = s.turn(ctx, m, store.Pull("tell", entry)); err != nil {
			return m, err
		}
	}
	return m, nil
}

// send writes to the payer. Who can't be written to sees it on their page.
func (s *Service) send(ctx context.Context, m Mandate, key string, out []message.Outbound) error {
	err := s.Sender.Send(ctx, m.Person, "mandate:"+m.ID+":"+key, out...)
	if _, refused := errors.AsType[*fault.Error](err); refused {
		s.Logger.InfoContext(ctx, "mandate: the payer can't be told", "mandate", m.ID, "what", key, "error", err)
		return nil
	}
	return err
}

// spoken is a mandate whose person speaks the language that they speak now.
func (s *Service) spoken(ctx context.Context, m Mandate) (Mandate, error) {
	now, err := s.People.Person(ctx, m.Account, m.Payer)
	if _, gone := errors.AsType[*fault.Error](err); gone {
		return m, nil
	}
	if err == nil && now.Language != "" {
		m.Person.Language = now.Language
	}
	return m, err
}

// words are what the payer hears of something.
func (s *Service) words(ctx context.Context, m Mandate, entry string) ([]message.Outbound, error) {
	m, err := s.spoken(ctx, m)
	if err != nil {
		return nil, err
	}
	front, err := s.Directory.Front(ctx, m.Account)
	if err != nil {
		return nil, err
	}
	from, until, err := m.dates()
	if err != nil {
		return nil, err
	}
	language, name := m.Person.Language, m.Terms.Name
	text := func(key string, args ...any) string { return s.Texts.Text(language, "mandate.tell."+key, args...) }
	see := message.Button{Label: s.Texts.Text(language, "mandate.button.see"), URL: s.Addresses.Mandate(front.Slug, m.ID)}
	cancel := message.Button{Label: s.Texts.Text(language, "mandate.button.cancel"), Payload: cancelPayload + m.ID}
	next, way := m.NextAmount(), s.Texts.Text(language, "page.way."+m.Provider)
	what, about, _ := strings.Cut(entry, ":")
	day := func(d Date) string { return s.day(language, d) }
	switch what {
	case "begun", "changed":
		if m.State == Trial {
			what += "_trial"
		}
		return choice(text(what, name, day(until), next), see, cancel), nil
	case "receipt":
		payment, err := s.Payments.Get(ctx, m.Account, about)
		return choice(text(what, payment.Amount, name, day(from), day(until), way), see), err
	case "free":
		return choice(text(what, name, day(from), day(until)), see), nil
	case "remind":
		return choice(text(what, day(until), next, name, way), cancel, see), nil
	case "failed":
		if m.Open == nil { // paid meanwhile
			return nil, nil
		}
		again := message.Button{Label: s.Texts.Text(language, "mandate.button.try"), Payload: tryPayload + m.ID}
		return choice(text(what, m.Open.Amount, name, way, day(DateOf(m.Open.Next, m.zone()))), again, see, cancel), nil
	case "cancelled":
		if m.State == Leaving {
			what += "_leaving"
		}
		return choice(text(what, name, day(until)), see), nil
	default: // ended, unpaid, provider, stopped
		return choice(text(what, name), see), nil
	}
}

func choice(text string, buttons ...message.Button) []message.Outbound {
	return []message.Outbound{message.Choice(text, buttons...)}
}

// sayRefunded tells of money that went back.
func (s *Service) sayRefunded(ctx context.Context, m Mandate, payment pay.Payment, refund pay.Refund) error {
	m, err := s.spoken(ctx, m)
	if err != nil {
		return err
	}
	words := s.Texts.Text(m.Person.Language, "mandate.tell.refunded", money.Of(refund.Amount, payment.Amount.Currency), m.Terms.Name)
	return s.send(ctx, m, "refunded:"+payment.TradeNo+":"+refund.Number, []message.Outbound{message.Text(words)})
}

// changed lets pages and programs follow a new state, and a period that is paid.
func (s *Service) changed(ctx context.Context, before, m Mandate) {
	fields := map[string]any{"id": m.ID, "state": m.State, "reason": m.Reason, "plan": m.Plan, "name": m.Person.Name,
		"subscriber": m.Payer, "title": m.Terms.Name, "period": m.Number, "total": m.Terms.Amount}
	switch paid := m.State == Active && before.Open != nil && m.Open == nil; {
	case paid:
		fields["paid"] = before.Open.Amount
	case m.State == before.State:
		return
	}
	data, err := json.Marshal(fields)
	if err == nil {
		topics := []string{"orders", "overview", "chat:" + m.Payer}
		err = s.Log.Append(ctx, live.Event{Account: m.Account, Topics: topics, Kind: "mandate.changed", Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "mandate: pages were not told", "mandate", m.ID, "error", err)
	}
}
