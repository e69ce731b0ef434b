// Package request asks a person for money in the conversation: a member says how
// much and what for, the person gets a message with a button that leads to the
// page of every payment, and both see how it stands. A request knows nothing of
// how money moves; shop/pay tells it.
package request

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// The faults of requests.
var (
	ErrNoRequest = fault.New(fault.NotFound, "request_not_found", "There is no such request for payment.")
	ErrOver      = fault.New(fault.Conflict, "request_over", "This request for payment is over.")
	ErrNothing   = fault.New(fault.Invalid, "request_nothing", "Please say how much.")
	ErrWhat      = fault.New(fault.Invalid, "request_what", "Please say what it is for, in 1 to 60 characters.")
	ErrKey       = fault.New(fault.Invalid, "request_key", "A request needs a key of 1 to 64 letters and digits.")
	ErrReused    = fault.New(fault.Conflict, "request_reused", "This key was used for another request.")
)

// State is where a request stands.
type State string

// The states: Open leads to the others, once.
const (
	Open      State = "open"
	Paid      State = "paid"
	Cancelled State = "cancelled" // by a member
	Expired   State = "expired"
)

// Request is money asked of a person.
type Request struct {
	ID       string         `bson:"_id" json:"-"` // account + ":" + key
	Account  string         `bson:"account" json:"-"`
	Number   string         `bson:"number" json:"id"` // the payments' subject; who has it may pay
	Person   message.Person `bson:"person" json:"person"`
	Amount   money.Amount   `bson:"amount" json:"amount"`
	What     string         `bson:"what" json:"what"`
	By       string         `bson:"by" json:"by"` // who asked
	State    State          `bson:"state" json:"state"`
	Payment  string         `bson:"payment,omitempty" json:"payment,omitempty"` // trade number of what paid it
	Refunded int64          `bson:"refunded" json:"refunded"`                   // minor units given back
	At       time.Time      `bson:"at" json:"at"`
	Until    time.Time      `bson:"until" json:"expires_at"`
	PaidAt   *time.Time     `bson:"paid_at,omitempty" json:"paid_at,omitempty"`
	// Said: the person was asked. Due is when Recover looks next.
	Said bool       `bson:"said" json:"-"`
	Due  *time.Time `bson:"due,omitempty" json:"-"`
}

var requests = store.Declare[Request](store.Schema{Name: "payment_requests", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"number"}, Across: true}, {Fields: []string{"person.id", "-at"}},
		{Fields: []string{"-at"}}, {Fields: []string{"state", "-at"}},
		{Fields: []string{"due"}, Across: true, Sparse: true}}})

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{requests.Schema()} }

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Log is told what happens.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB       *store.DB
	Payments *pay.Service
	Sender   Sender
	Texts    Texts
	Log      Log
	// Topic is what the pages that show a person's conversation follow.
	Topic func(person string) string
	// ShopName is how an account is called on the payer's bill.
	ShopName func(ctx context.Context, account string) (string, error)
	// Address is where a request is paid, NotifyURL where a provider posts its
	// notifications, and ReturnURL where its page sends the payer back to.
	Address   func(number string) string
	NotifyURL func(provider, account string) string
	ReturnURL func(tradeNo string) string
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service are the requests of all accounts. Safe for concurrent use, on any
// number of nodes.
type Service struct{ Dependencies }

// New makes the service; it becomes the owner of pay.ForRequest.
func New(dependencies Dependencies) *Service {
	s := &Service{dependencies}
	s.Payments.Own(pay.ForRequest, owner{s})
	return s
}

const (
	// lasts is how long a request can be paid.
	lasts = 7 * 24 * time.Hour
	// payFor is how long one payment of it waits for the money.
	payFor = 15 * time.Minute
	// lease is how long whoever asks has to say it before Recover does.
	lease = 20 * time.Second
)

var keyShape = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// Ask writes a request down and tells the person. The same key is the same
// request. A person who can't be written to just now is a fault of the sender's;
// the request stands, and its address can be told them otherwise.
func (s *Service) Ask(ctx context.Context, person message.Person, key string, amount money.Amount, what, by string) (Request, error) {
	what = strings.TrimSpace(what)
	switch {
	case !keyShape.MatchString(key):
		return Request{}, ErrKey.In("key")
	case amount.IsZero():
		return Request{}, ErrNothing.In("amount")
	case what == "" || len([]rune(what)) > 60:
		return Request{}, ErrWhat.In("what")
	}
	if err := amount.Check(); err != nil {
		return Request{}, err
	}
	now := s.now()
	due := now.Add(lease)
	asked, _, err := requests.In(s.DB, person.Account).InsertIfAbsent(ctx, Request{ID: person.Account + ":" + key, Account: person.Account,
		Number: store.NewID(), Person: person, Amount: amount, What: what, By: by, State: Open, At: now, Until: now.Add(lasts), Due: &due})
	if err != nil {
		return asked, err
	}
	if asked.Amount != amount || asked.Person.ID != person.ID {
		return asked, ErrReused.In("key")
	}
	return s.say(ctx, asked)
}

// say sends the message with the button, once.
func (s *Service) say(ctx context.Context, asked Request) (Request, error) {
	if asked.Said || asked.State != Open {
		return asked, nil
	}
	language := asked.Person.Language
	words := s.Texts.Text(language, "request.asked", asked.Amount, asked.What)
	button := message.Button{Label: s.Texts.Text(language, "request.pay", asked.Amount), URL: s.Address(asked.Number)}
	refusal := s.Sender.Send(ctx, asked.Person, "request:"+asked.Number, message.Choice(words, button))
	if _, refused := errors.AsType[*fault.Error](refusal); refusal != nil && !refused {
		return asked, refusal // Recover says it
	}
	said, err := requests.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, store.Set("said", true).Set("due", asked.Until), store.Eq("state", Open))
	if errors.Is(err, store.ErrConditionFailed) {
		said, err = requests.In(s.DB, asked.Account).Get(ctx, asked.ID)
	}
	if err == nil {
		s.changed(ctx, said)
	}
	return said, errors.Join(err, refusal)
}

// Pay asks for the money of whoever has the request open: the person it was sent
// to, or somebody they passed it on to. Errors: ErrOver, those of
// pay.Service.Create.
func (s *Service) Pay(ctx context.Context, number string, payer message.Person, way pay.Way) (pay.Payment, error) {
	asked, err := s.Find(ctx, number)
	if err != nil {
		return pay.Payment{}, err
	}
	if asked.Payment != "" {
		return s.Payments.Get(ctx, asked.Account, asked.Payment)
	}
	now := s.now()
	if asked.State != Open || !now.Before(asked.Until) {
		return pay.Payment{}, ErrOver
	}
	name, err := s.ShopName(ctx, asked.Account)
	if err != nil {
		return pay.Payment{}, err
	}
	if way, err = s.Payments.Choose(ctx, asked.Account, pay.ForRequest, asked.Amount.Currency, way); err != nil {
		return pay.Payment{}, err
	}
	until := now.Add(payFor)
	if until.After(asked.Until) {
		until = asked.Until
	}
	payment, err := s.Payments.Create(ctx, pay.Request{Account: asked.Account, Purpose: pay.ForRequest, Subject: asked.Number, Amount: asked.Amount,
		Description: name + " · " + asked.What, Payer: payer, ExpiresAt: until,
		ReturnURL: s.ReturnURL, NotifyURL: s.NotifyURL(way.Provider, asked.Account)}.By(way))
	if err == nil && payment.State != pay.Paid && payment.Payer.ID != payer.ID {
		err = ErrBusy // somebody else is paying just now
	}
	return payment, err
}

// ErrBusy is the fault of paying what somebody else is just paying.
var ErrBusy = fault.New(fault.Conflict, "request_busy", "Somebody else is just paying this. Please look again in a few minutes.")

// Cancel calls an open request off. If the money turns out to be here already,
// the answer is a paid request. Errors: pay.ErrOutcomeOpen: ask again.
func (s *Service) Cancel(ctx context.Context, account, number string) (Request, error) {
	asked, err := s.Get(ctx, account, number)
	if err != nil {
		return asked, err
	}
	return s.end(ctx, asked, Cancelled)
}

// end closes the payments of an open request and then it.
func (s *Service) end(ctx context.Context, asked Request, to State) (Request, error) {
	if asked.State != Open {
		return asked, nil
	}
	payments, err := s.Payments.Of(ctx, asked.Account, asked.Number)
	if err != nil {
		return asked, err
	}
	for _, payment := range payments {
		closed, err := s.Payments.Close(ctx, asked.Account, payment.TradeNo)
		if err != nil {
			return asked, err
		}
		if !closed.State.Final() {
			return asked, pay.ErrOutcomeOpen
		}
	}
	return s.turn(ctx, asked, store.Set("state", to).Unset("due"))
}

// Get finds one of an account's. Errors: ErrNoRequest.
func (s *Service) Get(ctx context.Context, account, number string) (Request, error) {
	asked, err := s.Find(ctx, number)
	if err == nil && asked.Account != account {
		err = ErrNoRequest
	}
	return asked, err
}

// Find finds a request by its number alone, for its address. Errors:
// ErrNoRequest.
func (s *Service) Find(ctx context.Context, number string) (Request, error) {
	asked, err := requests.Across(s.DB).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return Request{}, ErrNoRequest
	}
	return asked, err
}

// Filter chooses requests: of a person, else in a state, else all.
type Filter struct {
	Person string // a subscriber's id
	State  State
}

// List gives an account's requests, newest first.
func (s *Service) List(ctx context.Context, account string, filter Filter, limit int, after store.Cursor) ([]Request, store.Cursor, error) {
	query := store.Where()
	switch {
	case filter.Person != "":
		query = store.Where(store.Eq("person.id", filter.Person))
	case filter.State != "":
		query = store.Where(store.Eq("state", filter.State))
	}
	return requests.In(s.DB, account).Find(ctx, query.By("-at").Top(limit).From(after))
}

// turn changes an open request; one that is no longer open is given as it is.
func (s *Service) turn(ctx context.Context, asked Request, update store.Update) (Request, error) {
	turned, err := requests.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, update, store.Eq("state", Open))
	if errors.Is(err, store.ErrConditionFailed) {
		return requests.In(s.DB, asked.Account).Get(ctx, asked.ID)
	}
	if err == nil {
		s.changed(ctx, turned)
	}
	return turned, err
}

// changed lets the pages that show the conversation follow.
func (s *Service) changed(ctx context.Context, asked Request) {
	data, err := json.Marshal(map[string]any{"id": asked.Number, "state": asked.State})
	if err == nil {
		err = s.Log.Append(ctx, live.Event{Account: asked.Account, Topics: []string{s.Topic(asked.Person.ID)}, Kind: "request.changed", Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "request: pages were not told", "request", asked.Number, "error", err)
	}
}

// Recover says what a crash left unsaid and ends what nobody has paid, of all
// accounts. Any number of nodes may call it.
func (s *Service) Recover(ctx context.Context) error {
	_, err := store.TakeDue(ctx, requests.Across(s.DB), store.Lease{Now: s.now, For: time.Minute}, func(asked Request) (err error) {
		if s.now().Before(asked.Until) {
			_, err = s.say(ctx, asked)
		} else {
			_, err = s.end(ctx, asked, Expired)
		}
		if _, refused := errors.AsType[*fault.Error](err); refused {
			return nil
		}
		return err
	})
	return err
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// owner is how payments tell requests what became of them.
type owner struct{ requests *Service }

// PaymentPaid makes a request paid, once; money for one that is over, or paid
// already, is not wanted and goes back.
func (o owner) PaymentPaid(ctx context.Context, payment pay.Payment) (bool, error) {
	s := o.requests
	asked, err := s.Get(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoRequest) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	asked, err = s.turn(ctx, asked, store.Set("state", Paid).Set("payment", payment.TradeNo).Set("paid_at", s.now()).Unset("due"))
	if err != nil || asked.Payment != payment.TradeNo {
		return false, err
	}
	return true, s.tell(ctx, asked, "request.paid", payment.TradeNo, payment.Amount)
}

// PaymentRefunded counts what was given back.
func (o owner) PaymentRefunded(ctx context.Context, payment pay.Payment, refund pay.Refund) error {
	s := o.requests
	asked, err := s.Get(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoRequest) || err == nil && asked.Payment != payment.TradeNo {
		return nil
	}
	if err != nil {
		return err
	}
	asked, err = requests.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, store.Max("refunded", payment.GivenBack()))
	if err != nil || refund.State != pay.RefundSuccess {
		return err
	}
	s.changed(ctx, asked)
	return s.tell(ctx, asked, "request.refunded", payment.TradeNo+":"+refund.Number, money.Of(refund.Amount, asked.Amount.Currency))
}

// tell says in the conversation what has become of a request.
func (s *Service) tell(ctx context.Context, asked Request, text, key string, amount money.Amount) error {
	err := s.Sender.Send(ctx, asked.Person, text+":"+key, message.Text(s.Texts.Text(asked.Person.Language, text, amount, asked.What)))
	if _, refused := errors.AsType[*fault.Error](err); refused {
		return nil // they can't be written to
	}
	return err
}
