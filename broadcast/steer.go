package broadcast

import (
	"context"
	"errors"
	"slices"

	"plaza/store"
)

// The moves a member makes. None of them touches a lease: a worker that holds
// one sees the new state when it next renews it, at the end of its page, and
// lets go. So what a member stops has stopped within a page, and nobody else
// works on it meanwhile.

// Schedule arms a draft: it fires at its time, or at once.
// Errors: ErrPast, ErrState, ErrCampaign.
func (s *Service) Schedule(ctx context.Context, account, id string) (Campaign, error) {
	campaign, err := s.Find(ctx, account, id)
	if err != nil {
		return Campaign{}, err
	}
	if err := s.check(ctx, account, campaign.Plan); err != nil {
		return Campaign{}, err
	}
	zone, err := s.Accounts.Zone(ctx, account)
	if err != nil {
		return Campaign{}, err
	}
	next, err := campaign.When.Next(s.now(), zone)
	if err != nil {
		return Campaign{}, err
	}
	link, err := s.link(ctx, campaign)
	if err != nil {
		return Campaign{}, err
	}
	update := store.Set("next_at", next).Set("due_at", next).Set("attempts", 0)
	if link != "" {
		update = update.Set("link", link)
	}
	return s.move(ctx, account, id, Scheduled, update,
		store.Eq("state", Draft), store.Eq("revision", campaign.Revision))
}

// Unschedule takes a campaign that waits for its time back to draft.
func (s *Service) Unschedule(ctx context.Context, account, id string) (Campaign, error) {
	return s.move(ctx, account, id, Draft, store.Unset("next_at", "due_at").Inc("fence", 1))
}

// Pause stops a campaign that is being sent.
func (s *Service) Pause(ctx context.Context, account, id string) (Campaign, error) {
	return s.move(ctx, account, id, Paused, nil)
}

// Resume goes on where a paused or failed campaign stopped.
func (s *Service) Resume(ctx context.Context, account, id string) (Campaign, error) {
	return s.leasefree(ctx, account, id, func(campaign Campaign) (State, store.Update, error) {
		return Sending, store.Set("active_at", s.now()).Set("attempts", 0).Unset("reason"), nil
	}, Paused, Failed)
}

// Cancel ends a campaign, whether it waits, is being sent, or is held. What
// was sent stays sent.
func (s *Service) Cancel(ctx context.Context, account, id string) (Campaign, error) {
	return s.leasefree(ctx, account, id, func(campaign Campaign) (State, store.Update, error) {
		return Cancelled, store.Unset("next_at", "reason"), nil
	}, Scheduled, Sending, Paused, Held, Failed)
}

// Release lets a held campaign go: a missed firing fires now, an interrupted
// run goes on.
func (s *Service) Release(ctx context.Context, account, id string) (Campaign, error) {
	return s.leasefree(ctx, account, id, func(campaign Campaign) (State, store.Update, error) {
		update := store.Set("active_at", s.now()).Unset("reason")
		if campaign.NextAt.IsZero() {
			return Sending, update, nil
		}
		return Scheduled, update.Set("released", true), nil
	}, Held)
}

// Skip gives up what a held campaign missed: a recurring one waits for its next
// time, any other is cancelled.
func (s *Service) Skip(ctx context.Context, account, id string) (Campaign, error) {
	return s.leasefree(ctx, account, id, func(campaign Campaign) (State, store.Update, error) {
		if campaign.When.Kind != Recurring || campaign.NextAt.IsZero() {
			return Cancelled, store.Unset("reason", "next_at"), nil
		}
		zone, err := s.Accounts.Zone(ctx, account)
		if err != nil {
			return "", nil, err
		}
		next, err := campaign.When.Next(s.now(), zone)
		return Scheduled, store.Set("next_at", next).Set("due_at", next).Unset("reason"), err
	}, Held)
}

// leasefree makes a move after which a worker has to look, and puts the
// campaign into the queue unless it is there: under a lease, its end or the
// worker letting go brings the next look. Errors: ErrCampaign, ErrState.
func (s *Service) leasefree(ctx context.Context, account, id string,
	decide func(Campaign) (State, store.Update, error), allowed ...State) (Campaign, error) {
	for {
		campaign, err := s.Find(ctx, account, id)
		if err != nil {
			return Campaign{}, err
		}
		if !slices.Contains(allowed, campaign.State) {
			return Campaign{}, ErrState
		}
		to, update, err := decide(campaign)
		if err != nil {
			return Campaign{}, err
		}
		queued := !campaign.DueAt.IsZero()
		if campaign.State == Scheduled || !queued && !sets(update, "due_at") {
			update = update.Set("due_at", s.now())
		}
		moved, err := s.move(ctx, account, id, to, update, store.Eq("state", campaign.State),
			store.Exists("due_at", queued), store.Eq("fence", campaign.Fence))
		if !errors.Is(err, ErrState) {
			return moved, err
		}
		// It changed under our hands: decide again.
	}
}

func sets(update store.Update, field string) bool {
	return slices.ContainsFunc(update, func(change store.Change) bool { return change.Field == field })
}
