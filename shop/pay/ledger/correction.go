package ledger

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/store"
)

// CorrectionState is how far a correction has come.
type CorrectionState string

// The states. Asked leads to Agreed or Declined, and Agreed to Made or Failed.
const (
	Asked    CorrectionState = "asked"
	Agreed   CorrectionState = "agreed" // a second person says yes: it is being made
	Made     CorrectionState = "made"
	Declined CorrectionState = "declined"
	Failed   CorrectionState = "failed" // the money has gone on: Problem
)

// The faults of corrections.
var (
	ErrCorrectionReason = fault.New(fault.Invalid, "correction_reason", "Please say in up to 500 characters why this has to be corrected.")
	ErrNoCorrection     = fault.New(fault.NotFound, "correction_not_found", "Nobody has asked for this correction.")
	ErrCorrected        = fault.New(fault.Conflict, "correction_asked", "A correction of this transfer was asked for already.")
	ErrOwnCorrection    = fault.New(fault.Forbidden, "correction_own", "Somebody else has to agree to a correction that you have asked for.")
	ErrCorrectionOver   = fault.New(fault.Conflict, "correction_over", "Somebody has already decided about this.")
	ErrUncorrectable    = fault.New(fault.Conflict, "transfer_uncorrectable", "A payment or a refund is not corrected here: give the payment back from its order.")
	ErrNoTransfer       = fault.New(fault.NotFound, "transfer_not_found", "There is no such transfer.")
)

// Signature is who has done something.
type Signature struct {
	Member string    `bson:"member" json:"-"`
	Name   string    `bson:"name" json:"name"`
	At     time.Time `bson:"at" json:"at"`
}

// Correction asks to undo a transfer, at most once, by a new one.
type Correction struct {
	ID       string          `bson:"_id" json:"-"` // account + ":" + Transfer
	Account  string          `bson:"account" json:"-"`
	Transfer string          `bson:"transfer" json:"transfer"` // its key
	Reason   string          `bson:"reason" json:"reason"`
	State    CorrectionState `bson:"state" json:"state"`
	Asked    Signature       `bson:"asked" json:"asked"`
	Decided  *Signature      `bson:"decided,omitempty" json:"decided,omitempty"`
	Problem  string          `bson:"problem,omitempty" json:"problem,omitempty"` // code of a fault
}

var corrections = store.Declare[Correction](store.Schema{Name: "ledger_corrections", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"-asked.at"}}}})

// Correctable says whether a member may have a transfer corrected: not what
// belongs to a payment, whose own refunds know of it.
func (t Transfer) Correctable() bool {
	kind, _, _ := strings.Cut(t.Key(), ":")
	return t.State == Posted && !slices.Contains([]string{"pay", "refund", "end", "correct"}, kind)
}

// AskCorrection writes down that somebody wants a transfer undone. Errors:
// ErrCorrectionReason, ErrNoTransfer, ErrUncorrectable, ErrCorrected.
func (l *Ledger) AskCorrection(ctx context.Context, account, key, member, name, reason string) (Correction, error) {
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > 500 {
		return Correction{}, ErrCorrectionReason.In("reason")
	}
	wrong, err := l.Find(ctx, account, key)
	if errors.Is(err, store.ErrNotFound) {
		return Correction{}, ErrNoTransfer
	}
	if err != nil {
		return Correction{}, err
	}
	if !wrong.Correctable() {
		return Correction{}, ErrUncorrectable
	}
	asked, inserted, err := corrections.In(l.db, account).InsertIfAbsent(ctx, Correction{ID: account + ":" + key, Account: account, Transfer: key,
		Reason: reason, State: Asked, Asked: l.sign(member, name)})
	if err == nil && !inserted && (asked.Asked.Member != member || asked.Reason != reason) {
		err = ErrCorrected
	}
	return asked, err
}

func (l *Ledger) sign(member, name string) Signature {
	return Signature{member, name, l.now().UTC().Truncate(time.Millisecond)}
}

// DecideCorrection says yes or no to a correction. Whoever has asked for it can't
// say yes, unless nobody else could: alone. Saying yes again goes on with one
// that a crash has stopped. Errors: ErrNoCorrection, ErrOwnCorrection,
// ErrCorrectionOver, ErrUnderWay.
func (l *Ledger) DecideCorrection(ctx context.Context, account, key, member, name string, agree, alone bool) (Correction, error) {
	found, err := l.Correction(ctx, account, key)
	if err != nil {
		return found, err
	}
	to := Declined
	if agree {
		to = Agreed
		if found.Asked.Member == member && !alone {
			return found, ErrOwnCorrection
		}
	}
	if found.State != Agreed || !agree {
		found, err = corrections.In(l.db, account).UpdateAndGet(ctx, found.ID,
			store.Set("state", to).Set("decided", l.sign(member, name)), store.Eq("state", Asked))
		if errors.Is(err, store.ErrConditionFailed) {
			return found, ErrCorrectionOver
		}
		if err != nil || !agree {
			return found, err
		}
	}
	return l.correct(ctx, found)
}

// correct makes a correction that was agreed to.
func (l *Ledger) correct(ctx context.Context, agreed Correction) (Correction, error) {
	update := store.Set("state", Made)
	if _, err := l.Correct(ctx, agreed.Account, agreed.Transfer, ""); err != nil {
		refused, ok := errors.AsType[*fault.Error](err)
		if !ok || refused.Kind == fault.Unavailable {
			return agreed, err
		}
		update = store.Set("state", Failed).Set("problem", refused.Code)
	}
	return corrections.In(l.db, agreed.Account).UpdateAndGet(ctx, agreed.ID, update)
}

// Correction finds the correction of a transfer. Errors: ErrNoCorrection.
func (l *Ledger) Correction(ctx context.Context, account, key string) (Correction, error) {
	found, err := corrections.In(l.db, account).Get(ctx, account+":"+key)
	if errors.Is(err, store.ErrNotFound) {
		return found, ErrNoCorrection
	}
	return found, err
}

// Corrections lists them, those that were asked for last first.
func (l *Ledger) Corrections(ctx context.Context, account string, after store.Cursor, limit int) ([]Correction, store.Cursor, error) {
	return corrections.In(l.db, account).Find(ctx, store.Query{}.By("-asked.at").Top(limit).From(after))
}
