package wallet

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// ReceiveCode lets others send money to somebody: the address that its QR code
// holds leads any phone to the page that does. It tells nothing of who they are
// but the name they go by.
type ReceiveCode struct {
	ID      string         `bson:"_id" json:"-"` // account + ":" + code
	Account string         `bson:"account" json:"-"`
	Code    string         `bson:"code" json:"code"`
	Person  message.Person `bson:"person" json:"-"`
	// Amount asked for; without one whoever pays types it.
	Amount money.Amount `bson:"amount" json:"amount"`
	Note   string       `bson:"note,omitempty" json:"note,omitempty"`
	// Claim is the transfer that pays a code with an amount.
	Claim string `bson:"claim" json:"-"`
	// ExpiresAt ends codes with an amount; the one without is for good.
	ExpiresAt *time.Time `bson:"expires_at,omitempty" json:"expires_at,omitempty"`
}

var receiveCodes = store.Declare[ReceiveCode](store.Schema{
	Name: "wallet_receive_codes", ExpiresAt: "expires_at",
	Indexes: []store.Index{{Fields: []string{"code"}, Across: true}},
})

// askedFor is how long a code with an amount can be used.
const askedFor = 7 * 24 * time.Hour

// codeShape are 26 letters and digits: 128 random bits.
var codeShape = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// Receive makes a code with an amount, to ask for money; with none it is the
// person's own code, the same each time.
func (t *Transfers) Receive(ctx context.Context, person message.Person, amount money.Amount, note string) (ReceiveCode, error) {
	if len([]rune(note)) > 60 {
		return ReceiveCode{}, ErrNote.In("note")
	}
	if err := amount.Check(); err != nil {
		return ReceiveCode{}, err
	}
	if amount.IsZero() {
		return t.own(ctx, person, amount)
	}
	until := t.now().Add(askedFor)
	code := newCode(person, amount)
	code.Note, code.ExpiresAt = note, &until
	return code, receiveCodes.In(t.DB, person.Account).Insert(ctx, code)
}

func newCode(person message.Person, amount money.Amount) ReceiveCode {
	text := rand.Text()
	return ReceiveCode{ID: person.Account + ":" + text, Account: person.Account, Code: text, Person: person, Amount: amount}
}

// own is a person's code without an amount. Its key is the person, so that two
// requests at once find the same.
func (t *Transfers) own(ctx context.Context, person message.Person, amount money.Amount) (ReceiveCode, error) {
	code := newCode(person, amount)
	code.ID = person.Account + ":own:" + person.ID
	found, _, err := receiveCodes.In(t.DB, person.Account).InsertIfAbsent(ctx, code)
	return found, err
}

// Renew puts another code in the place of a person's own: the old one, perhaps on
// a poster that somebody has changed hands with, leads nowhere any more.
func (t *Transfers) Renew(ctx context.Context, person message.Person, currency string) (ReceiveCode, error) {
	err := receiveCodes.In(t.DB, person.Account).Delete(ctx, person.Account+":own:"+person.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return ReceiveCode{}, err
	}
	return t.own(ctx, person, money.Of(0, currency))
}

// Payee finds whom a code pays. Errors: ErrPayee.
func (t *Transfers) Payee(ctx context.Context, code string) (ReceiveCode, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if !codeShape.MatchString(code) {
		return ReceiveCode{}, ErrPayee
	}
	found, err := receiveCodes.Across(t.DB).First(ctx, store.Where(store.Eq("code", code)))
	if errors.Is(err, store.ErrNotFound) || (err == nil && found.ExpiresAt != nil && !t.now().Before(*found.ExpiresAt)) {
		return ReceiveCode{}, ErrPayee
	}
	return found, err
}

// SendByCode is Send to whoever a code pays: the code's amount, if it has one. A
// code with an amount is paid once; whoever has begun to pay it goes on with that
// transfer, whatever the key. Errors besides those of Send: ErrCodePaid,
// ErrCodeBusy.
func (t *Transfers) SendByCode(ctx context.Context, code string, request SendRequest) (Transfer, error) {
	payee, err := t.Payee(ctx, code)
	if err != nil || payee.Account != request.From.Account {
		return Transfer{}, errors.Join(err, ErrPayee)
	}
	request.payee, request.code = &payee.Person, payee.Code
	if !payee.Amount.IsZero() {
		request.Amount, request.Note, request.once = payee.Amount, payee.Note, true
		if payee.Claim != "" && payee.Claim != transferID(request) {
			holder, err := sent.In(t.DB, payee.Account).Get(ctx, payee.Claim)
			if err == nil && holder.State == Asking && holder.From.ID == request.From.ID {
				return t.answered(ctx, holder, request) // they went away from the question who they are, and come again
			}
			if err := t.Payable(ctx, payee); err != nil {
				return Transfer{}, err // no transfer need be written for that
			}
		}
	}
	return t.Send(ctx, request)
}

// claim makes a code with an amount one transfer's. The transfer is written down
// before, so whatever a code is claimed by can be looked at: what was declined has
// given it up, even if it died before it said so. A claim whose transfer is not
// there was left by a version that claimed first.
func (t *Transfers) claim(ctx context.Context, transfer Transfer) error {
	return t.claimFor(ctx, transfer.Account, transfer.Code, transfer.ID)
}

func (t *Transfers) claimFor(ctx context.Context, account, code, claimant string) error {
	codes, id := receiveCodes.In(t.DB, account), account+":"+code
	for range 10 { // each round somebody else has taken it
		found, err := codes.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return ErrPayee // its time has just run out
		case err != nil || found.Claim == claimant:
			return err
		}
		if err := t.Payable(ctx, found); err != nil {
			return err
		}
		err = codes.Update(ctx, id, store.Set("claim", claimant), store.Eq("claim", found.Claim))
		if !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
	}
	return ErrCodeBusy
}

// Payable is nil if a code can be paid. Errors: ErrCodePaid, ErrCodeBusy while
// somebody pays it, ErrWithdrawn.
func (t *Transfers) Payable(ctx context.Context, code ReceiveCode) error {
	switch code.Claim {
	case "":
		return nil
	case withdrawn:
		return ErrWithdrawn
	}
	holder, err := sent.In(t.DB, code.Account).Get(ctx, code.Claim)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case holder.State == Sent:
		return ErrCodePaid
	case holder.State != Declined:
		return ErrCodeBusy
	}
	return nil
}

// withdrawn has claimed the codes that nobody can pay any more: no transfer's id.
const withdrawn = "withdrawn"

// Offer makes a code that its owner has named: the same name is the same code.
func (t *Transfers) Offer(ctx context.Context, code ReceiveCode) error {
	code.ID = code.Account + ":" + code.Code
	if err := code.Amount.Check(); err != nil {
		return err
	}
	_, _, err := receiveCodes.In(t.DB, code.Account).InsertIfAbsent(ctx, code)
	return err
}

// Withdraw ends a code with an amount: nobody can pay it any more. Errors:
// ErrCodePaid, ErrCodeBusy while somebody pays it.
func (t *Transfers) Withdraw(ctx context.Context, account, code string) error {
	err := t.claimFor(ctx, account, code, withdrawn)
	if errors.Is(err, ErrPayee) {
		return nil // it is gone
	}
	return err
}

// unclaim lets a code be paid after a transfer that was declined.
func (t *Transfers) unclaim(ctx context.Context, transfer Transfer) error {
	if transfer.Code == "" {
		return nil
	}
	err := receiveCodes.In(t.DB, transfer.Account).Update(ctx, transfer.Account+":"+transfer.Code,
		store.Set("claim", ""), store.Eq("claim", transfer.ID))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
