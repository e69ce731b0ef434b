package wallet

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// ErrMandateOver is the fault of charging a mandate that was called off.
var ErrMandateOver = fault.New(fault.Conflict, "wallet_mandate_over", "The permission to take this from the balance has ended.")

// permission is a mandate: the balance may be charged without its owner. One
// that was called off before its owner's yes is over from the beginning, so that
// of saying yes and calling off exactly one happens.
type permission struct {
	ID      string         `bson:"_id"` // account + ":" + trade number of the payment that brought it
	Account string         `bson:"account"`
	Person  message.Person `bson:"person"`
	Over    bool           `bson:"over"`
	At      time.Time      `bson:"at"`
}

var permissions = store.Declare[permission](store.Schema{Name: "wallet_mandates", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// Mandates keep the permissions to charge balances; they make the Wallet a
// pay.Recurring.
type Mandates struct {
	DB  *store.DB
	Now func() time.Time
}

var _ pay.Recurring = (*Wallet)(nil)

// tokenOf is the name of the mandate that a payment brings, and its key.
func tokenOf(charge pay.Charge) string { return charge.Account + ":" + charge.TradeNo }

// permit writes down the mandate that the payer has given with a payment.
func (w *Wallet) permit(ctx context.Context, charge pay.Charge) (permission, error) {
	given, _, err := permissions.In(w.Mandates.DB, charge.Account).InsertIfAbsent(ctx, permission{
		ID: tokenOf(charge), Account: charge.Account, Person: charge.Payer, At: w.Mandates.Now().UTC()})
	return given, err
}

// permitted adds the mandate to the outcome of a payment that asks for one.
func (w *Wallet) permitted(ctx context.Context, charge pay.Charge, outcome pay.Outcome) (pay.Outcome, error) {
	if !charge.Recurring || outcome.Status != pay.Success {
		return outcome, nil
	}
	_, err := w.permit(ctx, charge)
	outcome.Mandate = tokenOf(charge)
	return outcome, err
}

// agree is the yes to a mandate that costs nothing yet: there is no transfer, and
// the mandate itself says how it went.
func (w *Wallet) agree(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	given, err := w.permit(ctx, charge)
	return agreed(charge, given), err
}

func agreed(charge pay.Charge, given permission) pay.Outcome {
	if given.Person.ID == "" {
		return pay.Outcome{Status: pay.Ended}
	}
	return pay.Outcome{Status: pay.Success, Amount: charge.Amount, Mandate: tokenOf(charge), ProviderRef: tokenOf(charge)}
}

// askAgreed says whether the yes to a free mandate was said.
func (w *Wallet) askAgreed(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	given, err := permissions.In(w.Mandates.DB, charge.Account).Get(ctx, tokenOf(charge))
	if errors.Is(err, store.ErrNotFound) {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	return agreed(charge, given), err
}

// disagree calls a free mandate off, unless the yes came first.
func (w *Wallet) disagree(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	given, _, err := permissions.In(w.Mandates.DB, charge.Account).InsertIfAbsent(ctx, permission{
		ID: tokenOf(charge), Account: charge.Account, Over: true, At: w.Mandates.Now().UTC()})
	return agreed(charge, given), err
}

// free says whether a payment is a mandate and nothing else.
func free(charge pay.Charge) bool { return charge.Recurring && charge.Amount.IsZero() }

// ChargeMandate takes the money out of the balance of whoever gave the mandate.
// Errors: ErrMandateOver, ledger.ErrInsufficient.
func (w *Wallet) ChargeMandate(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	given, err := permissions.In(w.Mandates.DB, charge.Account).Get(ctx, charge.Mandate)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return pay.Outcome{}, ErrMandateOver
	case err != nil:
		return pay.Outcome{}, err
	case given.Over:
		return pay.Outcome{}, ErrMandateOver
	}
	charge.Payer = given.Person
	return w.Confirm(ctx, charge, nil)
}

// EndMandate calls a mandate off.
func (w *Wallet) EndMandate(ctx context.Context, _ []byte, mandate string) error {
	account, _, _ := strings.Cut(mandate, ":")
	err := permissions.In(w.Mandates.DB, account).Update(ctx, mandate, store.Set("over", true))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// MandateStands looks whether a mandate was called off.
func (w *Wallet) MandateStands(ctx context.Context, _ []byte, mandate string) (bool, error) {
	account, _, _ := strings.Cut(mandate, ":")
	given, err := permissions.In(w.Mandates.DB, account).Get(ctx, mandate)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return !given.Over, err
}

// TakesMandates always: there is nobody to have a contract with.
func (w *Wallet) TakesMandates([]byte) bool { return w.Mandates.DB != nil }
