package bot

import (
	"context"
	"sync"
	"time"

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
