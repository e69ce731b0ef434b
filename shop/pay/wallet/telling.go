package wallet

import (
	"context"
	"errors"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Receipts writes what each side gets of a transfer. It may be nil: then both
// are told in words.
type Receipts interface {
	OfTransfer(ctx context.Context, transfer Transfer, received bool) (message.Outbound, error)
}

// Friends hear of every transfer that has arrived, at least once: what people ask
// of one another. It may be nil.
type Friends interface {
	Arrived(ctx context.Context, transfer Transfer) error
}

// tell sends both a receipt. Who can't be written to sees it in their history.
func (t *Transfers) tell(ctx context.Context, transfer Transfer) Transfer {
	for _, side := range []struct {
		person, other message.Person
		text          string
	}{{transfer.From, transfer.To, "wallet.sent"}, {transfer.To, transfer.From, "wallet.received"}} {
		words := t.Texts.Text(side.person.Language, side.text, transfer.Amount, nameOf(side.other))
		if transfer.Note != "" {
			words += "\n" + transfer.Note
		}
		told, err := message.Text(words), error(nil)
		if t.Receipts != nil {
			told, err = t.Receipts.OfTransfer(ctx, transfer, side.text == "wallet.received")
		}
		if err == nil {
			err = t.Sender.Send(ctx, side.person, side.text+":"+transfer.ID, told)
		}
		if _, refused := errors.AsType[*fault.Error](err); err != nil && !refused {
			t.Logger.WarnContext(ctx, "wallet: receipt; will be tried again", "transfer", transfer.ID, "error", err)
			return transfer
		}
	}
	if t.Friends != nil {
		if err := t.Friends.Arrived(ctx, transfer); err != nil {
			t.Logger.WarnContext(ctx, "wallet: friends; will be tried again", "transfer", transfer.ID, "error", err)
			return transfer
		}
	}
	told, err := sent.In(t.DB, transfer.Account).UpdateAndGet(ctx, transfer.ID, store.Unset("due"))
	if err != nil {
		return transfer
	}
	return told
}

// nameOf is how somebody is called towards another: by a name, never by an id.
func nameOf(person message.Person) string {
	if person.Name == "" {
		return "—"
	}
	return person.Name
}
