package app

import (
	"context"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/telegrampay"
)

// till decides about payments inside messengers: those of Telegram.
type till struct{ payments *pay.Service }

func (t till) Approve(ctx context.Context, account, _ string, checkout message.Checkout) error {
	return t.payments.Approve(ctx, telegrampay.Name, account, checkout.Number, checkout.Payer, checkout.Amount)
}

func (t till) Paid(ctx context.Context, account, _ string, checkout message.Checkout) error {
	return t.payments.Report(ctx, telegrampay.Name, account, checkout.Number,
		pay.Outcome{Status: pay.Success, Amount: checkout.Amount, ProviderRef: checkout.Reference})
}

// invoices are made by the bot, which is there when the first one is.
type invoices struct{ *outbox }

func (i invoices) Invoice(ctx context.Context, account, channel string, invoice message.Invoice) (string, error) {
	return i.bot.Invoice(ctx, account, channel, invoice)
}
