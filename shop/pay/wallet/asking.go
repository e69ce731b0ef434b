package wallet

import (
	"context"
	"errors"
	"time"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// askFor is how long a sender has to prove who they are.
const askFor = 10 * time.Minute

// proved moves the money of a transfer if its sender has proved who they are, or
// need not; else it waits for them.
func (t *Transfers) proved(ctx context.Context, transfer Transfer, doubted bool, proof map[string]string) (Transfer, error) {
	if t.StepUp == nil {
		return t.move(ctx, transfer)
	}
	refused := t.StepUp.Prove(ctx, pay.Consent{Kind: risk.Transfer, ID: transfer.ID, Payer: transfer.From, Amount: transfer.Amount, Doubted: doubted}, proof)
	if refused == nil {
		return t.move(ctx, transfer)
	}
	asking, err := sent.In(t.DB, transfer.Account).UpdateAndGet(ctx, transfer.ID,
		store.Set("state", Asking).Set("doubted", doubted).Set("due", transfer.At.Add(askFor)), store.Eq("state", Begun))
	if err != nil {
		return transfer, errors.Join(refused, err)
	}
	return asking, refused
}

// answered goes on with a transfer that waits for its sender's proof. One of
// many who answer at once does.
func (t *Transfers) answered(ctx context.Context, transfer Transfer, request SendRequest) (Transfer, error) {
	begun, err := sent.In(t.DB, transfer.Account).UpdateAndGet(ctx, transfer.ID,
		store.Set("state", Begun).Set("due", t.now().Add(lease)), store.Eq("state", Asking), store.Gt("due", t.now()))
	if errors.Is(err, store.ErrConditionFailed) {
		return transfer, ledger.ErrUnderWay
	}
	if err != nil {
		return transfer, err
	}
	return t.proved(ctx, begun, begun.Doubted, request.Proof)
}

// Transfer finds one that a person began, by its key. Errors: ErrNoTransfer.
func (t *Transfers) Transfer(ctx context.Context, from message.Person, key string) (Transfer, error) {
	found, err := sent.In(t.DB, from.Account).Get(ctx, transferID(SendRequest{From: from, Key: key}))
	if errors.Is(err, store.ErrNotFound) {
		return found, ErrNoTransfer
	}
	return found, err
}

// Prove goes on with a transfer that waits for its sender's proof. Errors: those
// of Send.
func (t *Transfers) Prove(ctx context.Context, from message.Person, key string, proof map[string]string) (Transfer, error) {
	found, err := t.Transfer(ctx, from, key)
	switch {
	case err != nil:
		return found, err
	case found.State == Sent:
		return found, nil
	case found.State == Declined:
		return found, declinedFor(found.Reason)
	case found.State != Asking:
		return found, ledger.ErrUnderWay
	}
	return t.answered(ctx, found, SendRequest{Proof: proof})
}

// giveUp calls off a transfer whose sender did not prove in time who they are,
// unless they are just doing so.
func (t *Transfers) giveUp(ctx context.Context, transfer Transfer) error {
	begun, err := sent.In(t.DB, transfer.Account).UpdateAndGet(ctx, transfer.ID, store.Set("state", Begun), store.Eq("state", Asking))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	if err != nil {
		return err
	}
	ended, err := t.goOn(ctx, begun)
	if err == nil && ended.State == Declined {
		t.unspend(ctx, ended)
		t.settle(ctx, ended, risk.Failed)
	}
	return err
}
