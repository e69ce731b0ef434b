package developer

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/bot"
	"plaza/bot/wechat"
	"plaza/egress"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

const (
	// maxAttempts: the first and WeChat's three retries.
	maxAttempts = 4
	// leaseTime is how long a worker has a push; it outlasts an attempt and what
	// follows from it.
	leaseTime = 30 * time.Second
	// poll is how often workers look for what another node has written down or
	// what is due again. What this node writes down wakes them at once.
	poll = 500 * time.Millisecond
	// pause before a repetition, times the attempts so far. An attempt that
	// timed out has taken its time already.
	pause = 400 * time.Millisecond
)

// Run makes pushes and mass sends until ctx ends; then it lets what is under
// way come to an end and returns. Any number of nodes may run at once.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	defer s.calling.Wait()
	for {
		for _, step := range []func(context.Context) (bool, error){s.begin, s.sendMass} {
			for worked := true; worked && ctx.Err() == nil; {
				var err error
				if worked, err = step(ctx); err != nil && ctx.Err() == nil {
					s.Logger.Error("developer", "error", err)
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

// begin takes a push that is due and makes it in the background: a callback that
// takes its time must not keep others waiting. Those of one account begin in the
// order in which they were written down. From a restored store nothing is pushed
// until an operator has looked.
func (s *Service) begin(ctx context.Context) (worked bool, err error) {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return false, nil
	}
	release := func() { <-s.slots }
	taken, found, err := store.TakeNext(ctx, pushes.Across(s.DB), s.lease(store.Inc("attempts", 1)))
	if !found {
		release()
		return false, err
	}
	if !s.busy.Enter(taken.Account) {
		release()
		return true, s.postpone(ctx, taken)
	}
	s.calling.Go(func() {
		defer release()
		defer s.busy.Leave(taken.Account)
		ctx, cancel := detached(ctx, leaseTime)
		defer cancel()
		if err := s.attempt(ctx, taken); err != nil {
			s.Logger.Error("developer push", "account", taken.Account, "kind", taken.Kind, "error", err)
		}
	})
	return true, nil
}

// lease is how a worker has what it takes. Its fence rises, so that a worker whose
// lease has run out changes nothing any more.
func (s *Service) lease(also store.Update) store.Lease {
	return store.Lease{Now: s.now, For: leaseTime, By: "due_at", Also: also.Inc("fence", 1)}
}

// postpone gives back a push of an account whose program is busy enough.
func (s *Service) postpone(ctx context.Context, push Push) error {
	err := pushes.In(s.DB, push.Account).Update(ctx, push.ID, store.Set("due_at", s.now().Add(2*poll)).Inc("attempts", -1), store.Eq("fence", push.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// attempt makes a push once and does what follows from the answer.
func (s *Service) attempt(ctx context.Context, push Push) error {
	app, err := s.Find(ctx, push.Account)
	if err != nil {
		return err
	}
	what, err := s.openPush(ctx, push)
	if err != nil {
		return err
	}
	began := s.Now()
	thought := s.thinking(push, what)
	reply, clear, outcome := s.call(ctx, app, &push, what.Document)
	thought()
	push.Took, push.Outcome = s.Now().Sub(began).Truncate(time.Millisecond), outcome
	if clear != nil {
		if push.Answer, err = s.Sealer.Seal(ctx, sealedAnswer, push.ID, clear); err != nil {
			return err
		}
	}
	if outcome.repeatable() && push.Attempts < maxAttempts && app.Enabled {
		due := s.now().Add(time.Duration(push.Attempts) * pause)
		push.DueAt = &due
		return s.note(ctx, push)
	}
	if err := s.conclude(ctx, app, &push, what, reply); err != nil {
		return err // the lease runs out, and the push is made again
	}
	push.DueAt = nil
	return s.note(ctx, push)
}

// thinkingAfter is how long a callback may take before the person is shown that
// an answer is being written.
const thinkingAfter = 600 * time.Millisecond

// thinking shows that, should the callback take long; to be ended once it has
// answered. If it has nothing to say, the sign is taken away.
func (s *Service) thinking(push Push, what content) (end func()) {
	if push.Subscriber == "" || what.Inbound == nil {
		return func() {}
	}
	show := func(signal message.Signal) {
		ctx, cancel := detached(context.Background(), leaseTime)
		defer cancel()
		if err := s.Bot.Inbox().Signal(ctx, push.Account, push.Subscriber, signal); err != nil {
			s.Logger.Debug("signal not shown", "account", push.Account, "error", err)
		}
	}
	shown := time.AfterFunc(thinkingAfter, func() { show(message.TypingOn) })
	return func() {
		if !shown.Stop() {
			show(message.TypingOff)
		}
	}
}

// note writes down how a push stands, unless another worker has it by now.
func (s *Service) note(ctx context.Context, push Push) error {
	update := store.Set("state", push.State).Set("outcome", push.Outcome).Set("status", push.Status).
		Set("took", push.Took).Set("address", push.Address)
	if push.Answer != nil {
		update = update.Set("answer", push.Answer)
	}
	if push.DueAt != nil {
		update = update.Set("due_at", *push.DueAt)
	} else {
		update = update.Unset("due_at")
	}
	err := pushes.In(s.DB, push.Account).Update(ctx, push.ID, update, store.Eq("fence", push.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// call makes the request and reads the answer.
func (s *Service) call(ctx context.Context, app App, push *Push, document wechat.Document) (reply wechat.Reply, clear []byte, outcome Outcome) {
	callback, err := s.CallbackOf(ctx, app)
	if err != nil || callback.URL == "" {
		return reply, nil, NotSet
	}
	push.Address = hostOf(callback.URL)
	platform, err := app.platform(callback)
	if err != nil {
		return reply, nil, NotSet
	}
	query, body := platform.Push(s.Now(), push.User, document)
	request, err := callTo(ctx, http.MethodPost, callback.URL, query, body)
	if err != nil {
		return reply, nil, NotSet
	}
	request.Header.Set("Content-Type", "text/xml")
	answer, err := s.caller.Do(ctx, request)
	push.Status = answer.Status
	switch {
	case errors.Is(err, egress.ErrPrivate):
		return reply, nil, Private
	case errors.Is(err, egress.ErrRedirect):
		return reply, nil, Redirected
	case errors.Is(err, egress.ErrTooLarge):
		return reply, nil, TooLarge
	case errors.Is(err, context.DeadlineExceeded):
		return reply, nil, TimedOut
	case err != nil:
		s.Logger.Info("callback not reached", "account", push.Account, "error", err)
		return reply, nil, Unreachable
	case answer.Status != http.StatusOK:
		return reply, answer.Body, BadStatus
	}
	reply, clear, err = platform.ReadReply(answer.Body, push.User)
	if clear == nil {
		clear = answer.Body
	}
	switch {
	case errors.Is(err, wechat.ErrNotEncrypted):
		outcome = Clear
	case errors.Is(err, wechat.ErrSignature), errors.Is(err, wechat.ErrDecrypt):
		outcome = Unsigned
	case err != nil:
		outcome = Malformed
	case reply.Type == "":
		outcome = Silent
	default:
		outcome = Replied
	}
	return reply, clear, outcome
}

// repeatable says whether WeChat would try again: the callback did not take it.
func (o Outcome) repeatable() bool {
	switch o {
	case TimedOut, Unreachable, BadStatus, Redirected:
		return true
	}
	return false
}

// conclude does what follows from the last attempt: shows the reply, asks the
// account's own rules, or says sorry. Each of these has a key of its own, so it
// may be done again.
func (s *Service) conclude(ctx context.Context, app App, push *Push, what content, reply wechat.Reply) error {
	push.State = Failed
	if push.Outcome == Replied || push.Outcome == Silent {
		push.State = Delivered
	}
	if push.Subscriber == "" {
		return nil
	}
	person, err := s.Bot.Subscribers().Get(ctx, push.Account, push.Subscriber)
	if err != nil {
		return err
	}
	taken, err := s.hasAgent(ctx, push.Account, push.Subscriber)
	if err != nil {
		return err
	}
	if taken { // the member's words are not to be mixed with a program's
		if push.Outcome == Replied {
			push.Outcome = Superseded
		}
		return nil
	}
	switch {
	case push.Outcome == Replied:
		return s.show(ctx, push, person.Person(), reply)
	case app.Order == First && what.Inbound != nil:
		return s.askRules(ctx, *what.Inbound)
	case push.Outcome == Silent:
		return nil
	}
	return s.apologize(ctx, push, person.Person())
}

func (s *Service) hasAgent(ctx context.Context, account, subscriber string) (bool, error) {
	conversation, err := s.Bot.Inbox().Get(ctx, account, subscriber)
	if errors.Is(err, bot.ErrNoConversation) {
		return false, nil
	}
	return conversation.Agent != "", err
}

// show makes the program's reply the answer in the chat.
func (s *Service) show(ctx context.Context, push *Push, person message.Person, reply wechat.Reply) error {
	if reply.Type == wechat.TransferReply {
		_, err := s.Bot.Inbox().HandOver(ctx, push.Account, push.Subscriber)
		return err
	}
	out, err := s.replied(ctx, push.Account, reply)
	if refused(err) != nil { // names a file that is not there
		push.State, push.Outcome = Failed, Malformed
		return s.apologize(ctx, push, person)
	}
	if err != nil {
		return err
	}
	return s.Bot.SendAs(ctx, bot.ByDeveloper, person, "push:"+push.ID, out...)
}

// askRules lets the account's own rules answer what the program left.
func (s *Service) askRules(ctx context.Context, in message.Inbound) error {
	in.Passed, in.Key = true, "own:"+in.Key
	_, err := s.Bot.Handle(ctx, in, nil)
	if fault.KindOf(err) == fault.Invalid {
		return nil // a key that was as long as can be
	}
	return err
}

// apologize tells a person what WeChat tells them when a program fails. Who
// said nothing and pressed nothing expects no answer.
func (s *Service) apologize(ctx context.Context, push *Push, person message.Person) error {
	if strings.HasPrefix(push.Kind, "event/") && push.Kind != "event/CLICK" {
		return nil
	}
	return s.Bot.SendAs(ctx, bot.ByBot, person, "sorry:"+push.ID, message.Text(s.Texts.Text(person.Language, "developer.sorry")))
}

// callTo makes a request to a callback; the address may have a query already.
func callTo(ctx context.Context, method, address string, query url.Values, body []byte) (*http.Request, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	all := parsed.Query()
	for name, values := range query {
		all[name] = values
	}
	parsed.RawQuery = all.Encode()
	request, err := http.NewRequestWithContext(ctx, method, parsed.String(), bytes.NewReader(body))
	if err == nil {
		request.Header.Set("User-Agent", "Plaza/1.0")
	}
	return request, err
}

// hostOf is what of an address the log shows: its query may be a secret.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}

var _ bot.Developer = (*Service)(nil)
