package alimtalk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"plaza/store"
)

// Notices to many that nobody has begun to hand over go together: as many of one
// account and template as one call takes. Each is marked as begun before the call,
// and carries its own key in it, so that after a crash, or a call of which nobody
// knows the end, each is looked up and, if the dealer has not got it, handed over
// alone (lookUp).

// handOverMany hands over a notice that this worker has, with others like it that
// are due.
func (s *Service) handOverMany(ctx context.Context, access Access, first Notice) error {
	template, err := s.Template(ctx, first.Account, first.Template)
	if err != nil {
		_, err = s.settle(ctx, first, Failed, ErrNoTemplate.Text)
		return err
	}
	plan, err := s.Plan(ctx, first.Account)
	if err != nil {
		return err
	}
	batch, err := s.begin(ctx, first)
	if err != nil {
		return err
	}
	messages := make([]Message, len(batch))
	for i, n := range batch {
		number, err := s.Sealer.Open(ctx, noticeFamily, n.ID, n.Phone)
		if err != nil {
			return err
		}
		messages[i] = n.message(template, string(number), plan)
	}
	return s.sendTogether(ctx, access, batch, messages)
}

// begin marks a notice and others like it as begun. Of several workers one has
// each.
func (s *Service) begin(ctx context.Context, first Notice) ([]Notice, error) {
	now := s.now()
	due := now.Add(grace)
	found, _, err := notices.Across(s.DB).Find(ctx, store.Where(store.Lte("due_at", now)).By("due_at").Top(MaxTogether-1))
	if err != nil {
		return nil, err
	}
	batch, conditions := []Notice{first}, []store.Clause{store.Eq("due_at", *first.DueAt)}
	for _, n := range found {
		if n.Account == first.Account && n.Template == first.Template && !n.Begun && n.State == Sending && now.Sub(n.CreatedAt) <= giveUp {
			batch, conditions = append(batch, n), append(conditions, store.Eq("due_at", *n.DueAt))
		}
	}
	operations := make([]store.Operation, len(batch))
	for i, n := range batch {
		operations[i] = notices.In(s.DB, n.Account).Updating(n.ID, store.Set("begun", true).Set("due_at", due), conditions[i])
	}
	results, err := s.DB.Apply(context.WithoutCancel(ctx), operations...)
	var mine []Notice
	for i, result := range results {
		if result.Err == nil {
			batch[i].Begun, batch[i].DueAt = true, &due
			mine = append(mine, batch[i])
		} else if !errors.Is(result.Err, store.ErrConditionFailed) {
			return nil, err
		}
	}
	return mine, nil
}

// sendTogether makes the call. What is refused as a whole has had no effect, and
// may be so for one of them: the halves are tried on their own.
func (s *Service) sendTogether(ctx context.Context, access Access, batch []Notice, messages []Message) error {
	if len(batch) == 0 {
		return nil
	}
	call, cancel := context.WithTimeout(ctx, grace/2)
	defer cancel()
	handed, err := s.Dealer.Send(call, access, callKey(batch), messages)
	if refused, ok := errors.AsType[*Refused](err); ok && !refused.Busy && len(batch) > 1 {
		half := len(batch) / 2
		return errors.Join(s.sendTogether(ctx, access, batch[:half], messages[:half]), s.sendTogether(ctx, access, batch[half:], messages[half:]))
	}
	var failed error
	for i, n := range batch {
		var noted error
		if err == nil {
			_, noted = s.handed(ctx, n, handed[i])
		} else {
			_, noted = s.unhanded(ctx, n, err)
		}
		failed = errors.Join(failed, noted)
	}
	return failed
}

// callKey is the same for the same notices, and no other's.
func callKey(batch []Notice) string {
	if len(batch) == 1 {
		return batch[0].Key
	}
	digest := sha256.New()
	for _, n := range batch {
		digest.Write([]byte(n.ID + "\n"))
	}
	return hex.EncodeToString(digest.Sum(nil)[:20])
}
