package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"plaza/fault"
	"plaza/live"
	"plaza/shop/pay"
	"plaza/store"
)

// lease is how long a node has a provider of an account without a word.
const lease = 2 * time.Minute

// Log takes events for the pages.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Accounts are all accounts, by their ids.
type Accounts interface {
	Each(ctx context.Context) iter.Seq2[string, error]
	Zone(ctx context.Context, account string) (*time.Location, error)
}

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB       *store.DB
	Payments *pay.Service
	Accounts Accounts
	Log      Log
	Now      func() time.Time
	Logger   *slog.Logger
}

// Service reconciles. Safe for concurrent use, on any number of nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// Jobs puts what recurs on a clock: who is to be reconciled is looked up every
// hour, and what is due is done every minute, also after an outage.
func (s *Service) Jobs(ctx context.Context, clock *cron.Cron) error {
	for _, job := range []struct {
		when, what string
		do         func(context.Context) error
	}{{"7 * * * *", "enrol", s.Enrol}, {"* * * * *", "work", s.Work}} {
		_, err := clock.AddFunc(job.when, func() {
			if err := job.do(ctx); err != nil && ctx.Err() == nil {
				s.Logger.ErrorContext(ctx, "reconcile: "+job.what, "error", err)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Enrol begins with the providers that accounts have a contract with, and with
// those that need none, at the day before: a bill of it will be out.
func (s *Service) Enrol(ctx context.Context) error {
	for contract, err := range s.Payments.AllContracts(ctx) {
		if err != nil {
			return err
		}
		if err := s.enrol(ctx, contract.Account, contract.Provider); err != nil {
			return err
		}
	}
	var free []string
	contracted := map[string]bool{}
	for _, provider := range s.Payments.Contracts().Providers() {
		contracted[provider] = true
	}
	for _, provider := range s.Payments.Names() {
		if _, bills := s.Payments.Bills(provider); bills && !contracted[provider] {
			free = append(free, provider)
		}
	}
	for account, err := range s.Accounts.Each(ctx) {
		if err != nil {
			return err
		}
		for _, provider := range free {
			if err := s.enrol(ctx, account, provider); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) enrol(ctx context.Context, account, provider string) error {
	if _, bills := s.Payments.Bills(provider); !bills {
		return nil
	}
	_, err := positions.In(s.DB, account).Get(ctx, account+":"+provider)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	calendar, err := s.calendar(ctx, account, provider)
	if err != nil {
		return err
	}
	yesterday := s.now().In(calendar.zone).AddDate(0, 0, -1).Format(time.DateOnly)
	_, _, err = positions.In(s.DB, account).InsertIfAbsent(ctx, position{ID: account + ":" + provider, Account: account,
		Provider: provider, First: yesterday, Next: yesterday, Due: calendar.out(yesterday)})
	return err
}

// calendar is how a provider counts an account's days.
type calendar struct {
	zone *time.Location
	cron cron.Schedule
	kept time.Duration
}

func (s *Service) calendar(ctx context.Context, account, provider string) (calendar, error) {
	times, ok := s.Payments.Bills(provider)
	if !ok {
		return calendar{}, pay.ErrNoProvider
	}
	schedule, err := cron.ParseStandard(times.Out)
	if err != nil {
		return calendar{}, fmt.Errorf("reconcile: bills of %s are out at %q: %w", provider, times.Out, err)
	}
	made := calendar{times.Zone, schedule, times.Kept}
	if made.zone == nil {
		made.zone, err = s.Accounts.Zone(ctx, account)
	}
	return made, err
}

// bounds are a day's beginning and end.
func (c calendar) bounds(day string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, day, c.zone)
	return from, from.AddDate(0, 0, 1), err
}

// out is when the bill of a day is out.
func (c calendar) out(day string) time.Time {
	_, end, err := c.bounds(day)
	if err != nil {
		return time.Time{}
	}
	return c.cron.Next(end.Add(-time.Second)).UTC()
}

func (c calendar) after(day string) string {
	_, end, err := c.bounds(day)
	if err != nil {
		return day
	}
	return end.Format(time.DateOnly)
}

// Work reconciles what is due, of all accounts: a day after another where
// several are.
func (s *Service) Work(ctx context.Context) error {
	taking := store.Lease{Now: s.now, For: lease, Also: store.Inc("tries", 1)}
	_, err := store.TakeDue(ctx, positions.Across(s.DB), taking, func(mine position) error {
		if err := s.reconcile(ctx, mine); err != nil {
			return fmt.Errorf("%s %s: %w", mine.Provider, mine.day(), err)
		}
		return nil
	})
	return err
}

// reconcile does the next day of a position that is ours.
func (s *Service) reconcile(ctx context.Context, mine position) error {
	calendar, err := s.calendar(ctx, mine.Account, mine.Provider)
	if err != nil {
		return err
	}
	day := mine.day()
	from, to, err := calendar.bounds(day)
	if err != nil {
		return err
	}
	run, err := s.began(ctx, mine, day)
	if err != nil {
		return err
	}
	pass := &pass{Service: s, mine: mine, run: run, from: from, to: to}
	err = pass.all(ctx)
	switch {
	case errors.Is(err, errLost):
		return nil // another node has it
	case err == nil:
		return s.ended(ctx, pass, Done, calendar)
	case s.now().Sub(to) > calendar.kept:
		s.Logger.ErrorContext(ctx, "reconcile: a day's bill can't be had any more", "account", mine.Account, "provider", mine.Provider, "day", day, "error", err)
		return s.ended(ctx, pass, Missed, calendar)
	}
	return s.stuck(ctx, pass, err)
}

// began writes a run down, or goes on with the one that there is.
func (s *Service) began(ctx context.Context, mine position, day string) (Run, error) {
	id := mine.ID + ":" + day
	run, inserted, err := runs.In(s.DB, mine.Account).InsertIfAbsent(ctx, Run{ID: id, Account: mine.Account, Provider: mine.Provider, Day: day,
		State: Running, Tries: 1, StartedAt: s.now()})
	if err != nil || inserted {
		return run, err
	}
	update := store.Inc("tries", 1).Set("state", Running)
	if run.State == Done || run.State == Missed { // once more, from the beginning
		update = emptied(update).Set("started_at", s.now()).Unset("ended_at", "problem")
	}
	return runs.In(s.DB, mine.Account).UpdateAndGet(ctx, id, update)
}

func emptied(update store.Update) store.Update { return tallied(update, Tally{}) }

func tallied(update store.Update, tally Tally) store.Update {
	return update.Set("lines", tally.Lines).Set("digest", tally.Digest).Set("foreign", tally.Foreign).Set("matched", tally.Matched).
		Set("settled", tally.Settled).Set("found", tally.Found).Set("sums", tally.Sums)
}

// ended closes a run and leads on to the next day.
func (s *Service) ended(ctx context.Context, of *pass, state RunState, calendar calendar) error {
	run, mine := of.run, of.mine
	update := tallied(store.Set("state", state).Set("ended_at", s.now()).Unset("problem"), run.Tally)
	if err := runs.In(s.DB, run.Account).Update(ctx, run.ID, update); err != nil {
		return err
	}
	next := store.Set("tries", 0)
	following := mine.Next
	if len(mine.Again) > 0 {
		next = next.Pull("again", run.Day)
	} else {
		following = calendar.after(run.Day)
		next = next.Set("next", following)
	}
	due := calendar.out(following)
	if len(mine.Again) > 1 {
		due = s.now()
	}
	s.tell(ctx, run.Account)
	return s.keep(ctx, of, next.Set("due", due))
}

// stuck says why a run does not get on, and when it is tried again.
func (s *Service) stuck(ctx context.Context, of *pass, cause error) error {
	state, problem, wait := Failing, errProblem.Code, 10*time.Minute
	if known, ok := errors.AsType[*fault.Error](cause); ok {
		problem = known.Code
	}
	if errors.Is(cause, pay.ErrNoBill) {
		state, wait = Waiting, 5*time.Minute
	} else {
		s.Logger.WarnContext(ctx, "reconcile: will be tried again", "account", of.run.Account, "provider", of.run.Provider, "day", of.run.Day, "error", cause)
	}
	wait = min(wait<<min(of.mine.Tries-1, 6), 4*time.Hour)
	err := runs.In(s.DB, of.run.Account).Update(ctx, of.run.ID, store.Set("state", state).Set("problem", problem))
	if err != nil {
		return err
	}
	return s.keep(ctx, of, store.Set("due", s.now().Add(wait)))
}

// keep changes a position while it is ours. Errors: errLost.
func (s *Service) keep(ctx context.Context, of *pass, update store.Update) error {
	kept, err := positions.In(s.DB, of.mine.Account).UpdateAndGet(ctx, of.mine.ID, update, store.Eq("due", of.mine.Due))
	if errors.Is(err, store.ErrConditionFailed) {
		return errLost
	}
	if err == nil {
		of.mine.Due = kept.Due
	}
	return err
}

// tell lets pages know that there is news.
func (s *Service) tell(ctx context.Context, account string) {
	open, err := s.OpenCount(ctx, account, 100)
	var data []byte
	if err == nil {
		data, err = json.Marshal(map[string]int{"open": open})
	}
	if err == nil {
		err = s.Log.Append(ctx, live.Event{Account: account, Topics: []string{"books"}, Kind: "books.changed", Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "reconcile: pages were not told", "account", account, "error", err)
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
