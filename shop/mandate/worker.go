package mandate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/store"
)

const (
	// lease keeps other workers away from a mandate that somebody is working on.
	lease = 20 * time.Second
	// lookAgain is the pause before asking once more how a charge went.
	lookAgain = time.Minute
	// openFor is how long a charge that nobody answers for stays open before it is
	// called off and made anew.
	openFor = 15 * time.Minute
	// notice is how long before a charge it has been announced at least, should the
	// server have been down when it was time to.
	notice = 24 * time.Hour
	// heldFor is how long a held charge waits for a member.
	heldFor = 7 * 24 * time.Hour
)

// Recover does what is due, of all accounts, and returns how many mandates it
// looked at. Any number of nodes may call it, every second or so. In a restored
// store it does nothing until an operator says go: what a backup calls due may
// have been charged since.
func (s *Service) Recover(ctx context.Context) (looked int, err error) {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return 0, err
	}
	return store.TakeDue(ctx, mandates.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(m Mandate) error {
		if _, err := s.goOn(ctx, m); err != nil && !errors.Is(err, errMoved) && !errors.Is(err, errOpenStill) {
			return fmt.Errorf("mandate: recover %s: %w", m.ID, err)
		}
		return nil
	})
}

// Run calls Recover every interval until ctx ends. What failed is due again.
func (s *Service) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := s.Recover(ctx); err != nil && ctx.Err() == nil {
				s.Logger.ErrorContext(ctx, "mandates: recover", "error", err)
			}
		}
	}
}

// follow does what is due for a mandate that was just changed. What fails is done
// by Recover.
func (s *Service) follow(ctx context.Context, m Mandate) Mandate {
	next, err := s.goOn(ctx, m)
	if err != nil && !errors.Is(err, errMoved) && !errors.Is(err, errOpenStill) {
		s.Logger.WarnContext(ctx, "mandate; will be gone on with", "mandate", m.ID, "state", m.State, "error", err)
	}
	return next
}

// goOn does everything that is due for a mandate now, and sets when it is to be
// looked at next. Each step can be done again.
func (s *Service) goOn(ctx context.Context, m Mandate) (Mandate, error) {
	for _, step := range []func(context.Context, Mandate) (Mandate, error){
		s.count, s.say, s.callOff, s.runOn, s.count, s.say, s.callOff, s.rest,
	} {
		var err error
		if m, err = step(ctx, m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// callOff does what a cancelled or ended mandate leaves to do outside.
func (s *Service) callOff(ctx context.Context, m Mandate) (Mandate, error) {
	var err error
	if m.Release {
		if m, err = s.release(ctx, m); err != nil {
			return m, err
		}
	}
	if m.Closing {
		if m, err = s.abandon(ctx, m); err != nil {
			return m, err
		}
	}
	if m.GiveUp != nil {
		m, err = s.giveBack(ctx, m)
	}
	return m, err
}

// runOn takes a mandate on in time.
func (s *Service) runOn(ctx context.Context, m Mandate) (Mandate, error) {
	over, err := m.dueAt()
	if err != nil {
		return m, err
	}
	now := s.now()
	switch {
	case m.State == Agreeing && !now.Before(m.At.Add(agreeFor)):
		return s.giveUpAgreeing(ctx, m)
	case m.State == Leaving && !now.Before(over):
		return s.end(ctx, m, m.Reason, "ended", 0)
	case !m.State.Charged():
		return m, nil
	case m.Open != nil:
		return s.goOnCharging(ctx, m)
	case m.Reminded <= m.Number:
		if remind, err := m.remindAt(); err != nil || now.Before(remind) {
			return m, err
		}
		return s.announce(ctx, m)
	}
	if charge, err := m.chargeAt(); err != nil || now.Before(charge) {
		return m, err
	}
	if m, err = s.next(ctx, m); err != nil {
		return m, err
	}
	if m.Open == nil {
		return m, s.settleRunning(ctx, m)
	}
	return s.goOnCharging(ctx, m)
}

// giveUpAgreeing ends a mandate that nobody has paid for. Money that is here
// already, and was not told of yet, makes it run all the same.
func (s *Service) giveUpAgreeing(ctx context.Context, m Mandate) (Mandate, error) {
	payments, err := s.Payments.Of(ctx, m.Account, subjectOf(m.ID, m.Number))
	if err != nil {
		return m, err
	}
	for _, payment := range payments {
		if payment.State == pay.Paid && !payment.Told {
			return m, errOpenStill
		}
		if !payment.State.Final() {
			closed, err := s.Payments.Close(ctx, m.Account, payment.TradeNo)
			if err != nil {
				return m, err
			}
			if !closed.State.Final() || closed.State == pay.Paid {
				return m, errOpenStill
			}
		}
	}
	return s.end(ctx, m, Abandoned, "", 0)
}

// remindAt is when the next charge is announced.
func (m Mandate) remindAt() (time.Time, error) {
	from, until, err := m.dates()
	return until.In(m.zone()).Add(-m.Terms.lead(from, until)), err
}

// chargeAt is when the next period is charged: when it begins, and never without
// notice.
func (m Mandate) chargeAt() (time.Time, error) {
	from, until, err := m.dates()
	if err != nil {
		return time.Time{}, err
	}
	at := until.In(m.zone())
	if m.RemindedAt != nil {
		if noticed := m.RemindedAt.Add(min(notice, m.Terms.lead(from, until))); noticed.After(at) {
			return noticed, nil
		}
	}
	return at, nil
}

// announce tells of the next charge, and looks whether the provider's mandate is
// still there: its payer may have called it off with the provider.
func (s *Service) announce(ctx context.Context, m Mandate) (Mandate, error) {
	stands, err := s.Payments.MandateStands(ctx, m.Account, m.Provider, m.Token)
	if err != nil {
		s.Logger.WarnContext(ctx, "mandate: the provider does not say whether it stands", "mandate", m.ID, "provider", m.Provider, "error", err)
	} else if !stands {
		return s.end(ctx, m, AtProvider, "provider", 0)
	}
	return s.turn(ctx, m, store.Set("reminded", m.Number+1).Set("reminded_at", s.now()).
		Set("tell", tell(m, fmt.Sprintf("remind:%d", m.Number+1))))
}

// next begins the next period. Its charge is written down before anything is
// asked for; one that credit pays for is settled at once.
func (s *Service) next(ctx context.Context, m Mandate) (Mandate, error) {
	if err := s.settleRunning(ctx, m); err != nil {
		return m, err
	}
	start, err := ParseDate(m.Start)
	if err != nil {
		return m, err
	}
	number := m.Number + 1
	from, until := m.Terms.span(start, number-m.Base)
	price := m.Terms.price(start, number-m.Base, number == 1)
	used := min(m.Credit, price.Minor)
	update := store.Set("number", number).Set("from", from.String()).Set("until", until.String()).
		Set("worth", price.Minor).Set("credit", m.Credit-used)
	return s.turn(ctx, m, s.opening(m, update, Charge{Amount: price, Credit: used}))
}

// opening adds the charge of a period that begins: none where nothing is left to
// pay.
func (s *Service) opening(m Mandate, update store.Update, charge Charge) store.Update {
	charge.Amount.Minor -= charge.Credit
	charge.Next = s.now()
	update = update.Set("cost", charge.Amount.Minor).Set("due", s.now())
	if charge.Amount.IsZero() {
		return update.Set("state", Active).Set("tell", tell(m, fmt.Sprintf("free:%d", m.Number+1)))
	}
	if update = update.Set("open", charge); len(m.Tell) > 0 {
		update = update.Set("tell", m.Tell)
	}
	return update
}

// settleRunning makes sure that the running period, which is paid, says so, or
// was written down at all: the payment that settled it may not have come so far.
func (s *Service) settleRunning(ctx context.Context, m Mandate) error {
	if err := s.open(ctx, m); err != nil {
		return err
	}
	period, err := s.period(ctx, m.Account, subjectOf(m.ID, m.Number))
	if err != nil || period.State != Unsettled {
		return err
	}
	update := store.Set("state", Settled).Set("paid_at", s.now())
	if len(m.Payments) > 0 && (m.Number == 0 || !period.Amount.IsZero()) {
		update = update.Set("payment", m.Payments[len(m.Payments)-1])
	}
	return s.settle(ctx, m.Account, period.ID, update)
}

// rest sets when a mandate is looked at next.
func (s *Service) rest(ctx context.Context, m Mandate) (Mandate, error) {
	at, err := m.nextLook(s.now())
	if err != nil {
		return m, err
	}
	update := store.Unset("due")
	if !at.IsZero() {
		update = store.Set("due", at)
	}
	rested, err := mandates.In(s.DB, m.Account).UpdateAndGet(ctx, m.ID, update, store.Eq("version", m.Version))
	if errors.Is(err, store.ErrConditionFailed) {
		return m, errMoved
	}
	return rested, err
}

// nextLook is when something is to be done next; the zero time for never.
func (m Mandate) nextLook(now time.Time) (time.Time, error) {
	switch {
	case len(m.Tell) > 0 || m.Release || m.Closing || m.GiveUp != nil || m.Counting != nil:
		return now.Add(lease), nil
	case m.State == Agreeing:
		return later(m.At.Add(agreeFor), now), nil
	case m.State == Leaving:
		return m.dueAt()
	case !m.State.Charged():
		return time.Time{}, nil
	case m.Open != nil && m.Open.Asked:
		return now.Add(lookAgain), nil
	case m.Open != nil:
		return m.Open.Next, nil
	case m.Reminded <= m.Number:
		return m.remindAt()
	}
	return m.chargeAt()
}

// later is a time that is not over yet.
func later(at, now time.Time) time.Time {
	if at.After(now) {
		return at
	}
	return now.Add(lease)
}

// definite finds a provider's no that no repetition changes.
func definite(err error) (*fault.Error, bool) {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || refused.Kind == fault.Internal || refused.Kind == fault.Unavailable {
		return nil, false
	}
	return refused, true
}
