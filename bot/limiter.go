package bot

import (
	"math"
	"time"

	"plaza/message"
)

// unpublished is the pace on a channel whose platform publishes none: as fast
// as a busy account has use for, until the platform says that it is too fast.
var unpublished = message.Pace{PerSecond: 100, Burst: 100}

const (
	// recovery is how long a platform has to be content before its full pace is
	// tried again, whatever the pace was lowered to.
	recovery = time.Minute
	// slowest is the part of the full pace that throttling leaves at least.
	slowest = 1.0 / 64
	// oneThrottling is how close throttling answers have to be to count as one:
	// those to calls that were under way together.
	oneThrottling = time.Second
)

// limiter keeps the pace of one route: a token bucket of the channel's pace,
// halved by every throttling answer and raised again little by little. It is
// the route's alone, and a route is on one node at a time, so that any number of
// nodes together keep to it. Times are handed in. Not safe for concurrent use.
type limiter struct {
	full        message.Pace
	perSecond   float64 // at present
	tokens      float64 // at the time at
	at          time.Time
	loweredAt   time.Time
	pausedUntil time.Time
}

// newLimiter begins with a full bucket, or, on a route that another node may
// have used just now, with an empty one.
func newLimiter(pace message.Pace, now time.Time, empty bool) *limiter {
	if pace.PerSecond <= 0 {
		pace.PerSecond, pace.Burst = unpublished.PerSecond, unpublished.Burst
	}
	l := &limiter{full: pace, perSecond: pace.PerSecond, at: now}
	if !empty {
		l.tokens = l.burst()
	}
	return l
}

// burst is how many may go at once, less on a lowered pace.
func (l *limiter) burst() float64 {
	return max(1, float64(l.full.Burst)*l.perSecond/l.full.PerSecond)
}

func (l *limiter) lowered() bool { return l.perSecond < l.full.PerSecond }

// resume goes on as another node has left off.
func (l *limiter) resume(perSecond float64, pausedUntil time.Time) {
	if perSecond > 0 && perSecond < l.full.PerSecond {
		l.perSecond, l.tokens, l.at, l.pausedUntil = perSecond, 0, pausedUntil, pausedUntil
	}
}

// wait says how long it is until the next message may go: zero for at once.
func (l *limiter) wait(now time.Time) time.Duration {
	if pause := l.pausedUntil.Sub(now); pause > 0 {
		return pause
	}
	l.fill(now)
	return time.Duration(math.Ceil(max(0, 1-l.tokens) / l.perSecond * float64(time.Second)))
}

// fill adds what the time since the last time is worth: tokens, and, on a lowered
// pace, a higher one.
func (l *limiter) fill(now time.Time) {
	gone := now.Sub(l.at).Seconds()
	if gone <= 0 {
		return
	}
	l.at = now
	l.perSecond = min(l.full.PerSecond, l.perSecond+l.full.PerSecond*gone/recovery.Seconds())
	l.tokens = min(l.burst(), l.tokens+gone*l.perSecond)
}

// spend takes the token of a message that goes now.
func (l *limiter) spend() { l.tokens-- }

// owe takes tokens of a message that goes now and counts as so many more.
// There may be fewer: then nothing goes until they have come in.
func (l *limiter) owe(more int) { l.tokens -= float64(more) }

// unspent gives back the token of a message that went to nobody.
func (l *limiter) unspent() { l.tokens = min(l.burst(), l.tokens+1) }

// throttled halves the pace and sends nothing for as long as the platform asks.
func (l *limiter) throttled(now time.Time, pause time.Duration) {
	l.pausedUntil = later(l.pausedUntil, now.Add(pause))
	l.tokens, l.at = 0, l.pausedUntil
	if now.Sub(l.loweredAt) < oneThrottling {
		return
	}
	l.loweredAt = now
	l.perSecond = max(l.perSecond/2, l.full.PerSecond*slowest)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
