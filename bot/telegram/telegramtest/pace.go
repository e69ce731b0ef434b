package telegramtest

import (
	"math"
	"time"
)

// pace is how fast the bot may send.
type pace struct {
	all   bucket
	chats map[int64]*bucket
}

// bucket fills with time up to a size; every message takes one out.
type bucket struct {
	level float64
	at    time.Time
}

const (
	allPerSecond, allAtOnce   = 30, 30
	chatPerSecond, chatAtOnce = 1, 4
)

// take takes messages out; wait is for how long there are not enough.
func (b *bucket) take(now time.Time, messages, perSecond, size float64) (wait time.Duration) {
	if b.at.IsZero() {
		b.level = size
	} else {
		b.level = min(size, b.level+now.Sub(b.at).Seconds()*perSecond)
	}
	b.at = now
	if messages = min(messages, size); b.level < messages {
		return time.Duration((messages - b.level) / perSecond * float64(time.Second))
	}
	b.level -= messages
	return 0
}

// admit is nil, or the refusal of what comes too fast.
func (p *pace) admit(now time.Time, chat int64, messages int) *refusal {
	own := p.chats[chat]
	if own == nil {
		own = new(bucket)
		p.chats[chat] = own
	}
	wait := own.take(now, float64(messages), chatPerSecond, chatAtOnce)
	if wait == 0 {
		wait = p.all.take(now, float64(messages), allPerSecond, allAtOnce)
	}
	if wait == 0 {
		return nil
	}
	return tooMany(int(math.Ceil(wait.Seconds())))
}
