package wallet

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/risk"
	"plaza/store"
)

// The faults of transfers between subscribers.
var (
	ErrSelf        = fault.New(fault.Invalid, "transfer_to_self", "You can't send money to yourself.")
	ErrPayee       = fault.New(fault.NotFound, "transfer_payee", "Nobody can be paid with this code.")
	ErrTransferKey = fault.New(fault.Invalid, "transfer_key", "A transfer needs a key of 1 to 64 letters and digits.")
	ErrNothing     = fault.New(fault.Invalid, "transfer_nothing", "Please say how much.")
	ErrNote        = fault.New(fault.Invalid, "transfer_note", "A note has at most 60 characters.")
	ErrReused      = fault.New(fault.Conflict, "transfer_reused", "This key was used for another transfer.")
	ErrCodePaid    = fault.New(fault.Conflict, "transfer_code_paid", "This has already been paid.")
	ErrCodeBusy    = fault.New(fault.Conflict, "transfer_code_busy", "Somebody else is just paying this. Please look again in a few minutes.")
	ErrWithdrawn   = fault.New(fault.Conflict, "transfer_code_withdrawn", "This is not asked for any more.")
	ErrNoTransfer  = fault.New(fault.NotFound, "transfer_not_found", "There is no such transfer.")
	ErrDeclined    = fault.New(fault.Conflict, "transfer_declined", "This transfer was not made. Please try again.")
)

// TransferState is where a transfer between subscribers stands.
type TransferState string

// The states: Begun leads to Sent or Declined, perhaps by way of Asking.
const (
	Begun    TransferState = "begun"
	Asking   TransferState = "asking" // until its sender has proved who they are
	Sent     TransferState = "sent"
	Declined TransferState = "declined" // Reason says why; nothing has moved
)

// Transfer is money from one subscriber's balance to another's, both of the
// same account. What it moves never changes.
type Transfer struct {
	ID      string         `bson:"_id" json:"id"` // account + ":" + sender + ":" + key
	Account string         `bson:"account" json:"-"`
	From    message.Person `bson:"from" json:"from"`
	To      message.Person `bson:"to" json:"to"`
	Amount  money.Amount   `bson:"amount" json:"amount"`
	Note    string         `bson:"note,omitempty" json:"note,omitempty"`
	Code    string         `bson:"code,omitempty" json:"-"` // the receive code that led here
	State   TransferState  `bson:"state" json:"state"`
	Reason  string         `bson:"reason,omitempty" json:"reason,omitempty"` // code of the fault
	At      time.Time      `bson:"at" json:"at"`
	// Doubted: the guard wants to know who the sender is.
	Doubted bool `bson:"doubted,omitempty" json:"-"`
	// Due is when Recover looks next: something is left to do or to tell.
	Due *time.Time `bson:"due,omitempty" json:"-"`
}

// Key is what its sender named it by.
func (t Transfer) Key() string { return strings.TrimPrefix(t.ID, t.Account+":"+t.From.ID+":") }

var sent = store.Declare[Transfer](store.Schema{
	Name:    "wallet_transfers",
	Indexes: []store.Index{{Fields: []string{"due"}, Across: true, Sparse: true}},
})

// Guard looks at money before it moves: pay.Guard. It may be nil.
type Guard interface {
	Assess(ctx context.Context, attempt risk.Attempt) (risk.Assessment, error)
	Settle(ctx context.Context, account string, kind risk.Kind, attempt string, outcome risk.Outcome) error
}

// StepUp has a payer prove who they are: pay.StepUp. It may be nil.
type StepUp interface {
	Prove(ctx context.Context, consent pay.Consent, proof map[string]string) error
}

// People finds subscribers.
type People interface {
	Person(ctx context.Context, account, id string) (message.Person, error)
}

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Dependencies of Transfers. All are needed but Guard, StepUp, Receipts and
// Friends.
type Dependencies struct {
	DB       *store.DB
	Wallet   *Wallet
	Payments *pay.Service
	People   People
	Sender   Sender
	Texts    Texts
	Guard    Guard
	StepUp   StepUp
	Receipts Receipts
	Friends  Friends
	Now      func() time.Time
	Logger   *slog.Logger
}

// Transfers are what subscribers do with their balances besides paying the
// shop: send, be paid by a code, top up. Safe for concurrent use, on any number
// of nodes.
type Transfers struct{ Dependencies }

// NewTransfers makes them; they become the owner of pay.ForTopUp.
func NewTransfers(dependencies Dependencies) *Transfers {
	t := &Transfers{dependencies}
	t.Payments.Own(pay.ForTopUp, topUps{t})
	return t
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{sent.Schema(), toppedUp.Schema(), receiveCodes.Schema(), spending.Schema(), shownCodes.Schema(),
		policies.Schema(),
		permissions.Schema()}
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// SendRequest asks for a transfer. The same Key of the same sender is the same
// transfer.
type SendRequest struct {
	From    message.Person
	To      string // the subscriber's id
	Key     string
	Amount  money.Amount
	Note    string
	Address string            // the network address the sender's browser comes from
	Device  string            // what tells the sender's browser from others
	Proof   map[string]string // of who they are, if the guard wants it
	code    string
	once    bool            // the code has an amount
	payee   *message.Person // whom a code pays: perhaps no subscriber yet
}

// lease is how long whoever began something has for it before Recover looks.
const lease = 20 * time.Second

// Send moves money from one subscriber to another, who both hear of it. What was
// declined stays so under its key. Where the sender has to prove who they are it
// waits, and the same request with a proof goes on. Errors: ErrSelf, ErrPayee, ErrLimit,
// ledger.ErrInsufficient, pay.ErrStopped, ErrPayeeFull, those of StepUp; ledger.ErrUnderWay
// when the same transfer is just being made.
func (t *Transfers) Send(ctx context.Context, request SendRequest) (Transfer, error) {
	transfer, err := t.written(ctx, request)
	if err != nil {
		return Transfer{}, err
	}
	found, inserted, err := sent.In(t.DB, transfer.Account).InsertIfAbsent(ctx, transfer)
	switch {
	case err != nil:
		return Transfer{}, err
	case !inserted && (found.To.ID != transfer.To.ID || found.Amount != transfer.Amount):
		return Transfer{}, ErrReused
	case found.State == Sent:
		return found, nil
	case found.State == Declined:
		return found, declinedFor(found.Reason)
	case found.State == Asking:
		return t.answered(ctx, found, request)
	case !inserted:
		return found, ledger.ErrUnderWay // being made elsewhere, or left to Recover
	}
	if request.once {
		if err := t.claim(ctx, found); err != nil {
			return t.decline(ctx, found, err)
		}
	}
	if err := t.spend(ctx, found); err != nil {
		return t.decline(ctx, found, err)
	}
	doubted, err := t.allowed(ctx, found, request)
	if err != nil {
		t.unspend(ctx, found)
		return t.decline(ctx, found, err)
	}
	return t.proved(ctx, found, doubted, request.Proof)
}

// declinedFor is the fault that a transfer was declined for.
func declinedFor(code string) error {
	for _, known := range []*fault.Error{ErrLimit, ErrDayLimit, ErrPayeeFull, ErrCodePaid, ErrCodeBusy, ErrWithdrawn, ErrPayee, pay.ErrStopped, ledger.ErrInsufficient, ledger.ErrVoid} {
		if known.Code == code {
			return known
		}
	}
	return ErrDeclined
}

// written is a transfer to be written down. Errors: what can't be meant.
func (t *Transfers) written(ctx context.Context, request SendRequest) (Transfer, error) {
	switch {
	case !keyShape.MatchString(request.Key):
		return Transfer{}, ErrTransferKey.In("key")
	case len([]rune(request.Note)) > 60:
		return Transfer{}, ErrNote.In("note")
	case request.Amount.IsZero():
		return Transfer{}, ErrNothing.In("amount")
	}
	if err := request.Amount.Check(); err != nil {
		return Transfer{}, err
	}
	from := request.From
	to, err := t.payee(ctx, request)
	if err != nil {
		return Transfer{}, err
	}
	purses, err := t.Wallet.purses(ctx, from, request.Amount.Currency)
	if err != nil {
		return Transfer{}, err
	}
	for _, own := range purses {
		if own.owner == to.ID {
			return Transfer{}, ErrSelf.In("to")
		}
	}
	now := t.now()
	due := now.Add(lease)
	return Transfer{ID: transferID(request), Account: from.Account, From: from, To: to,
		Amount: request.Amount, Note: request.Note, Code: request.code, State: Begun, At: now, Due: &due}, nil
}

// payee is whom a request pays. Errors: ErrPayee.
func (t *Transfers) payee(ctx context.Context, request SendRequest) (message.Person, error) {
	if request.payee != nil {
		return *request.payee, nil
	}
	to, err := t.People.Person(ctx, request.From.Account, request.To)
	if err != nil || to.Account != request.From.Account {
		return message.Person{}, ErrPayee.In("to")
	}
	return to, nil
}

func transferID(request SendRequest) string {
	return request.From.Account + ":" + request.From.ID + ":" + request.Key
}

// allowed asks the guard, and whether it doubts who the sender is.
func (t *Transfers) allowed(ctx context.Context, transfer Transfer, request SendRequest) (doubted bool, err error) {
	if t.Guard == nil {
		return false, nil
	}
	balance, err := t.Wallet.Balance(ctx, transfer.From, transfer.Amount.Currency)
	if err != nil {
		return false, err
	}
	found, err := t.Guard.Assess(ctx, risk.Attempt{ID: transfer.ID, Account: transfer.Account, Kind: risk.Transfer,
		Subscriber: transfer.From.ID, Payee: transfer.To.ID, Amount: transfer.Amount, Balance: balance.Minor, Method: Name,
		Address: request.Address, Device: risk.FingerprintOf(transfer.Account, "device", request.Device), AtOnce: true, At: transfer.At})
	switch {
	case err != nil:
		return false, err
	case found.Action != risk.Allow && found.Action != risk.StepUp:
		return false, pay.ErrStopped
	case balance.Minor < transfer.Amount.Minor:
		return false, ledger.ErrInsufficient // nobody proves who they are for nothing
	default:
		// Where nobody can prove who they are (there is no StepUp), doubt alone stops
		// nobody, as with payments: everybody's first transfer is a doubtful one.
		return found.Action == risk.StepUp, nil
	}
}

// move does what is written down, once, and tells both.
func (t *Transfers) move(ctx context.Context, transfer Transfer) (Transfer, error) {
	err := t.Wallet.give(ctx, transfer.From, transfer.To, "send:"+transfer.ID, transfer.Amount, transfer.Note)
	if definite, ok := errors.AsType[*fault.Error](err); ok && definite.Kind != fault.Unavailable {
		t.unspend(ctx, transfer)
		return t.decline(ctx, transfer, definite)
	}
	if err != nil {
		return transfer, err
	}
	moved, err := t.turn(ctx, transfer, Sent, "")
	if err != nil {
		return transfer, err
	}
	t.settle(ctx, moved, risk.Succeeded)
	return t.tell(ctx, moved), nil
}

// decline ends a transfer that must not happen, unless it has. Only a fault
// declines; after anything else nobody knows, and Recover goes on.
func (t *Transfers) decline(ctx context.Context, transfer Transfer, cause error) (Transfer, error) {
	why, ok := errors.AsType[*fault.Error](cause)
	if !ok {
		return transfer, cause
	}
	declined, err := t.turn(ctx, transfer, Declined, why.Code)
	if err != nil {
		return transfer, err
	}
	t.settle(ctx, declined, risk.Failed)
	if err := t.unclaim(ctx, declined); err != nil {
		return declined, err
	}
	return declined, cause
}

func (t *Transfers) turn(ctx context.Context, transfer Transfer, to TransferState, reason string) (Transfer, error) {
	update := store.Set("state", to).Set("reason", reason)
	if to == Declined {
		update = update.Unset("due")
	}
	turned, err := sent.In(t.DB, transfer.Account).UpdateAndGet(ctx, transfer.ID, update, store.Eq("state", Begun))
	if errors.Is(err, store.ErrConditionFailed) {
		return sent.In(t.DB, transfer.Account).Get(ctx, transfer.ID)
	}
	return turned, err
}

// settle lets the guard learn; that it could not is no reason to stop.
func (t *Transfers) settle(ctx context.Context, transfer Transfer, outcome risk.Outcome) {
	if t.Guard == nil {
		return
	}
	if err := t.Guard.Settle(ctx, transfer.Account, risk.Transfer, transfer.ID, outcome); err != nil {
		t.Logger.WarnContext(ctx, "wallet: the guard was not told", "transfer", transfer.ID, "error", err)
	}
}

// Recover finishes what crashes have left, of all accounts.
func (t *Transfers) Recover(ctx context.Context) error {
	_, err := store.TakeDue(ctx, sent.Across(t.DB), store.Lease{Now: t.now, For: lease}, func(transfer Transfer) (err error) {
		switch transfer.State {
		case Sent:
			t.tell(ctx, transfer)
		case Begun:
			_, err = t.goOn(ctx, transfer)
		case Asking:
			err = t.giveUp(ctx, transfer)
		}
		return err
	})
	return err
}

// goOn decides about a transfer whose maker died: one whose money has moved is
// Sent, and all others are called off, because nobody knows whether the guard
// had agreed.
func (t *Transfers) goOn(ctx context.Context, transfer Transfer) (Transfer, error) {
	void, err := t.Wallet.ledger.Void(ctx, transfer.Account, "send:"+transfer.ID)
	if err != nil {
		return transfer, err
	}
	if void.State != ledger.Posted {
		declined, err := t.turn(ctx, transfer, Declined, ledger.ErrVoid.Code)
		if err != nil {
			return transfer, err
		}
		return declined, t.unclaim(ctx, declined)
	}
	moved, err := t.turn(ctx, transfer, Sent, "")
	if err != nil {
		return transfer, err
	}
	t.settle(ctx, moved, risk.Succeeded)
	return t.tell(ctx, moved), nil
}

func (t *Transfers) now() time.Time { return t.Now().UTC().Truncate(time.Millisecond) }
