package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"plaza/bot"
	"plaza/bot/webchat/webpush"
	"plaza/egress"
	"plaza/store"
)

const (
	// leaseTime is how long a worker has a person or a browser; it outlasts a call.
	leaseTime = 30 * time.Second
	// poll is how often workers look for what is due.
	poll = time.Second
	// pause before a repetition, doubled with each, up to maxPause.
	pause    = 30 * time.Second
	maxPause = time.Hour
	// later is when an account that is busy enough is looked at again.
	later = 2 * time.Second
	// topic: of what waits at the push service for a phone that is off, the last
	// stays.
	topic = "chat"
)

// Run notifies until ctx ends; then it lets what is under way come to an end and
// returns. Any number of nodes may run at once.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	defer s.calling.Wait()
	for {
		if err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Error("notify", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Work does all that is due now; calls go on in the background. Whatever fails is
// due again when its lease is over, and holds up nobody else. From a restored store
// nobody is told until an operator has looked.
func (s *Service) Work(ctx context.Context) error {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return err
	}
	var failed []error
	for _, step := range []func(context.Context) (bool, error){s.look, s.begin} {
		for worked := true; worked && ctx.Err() == nil; {
			var err error
			if worked, err = step(ctx); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

// Wait waits for the calls that are under way.
func (s *Service) Wait() { s.calling.Wait() }

// lease is how a worker has what it takes. Its fence rises, so that a worker whose
// lease has run out changes nothing any more.
func (s *Service) lease(also store.Update) store.Lease {
	return store.Lease{Now: s.now, For: leaseTime, By: "due_at", Also: also.Inc("fence", 1)}
}

// begin takes a browser that is due and tells it in the background.
func (s *Service) begin(ctx context.Context) (worked bool, err error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return false, nil
	}
	release := func() { <-s.slots }
	taken, found, err := store.TakeNext(ctx, browsers.Across(s.DB), s.lease(store.Inc("attempts", 1)))
	if !found {
		release()
		return false, err
	}
	if !s.busy.Enter(taken.Account) {
		release()
		return true, s.update(ctx, taken, store.Set("due_at", s.now().Add(later)).Inc("attempts", -1))
	}
	s.calling.Go(func() {
		defer release()
		defer s.busy.Leave(taken.Account)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
		defer cancel()
		if err := s.attempt(ctx, taken); err != nil {
			s.Logger.Error("notify", "account", taken.Account, "error", err)
		}
	})
	return true, nil
}

// attempt tells a browser once and does what follows from the answer.
func (s *Service) attempt(ctx context.Context, taken browser) error {
	to, err := people.In(s.DB, taken.Account).Get(ctx, taken.Person)
	if errors.Is(err, store.ErrNotFound) {
		return gone(browsers.In(s.DB, taken.Account).Delete(ctx, taken.ID, store.Eq("fence", taken.Fence)))
	}
	if err != nil {
		return err
	}
	unread, err := s.unread(ctx, to)
	if err != nil {
		return err
	}
	if len(unread) == 0 {
		return s.done(ctx, taken)
	}
	answer, err := s.call(ctx, taken, to, unread)
	if err != nil {
		return err
	}
	return s.conclude(ctx, taken, answer)
}

// reply is what came of a call.
type reply struct {
	outcome Outcome
	after   time.Duration // when to try again at the earliest, as the service says
}

// call hands the message to the push service. Errors are our own; the service's
// are outcomes.
func (s *Service) call(ctx context.Context, taken browser, to person, unread []bot.Message) (reply, error) {
	plain, err := s.Sealer.Open(ctx, browserFamily, taken.ID, taken.Sealed)
	if err != nil {
		return reply{}, err
	}
	var subscription webpush.Subscription
	if err := json.Unmarshal(plain, &subscription); err != nil {
		return reply{}, err
	}
	content, err := s.tell(ctx, to, unread)
	if err != nil {
		return reply{}, err
	}
	sender, _, err := s.senderOf(ctx)
	if err != nil {
		return reply{}, err
	}
	told := webpush.Message{Content: content, TTL: keepFor, Urgency: webpush.Low, Topic: topic}
	if urgent(unread) {
		told.Urgency = webpush.Normal
	}
	request, err := sender.Request(ctx, subscription, told, s.Now())
	if err != nil {
		return reply{}, err
	}
	answer, err := s.caller.Do(ctx, request)
	return reply{outcomeOf(answer.Status, err), retryAfter(answer.Header, s.Now())}, nil
}

// Outcome is how telling a browser ended.
type Outcome string

// The outcomes. Those from TooMany on are tried again.
const (
	Taken       Outcome = "taken"
	Gone        Outcome = "gone"    // the browser wants it no more
	Refused     Outcome = "refused" // the service will not have it
	Private     Outcome = "private" // its address leads into a private network
	Expired     Outcome = "expired" // tried for as long as anybody wants it
	TooMany     Outcome = "too_many"
	Failing     Outcome = "failing" // a status of 500 and above
	Unreachable Outcome = "unreachable"
)

func outcomeOf(status int, err error) Outcome {
	switch {
	case errors.Is(err, egress.ErrPrivate):
		return Private
	case errors.Is(err, egress.ErrRedirect):
		return Refused
	case err != nil && !errors.Is(err, egress.ErrTooLarge):
		return Unreachable
	case status >= 200 && status < 300:
		return Taken
	case status == http.StatusNotFound, status == http.StatusGone:
		return Gone
	case status == http.StatusTooManyRequests:
		return TooMany
	case status >= 500:
		return Failing
	}
	return Refused
}

func (o Outcome) repeatable() bool { return o == TooMany || o == Failing || o == Unreachable }

// retryAfter reads the header of that name: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(0, time.Duration(seconds)*time.Second), keepFor)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), keepFor)
	}
	return 0
}

// conclude writes down what came of a call.
func (s *Service) conclude(ctx context.Context, taken browser, answer reply) error {
	if answer.outcome.repeatable() {
		wait := max(min(pause<<min(taken.Attempts-1, 10), maxPause), answer.after)
		due := s.now().Add(wait)
		if due.Before(taken.Since.Add(keepFor)) {
			s.metrics.count(answer.outcome, true)
			return s.update(ctx, taken, store.Set("due_at", due))
		}
		answer.outcome = Expired
	}
	s.metrics.count(answer.outcome, false)
	if err := s.tally(ctx, taken.Account, answer.outcome); err != nil {
		return err
	}
	if answer.outcome != Gone {
		return s.done(ctx, taken)
	}
	if err := gone(browsers.In(s.DB, taken.Account).Delete(ctx, taken.ID, store.Eq("fence", taken.Fence))); err != nil {
		return err
	}
	return s.forgetWithout(ctx, taken.Account, taken.Person)
}

// done takes a browser out of the line, unless something was written meanwhile.
func (s *Service) done(ctx context.Context, taken browser) error {
	err := browsers.In(s.DB, taken.Account).Update(ctx, taken.ID, store.Unset("due_at"),
		store.Eq("fence", taken.Fence), store.Eq("wanted", taken.Wanted))
	if errors.Is(err, store.ErrConditionFailed) {
		now := s.now()
		return s.update(ctx, taken, store.Set("due_at", now).Set("since", now).Set("attempts", 0))
	}
	return gone(err)
}

// update changes a browser, unless another worker has it by now.
func (s *Service) update(ctx context.Context, taken browser, change store.Update) error {
	return gone(browsers.In(s.DB, taken.Account).Update(ctx, taken.ID, change, store.Eq("fence", taken.Fence)))
}
