package broadcast

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/store"
)

const (
	pollEvery   = 500 * time.Millisecond // how often an idle worker looks
	resultsPoll = 5 * time.Second        // how often results are looked for
	// settleTime lets the counts that other nodes still hold arrive.
	settleTime = 2 * time.Second
	// resultsWithin is how long an outbox may owe a result.
	resultsWithin = 24 * time.Hour
	// turn is how many batches a worker sends before others get their turn.
	turn = 20
	// maxAttempts in a row, about 20 minutes, and a campaign has failed.
	maxAttempts = 10
)

// errLost ends the work on a campaign that is somebody else's by now.
var errLost = errors.New("broadcast: lease lost")

// Start begins to work, on this node, until Stop. ctx is for its values.
func (s *Service) Start(ctx context.Context) {
	ctx, abort := context.WithCancel(context.WithoutCancel(ctx))
	stopping := make(chan struct{})
	s.mutex.Lock()
	s.stopping, s.abort = stopping, abort
	s.mutex.Unlock()
	if err := s.takeBack(ctx); err != nil {
		s.Logger.ErrorContext(ctx, "campaigns of a process that has died wait for their leases", "error", err)
	}
	for range s.Workers {
		s.workers.Go(func() { s.loop(ctx, stopping) })
	}
	s.workers.Go(func() { s.progress.loop(ctx, stopping) })
}

// takeBack makes due at once what a process that died had in hand. On a store
// that no other process can have open nobody else can have it, so there is no
// lease to wait for.
func (s *Service) takeBack(ctx context.Context) error {
	if s.DB.Shared() {
		return nil
	}
	now := s.now()
	for _, state := range []State{Sending, Cancelled} {
		for {
			_, err := campaigns.Across(s.DB).FindAndUpdate(ctx,
				store.Where(store.Gt("due_at", now), store.Lte("due_at", now.Add(s.Lease))).By("due_at"),
				store.Set("due_at", now), store.Eq("state", state))
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Stop lets every worker finish its batch and give back its lease. What is not
// done when ctx ends is broken off; another worker will repeat it.
func (s *Service) Stop(ctx context.Context) error {
	s.mutex.Lock()
	stopping, abort := s.stopping, s.abort
	s.abort = nil
	s.mutex.Unlock()
	if abort == nil {
		return nil // not started, or stopped
	}
	defer abort()
	close(stopping)
	done := make(chan struct{})
	go func() { s.workers.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		abort()
		<-done
	}
	s.mutex.Lock()
	s.stopping = nil
	s.mutex.Unlock()
	return errors.Join(s.progress.flush(context.WithoutCancel(ctx)), ctx.Err())
}

func (s *Service) loop(ctx context.Context, stopping <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-stopping:
			return
		case <-s.wake:
		case <-timer.C:
		}
		for worked := true; worked; {
			select {
			case <-stopping:
				return
			default:
			}
			var err error
			if worked, err = s.Work(ctx); err != nil && ctx.Err() == nil {
				s.Logger.ErrorContext(ctx, "campaign queue", "error", err)
			}
		}
		timer.Reset(pollEvery)
	}
}

// Work takes the first due campaign of all accounts and moves it on by one
// turn; worked is false when nothing is due.
func (s *Service) Work(ctx context.Context) (worked bool, err error) {
	restored, err := s.Restoration.Restored(ctx)
	if err != nil {
		return false, err
	}
	if restored {
		return false, s.holdAll(ctx)
	}
	campaign, found, err := store.TakeNext(ctx, campaigns.Across(s.DB),
		store.Lease{Now: s.now, For: s.Lease, By: "due_at", Also: store.Inc("fence", 1)})
	if err != nil {
		return false, err
	}
	if !found {
		return s.sendUnsent(ctx)
	}
	err = s.advance(ctx, campaign)
	if err == nil || errors.Is(err, errLost) || errors.Is(err, ErrState) {
		return true, nil
	}
	return true, s.setBack(context.WithoutCancel(ctx), campaign, err)
}

func (s *Service) advance(ctx context.Context, campaign Campaign) error {
	switch campaign.State {
	case Scheduled:
		return s.fire(ctx, campaign)
	case Sending:
		return s.send(ctx, campaign)
	case Cancelled:
		return s.windUp(ctx, campaign)
	default: // stopped while a worker had it
		return s.keep(ctx, campaign, store.Unset("due_at"), store.Eq("state", campaign.State))
	}
}

// fire begins a run, unless the time passed too long ago.
func (s *Service) fire(ctx context.Context, campaign Campaign) error {
	now := s.now()
	if !campaign.Released && now.Sub(campaign.NextAt) > campaign.When.Deadline() {
		return s.hold(ctx, campaign, Missed)
	}
	total, err := s.Subscribers.Estimate(ctx, campaign.Account, campaign.audience())
	if err != nil {
		return err
	}
	run := Run{
		ID: runID(campaign.ID, campaign.NextAt), Account: campaign.Account, Campaign: campaign.ID,
		FireAt: campaign.NextAt, StartedAt: now, Counts: Progress{Total: total},
	}
	if _, _, err := runs.In(s.DB, campaign.Account).InsertIfAbsent(ctx, run); err != nil {
		return err
	}
	campaign, err = s.move(ctx, campaign.Account, campaign.ID, Sending,
		store.Set("run", run.ID).Set("active_at", now).Unset("next_at", "released", "reason"),
		store.Eq("state", Scheduled), store.Eq("fence", campaign.Fence))
	if err != nil {
		return err
	}
	return s.send(ctx, campaign)
}

// send moves the run under way on by one turn.
func (s *Service) send(ctx context.Context, campaign Campaign) error {
	run, err := s.Run(ctx, campaign.Account, campaign.Run)
	if err != nil {
		return err
	}
	if run.WalkedAt.IsZero() && s.now().Sub(campaign.ActiveAt) > campaign.When.Deadline() {
		return s.hold(ctx, campaign, Interrupted)
	}
	run, err = runs.In(s.DB, run.Account).UpdateAndGet(ctx, run.ID,
		store.Set("fence", campaign.Fence), store.Lt("fence", campaign.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return errLost
	}
	if err != nil {
		return err
	}
	if !run.WalkedAt.IsZero() {
		return s.settle(ctx, campaign, run)
	}
	err = s.walk(ctx, campaign, run)
	if errors.Is(err, errBacklog) {
		// It stands still, for as long as its deadline lets it.
		return s.keep(ctx, campaign, store.Set("due_at", s.now().Add(backlogPause)))
	}
	if err != nil {
		return err
	}
	return s.letGo(ctx, campaign, 0)
}

// settle ends a run whose walk is over, once every delivery has an outcome.
func (s *Service) settle(ctx context.Context, campaign Campaign, run Run) error {
	if run.Counts.Queued > 0 {
		if err := s.shipWholes(ctx, campaign, run); err != nil {
			return err
		}
		open, err := s.open(ctx, run)
		switch {
		case err != nil:
			return err
		case len(open) > 0 && s.now().Sub(run.WalkedAt) > resultsWithin:
			if err := s.giveUp(ctx, open, Uncertain, "no_result"); err != nil {
				return err
			}
			return s.letGo(ctx, campaign, 0)
		case len(open) > 0:
			return s.letGo(ctx, campaign, resultsPoll)
		case !run.Settled:
			if err := s.keepRun(ctx, run, store.Set("settled", true)); err != nil {
				return err
			}
			return s.letGo(ctx, campaign, settleTime)
		}
		if err := s.progress.flush(ctx); err != nil {
			return err
		}
		if err := s.recount(ctx, run); err != nil {
			return err
		}
	}
	return s.finish(ctx, campaign, run)
}

func (s *Service) finish(ctx context.Context, campaign Campaign, run Run) error {
	if err := s.keepRun(ctx, run, store.Set("finished_at", s.now())); err != nil {
		return err
	}
	s.progress.touch(run)
	mine := []store.Clause{store.Eq("fence", campaign.Fence), store.Eq("state", Sending)}
	if campaign.When.Kind == Recurring {
		zone, err := s.Accounts.Zone(ctx, campaign.Account)
		if err != nil {
			return err
		}
		// Firings that fell into the run are left out, not made up for.
		next, err := campaign.When.Next(s.now(), zone)
		if err != nil {
			return err
		}
		if !next.IsZero() {
			_, err = s.move(ctx, campaign.Account, campaign.ID, Scheduled,
				store.Set("next_at", next).Set("due_at", next), mine...)
			return err
		}
	}
	_, err := s.move(ctx, campaign.Account, campaign.ID, Done, store.Unset("due_at"), mine...)
	return err
}

// windUp closes the books of a cancelled campaign.
func (s *Service) windUp(ctx context.Context, campaign Campaign) error {
	run, err := s.Run(ctx, campaign.Account, campaign.Run)
	switch {
	case errors.Is(err, ErrRun): // it never fired
	case err != nil:
		return err
	case run.FinishedAt.IsZero():
		pending, err := s.inState(ctx, run, Pending)
		if err != nil {
			return err
		}
		if len(pending) > 0 {
			if err := s.giveUp(ctx, pending, Skipped, "cancelled"); err != nil {
				return err
			}
			return s.letGo(ctx, campaign, 0)
		}
		if err := runs.In(s.DB, run.Account).Update(ctx, run.ID, store.Set("finished_at", s.now())); err != nil {
			return err
		}
		s.progress.touch(run)
	}
	return s.keep(ctx, campaign, store.Unset("due_at"), store.Eq("state", Cancelled))
}

// hold stops a campaign until somebody decides.
func (s *Service) hold(ctx context.Context, campaign Campaign, reason string) error {
	s.Logger.WarnContext(ctx, "campaign held", "account", campaign.Account, "campaign", campaign.ID, "reason", reason)
	_, err := s.move(ctx, campaign.Account, campaign.ID, Held,
		store.Set("reason", reason).Unset("due_at"), store.Eq("fence", campaign.Fence))
	return err
}

// holdAll holds what a restored store would send: what is due, and every run
// that was under way when the backup was taken.
func (s *Service) holdAll(ctx context.Context) error {
	now := s.now()
	for state, until := range map[State]time.Time{Scheduled: now, Sending: now.Add(s.Lease)} {
		for {
			campaign, err := campaigns.Across(s.DB).FindAndUpdate(ctx,
				store.Where(store.Lte("due_at", until)).By("due_at"),
				store.Set("state", Held).Set("reason", Restored).Unset("due_at").Inc("fence", 1),
				store.Eq("state", state))
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
			s.announce(ctx, campaign)
		}
	}
	return nil
}

// Go lets a restored store send again, on an operator's word. What was due or
// under way is held before that, for somebody to decide one by one.
func (s *Service) Go(ctx context.Context) error {
	if err := s.holdAll(ctx); err != nil {
		return err
	}
	return s.Restoration.ClearRestored(ctx)
}

// setBack tries a campaign again later, each time later, and fails it in the end.
func (s *Service) setBack(ctx context.Context, campaign Campaign, cause error) error {
	if errors.Is(cause, context.Canceled) { // broken off, not failed
		return s.letGo(ctx, campaign, 0)
	}
	attempts := campaign.Attempts + 1
	s.Logger.ErrorContext(ctx, "campaign set back", "account", campaign.Account,
		"campaign", campaign.ID, "attempts", attempts, "error", cause)
	reason := "internal"
	if known, ok := errors.AsType[*fault.Error](cause); ok {
		reason = known.Code
	}
	if attempts >= maxAttempts && campaign.State != Scheduled && campaign.State != Cancelled {
		_, err := s.move(ctx, campaign.Account, campaign.ID, Failed,
			store.Set("reason", reason).Set("attempts", attempts).Unset("due_at"), store.Eq("fence", campaign.Fence))
		if errors.Is(err, ErrState) { // somebody stopped it meanwhile
			return s.letGo(ctx, campaign, 0)
		}
		return err
	}
	wait := min(time.Second<<min(attempts, 9), 5*time.Minute)
	return s.keep(ctx, campaign, store.Set("due_at", s.now().Add(wait)).Set("attempts", attempts))
}

// letGo gives the lease back; the campaign is due again after a while.
func (s *Service) letGo(ctx context.Context, campaign Campaign, after time.Duration) error {
	return s.keep(ctx, campaign, store.Set("due_at", s.now().Add(after)).Set("active_at", s.now()))
}

// keep changes a campaign while the lease is ours.
func (s *Service) keep(ctx context.Context, campaign Campaign, update store.Update, conditions ...store.Clause) error {
	return lost(campaigns.In(s.DB, campaign.Account).Update(ctx, campaign.ID, update,
		append(conditions, store.Eq("fence", campaign.Fence))...))
}

// keepRun changes a run while the lease is ours.
func (s *Service) keepRun(ctx context.Context, run Run, update store.Update) error {
	return lost(runs.In(s.DB, run.Account).Update(ctx, run.ID, update, store.Eq("fence", run.Fence)))
}

func lost(err error) error {
	if errors.Is(err, store.ErrConditionFailed) {
		return errLost
	}
	return err
}

// audience is whom it reaches, with the consent it needs.
func (c Campaign) audience() Audience {
	audience := c.Audience
	audience.Purpose = c.Purpose
	return audience
}
