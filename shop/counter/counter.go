// Package counter sells at the counter: a member types an amount and scans the
// code that the customer's phone shows, whichever app it is of, or the customer
// scans a code that the shop shows. A sale knows nothing of how money moves;
// shop/pay tells it.
package counter

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

// The faults of sales.
var (
	ErrNoSale  = fault.New(fault.NotFound, "sale_not_found", "There is no such sale.")
	ErrOver    = fault.New(fault.Conflict, "sale_over", "This sale is over.")
	ErrNothing = fault.New(fault.Invalid, "sale_nothing", "Please type an amount.")
	ErrNote    = fault.New(fault.Invalid, "sale_note", "A note has at most 60 characters.")
	ErrKey     = fault.New(fault.Invalid, "sale_key", "A sale needs a key of 1 to 64 letters and digits.")
	ErrReused  = fault.New(fault.Conflict, "sale_reused", "This key was used for another sale.")
	ErrTooMuch = fault.New(fault.Invalid, "sale_refund", "A refund is more than nothing and at most what is left of the sale.")
	ErrNotPaid = fault.New(fault.Conflict, "sale_not_paid", "Only what has been paid can be given back.")
)

// State is where a sale stands.
type State string

// The states: Open leads to Paid or Cancelled.
const (
	Open      State = "open" // waiting for a code, or for the customer's password
	Paid      State = "paid"
	Cancelled State = "cancelled"
)

// Sale is money asked for at the counter.
type Sale struct {
	ID       string       `bson:"_id" json:"-"` // account + ":" + key
	Account  string       `bson:"account" json:"-"`
	Number   string       `bson:"number" json:"id"` // the payments' subject
	Amount   money.Amount `bson:"amount" json:"amount"`
	Note     string       `bson:"note,omitempty" json:"note,omitempty"`
	By       string       `bson:"by" json:"by"`                         // the member's name; empty: the customer began it
	Code     string       `bson:"code,omitempty" json:"code,omitempty"` // that the customer scanned
	State    State        `bson:"state" json:"state"`
	Payment  string       `bson:"payment,omitempty" json:"payment,omitempty"` // trade number of what paid it
	Provider string       `bson:"provider,omitempty" json:"provider,omitempty"`
	Refunded int64        `bson:"refunded" json:"refunded"` // minor units given back
	At       time.Time    `bson:"at" json:"at"`
	PaidAt   *time.Time   `bson:"paid_at,omitempty" json:"paid_at,omitempty"`
	Due      *time.Time   `bson:"due,omitempty" json:"-"` // when Recover ends it unless it is paid
}

var sales = store.Declare[Sale](store.Schema{Name: "sales", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"number"}}, {Fields: []string{"-at"}},
		{Fields: []string{"due"}, Across: true, Sparse: true}}})

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{sales.Schema(), codes.Schema()} }

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
	// ShopName is how an account is called on the customer's bill.
	ShopName func(ctx context.Context, account string) (string, error)
	// NotifyURL is where a provider posts its notifications.
	NotifyURL func(provider, account string) string
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service are the counters of all accounts. Safe for concurrent use.
type Service struct{ Dependencies }

// New makes the service; it becomes the owner of pay.ForCounter.
func New(dependencies Dependencies) *Service {
	s := &Service{dependencies}
	s.Payments.Own(pay.ForCounter, owner{s})
	return s
}

// codeFor is how long a customer has to type a password after a scan.
const codeFor = 2 * time.Minute

var keyShape = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// Begin writes a sale down. The same Key is the same sale.
func (s *Service) Begin(ctx context.Context, account, key string, amount money.Amount, note, by string) (Sale, error) {
	note = strings.TrimSpace(note)
	switch {
	case !keyShape.MatchString(key):
		return Sale{}, ErrKey.In("key")
	case amount.IsZero():
		return Sale{}, ErrNothing.In("amount")
	case len([]rune(note)) > 60:
		return Sale{}, ErrNote.In("note")
	}
	if err := amount.Check(); err != nil {
		return Sale{}, err
	}
	sale, _, err := sales.In(s.DB, account).InsertIfAbsent(ctx, Sale{ID: account + ":" + key, Account: account, Number: store.NewID(),
		Amount: amount, Note: note, By: by, State: Open, At: s.now()})
	if err == nil && sale.Amount != amount {
		err = ErrReused.In("key")
	}
	return sale, err
}

// Take asks for the money of whoever shows a code. While the customer types a
// password the sale stays Open; Look finds out. After a refusal another code can
// be scanned for the same sale. Errors: ErrNoSale, ErrOver, those of
// pay.Service.Take.
func (s *Service) Take(ctx context.Context, account, number, code string) (Sale, error) {
	sale, err := s.Get(ctx, account, number)
	if err != nil || sale.State == Paid {
		return sale, err
	}
	if sale.State != Open {
		return sale, ErrOver
	}
	name, err := s.ShopName(ctx, account)
	if err != nil {
		return sale, err
	}
	code = strings.Join(strings.Fields(code), "") // as typed from the screen, in groups
	issuer, err := s.Payments.Issuer(ctx, account, sale.Amount.Currency, code)
	if err != nil {
		return sale, err
	}
	_, err = s.Payments.Take(ctx, pay.Request{Account: account, Purpose: pay.ForCounter, Subject: sale.Number, Amount: sale.Amount,
		Description: name, ExpiresAt: s.now().Add(codeFor), NotifyURL: s.NotifyURL(issuer, account)}, code)
	if err != nil {
		return sale, err
	}
	return s.Get(ctx, account, number)
}

// Look asks the providers how an open sale stands.
func (s *Service) Look(ctx context.Context, account, number string) (Sale, error) {
	sale, err := s.Get(ctx, account, number)
	if err != nil || sale.State != Open {
		return sale, err
	}
	payments, err := s.Payments.Of(ctx, account, number)
	if err != nil {
		return sale, err
	}
	for _, payment := range payments {
		if _, err := s.Payments.Check(ctx, account, payment.TradeNo); err != nil && !errors.Is(err, pay.ErrOutcomeOpen) {
			return sale, err
		}
	}
	return s.Get(ctx, account, number)
}

// Waiting says whether the customer is just being asked for a password.
func (s *Service) Waiting(ctx context.Context, sale Sale) (bool, error) {
	payments, err := s.Payments.Of(ctx, sale.Account, sale.Number)
	for _, payment := range payments {
		if !payment.State.Final() {
			return sale.State == Open, err
		}
	}
	return false, err
}

// Cancel calls an open sale off, and the money with it. If the money turns out to
// be here already, the answer is a paid sale. Errors: pay.ErrOutcomeOpen: ask
// again.
func (s *Service) Cancel(ctx context.Context, account, number string) (Sale, error) {
	sale, err := s.Get(ctx, account, number)
	if err != nil || sale.State != Open {
		return sale, err
	}
	payments, err := s.Payments.Of(ctx, account, number)
	if err != nil {
		return sale, err
	}
	for _, payment := range payments {
		closed, err := s.Payments.Close(ctx, account, payment.TradeNo)
		if err != nil {
			return sale, err
		}
		if !closed.State.Final() {
			return sale, pay.ErrOutcomeOpen
		}
	}
	return s.turn(ctx, sale, store.Set("state", Cancelled).Unset("due"))
}

// Refund gives back part or all of a paid sale, in minor units; the same key
// again is the same refund. Errors: ErrNotPaid, ErrTooMuch.
func (s *Service) Refund(ctx context.Context, account, number, key string, amount int64, memo string) (Sale, error) {
	sale, err := s.Get(ctx, account, number)
	if err != nil {
		return sale, err
	}
	if sale.State != Paid {
		return sale, ErrNotPaid
	}
	_, err = s.Payments.Refund(ctx, account, sale.Payment, key, amount, memo)
	if errors.Is(err, pay.ErrRefundTooMuch) {
		return sale, ErrTooMuch.In("amount")
	}
	if err != nil {
		return sale, err
	}
	return s.Get(ctx, account, number)
}

// Get finds a sale by its number. Errors: ErrNoSale.
func (s *Service) Get(ctx context.Context, account, number string) (Sale, error) {
	sale, err := sales.In(s.DB, account).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return Sale{}, ErrNoSale
	}
	return sale, err
}

// List gives an account's sales, newest first.
func (s *Service) List(ctx context.Context, account string, limit int, after store.Cursor) ([]Sale, store.Cursor, error) {
	return sales.In(s.DB, account).Find(ctx, store.Query{}.By("-at").Top(limit).From(after))
}

// turn changes an open sale; one that is no longer open is given as it is.
func (s *Service) turn(ctx context.Context, sale Sale, update store.Update) (Sale, error) {
	turned, err := sales.In(s.DB, sale.Account).UpdateAndGet(ctx, sale.ID, update, store.Eq("state", Open))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Get(ctx, sale.Account, sale.Number)
	}
	if err == nil {
		s.changed(ctx, turned)
	}
	return turned, err
}

// changed lets the pages that show a sale follow. They also ask, so a lost event
// costs a second, no more.
func (s *Service) changed(ctx context.Context, sale Sale) {
	s.tell(ctx, sale, "sale.changed", "orders")
}

func (s *Service) tell(ctx context.Context, sale Sale, kind, topic string) {
	data, err := json.Marshal(map[string]any{"id": sale.Number, "state": sale.State, "amount": sale.Amount})
	if err == nil {
		err = s.Log.Append(ctx, live.Event{Account: sale.Account, Topics: []string{topic}, Kind: kind, Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "counter: pages were not told", "sale", sale.Number, "error", err)
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// owner is how payments tell sales what became of them.
type owner struct{ counter *Service }

// PaymentPaid makes a sale paid, once; money for one that was cancelled, or paid
// already, is not wanted and goes back.
func (o owner) PaymentPaid(ctx context.Context, payment pay.Payment) (bool, error) {
	s := o.counter
	sale, err := s.Get(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoSale) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sale, err = s.turn(ctx, sale, store.Set("state", Paid).Set("payment", payment.TradeNo).Set("provider", payment.Provider).Set("paid_at", s.now()).Unset("due"))
	if err != nil || sale.Payment != payment.TradeNo {
		return false, err
	}
	told, err := s.Payments.TellPaid(ctx, payment, s.words(payment, "counter.paid", payment.Amount))
	if err != nil {
		return false, err
	}
	err = s.receipt(ctx, payment, "counter.paid", told)
	if payment.Payer.ID != "" { // their phone still shows the code; its page looks for the receipt
		s.tell(ctx, sale, "sale.paid", "chat:"+payment.Payer.ID)
	}
	return true, err
}

// PaymentRefunded counts what was given back.
func (o owner) PaymentRefunded(ctx context.Context, payment pay.Payment, refund pay.Refund) error {
	s := o.counter
	sale, err := s.Get(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoSale) {
		return nil
	}
	if err != nil {
		return err
	}
	if sale.Payment == payment.TradeNo {
		sale, err = sales.In(s.DB, sale.Account).UpdateAndGet(ctx, sale.ID, store.Max("refunded", payment.GivenBack()))
		if err != nil {
			return err
		}
		s.changed(ctx, sale)
	}
	if refund.State != pay.RefundSuccess {
		return nil
	}
	told, err := s.Payments.TellRefunded(ctx, payment, refund, s.words(payment, "counter.refunded", money.Of(refund.Amount, payment.Amount.Currency)))
	if err != nil {
		return err
	}
	return s.receipt(ctx, payment, "counter.refunded:"+refund.Number, told)
}

func (s *Service) words(payment pay.Payment, text string, amount money.Amount) string {
	return s.Texts.Text(payment.Payer.Language, text, amount, payment.Description)
}

// receipt tells the payer, where they are known.
func (s *Service) receipt(ctx context.Context, payment pay.Payment, what string, told message.Outbound) error {
	if payment.Payer.ID == "" {
		return nil
	}
	err := s.Sender.Send(ctx, payment.Payer, what+":"+payment.TradeNo, told)
	if _, refused := errors.AsType[*fault.Error](err); refused {
		return nil // they can't be written to
	}
	return err
}
