package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"plaza/message"
)

const (
	// introductionLimit is how long the first message of a stranger waits for the
	// platform to tell their name and language, so that the first answer is in
	// it. LINE wants its webhook answered within two seconds.
	introductionLimit = 700 * time.Millisecond
	// introductionPause is how long nobody asks again for somebody whose name the
	// platform did not tell.
	introductionPause = 10 * time.Minute
	maxStrangers      = 4096
)

// strangers are the people whose name was asked for, and when.
type strangers struct {
	mu    sync.Mutex
	asked map[string]time.Time
}

// ask says whether it is time to ask for somebody. When there are too many it
// forgets them all; the cost is some repeated questions.
func (s *strangers) ask(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.asked[id]; ok && now.Sub(at) < introductionPause {
		return false
	}
	if s.asked == nil || len(s.asked) >= maxStrangers {
		s.asked = make(map[string]time.Time)
	}
	s.asked[id] = now
	return true
}

// manyStrangers is how many are asked for at a time.
const manyStrangers = 16

// introduceAll has the strangers of one call introduced at the same time, within
// the time that one of them may take: one after another, each would make all those
// behind wait. Whoever is not told by then stays nameless for now.
func (b *Bot) introduceAll(ctx context.Context, list []message.Inbound) {
	if _, ok := b.channels[list[0].Channel].(introducing); !ok || len(list) < 2 {
		return
	}
	first := make(map[string]int) // message of each sender
	var ids []string
	for i, in := range list {
		if _, seen := first[in.SubscriberID()]; !seen && wantsAnswer(in.Kind) {
			first[in.SubscriberID()] = i
			ids = append(ids, in.SubscriberID())
		}
	}
	known, err := subscribers.In(b.DB, list[0].Account).GetMany(ctx, ids...)
	if err != nil {
		return // what fails is asked for again when their turn comes
	}
	for _, one := range known {
		if one.Name != "" {
			delete(first, one.ID)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, introductionLimit)
	defer cancel()
	var asking errgroup.Group
	asking.SetLimit(manyStrangers)
	for _, i := range first {
		asking.Go(func() error {
			list[i] = b.introduced(ctx, list[i])
			return nil
		})
	}
	_ = asking.Wait()
}

// introduced is a message with its sender's name and language, if the channel's
// platform tells them on request. Not knowing them keeps nobody from an answer.
func (b *Bot) introduced(ctx context.Context, in message.Inbound) message.Inbound {
	channel, ok := b.channels[in.Channel].(introducing)
	if !ok || in.Name != "" || !wantsAnswer(in.Kind) || !b.strangers.ask(in.SubscriberID(), b.now()) {
		return in
	}
	ctx, cancel := context.WithTimeout(ctx, introductionLimit)
	defer cancel()
	credentials, err := b.credentials(ctx, in.Account, in.Channel)
	if err == nil {
		in.Name, in.Language, err = channel.Introduce(ctx, credentials, in)
	}
	if err != nil {
		b.Logger.Warn("sender stays nameless", "account", in.Account, "channel", in.Channel, "error", err)
	}
	return in
}
