package rest

import (
	"context"

	"plaza/account"
	"plaza/shop"
)

// invoiceRoutes are about notes on orders and receipts that tax offices know.
func (s *surface) invoiceRoutes() {
	see, orders := needs{account.ReadShop}, needs{account.WriteOrders}
	add(s, read("/orders/{order}/notes", "list-order-notes", "List the notes on an order", see), s.listOrderNotes)
	add(s, create("/orders/{order}/notes", "add-order-note", "Write a note on an order, for colleagues", orders, "order.noted"), s.addOrderNote)
	add(s, read("/invoices", "list-invoices", "List receipts that buyers have asked for, newest first", see), s.listInvoices)
	add(s, change(post, "/orders/{order}/invoice", "issue-invoice", "Mark an order's receipt as issued", orders, "invoice.issued"), s.issueInvoice)
}

func (s *surface) listOrderNotes(ctx context.Context, who account.Access, in *OneOrder) (page[shop.OrderNote], error) {
	order, err := s.Shop.Order(ctx, who.Account, in.Order)
	return page[shop.OrderNote]{Items: append([]shop.OrderNote{}, order.Notes...)}, err
}

type orderNoteInput struct {
	OneOrder
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"1000"`
	}
}

func (s *surface) addOrderNote(ctx context.Context, who account.Access, in *orderNoteInput) (shop.Order, error) {
	return s.Shop.AddOrderNote(ctx, who.Account, in.Order, who.Member, in.Body.Text)
}

type listInvoicesInput struct {
	Paging
	State shop.InvoiceState `query:"state" enum:"requested,issued"`
}

func (s *surface) listInvoices(ctx context.Context, who account.Access, in *listInvoicesInput) (page[shop.Invoice], error) {
	return pageOf(s.Shop.Invoices(ctx, who.Account, in.State, in.Limit, in.at()))
}

type issueInvoiceInput struct {
	OneOrder
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"40" doc:"Of the receipt, in the tax office's system."`
	}
}

func (s *surface) issueInvoice(ctx context.Context, who account.Access, in *issueInvoiceInput) (shop.Invoice, error) {
	return s.Shop.IssueInvoice(ctx, who.Account, in.Order, in.Body.Number, "", who.Member)
}
