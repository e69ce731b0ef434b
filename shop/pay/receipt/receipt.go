// Package receipt keeps a receipt of every movement of somebody's money: what
// they paid, got back, topped up, sent and received. A receipt is written once,
// under the key of what it is of, and never changes; its number leads its owner,
// and nobody else, to a page.
package receipt

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// ErrNoReceipt is the fault of a receipt that is not there, or somebody else's.
var ErrNoReceipt = fault.New(fault.NotFound, "receipt_not_found", "There is no such receipt.")

// Kind is what moved.
type Kind string

// The kinds.
const (
	Payment  Kind = "payment"
	Refund   Kind = "refund"
	TopUp    Kind = "top_up"
	Sale     Kind = "sale" // at the counter
	Sent     Kind = "sent"
	Received Kind = "received"
)

// Receipt is one movement of somebody's money.
type Receipt struct {
	ID      string       `bson:"_id"` // account + ":" + kind + ":" + what it is of
	Account string       `bson:"account"`
	Number  string       `bson:"number"` // "R-20261128-7KQ2M9XAPW"
	Owner   string       `bson:"owner"`  // the subscriber's id
	Kind    Kind         `bson:"kind"`
	Amount  money.Amount `bson:"amount"`
	// Method is the provider that the money went through.
	Method string `bson:"method"`
	// About is what it was for: the payment's description, or who sent or got it.
	About string `bson:"about,omitempty"`
	Note  string `bson:"note,omitempty"`
	// Reference is the trade number, for talking about it.
	Reference string    `bson:"reference,omitempty"`
	At        time.Time `bson:"at"`
}

var receipts = store.Declare[Receipt](store.Schema{Name: "receipts", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"number"}}, {Fields: []string{"owner", "-at"}}}})

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{receipts.Schema()} }

// Identities says which subscribers are the same person. It may be nil.
type Identities interface {
	Linked(ctx context.Context, account, subscriber string) ([]string, error)
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Dependencies of a Service. All are needed but Identities.
type Dependencies struct {
	DB         *store.DB
	Identities Identities
	Texts      Texts
	// Address is where the owner sees a receipt.
	Address func(ctx context.Context, account, number string) (string, error)
	Now     func() time.Time
}

// Service writes receipts and finds them. Safe for concurrent use.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// alphabet has no letters and digits that are taken for one another when read
// aloud or typed.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// number makes a number: the day, to be sorted into a folder, and 10 random
// characters, so that nobody counts a shop's business by them.
func number(at time.Time) string {
	text := make([]byte, 0, 10)
	for len(text) < cap(text) {
		var random [16]byte
		rand.Read(random[:])
		for _, b := range random {
			if limit := 256 - 256%len(alphabet); int(b) < limit && len(text) < cap(text) {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return "R-" + at.Format("20060102") + "-" + string(text)
}

// write writes a receipt down, once for its key, and gives the one that stands.
func (s *Service) write(ctx context.Context, key string, receipt Receipt) (Receipt, error) {
	receipt.ID = receipt.Account + ":" + string(receipt.Kind) + ":" + key
	receipt.At = s.Now().UTC().Truncate(time.Millisecond)
	receipt.Number = number(receipt.At)
	stored, _, err := receipts.In(s.DB, receipt.Account).InsertIfAbsent(ctx, receipt)
	return stored, err
}

// kinds are what payments for a purpose are on a receipt.
var kinds = map[pay.Purpose]Kind{pay.ForTopUp: TopUp, pay.ForCounter: Sale}

func ofPayment(payment pay.Payment) Receipt {
	kind := kinds[payment.Purpose]
	if kind == "" {
		kind = Payment
	}
	return Receipt{Account: payment.Account, Owner: payment.Payer.ID, Kind: kind, Amount: payment.Amount,
		Method: payment.Provider, About: payment.Description, Reference: payment.TradeNo}
}

// Paid writes the receipt of a payment. One whose payer nobody knows has none:
// there is nobody to give it to.
func (s *Service) Paid(ctx context.Context, payment pay.Payment) error {
	if payment.Payer.ID == "" || payment.Amount.IsZero() {
		return nil
	}
	_, err := s.OfPaid(ctx, payment)
	return err
}

// OfPaid is the receipt of a payment that has been paid.
func (s *Service) OfPaid(ctx context.Context, payment pay.Payment) (Receipt, error) {
	return s.write(ctx, payment.TradeNo, ofPayment(payment))
}

// Refunded writes the receipt of a refund that has succeeded.
func (s *Service) Refunded(ctx context.Context, payment pay.Payment, refund pay.Refund) error {
	if payment.Payer.ID == "" || refund.State != pay.RefundSuccess {
		return nil
	}
	_, err := s.refund(ctx, payment, refund)
	return err
}

func (s *Service) refund(ctx context.Context, payment pay.Payment, refund pay.Refund) (Receipt, error) {
	receipt := ofPayment(payment)
	receipt.Kind, receipt.Amount, receipt.Note = Refund, money.Of(refund.Amount, payment.Amount.Currency), refund.Memo
	return s.write(ctx, payment.TradeNo+":"+refund.Number, receipt)
}

// OfPayment is the message with the receipt of a payment.
func (s *Service) OfPayment(ctx context.Context, payment pay.Payment) (message.Outbound, error) {
	receipt, err := s.OfPaid(ctx, payment)
	if err != nil {
		return message.Outbound{}, err
	}
	return s.message(ctx, receipt, payment.Payer.Language)
}

// OfRefund is the message with the receipt of a refund.
func (s *Service) OfRefund(ctx context.Context, payment pay.Payment, refund pay.Refund) (message.Outbound, error) {
	receipt, err := s.refund(ctx, payment, refund)
	if err != nil {
		return message.Outbound{}, err
	}
	return s.message(ctx, receipt, payment.Payer.Language)
}

// OfTransfer writes the receipt that one side of a transfer gets, and is the
// message with it.
func (s *Service) OfTransfer(ctx context.Context, transfer wallet.Transfer, received bool) (message.Outbound, error) {
	kind, owner, other := Sent, transfer.From, transfer.To
	if received {
		kind, owner, other = Received, transfer.To, transfer.From
	}
	receipt, err := s.write(ctx, transfer.ID, Receipt{Account: transfer.Account, Owner: owner.ID, Kind: kind, Amount: transfer.Amount,
		Method: wallet.Name, About: other.Name, Note: transfer.Note})
	if err != nil {
		return message.Outbound{}, err
	}
	return s.message(ctx, receipt, owner.Language)
}

// message shows a receipt in a chat.
func (s *Service) message(ctx context.Context, of Receipt, language string) (message.Outbound, error) {
	address, err := s.Address(ctx, of.Account, of.Number)
	if err != nil {
		return message.Outbound{}, err
	}
	shown := &message.Receipt{Title: s.Texts.Text(language, "receipt.title."+string(of.Kind)), Number: of.Number,
		State: s.Texts.Text(language, "page.way."+of.Method), Total: of.Amount, URL: address}
	shown.Lines = []message.ReceiptLine{{Name: s.line(of, language), Amount: of.Amount}}
	if of.Note != "" {
		shown.Title += " · " + of.Note
	}
	return message.Outbound{Form: message.ReceiptForm, Receipt: shown}, nil
}

// line says what the money was for. Between subscribers that is with whom, who may
// have no name.
func (s *Service) line(of Receipt, language string) string {
	if of.Kind != Sent && of.Kind != Received {
		return cmp.Or(of.About, s.Texts.Text(language, "receipt.title."+string(of.Kind)))
	}
	other := cmp.Or(strings.TrimSpace(of.About), s.Texts.Text(language, "friends.somebody"))
	return s.Texts.Text(language, "receipt.with."+string(of.Kind), other)
}

var numberShape = regexp.MustCompile(`^R-[0-9]{8}-[2-9A-Z]{10}$`)

// Find gives a person their receipt. Somebody else's is not there. Errors:
// ErrNoReceipt.
func (s *Service) Find(ctx context.Context, person message.Person, number string) (Receipt, error) {
	if !numberShape.MatchString(number) {
		return Receipt{}, ErrNoReceipt
	}
	found, err := receipts.In(s.DB, person.Account).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return Receipt{}, ErrNoReceipt
	}
	if err != nil {
		return Receipt{}, err
	}
	own, err := s.names(ctx, person)
	if err == nil && !slices.Contains(own, found.Owner) {
		err = ErrNoReceipt
	}
	if err != nil {
		return Receipt{}, err
	}
	return found, nil
}

// Of lists a person's receipts, newest first, of all their names.
func (s *Service) Of(ctx context.Context, person message.Person, limit int) ([]Receipt, error) {
	own, err := s.names(ctx, person)
	if err != nil {
		return nil, err
	}
	var all []Receipt
	for _, name := range own {
		some, _, err := receipts.In(s.DB, person.Account).Find(ctx, store.Where(store.Eq("owner", name)).By("-at").Top(limit))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b Receipt) int { return b.At.Compare(a.At) })
	return all[:min(limit, len(all))], nil
}

func (s *Service) names(ctx context.Context, person message.Person) ([]string, error) {
	if s.Identities == nil {
		return []string{person.ID}, nil
	}
	return s.Identities.Linked(ctx, person.Account, person.ID)
}
