package counter

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// The faults of the codes that a shop shows.
var (
	ErrNoCode   = fault.New(fault.NotFound, "sale_code_not_found", "This code is not in use. Please ask the shop for another.")
	ErrLabel    = fault.New(fault.Invalid, "sale_code_label", "Please name the code with 1 to 40 characters, such as the table it stands on.")
	ErrSelfMuch = fault.New(fault.Invalid, "sale_code_amount", "More than {0} can't be paid with this code. Please ask at the counter.")
)

// Code is what a shop shows for people to scan and pay: printed without an
// amount, which the payer types, or with one. It is good until it is revoked,
// any number of times: each payment is a sale of its own.
type Code struct {
	ID        string       `bson:"_id" json:"-"` // account + ":" + code
	Account   string       `bson:"account" json:"-"`
	Code      string       `bson:"code" json:"code"`
	Label     string       `bson:"label" json:"label"`
	Amount    money.Amount `bson:"amount" json:"amount"` // zero: the payer types it
	By        string       `bson:"by" json:"by"`         // the member's name
	At        time.Time    `bson:"at" json:"at"`
	RevokedAt *time.Time   `bson:"revoked_at,omitempty" json:"revoked_at,omitempty"`
}

var codes = store.Declare[Code](store.Schema{Name: "sale_codes", ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"code"}, Across: true}, {Fields: []string{"-at"}}}})

// codeShape are 16 letters and digits. A code is on a poster and no secret; it
// is long so that nobody finds another shop's by trying.
var codeShape = regexp.MustCompile(`^[A-Z2-7]{16}$`)

// MakeCode makes a code that leads to paying the account; an amount of zero lets
// the payer type it. Errors: ErrLabel.
func (s *Service) MakeCode(ctx context.Context, account, label string, amount money.Amount, by string) (Code, error) {
	label = strings.TrimSpace(label)
	if label == "" || len([]rune(label)) > 40 {
		return Code{}, ErrLabel.In("label")
	}
	if err := amount.Check(); err != nil {
		return Code{}, err
	}
	text := rand.Text()[:16]
	code := Code{ID: account + ":" + text, Account: account, Code: text, Label: label, Amount: amount, By: by, At: s.now()}
	return code, codes.In(s.DB, account).Insert(ctx, code)
}

// RevokeCode ends a code: whoever scans it is told so. Payments under way go on.
func (s *Service) RevokeCode(ctx context.Context, account, code string) (Code, error) {
	revoked, err := codes.In(s.DB, account).UpdateAndGet(ctx, account+":"+code, store.Set("revoked_at", s.now()), store.Eq("revoked_at", nil))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Code(ctx, account, code)
	}
	if errors.Is(err, store.ErrNotFound) {
		return Code{}, ErrNoCode
	}
	return revoked, err
}

// Code finds one of an account's. Errors: ErrNoCode.
func (s *Service) Code(ctx context.Context, account, code string) (Code, error) {
	found, err := codes.In(s.DB, account).Get(ctx, account+":"+code)
	if errors.Is(err, store.ErrNotFound) {
		return Code{}, ErrNoCode
	}
	return found, err
}

// Codes lists an account's, newest first.
func (s *Service) Codes(ctx context.Context, account string, limit int, after store.Cursor) ([]Code, store.Cursor, error) {
	return codes.In(s.DB, account).Find(ctx, store.Query{}.By("-at").Top(limit).From(after))
}

// Shown finds the code of somebody's scan, which names no account. Errors:
// ErrNoCode, also for one that was revoked.
func (s *Service) Shown(ctx context.Context, code string) (Code, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if !codeShape.MatchString(code) {
		return Code{}, ErrNoCode
	}
	found, err := codes.Across(s.DB).First(ctx, store.Where(store.Eq("code", code)))
	if errors.Is(err, store.ErrNotFound) || (err == nil && found.RevokedAt != nil) {
		return Code{}, ErrNoCode
	}
	return found, err
}

// SelfRequest asks to pay by a code.
type SelfRequest struct {
	pay.Way
	Payer  message.Person
	Key    string       // the same of the same payer is the same sale
	Amount money.Amount // typed, where the code has none
	Return func(tradeNo string) string
}

// selfFor is how long a sale that a customer began waits for the money.
const selfFor = 15 * time.Minute

// PayCode begins a sale of whoever scanned a code and asks for its money. The
// counter sees it at once, and a sale that is not paid ends by itself. Errors:
// ErrNothing, ErrSelfMuch, those of pay.Service.Create.
func (s *Service) PayCode(ctx context.Context, code Code, request SelfRequest) (pay.Payment, error) {
	amount := request.Amount
	if !code.Amount.IsZero() {
		amount = code.Amount
	}
	sale, err := s.beginSelf(ctx, code, request, amount)
	if err != nil {
		return pay.Payment{}, err
	}
	if sale.Payment != "" {
		return s.Payments.Get(ctx, code.Account, sale.Payment)
	}
	if sale.State != Open {
		return pay.Payment{}, ErrOver
	}
	name, err := s.ShopName(ctx, code.Account)
	if err != nil {
		return pay.Payment{}, err
	}
	way, err := s.Payments.Choose(ctx, code.Account, pay.ForCounter, amount.Currency, request.Way)
	if err != nil {
		return pay.Payment{}, err
	}
	return s.Payments.Create(ctx, pay.Request{Account: code.Account, Purpose: pay.ForCounter, Subject: sale.Number, Amount: amount,
		Description: name, Payer: request.Payer, ExpiresAt: sale.At.Add(selfFor),
		ReturnURL: request.Return, NotifyURL: s.NotifyURL(way.Provider, code.Account)}.By(way))
}

// beginSelf writes a customer's own sale down, once for a key of theirs.
func (s *Service) beginSelf(ctx context.Context, code Code, request SelfRequest, amount money.Amount) (Sale, error) {
	switch {
	case !keyShape.MatchString(request.Key):
		return Sale{}, ErrKey.In("key")
	case amount.IsZero():
		return Sale{}, ErrNothing.In("amount")
	}
	if err := amount.Check(); err != nil {
		return Sale{}, err
	}
	if most := mostBySelf(amount.Currency); code.Amount.IsZero() && amount.Minor > most.Minor {
		return Sale{}, fault.New(ErrSelfMuch.Kind, ErrSelfMuch.Code, ErrSelfMuch.Text, most).In("amount")
	}
	now := s.now()
	due := now.Add(selfFor + time.Minute)
	sale, inserted, err := sales.In(s.DB, code.Account).InsertIfAbsent(ctx, Sale{ID: code.Account + ":" + code.Code + ":" + request.Payer.ID + ":" + request.Key,
		Account: code.Account, Number: store.NewID(), Amount: amount, Note: code.Label, Code: code.Code, State: Open, At: now, Due: &due})
	if err == nil && sale.Amount != amount {
		return sale, ErrReused.In("key")
	}
	if inserted {
		s.changed(ctx, sale)
	}
	return sale, err
}

// mostBySelf bounds an amount that a payer types, against a slip of the thumb.
func mostBySelf(currency string) money.Amount {
	most := int64(1_000_000) // 10,000.00 of most currencies
	switch currency {
	case "KRW":
		most = 5_000_000
	case "JPY":
		most = 500_000
	case "VND", "IDR":
		most = 100_000_000
	}
	return money.Of(most, currency)
}

// Recover ends the sales that customers began and did not pay, of all accounts.
// Any number of nodes may call it.
func (s *Service) Recover(ctx context.Context) error {
	_, err := store.TakeDue(ctx, sales.Across(s.DB), store.Lease{Now: s.now, For: time.Minute}, func(sale Sale) error {
		_, err := s.Cancel(ctx, sale.Account, sale.Number)
		if errors.Is(err, pay.ErrOutcomeOpen) {
			return nil
		}
		return err
	})
	return err
}
