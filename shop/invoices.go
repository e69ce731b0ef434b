package shop

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/invoice"
	"plaza/shop/tax"
	"plaza/store"
)

// The faults of receipts for the tax office.
var (
	ErrNoInvoice     = fault.New(fault.NotFound, "invoice_not_found", "Nobody has asked for this receipt.")
	ErrInvoiceUnpaid = fault.New(fault.Conflict, "invoice_unpaid", "A receipt can be asked for once the order is paid.")
	ErrInvoiceDone   = fault.New(fault.Conflict, "invoice_issued", "This receipt has been issued already. Please write to us to change it.")
	ErrInvoiceNumber = fault.New(fault.Invalid, "invoice_number", "Please give the number of the receipt, at most {0} characters.", maxLabelRunes)
)

// InvoiceState is where a request stands.
type InvoiceState string

// The states.
const (
	InvoiceRequested InvoiceState = "requested"
	InvoiceIssued    InvoiceState = "issued"
)

// Invoice is a buyer's request for a receipt that their tax office knows, and
// what became of it.
type Invoice struct {
	ID          string          `bson:"_id" json:"order"` // order id
	Account     string          `bson:"account" json:"-"`
	OrderNumber string          `bson:"order_number" json:"order_number"`
	Subscriber  string          `bson:"subscriber" json:"subscriber"`
	Name        string          `bson:"name" json:"name"` // of the buyer
	Request     invoice.Request `bson:"request" json:"request"`
	Total       money.Amount    `bson:"total" json:"total"` // of the order less refunds, when last asked for
	Taxes       []tax.Line      `bson:"taxes,omitempty" json:"taxes,omitempty"`
	State       InvoiceState    `bson:"state" json:"state"`
	RequestedAt time.Time       `bson:"requested_at" json:"requested_at"`
	Number      string          `bson:"number,omitempty" json:"number,omitempty"` // of the receipt
	File        string          `bson:"file,omitempty" json:"file,omitempty"`     // a file of it
	IssuedAt    *time.Time      `bson:"issued_at,omitempty" json:"issued_at,omitempty"`
	By          string          `bson:"by,omitempty" json:"by,omitempty"`
}

var invoices = store.Declare[Invoice](store.Schema{Name: "invoices", Indexes: []store.Index{
	{Fields: []string{"-requested_at"}},
	{Fields: []string{"state", "-requested_at"}},
}})

// RequestInvoice asks for a receipt of a paid order, or changes what was asked
// for until it is issued. Errors: ErrNoOrder, ErrInvoiceUnpaid, ErrInvoiceDone,
// the faults of requests.
func (s *Service) RequestInvoice(ctx context.Context, person message.Person, order string, request invoice.Request) (Invoice, error) {
	if err := request.Check(); err != nil {
		return Invoice{}, err
	}
	found, err := s.OrderOf(ctx, person, order)
	if err != nil {
		return Invoice{}, err
	}
	kept := found.Total.Minor - found.Refunded
	if found.Payment == "" || kept <= 0 {
		return Invoice{}, ErrInvoiceUnpaid
	}
	fresh := Invoice{ID: found.ID, Account: found.Account, OrderNumber: found.Number, Subscriber: found.Subscriber, Name: found.Person.Name,
		Request: request, Total: money.Of(kept, found.Total.Currency), Taxes: found.TaxesKept(), State: InvoiceRequested, RequestedAt: s.now()}
	scope := invoices.In(s.DB, found.Account)
	asked, inserted, err := scope.InsertIfAbsent(ctx, fresh)
	if err != nil || inserted {
		return asked, err
	}
	changed, err := scope.UpdateAndGet(ctx, found.ID, store.Set("request", request).Set("total", fresh.Total).Set("taxes", fresh.Taxes).
		Set("requested_at", fresh.RequestedAt), store.Eq("state", InvoiceRequested))
	if errors.Is(err, store.ErrConditionFailed) {
		return asked, ErrInvoiceDone
	}
	return changed, err
}

// Invoice is what was asked for of an order. Errors: ErrNoInvoice.
func (s *Service) Invoice(ctx context.Context, account, order string) (Invoice, error) {
	found, err := invoices.In(s.DB, account).Get(ctx, order)
	if errors.Is(err, store.ErrNotFound) {
		return Invoice{}, ErrNoInvoice
	}
	return found, err
}

// Invoices lists requests, newest first; state narrows them down unless empty.
func (s *Service) Invoices(ctx context.Context, account string, state InvoiceState, limit int, after store.Cursor) ([]Invoice, store.Cursor, error) {
	query := store.Query{}
	if state != "" {
		query = store.Where(store.Eq("state", state))
	}
	return invoices.In(s.DB, account).Find(ctx, query.By("-requested_at").Top(limit).From(after))
}

// IssueInvoice marks a request as issued under a number, perhaps with a file for
// the buyer. Doing it again corrects both. Errors: ErrNoInvoice, ErrInvoiceNumber.
func (s *Service) IssueInvoice(ctx context.Context, account, order, number, file, by string) (Invoice, error) {
	number = strings.TrimSpace(number)
	if number == "" || checkText("number", number, maxLabelRunes) != nil {
		return Invoice{}, ErrInvoiceNumber.In("number")
	}
	update := store.Set("state", InvoiceIssued).Set("number", number).Set("issued_at", s.now()).Set("by", by)
	if file != "" {
		update = update.Set("file", file)
	}
	issued, err := invoices.In(s.DB, account).UpdateAndGet(ctx, order, update)
	if errors.Is(err, store.ErrNotFound) {
		return Invoice{}, ErrNoInvoice
	}
	return issued, err
}
