// Package telegrampay takes payments inside Telegram: the buyer opens an invoice
// by its link, Telegram asks us whether it may charge (pre-checkout), charges
// through the payment company that the merchant has joined to the bot, and tells
// us of the money in a message (platform document: "Bot Payments API").
//
// Question and news come as updates of the account's bot, are verified there,
// and reach package pay by Approve and Report. Telegram offers no query, no
// closing and, but for its own currency, no refunds: what is closed here is
// refused at the question, and refunds are made on the payment company's pages.
package telegrampay

import (
	"context"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
)

// Name is the provider's name in addresses and documents.
const Name = "telegrampay"

// ErrRefund: Telegram gives nothing back by itself.
var ErrRefund = fault.New(fault.Conflict, "telegrampay_refund", "Telegram can't give money back. Refund it on the pages of your payment company.")

// errCharging: closing has to wait.
var errCharging = fault.New(fault.Unavailable, "telegrampay_charging", "Telegram may be charging the buyer just now. This is called off a little later, unless they pay.")

// Messenger makes invoices: bot.Bot.
type Messenger interface {
	// Invoice makes a link to pay in a messenger that the account is connected to.
	Invoice(ctx context.Context, account, channel string, invoice message.Invoice) (link string, err error)
}

// TelegramPay is the provider. Safe for concurrent use.
type TelegramPay struct {
	messenger Messenger
	now       func() time.Time
	opened    message.Opened[contract]
}

var (
	_ pay.Provider   = (*TelegramPay)(nil)
	_ pay.Contracted = (*TelegramPay)(nil)
	_ pay.Silent     = (*TelegramPay)(nil)
)

// New makes the provider.
func New(messenger Messenger, now func() time.Time) *TelegramPay {
	return &TelegramPay{messenger: messenger, now: now}
}

// Name is "telegrampay".
func (*TelegramPay) Name() string { return Name }

// Silent says that no notifications are posted: Telegram tells the bot.
func (*TelegramPay) Silent() bool { return true }

// Create makes the invoice's link. A phone opens Telegram by it; from another
// screen it is scanned.
func (t *TelegramPay) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	with, err := t.open(charge.Contract)
	if err != nil {
		return pay.Step{}, err
	}
	link, err := t.messenger.Invoice(ctx, charge.Account, "telegram", message.Invoice{Number: charge.TradeNo,
		Title: charge.Description, Description: charge.Description, Amount: charge.Amount, Provider: with.ProviderToken})
	if err != nil {
		return pay.Step{}, err
	}
	if charge.Scene == pay.OnDesktop {
		return pay.Step{Kind: pay.ScanStep, QR: link, URL: link}, nil
	}
	return pay.Step{Kind: pay.RedirectStep, URL: link}, nil
}

// Confirm answers as Query: a browser's word is no proof.
func (t *TelegramPay) Confirm(ctx context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	return t.Query(ctx, charge)
}

// Query knows nothing that has not been told: Telegram can't be asked.
func (*TelegramPay) Query(context.Context, pay.Charge) (pay.Outcome, error) {
	return pay.Outcome{Status: pay.Waiting}, nil
}

// Close ends a payment, which from now on is refused at the question. One that
// was approved just now may still be charged: that has to be waited for.
func (t *TelegramPay) Close(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	if !charge.ApprovedAt.IsZero() && t.now().Before(charge.ApprovedAt.Add(pay.ApprovalTime)) {
		return pay.Outcome{}, errCharging
	}
	return pay.Outcome{Status: pay.Ended}, nil
}

// Refund says no: only the payment company can.
func (*TelegramPay) Refund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{}, ErrRefund
}

// QueryRefund has never heard of any.
func (*TelegramPay) QueryRefund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
}

// Notification refuses everything: nothing that is posted here is Telegram's.
func (*TelegramPay) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{}, pay.ErrNoNotifications
}
