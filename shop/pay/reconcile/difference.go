package reconcile

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// Kind says how the bill and we differ.
type Kind string

// The kinds.
const (
	MissingHere  Kind = "missing_here"  // on the bill, unknown to us
	MissingThere Kind = "missing_there" // paid here, on no bill
	AmountKind   Kind = "amount"        // another amount
	StateKind    Kind = "state"         // moved there and not here, or the other way round
)

// Kinds are all kinds, in the order in which pages list them.
func Kinds() []Kind { return []Kind{MissingHere, MissingThere, AmountKind, StateKind} }

// State of a difference.
type State string

// The states.
const (
	Open     State = "open"
	Resolved State = "resolved" // both agree by now
	ByHand   State = "by_hand"  // a member says it is in order, with a note
)

// maxNote bounds what a member writes, in characters.
const maxNote = 500

// The faults of differences.
var (
	ErrNoDifference = fault.New(fault.NotFound, "books_difference_not_found", "There is no such difference.")
	ErrNote         = fault.New(fault.Invalid, "books_note", "Please say in up to 500 characters how it was settled.")
	ErrNotOpen      = fault.New(fault.Conflict, "books_not_open", "This difference is settled already.")
	ErrNotAskable   = fault.New(fault.Conflict, "books_not_askable", "There is nothing to ask the provider about this.")
)

// Difference is something on which a bill and we do not agree. There is one for
// each payment and refund at most.
type Difference struct {
	ID       string `bson:"_id" json:"-"` // account + ":" + Name()
	Account  string `bson:"account" json:"-"`
	Provider string `bson:"provider" json:"provider"`
	TradeNo  string `bson:"trade_no" json:"trade_no"`
	RefundNo string `bson:"refund_no,omitempty" json:"refund_no,omitempty"`
	Day      string `bson:"day" json:"day"` // of the bill: "2026-05-04"
	Kind     Kind   `bson:"kind" json:"kind"`
	State    State  `bson:"state" json:"state"`
	// Ours and Theirs are the amounts; one without a currency is not there.
	Ours   money.Amount `bson:"ours" json:"ours"`
	Theirs money.Amount `bson:"theirs" json:"theirs"`
	// OurState is the state of the payment or refund here; empty: unknown to us.
	OurState    string    `bson:"our_state,omitempty" json:"our_state,omitempty"`
	ProviderRef string    `bson:"provider_ref,omitempty" json:"provider_ref,omitempty"`
	At          time.Time `bson:"at" json:"at"` // when the money moved
	FoundAt     time.Time `bson:"found_at" json:"found_at"`

	SettledAt *time.Time `bson:"settled_at,omitempty" json:"settled_at,omitempty"`
	SettledBy string     `bson:"settled_by,omitempty" json:"settled_by,omitempty"` // a member's name
	Note      string     `bson:"note,omitempty" json:"note,omitempty"`
}

var differences = store.Declare[Difference](store.Schema{
	Name: "reconciliation_differences", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{
		{Fields: []string{"-found_at"}},
		{Fields: []string{"state", "-found_at"}},
		{Fields: []string{"state", "kind", "-found_at"}},
	},
})

// Name names a difference in addresses.
func (d Difference) Name() string { return nameOf(d.Provider, d.TradeNo, d.RefundNo) }

func nameOf(provider, tradeNo, refundNo string) string {
	name := provider + ":" + tradeNo
	if refundNo != "" {
		name += ":" + refundNo
	}
	return name
}

// Missing says whether one side does not know of it at all.
func (d Difference) Missing() bool { return d.Kind == MissingHere || d.Kind == MissingThere }

// Askable says whether asking the provider may bring both to agree.
func (d Difference) Askable() bool { return d.State == Open && d.Kind == StateKind }

// Filter selects differences; the zero Filter is all.
type Filter struct {
	State State
	Kind  Kind // only with State
}

// Differences lists differences, the latest found first.
func (s *Service) Differences(ctx context.Context, account string, filter Filter, after store.Cursor, limit int) ([]Difference, store.Cursor, error) {
	var where []store.Clause
	if filter.State != "" {
		where = append(where, store.Eq("state", filter.State))
		if filter.Kind != "" {
			where = append(where, store.Eq("kind", filter.Kind))
		}
	}
	return differences.In(s.DB, account).Find(ctx, store.Where(where...).By("-found_at").Top(limit).From(after))
}

// OpenCount counts what is open, up to a limit.
func (s *Service) OpenCount(ctx context.Context, account string, limit int) (int, error) {
	return differences.In(s.DB, account).Count(ctx, store.Where(store.Eq("state", Open)), limit)
}

// Difference finds one by its name. Errors: ErrNoDifference.
func (s *Service) Difference(ctx context.Context, account, name string) (Difference, error) {
	found, err := differences.In(s.DB, account).Get(ctx, account+":"+name)
	if errors.Is(err, store.ErrNotFound) {
		return found, ErrNoDifference
	}
	return found, err
}

// Settle closes an open difference by a member's word. Errors: ErrNote,
// ErrNoDifference, ErrNotOpen.
func (s *Service) Settle(ctx context.Context, account, name, by, note string) (Difference, error) {
	if note = strings.TrimSpace(note); note == "" || len([]rune(note)) > maxNote {
		return Difference{}, ErrNote.In("note")
	}
	settled, err := s.close(ctx, account, name, ByHand, by, note)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return settled, ErrNoDifference
	case errors.Is(err, store.ErrConditionFailed):
		return settled, ErrNotOpen
	case err == nil:
		s.tell(ctx, account)
	}
	return settled, err
}

func (s *Service) close(ctx context.Context, account, name string, to State, by, note string) (Difference, error) {
	return differences.In(s.DB, account).UpdateAndGet(ctx, account+":"+name,
		store.Set("state", to).Set("settled_at", s.now()).Set("settled_by", by).Set("note", note), store.Eq("state", Open))
}

// Ask asks the provider once more about a payment that is paid there and not
// here, and closes the difference if both agree then. Errors: ErrNoDifference,
// ErrNotAskable, pay.ErrOutcomeOpen.
func (s *Service) Ask(ctx context.Context, account, name string) (Difference, error) {
	found, err := s.Difference(ctx, account, name)
	if err != nil {
		return found, err
	}
	if !found.Askable() {
		return found, ErrNotAskable
	}
	agreed, err := s.agrees(ctx, found.Account, found.TradeNo, found.RefundNo)
	if err != nil || !agreed {
		return found, err
	}
	found, err = s.close(ctx, account, name, Resolved, "", "")
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Difference(ctx, account, name)
	}
	s.tell(ctx, account)
	return found, err
}

// agrees asks the provider about something that stands on its bill and is not
// done here. It agrees if the money is here now or, by the provider's latest
// word, has gone back.
func (s *Service) agrees(ctx context.Context, account, tradeNo, refundNo string) (bool, error) {
	if refundNo == "" {
		payment, outcome, err := s.Payments.Ask(ctx, account, tradeNo)
		return payment.State == pay.Paid || outcome.Status == pay.Ended || outcome.Status == pay.Failure, err
	}
	payment, outcome, err := s.Payments.AskRefund(ctx, account, tradeNo, refundNo)
	state := payment.Refunds[refundNo].State
	return err == nil && state != pay.RefundHeld && outcome.Status == state, err
}
