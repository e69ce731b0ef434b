package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
)

// Issue is the wallet that money comes out of when a balance is topped up and
// returns to when it leaves. It alone may be negative: its balance is minus
// what everybody holds.
const Issue = "@issue"

// Sales is the wallet that receives what an account's shop takes.
const Sales = "@sales"

// lease is how long a worker has for a transfer before another takes it over.
const lease = 20 * time.Second

// The faults of transfers.
var (
	ErrInsufficient = fault.New(fault.Conflict, "insufficient_balance", "There is not enough money in the balance.")
	ErrFull         = fault.New(fault.Conflict, "balance_full", "This is more than the balance may hold.")
	ErrUnderWay     = fault.New(fault.Unavailable, "transfer_under_way", "This payment is just being processed. Please look again in a moment.")
	ErrKeyReused    = fault.New(fault.Conflict, "transfer_key_reused", "This key was used for another transfer.")
	ErrUnbalanced   = fault.New(fault.Invalid, "transfer_unbalanced", "The amounts of a transfer must add up to zero.")
	ErrVoid         = fault.New(fault.Conflict, "transfer_void", "This transfer was called off.")
)

// State of a transfer; see the package comment.
type State string

// The states.
const (
	Open     State = "open"
	Posted   State = "posted"
	Refusing State = "refusing"
	Refused  State = "refused"
)

// Leg is a transfer's change to one wallet, in minor units.
type Leg struct {
	Wallet string `bson:"wallet"`
	Amount int64  `bson:"amount"`
	// Most is what the wallet may hold afterwards, where money comes in; 0: any
	// amount, negative: nothing comes in.
	Most int64 `bson:"most,omitempty"`
}

// moves says whether two legs move the same. What a wallet may hold changes with
// the limits, and a request that is repeated asks under those of its own day.
func (l Leg) moves(other Leg) bool { return l.Wallet == other.Wallet && l.Amount == other.Amount }

// Transfer is an entry of the ledger. Its legs never change.
type Transfer struct {
	ID       string     `bson:"_id"` // account + ":" + key
	Account  string     `bson:"account"`
	Currency string     `bson:"currency"`
	Legs     []Leg      `bson:"legs"`
	Wallets  []string   `bson:"wallets"` // keys of the wallets, for their history
	Memo     string     `bson:"memo,omitempty"`
	State    State      `bson:"state"`
	Void     bool       `bson:"void,omitempty"` // refused before anybody asked for it
	Full     bool       `bson:"full,omitempty"` // refused because a wallet may not hold more
	Mark     string     `bson:"mark"`           // names the transfer inside wallets
	At       time.Time  `bson:"at"`
	Due      *time.Time `bson:"due,omitempty"` // the worker's deadline; gone when all is done
}

// Wallet is a balance.
type Wallet struct {
	ID       string           `bson:"_id"`
	Account  string           `bson:"account"`
	Owner    string           `bson:"owner"`
	Currency string           `bson:"currency"`
	Balance  int64            `bson:"balance"`
	Pending  map[string]int64 `bson:"pending"` // legs applied by transfers under way, by mark
	Fence    time.Time        `bson:"fence"`   // legs under an earlier deadline come too late
}

var wallets = store.Declare[Wallet](store.Schema{Name: "wallets"})

var transfers = store.Declare[Transfer](store.Schema{
	Name: "transfers",
	Indexes: []store.Index{
		{Fields: []string{"wallets", "-at"}},
		{Fields: []string{"due"}, Across: true, Sparse: true},
	},
})

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{wallets.Schema(), transfers.Schema(), checks.Schema(), corrections.Schema()}
}

// Ledger keeps wallets and transfers. Safe for concurrent use.
type Ledger struct {
	db  *store.DB
	now func() time.Time
}

// New makes a ledger over db.
func New(db *store.DB, now func() time.Time) *Ledger { return &Ledger{db: db, now: now} }

// Request asks for a transfer. The same Key twice moves the money once.
type Request struct {
	Account  string
	Key      string
	Currency string
	Legs     []Leg // two or more, of different wallets, summing to zero
	Memo     string
}

func (r Request) check() error {
	if r.Key == "" || len(r.Legs) < 2 {
		return ErrUnbalanced
	}
	var sum int64
	seen := map[string]bool{}
	for _, leg := range r.Legs {
		if err := money.Of(max(leg.Amount, -leg.Amount), r.Currency).Check(); err != nil {
			return err
		}
		if leg.Amount == 0 || leg.Wallet == "" || seen[leg.Wallet] {
			return ErrUnbalanced
		}
		seen[leg.Wallet] = true
		sum += leg.Amount
	}
	if sum != 0 {
		return ErrUnbalanced
	}
	return nil
}

// Transfer moves money between wallets, all legs or none, and returns when it
// has moved. Errors: ErrInsufficient and ErrFull (final for this key), ErrVoid,
// ErrUnderWay (another worker has it; ask again), ErrKeyReused.
// After any other error the outcome is open: the same request again, or
// Recover, finishes it.
func (l *Ledger) Transfer(ctx context.Context, request Request) (Transfer, error) {
	if err := request.check(); err != nil {
		return Transfer{}, err
	}
	transfer, err := l.atOnce(ctx, l.written(request))
	if errors.Is(err, store.ErrDuplicate) {
		return l.again(ctx, request, transfer)
	}
	if err == nil && transfer.State == Open {
		transfer, err = l.run(ctx, transfer)
	}
	if err != nil {
		return transfer, err
	}
	return transfer, transfer.outcome()
}

// again answers a request whose key there is a transfer for.
func (l *Ledger) again(ctx context.Context, request Request, asked Transfer) (Transfer, error) {
	stored, err := l.Find(ctx, request.Account, request.Key)
	if err != nil {
		return Transfer{}, err
	}
	if stored.Void {
		return stored, ErrVoid
	}
	if stored.Currency != asked.Currency || !slices.EqualFunc(stored.Legs, asked.Legs, Leg.moves) {
		return Transfer{}, ErrKeyReused
	}
	if stored, err = l.resume(ctx, stored); err != nil {
		return stored, err
	}
	return stored, stored.outcome()
}

func (l *Ledger) written(request Request) Transfer {
	now := l.now().UTC().Truncate(time.Millisecond)
	due := now.Add(lease)
	transfer := Transfer{
		ID: request.Account + ":" + request.Key, Account: request.Account,
		Currency: request.Currency, Memo: request.Memo,
		Legs: slices.Clone(request.Legs), State: Open, Mark: store.NewID(), At: now, Due: &due,
	}
	// Debits come first: what may be refused is tried before anything moves.
	slices.SortStableFunc(transfer.Legs, func(a, b Leg) int {
		switch {
		case a.Amount < 0 && b.Amount > 0:
			return -1
		case a.Amount > 0 && b.Amount < 0:
			return 1
		}
		return 0
	})
	for _, leg := range transfer.Legs {
		transfer.Wallets = append(transfer.Wallets, walletID(request.Account, request.Currency, leg.Wallet))
	}
	return transfer
}

func (t Transfer) outcome() error {
	switch {
	case t.State == Posted:
		return nil
	case t.Void:
		return ErrVoid
	case t.Full:
		return ErrFull
	case t.State == Refused || t.State == Refusing:
		return ErrInsufficient
	}
	return ErrUnderWay
}

// Void makes sure that no money moves under key any more, unless it already
// has: the transfer that is there now is returned. State Posted means Void
// came too late. Errors: ErrUnderWay.
func (l *Ledger) Void(ctx context.Context, account, key string) (Transfer, error) {
	now := l.now().UTC().Truncate(time.Millisecond)
	stored, inserted, err := transfers.In(l.db, account).InsertIfAbsent(ctx, Transfer{
		ID: account + ":" + key, Account: account, State: Refused, Void: true, Mark: store.NewID(), At: now,
	})
	if err != nil || inserted {
		return stored, err
	}
	return l.resume(ctx, stored)
}

// Find looks a transfer up by its key. Errors: store.ErrNotFound.
func (l *Ledger) Find(ctx context.Context, account, key string) (Transfer, error) {
	return transfers.In(l.db, account).Get(ctx, account+":"+key)
}

// Balance is what a wallet holds; one that was never used holds nothing.
func (l *Ledger) Balance(ctx context.Context, account, currency, owner string) (money.Amount, error) {
	wallet, err := wallets.In(l.db, account).Get(ctx, walletID(account, currency, owner))
	if errors.Is(err, store.ErrNotFound) {
		return money.Of(0, currency), nil
	}
	return money.Of(wallet.Balance, currency), err
}

// History lists the transfers of one wallet, newest first.
func (l *Ledger) History(ctx context.Context, account, currency, owner string, limit int, after store.Cursor) ([]Transfer, store.Cursor, error) {
	query := store.Where(store.Eq("wallets", walletID(account, currency, owner))).By("-at").Top(limit).From(after)
	return transfers.In(l.db, account).Find(ctx, query)
}

func walletID(account, currency, owner string) string {
	return fmt.Sprintf("%s:%s:%s", account, currency, owner)
}
