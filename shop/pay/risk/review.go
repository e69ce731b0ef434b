package risk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/store"
)

// The faults of reviews.
var (
	ErrReviewed = fault.New(fault.Conflict, "risk_reviewed", "Somebody has already decided about this.")
	ErrNote     = fault.New(fault.Invalid, "risk_note", "A note has at most 500 characters.")
	ErrLabel    = fault.New(fault.Invalid, "risk_label", "An attempt is either genuine or fraud.")
)

const (
	maxNote = 500
	// lease keeps Recover away from a review that is just being carried out.
	lease = 20 * time.Second
)

// Queue lists the attempts that wait for a member, the longest waiting first.
func (s *Service) Queue(ctx context.Context, account string, limit int, after store.Cursor) ([]Assessment, store.Cursor, error) {
	return assessments.In(s.DB, account).Find(ctx,
		store.Where(store.Gt("queued", time.Time{})).By("queued").Top(limit).From(after))
}

// Waiting counts the queue, but not beyond limit.
func (s *Service) Waiting(ctx context.Context, account string, limit int) (int, error) {
	return assessments.In(s.DB, account).Count(ctx, store.Where(store.Gt("queued", time.Time{})).By("queued"), limit)
}

// Resolve ends the wait of an attempt: approved, its money goes on; refused, it
// does not. The model learns from it. Who is the member's name. Errors:
// ErrNoAssessment, ErrReviewed, ErrNote.
func (s *Service) Resolve(ctx context.Context, account, key string, approve bool, who, note string) (Assessment, error) {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxNote {
		return Assessment{}, ErrNote.In("note")
	}
	review, label := Refused, Fraud
	if approve {
		review, label = Approved, Genuine
	}
	done, err := s.unqueue(ctx, account, key, store.Set("review", review).Set("label", label).
		Set("reviewer", who).Set("reviewed_at", s.now()).Set("note", note).Set("due", s.now().Add(lease)))
	if err != nil {
		return done, err
	}
	if err := s.learn(ctx, done); err != nil {
		return done, err
	}
	if err := s.carryOut(ctx, done); err != nil {
		// It is decided and written down; Recover will carry it out.
		s.Logger.WarnContext(ctx, "risk: review not carried out yet", "account", account, "attempt", key, "error", err)
	}
	return done, nil
}

// Forget takes an attempt off the queue that is over by itself: its payment ran
// out of time.
func (s *Service) Forget(ctx context.Context, account string, kind Kind, attempt string) error {
	_, err := s.unqueue(ctx, account, Assessment{Kind: kind, Attempt: attempt}.Key(), store.Set("review", Overtime).Unset("due"))
	if errors.Is(err, ErrReviewed) || errors.Is(err, ErrNoAssessment) {
		return nil
	}
	return err
}

func (s *Service) unqueue(ctx context.Context, account, key string, update store.Update) (Assessment, error) {
	done, err := assessments.In(s.DB, account).UpdateAndGet(ctx, account+":"+key, update.Unset("queued"), store.Exists("queued", true))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return done, ErrNoAssessment
	case errors.Is(err, store.ErrConditionFailed):
		return done, ErrReviewed
	}
	if err == nil {
		s.tell(ctx, "risk.reviewed", done)
	}
	return done, err
}

// carryOut tells whoever moves the money.
func (s *Service) carryOut(ctx context.Context, done Assessment) error {
	if mover := s.movers[done.Kind]; mover != nil {
		tell := mover.Refuse
		if done.Review == Approved {
			tell = mover.Release
		}
		if err := tell(ctx, done.Account, done.Attempt); err != nil {
			return fmt.Errorf("risk: %s %s: %w", done.Review, done.Key(), err)
		}
	}
	return assessments.In(s.DB, done.Account).Update(ctx, done.ID, store.Unset("due"))
}

// Recover carries out the reviews that a crash or an error has left and clears
// the queue of what is over, in all accounts, and returns how many it looked at. Any number of nodes may call it.
func (s *Service) Recover(ctx context.Context) (looked int, err error) {
	return store.TakeDue(ctx, assessments.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(one Assessment) error {
		if one.Review == Waiting {
			return s.overtime(ctx, one)
		}
		return s.carryOut(ctx, one)
	})
}

// overtime takes an attempt off the queue that has become too old, although
// whoever moves the money has not said so: they crashed.
func (s *Service) overtime(ctx context.Context, old Assessment) error {
	return s.Forget(ctx, old.Account, old.Kind, old.Attempt)
}

// Mark says of an attempt, waiting or not, what it truly was: a complaint that
// comes weeks later. The model learns from it. Errors: ErrNoAssessment, ErrLabel.
func (s *Service) Mark(ctx context.Context, account, key string, label Label) (Assessment, error) {
	if label != Genuine && label != Fraud {
		return Assessment{}, ErrLabel.In("label")
	}
	before, err := s.Get(ctx, account, key)
	if err != nil || before.Label == label {
		return before, err
	}
	was := store.Eq("label", before.Label)
	if before.Label == Unlabelled {
		was = store.Exists("label", false)
	}
	marked, err := assessments.In(s.DB, account).UpdateAndGet(ctx, before.ID, store.Set("label", label), was)
	if errors.Is(err, store.ErrConditionFailed) {
		return marked, ErrReviewed
	}
	if err != nil {
		return marked, err
	}
	return marked, s.learn(ctx, marked)
}

// learn lets the model learn a label.
func (s *Service) learn(ctx context.Context, labelled Assessment) error {
	return s.minds.with(ctx, labelled.Account, func(model *Model) {
		s.engine.Label(model, labelled.Kind, labelled.Signals, labelled.Label)
	})
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
