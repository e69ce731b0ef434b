package mandate

import (
	"context"
	"fmt"
	"slices"

	"plaza/message"
	"plaza/store"
)

// QuoteChange says what changing to another plan would mean today. Errors:
// ErrNoMandate, ErrNoPlan, ErrNotOffered, ErrState, ErrHave.
func (s *Service) QuoteChange(ctx context.Context, person message.Person, id, plan string) (Mandate, Quote, error) {
	m, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return m, Quote{}, err
	}
	offered, _, err := s.offer(ctx, m.Account, plan)
	if err != nil {
		return m, Quote{}, err
	}
	quote, err := s.changeable(ctx, m, offered)
	return m, quote, err
}

// changeable quotes a change, if there can be one.
func (s *Service) changeable(ctx context.Context, m Mandate, plan Plan) (Quote, error) {
	switch {
	case m.State != Active && m.State != Trial, m.Open != nil, plan.Terms.Amount.Currency != m.Terms.Amount.Currency:
		return Quote{}, ErrState
	case sameTerms(plan.Terms, m.Terms):
		return Quote{}, ErrHave
	}
	if plan.ID != m.Plan {
		there, err := s.seated(ctx, m.Account, seatID(m.Account, plan.ID, m.Payer), plan.ID)
		if err != nil {
			return Quote{}, err
		}
		if there.ID != "" && there.State != Ended {
			return Quote{}, ErrHave
		}
	}
	return m.change(plan.Terms, s.today(m.Zone))
}

// Change puts a mandate on another plan from today. The days that are left of
// the old one are credit; what the new one costs beyond it is charged at once. A
// trial goes on to its end. Errors: those of QuoteChange, ErrConsent, ErrChanged.
func (s *Service) Change(ctx context.Context, person message.Person, id string, yes Yes) (Mandate, error) {
	m, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return m, err
	}
	plan, front, err := s.offer(ctx, m.Account, yes.Plan)
	if err != nil {
		return m, err
	}
	if !yes.Given {
		return m, ErrConsent.In("consent")
	}
	person.ID, person.Channel, person.User = m.Person.ID, m.Person.Channel, m.Person.User
	changed, err := s.again(ctx, m, func(m Mandate) (Mandate, error) {
		quote, err := s.changeable(ctx, m, plan)
		switch {
		case err != nil:
			return m, err
		case quote.Key() != yes.Quote:
			return m, ErrChanged
		}
		if err := s.settleRunning(ctx, m); err != nil {
			return m, err
		}
		update := store.Set("plan", plan.ID).Set("terms", plan.Terms).
			Set("consents", append(slices.Clone(m.Consents), s.consent(front, person, quote, yes)))
		said := fmt.Sprintf("changed:%d", m.Version)
		if m.State == Trial {
			return s.turn(ctx, m, update.Set("tell", tell(m, said)).Set("reminded", m.Number).Set("due", s.now()))
		}
		update = update.Set("number", m.Number+1).Set("base", m.Number).Set("start", quote.From.String()).
			Set("from", quote.From.String()).Set("until", quote.Until.String()).
			Set("worth", quote.Today.Minor+quote.Used.Minor).Set("credit", quote.Credit.Minor)
		charge := Charge{Amount: quote.Today, Credit: quote.Used.Minor}
		charge.Amount.Minor += quote.Used.Minor
		m.Tell = tell(m, said)
		return s.turn(ctx, m, s.opening(m, update, charge))
	})
	if err != nil {
		return changed, err
	}
	_, err = seats.In(s.DB, changed.Account).Upsert(ctx, seatID(changed.Account, changed.Plan, changed.Payer), store.Set("mandate", changed.ID))
	if err != nil {
		return changed, err
	}
	return s.follow(ctx, changed), nil
}
