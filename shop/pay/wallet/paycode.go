package wallet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"regexp"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// ErrPayCode is the fault of a code that is over, was used, or never was.
var ErrPayCode = fault.New(fault.Conflict, "pay_code_over", "This payment code is over or was used. Please let the customer show a new one.")

// ErrCodeLocked is the fault of a code for more than goes without its owner's PIN.
var ErrCodeLocked = fault.New(fault.Conflict, "pay_code_locked", "This is more than the customer lets go without their PIN. Please let them unlock a code with it, and scan that one.")

// PayCode is what a subscriber shows at the counter, as a QR code and as a
// Code 128 bar code. The server makes each and decides when it is over, so the
// phone's clock does not matter; it works once, so a photograph of it is worth
// nothing a moment later.
type PayCode struct {
	Digits string
	// For is how long it is good from when it was asked for.
	For time.Duration
}

// payCodeFor is how long a code can be used.
const payCodeFor = 30 * time.Second

// payCodePrefix tells our codes from those of the apps that a counter may also
// see: WeChat's begin with 10 to 15, Alipay's and Alipay+'s with 25 to 30.
const payCodePrefix = "80"

// payCodeShape are 18 digits, an even number, as Code 128 packs them in pairs.
var payCodeShape = regexp.MustCompile(`^80[0-9]{16}$`)

// shown is a code that was handed out, by its digest: who reads the store can't
// pay with it.
type shown struct {
	ID        string         `bson:"_id"` // account + ":" + digest
	Account   string         `bson:"account"`
	Person    message.Person `bson:"person"`
	Unlocked  bool           `bson:"unlocked,omitempty"` // its owner has proved who they are
	Until     time.Time      `bson:"until"`
	UsedBy    string         `bson:"used_by"` // trade number
	ExpiresAt time.Time      `bson:"expires_at"`
}

var shownCodes = store.Declare[shown](store.Schema{Name: "wallet_pay_codes", KeyedByAccount: true, ExpiresAt: "expires_at",
	ShardKey: []string{"account", "_id"}})

// keptFor is how long a used code is remembered, so that the same sale finds its
// own again.
const keptFor = time.Hour

func payCodeID(account, digits string) string {
	sum := sha256.Sum256([]byte(account + ":" + digits))
	return account + ":" + hex.EncodeToString(sum[:])
}

// Codes hands out and takes payment codes; it makes the Wallet a pay.Counter.
type Codes struct {
	DB  *store.DB
	Now func() time.Time
	// StepUp says which amounts need more than the code; nil: none does.
	StepUp StepUp
}

// PayCode hands out a code that pays what goes without a proof of who shows it.
// Errors: store errors only.
func (w *Wallet) PayCode(ctx context.Context, person message.Person) (PayCode, error) {
	return w.payCode(ctx, person, false)
}

// UnlockedPayCode hands out a code that pays any amount, to somebody who has
// just proved who they are. Errors: store errors only.
func (w *Wallet) UnlockedPayCode(ctx context.Context, person message.Person) (PayCode, error) {
	return w.payCode(ctx, person, true)
}

func (w *Wallet) payCode(ctx context.Context, person message.Person, unlocked bool) (PayCode, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(10_000_000_000_000_000))
	if err != nil {
		return PayCode{}, err
	}
	text := number.String()
	digits := payCodePrefix + "0000000000000000"[len(text):] + text
	until := w.Codes.Now().UTC().Add(payCodeFor)
	err = shownCodes.In(w.Codes.DB, person.Account).Insert(ctx, shown{ID: payCodeID(person.Account, digits), Account: person.Account,
		Person: person, Unlocked: unlocked, Until: until, ExpiresAt: until.Add(keptFor)})
	return PayCode{Digits: digits, For: payCodeFor}, err
}

// Shows says whether a code is one of the wallet's, by its digits alone.
func (w *Wallet) Shows(code string) bool { return payCodeShape.MatchString(code) }

// Take moves the money of whoever shows the code. Too little in the balance is a
// definite no: there is nobody at the counter who could top up in time.
func (w *Wallet) Take(ctx context.Context, charge pay.Charge, code string) (pay.Outcome, error) {
	used, err := w.use(ctx, charge, code)
	if err != nil {
		return pay.Outcome{}, err
	}
	payer := used.Person
	if err := w.goes(ctx, charge, used); err != nil {
		return pay.Outcome{}, err
	}
	charge.Payer = payer
	outcome, err := w.Confirm(ctx, charge, nil)
	if outcome.Payer == nil || outcome.Payer.ID == payer.ID { // else the sale was paid before, by another's code
		outcome.Payer = &payer
	}
	return outcome, err
}

// goes says whether a code is enough for an amount. Nobody types a PIN while a
// till waits; who pays more than they let go without it unlocks a code first.
func (w *Wallet) goes(ctx context.Context, charge pay.Charge, used shown) error {
	if used.Unlocked || w.Codes.StepUp == nil {
		return nil
	}
	err := w.Codes.StepUp.Prove(ctx, pay.Consent{Kind: risk.Payment, ID: charge.TradeNo, Payer: used.Person, Amount: charge.Amount}, nil)
	if errors.Is(err, pay.ErrProofNeeded) || errors.Is(err, pay.ErrNoProof) {
		return ErrCodeLocked.In("code")
	}
	return err
}

// use makes a code this sale's, once.
func (w *Wallet) use(ctx context.Context, charge pay.Charge, code string) (shown, error) {
	codes, id := shownCodes.In(w.Codes.DB, charge.Account), payCodeID(charge.Account, code)
	used, err := codes.UpdateAndGet(ctx, id, store.Set("used_by", charge.TradeNo),
		store.Eq("used_by", ""), store.Gt("until", w.Codes.Now().UTC()))
	if errors.Is(err, store.ErrConditionFailed) {
		used, err = codes.Get(ctx, id)
		if err == nil && used.UsedBy != charge.TradeNo {
			return shown{}, ErrPayCode.In("code")
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return shown{}, ErrPayCode.In("code")
	}
	return used, err
}

// payerOf is who a transfer was drawn on, for a sale whose answer was lost.
func payerOf(charge pay.Charge, transfer ledger.Transfer) *message.Person {
	if charge.Scene != pay.AtCounter {
		return nil
	}
	for _, leg := range transfer.Legs {
		if account, channel, user, ok := message.SplitSubscriberID(leg.Wallet); ok && leg.Amount < 0 {
			return &message.Person{ID: leg.Wallet, Account: account, Channel: channel, User: user}
		}
	}
	return nil
}
