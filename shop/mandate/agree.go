package mandate

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// agreeFor is how long somebody has to pay for what they have agreed to.
const agreeFor = 30 * time.Minute

// wording is the version of the sentences of "mandate.consent", raised when what
// they say changes.
const wording = 1

// maxDevice bounds what is kept of a browser's name, in bytes.
const maxDevice = 200

// seat makes one person's mandates for a plan one at a time: whichever mandate
// it names is theirs, unless that one has ended or left the plan.
type seat struct {
	ID      string `bson:"_id"` // account + ":" + plan + ":" + subscriber
	Account string `bson:"account"`
	Mandate string `bson:"mandate"`
}

var seats = store.Declare[seat](store.Schema{Name: "mandate_seats", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// Yes is somebody's consent to what they were shown.
type Yes struct {
	Plan   string
	Given  bool
	Quote  string // Quote.Key of what was shown
	Device string // the browser, as it names itself
}

// Quote says what agreeing to a plan would mean today. Errors: ErrNoPlan,
// ErrNotOffered.
func (s *Service) Quote(ctx context.Context, account, plan string) (Plan, Quote, error) {
	offered, front, err := s.offer(ctx, account, plan)
	if err != nil {
		return offered, Quote{}, err
	}
	return offered, offered.Terms.begin(s.today(front.Zone)), nil
}

func (s *Service) offer(ctx context.Context, account, id string) (Plan, Front, error) {
	plan, err := s.Plan(ctx, account, id)
	if err != nil {
		return plan, Front{}, err
	}
	if plan.State != Offered {
		return plan, Front{}, ErrNotOffered
	}
	front, err := s.Directory.Front(ctx, account)
	return plan, front, err
}

func (s *Service) today(zone string) Date { return DateOf(s.now(), Mandate{Zone: zone}.zone()) }

// Consent is the text that somebody agrees to, in their language.
func (s *Service) Consent(ctx context.Context, account, language string, q Quote) (string, error) {
	front, err := s.Directory.Front(ctx, account)
	return s.consentText(front, language, q), err
}

// Agree writes a mandate down with the consent to it; Pay asks for its money.
// Whoever agrees twice has one mandate. Errors: ErrNoPlan, ErrNotOffered,
// ErrConsent, ErrChanged, ErrNoWay, ErrHave with the mandate that there is.
func (s *Service) Agree(ctx context.Context, person message.Person, yes Yes) (Mandate, error) {
	plan, front, err := s.offer(ctx, person.Account, yes.Plan)
	if err != nil {
		return Mandate{}, err
	}
	today := s.today(front.Zone)
	quote := plan.Terms.begin(today)
	switch {
	case !yes.Given:
		return Mandate{}, ErrConsent.In("consent")
	case yes.Quote != quote.Key():
		return Mandate{}, ErrChanged
	}
	if _, err := s.Payments.Recurring(ctx, person.Account, plan.Terms.Amount.Currency); err != nil {
		return Mandate{}, errors.Join(ErrNoWay, err)
	}
	fresh := s.written(person, plan, quote, s.consent(front, person, quote, yes), front.Zone)
	if had, err := s.had(ctx, person, fresh); err != nil || had.ID != "" {
		return had, err
	}
	if err := mandates.In(s.DB, person.Account).Insert(ctx, fresh); err != nil {
		return Mandate{}, err
	}
	if err := s.open(ctx, fresh); err != nil {
		return Mandate{}, err
	}
	return s.sit(ctx, fresh)
}

// written is a mandate as its consent makes it.
func (s *Service) written(person message.Person, plan Plan, quote Quote, consent Consent, zone string) Mandate {
	due := s.in(agreeFor)
	m := Mandate{ID: store.NewID(), Account: person.Account, Person: person, Payer: person.ID, Plan: plan.ID, Terms: plan.Terms,
		Consents: []Consent{consent}, Zone: zone, State: Agreeing, At: s.now(), From: quote.From.String(), Until: quote.Until.String(),
		Start: quote.From.String(), Worth: quote.Today.Minor, Cost: quote.Today.Minor, Due: &due}
	if m.Number = 1; quote.Trial {
		m.Number, m.Start = 0, m.Until
	}
	return m
}

func (s *Service) consent(front Front, person message.Person, quote Quote, yes Yes) Consent {
	return Consent{Text: s.consentText(front, person.Language, quote), Language: person.Language, Wording: wording, Terms: quote.Terms,
		At: s.now(), Device: message.Shorten(yes.Device, maxDevice, message.Bytes)}
}

// Had finds the mandate that somebody has for a plan and has paid for; none has
// no id.
func (s *Service) Had(ctx context.Context, person message.Person, plan string) (Mandate, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return Mandate{}, err
	}
	for _, subscriber := range all {
		m, err := s.seated(ctx, person.Account, seatID(person.Account, plan, subscriber), plan)
		if err != nil || m.State.Charged() || m.State == Leaving {
			return m, err
		}
	}
	return Mandate{}, nil
}

// had finds the mandate that whoever agrees to fresh has already. One that they
// have not paid for yet is taken up again if it says the same, and otherwise
// called off.
func (s *Service) had(ctx context.Context, person message.Person, fresh Mandate) (Mandate, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return Mandate{}, err
	}
	for _, subscriber := range all {
		m, err := s.seated(ctx, fresh.Account, seatID(fresh.Account, fresh.Plan, subscriber), fresh.Plan)
		switch {
		case err != nil:
			return m, err
		case m.ID == "" || m.State == Ended:
		case m.State != Agreeing:
			return m, ErrHave
		case m.From == fresh.From && m.Until == fresh.Until && m.Worth == fresh.Worth && sameTerms(m.Terms, fresh.Terms) && s.now().Before(*m.Due):
			return m, nil
		default:
			if _, err := s.Cancel(ctx, m, ByPayer, m.Terms.Ending); err != nil {
				return m, err
			}
		}
	}
	return Mandate{}, nil
}

func sameTerms(a, b Terms) bool {
	if (a.First == nil) != (b.First == nil) || a.First != nil && *a.First != *b.First {
		return false
	}
	a.First, b.First = nil, nil
	return a == b
}

func seatID(account, plan, subscriber string) string { return account + ":" + plan + ":" + subscriber }

// seated is the mandate in a seat; none if it has left it.
func (s *Service) seated(ctx context.Context, account, id, plan string) (Mandate, error) {
	taken, err := seats.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Mandate{}, nil
	}
	if err != nil {
		return Mandate{}, err
	}
	m, err := s.Mandate(ctx, account, taken.Mandate)
	if errors.Is(err, ErrNoMandate) || (err == nil && m.Plan != plan) {
		return Mandate{}, nil
	}
	return m, err
}

// sit gives a mandate that is written down its seat. Of several for one seat the
// first has it, and the others end.
func (s *Service) sit(ctx context.Context, m Mandate) (Mandate, error) {
	all, id := seats.In(s.DB, m.Account), seatID(m.Account, m.Plan, m.Payer)
	for {
		taken, _, err := all.InsertIfAbsent(ctx, seat{ID: id, Account: m.Account, Mandate: m.ID})
		if err != nil || taken.Mandate == m.ID {
			return m, err
		}
		there, err := s.seated(ctx, m.Account, id, m.Plan)
		if err != nil {
			return m, err
		}
		if there.ID != "" && there.State != Ended {
			if _, err := s.Cancel(ctx, m, ByPayer, m.Terms.Ending); err != nil {
				return m, err
			}
			if there.State != Agreeing {
				return there, ErrHave
			}
			return there, nil
		}
		err = all.Update(ctx, id, store.Set("mandate", m.ID), store.Eq("mandate", taken.Mandate))
		if err == nil {
			return m, nil
		}
		if !errors.Is(err, store.ErrConditionFailed) {
			return m, err
		}
	}
}

// open writes the running period down, once.
func (s *Service) open(ctx context.Context, m Mandate) error {
	subject, amount := subjectOf(m.ID, m.Number), money.Of(m.Cost, m.Terms.Amount.Currency)
	_, _, err := periods.In(s.DB, m.Account).InsertIfAbsent(ctx, Period{ID: m.Account + ":" + subject, Account: m.Account, Subject: subject,
		Mandate: m.ID, Number: m.Number, From: m.From, Until: m.Until, Amount: amount, State: Unsettled, At: s.now()})
	return err
}

// Pay asks for what agreeing costs, perhaps nothing, and for the provider's
// mandate. Asking again returns the same payment. Errors: ErrNoMandate, ErrOver,
// ErrState, ErrNoWay, those of pay.Service.Create.
func (s *Service) Pay(ctx context.Context, person message.Person, id string, way pay.Way) (pay.Payment, error) {
	m, err := s.MandateOf(ctx, person, id)
	if err != nil {
		return pay.Payment{}, err
	}
	switch {
	case m.State == Ended:
		return pay.Payment{}, ErrOver
	case m.State != Agreeing || !s.now().Before(m.At.Add(agreeFor)):
		return pay.Payment{}, ErrState
	}
	ways, err := s.Payments.Recurring(ctx, m.Account, m.Terms.Amount.Currency)
	if err != nil {
		return pay.Payment{}, errors.Join(ErrNoWay, err)
	}
	if way.Provider == "" {
		way.Provider = ways[0]
	}
	if !slices.Contains(ways, way.Provider) {
		return pay.Payment{}, pay.ErrNotRecurring
	}
	front, err := s.Directory.Front(ctx, m.Account)
	if err != nil {
		return pay.Payment{}, err
	}
	charge := s.request(m, front, money.Of(m.Cost, m.Terms.Amount.Currency)).By(way)
	charge.NotifyURL = s.Addresses.Notify(way.Provider, m.Account)
	charge.ReturnURL, charge.ExpiresAt, charge.Recurring = s.Addresses.Return, m.At.Add(agreeFor), true
	return s.Payments.Create(ctx, charge)
}

// request is what a payment for the running period says.
func (s *Service) request(m Mandate, front Front, amount money.Amount) pay.Request {
	return pay.Request{Account: m.Account, Purpose: pay.ForMandate, Subject: subjectOf(m.ID, m.Number), Provider: m.Provider,
		Amount: amount, Description: message.Shorten(front.in(m.Person.Language)+" "+m.Terms.Name, 100, message.Characters), Payer: m.Person}
}
