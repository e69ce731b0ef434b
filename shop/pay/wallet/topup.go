package wallet

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// ErrTopUpWay is the fault of filling the balance out of itself.
var ErrTopUpWay = fault.New(fault.Invalid, "top_up_way", "Please choose another way to pay for the top-up than the balance itself.")

// topUp is money on its way into a balance. Its payment's subject is Subject.
type topUp struct {
	ID      string         `bson:"_id"` // account + ":" + person + ":" + key
	Account string         `bson:"account"`
	Subject string         `bson:"subject"`
	Person  message.Person `bson:"person"`
	Amount  money.Amount   `bson:"amount"`
	At      time.Time      `bson:"at"`
	// For is the trade number of a payment of theirs that waits for the money.
	For string `bson:"for,omitempty"`
}

var toppedUp = store.Declare[topUp](store.Schema{Name: "wallet_top_ups", KeyedByAccount: true,
	Indexes: []store.Index{{Fields: []string{"subject"}}}, ShardKey: []string{"account", "_id"}})

// topUpFor is how long a top-up can be paid.
const topUpFor = 15 * time.Minute

// TopUpRequest asks to fill a balance through a provider.
type TopUpRequest struct {
	pay.Way
	Person      message.Person
	Key         string // the same is the same top-up
	Amount      money.Amount
	Description string
	For         string // trade number of a payment that waits for the money, if one does
	ReturnURL   func(tradeNo string) string
	NotifyURL   string
}

// TopUp asks for the money of a top-up and returns the payment with what the
// person does next; the balance grows when the money has come. Errors:
// ErrTopUpWay, ErrTopUpLimit, ErrRoom, those of pay.Service.Create.
func (t *Transfers) TopUp(ctx context.Context, request TopUpRequest) (pay.Payment, error) {
	switch {
	case request.Provider == Name:
		return pay.Payment{}, ErrTopUpWay.In("provider")
	case !keyShape.MatchString(request.Key):
		return pay.Payment{}, ErrTransferKey.In("key")
	case request.Amount.IsZero():
		return pay.Payment{}, ErrNothing.In("amount")
	}
	if err := request.Amount.Check(); err != nil {
		return pay.Payment{}, err
	}
	if err := t.fits(ctx, request); err != nil {
		return pay.Payment{}, err
	}
	account := request.Person.Account
	wanted, _, err := toppedUp.In(t.DB, account).InsertIfAbsent(ctx, topUp{
		ID: account + ":" + request.Person.ID + ":" + request.Key, Account: account, Subject: store.NewID(),
		Person: request.Person, Amount: request.Amount, At: t.now(), For: request.For})
	if err != nil {
		return pay.Payment{}, err
	}
	if wanted.Amount != request.Amount {
		return pay.Payment{}, ErrReused.In("key")
	}
	return t.Payments.Create(ctx, pay.Request{Account: account, Purpose: pay.ForTopUp, Subject: wanted.Subject,
		Amount: wanted.Amount, Description: request.Description, Payer: wanted.Person, ExpiresAt: wanted.At.Add(topUpFor),
		ReturnURL: request.ReturnURL, NotifyURL: request.NotifyURL}.By(request.Way))
}

// WaitsFor is the trade number of the payment that a top-up was made for; empty:
// for none.
func (t *Transfers) WaitsFor(ctx context.Context, payment pay.Payment) (string, error) {
	wanted, err := toppedUp.In(t.DB, payment.Account).First(ctx, store.Where(store.Eq("subject", payment.Subject)))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return wanted.For, err
}

// fits says whether a top-up is within the limits as they are now. What is paid
// for while others come in is looked at again when its money does.
func (t *Transfers) fits(ctx context.Context, request TopUpRequest) error {
	currency := request.Amount.Currency
	limits, err := t.LimitsFor(ctx, request.Person, currency)
	if err != nil {
		return err
	}
	if request.Amount.Minor > limits.TopUp {
		return ErrTopUpLimit.In("amount")
	}
	balance, err := t.Wallet.Balance(ctx, request.Person, currency)
	if err != nil {
		return err
	}
	if left := max(limits.Balance-balance.Minor, 0); request.Amount.Minor > left {
		return room(money.Of(left, currency)).In("amount")
	}
	return nil
}

// topUps is how payments tell what became of top-ups.
type topUps struct{ transfers *Transfers }

// PaymentPaid puts the money into the balance, once for each payment. A second
// payment of the same top-up is not wanted, nor is one that the balance may not
// hold: it goes back by itself.
func (o topUps) PaymentPaid(ctx context.Context, payment pay.Payment) (bool, error) {
	t := o.transfers
	wanted, err := toppedUp.In(t.DB, payment.Account).First(ctx, store.Where(store.Eq("subject", payment.Subject)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	most, err := t.Wallet.holds(ctx, wanted.Person, payment.Amount.Currency)
	if err != nil {
		return false, err
	}
	key := "topup:" + payment.Subject
	done, err := t.Wallet.ledger.Transfer(ctx, ledger.Request{Account: payment.Account, Key: key, Currency: payment.Amount.Currency,
		Memo: payment.Provider + " " + payment.TradeNo,
		Legs: []ledger.Leg{{Wallet: ledger.Issue, Amount: -payment.Amount.Minor},
			{Wallet: wanted.Person.ID, Amount: payment.Amount.Minor, Most: most}}})
	if errors.Is(err, ledger.ErrFull) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if done.Memo != payment.Provider+" "+payment.TradeNo {
		return false, nil // another payment has filled it
	}
	balance, err := t.Wallet.Balance(ctx, wanted.Person, payment.Amount.Currency)
	if err != nil {
		return false, err
	}
	told, err := t.Payments.TellPaid(ctx, payment, t.Texts.Text(wanted.Person.Language, "wallet.topped_up", payment.Amount, balance))
	if err != nil {
		return false, err
	}
	err = t.Sender.Send(ctx, wanted.Person, "topup:"+payment.TradeNo, told)
	if _, refused := errors.AsType[*fault.Error](err); refused {
		err = nil // they can't be written to; the balance shows it
	}
	return true, err
}

// PaymentRefunded: a top-up is given back only where it was never booked, so
// there is nothing to take out of the balance.
func (o topUps) PaymentRefunded(context.Context, pay.Payment, pay.Refund) error { return nil }
