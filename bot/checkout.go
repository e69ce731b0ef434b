package bot

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/message"
)

// Till decides about payments that a messenger carries through itself.
type Till interface {
	// Approve is asked just before the messenger charges somebody. The error of
	// a refusal is a fault, whose sentence the payer reads.
	Approve(ctx context.Context, account, channel string, checkout message.Checkout) error
	// Paid is told that it has. It may be told more than once; after an error it
	// is told again, unless that is a fault which telling again does not change.
	Paid(ctx context.Context, account, channel string, checkout message.Checkout) error
}

// checkingOut is a channel that carries payments through.
type checkingOut interface {
	// Invoice makes a link by which anybody can pay an invoice, once approved.
	Invoice(ctx context.Context, credentials []byte, invoice message.Invoice) (link string, err error)
	// Checkout answers the question whether a payment may be made; an empty
	// refusal is a yes.
	Checkout(received message.Received, refusal string) (message.Response, error)
}

// ErrNoInvoices: the messenger carries no payments through.
var ErrNoInvoices = fault.New(fault.Invalid, "invoices_unsupported", "This messenger takes no payments itself.")

// Invoice makes a link to pay inside a messenger that the account is connected
// to. Errors: ErrNoInvoices, ErrNoChannel, ErrNotConnected, those of the messenger.
func (b *Bot) Invoice(ctx context.Context, account, channel string, invoice message.Invoice) (link string, err error) {
	maker, ok := b.channels[channel].(checkingOut)
	if !ok {
		return "", ErrNoInvoices
	}
	credentials, err := b.credentials(ctx, account, channel)
	if err != nil {
		return "", err
	}
	return maker.Invoice(ctx, credentials, invoice)
}

// checkout answers a call that asks about a payment, or takes note of one that
// was made; that one is not answered here and goes on as any other.
func (b *Bot) checkout(ctx context.Context, messenger Channel, found *opened, received message.Received) (response message.Response, answered bool, err error) {
	asking, ok := messenger.(checkingOut)
	if !ok {
		return response, false, ErrNoInvoices
	}
	checkout := *received.Checkout
	if checkout.Paid {
		return response, false, b.notePaid(ctx, messenger, found, checkout)
	}
	refusal := ""
	if err := b.approve(ctx, found, messenger.Name(), checkout); err != nil {
		refused, ok := errors.AsType[*fault.Error](err)
		if !ok {
			b.Logger.ErrorContext(ctx, "payment in a messenger not approved", "account", found.account, "channel", messenger.Name(), "number", checkout.Number, "error", err)
			refused = ErrCheckout
		}
		refusal = b.Texts.Text(received.Language, "fault."+refused.Code, refused.Args...)
	}
	response, err = asking.Checkout(received, refusal)
	return response, true, err
}

// ErrCheckout is what a payer reads when a payment could not be looked up.
var ErrCheckout = fault.New(fault.Unavailable, "checkout_unavailable", "This can't be paid just now. Please try again in a minute.")

func (b *Bot) approve(ctx context.Context, found *opened, channel string, checkout message.Checkout) error {
	if b.Till == nil {
		return ErrCheckout
	}
	return b.Till.Approve(ctx, found.account, channel, checkout)
}

// notePaid tells of money that has come. A platform would repeat for a day what
// no repetition changes, and hold back all the chat says after it.
func (b *Bot) notePaid(ctx context.Context, messenger Channel, found *opened, checkout message.Checkout) error {
	if b.Till == nil {
		return ErrCheckout
	}
	err := b.Till.Paid(ctx, found.account, messenger.Name(), checkout)
	if refused, ok := errors.AsType[*fault.Error](err); ok && refused.Kind != fault.Unavailable && refused.Kind != fault.Internal {
		b.Logger.ErrorContext(ctx, "money in a messenger that nobody asked for", "account", found.account, "channel", messenger.Name(),
			"number", checkout.Number, "amount", checkout.Amount.String(), "reference", checkout.Reference, "error", err)
		return nil
	}
	return err
}
