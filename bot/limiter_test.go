package bot

import (
	"testing"
	"time"

	"plaza/message"
)

// spendFor spends all tokens that come within a while, waiting as told, and
// returns how many.
func spendFor(l *limiter, from time.Time, during time.Duration) (spent int) {
	for now := from; now.Before(from.Add(during)); {
		if wait := l.wait(now); wait > 0 {
			now = now.Add(wait)
			continue
		}
		l.spend()
		spent++
	}
	return spent
}

func TestPaceIsKeptOverAnyWhile(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, pace := range []message.Pace{{PerSecond: 30, Burst: 30}, {PerSecond: 0.5, Burst: 1}, {PerSecond: 2000, Burst: 100}, {}} {
		l := newLimiter(pace, start, false)
		full := l.full
		got := spendFor(l, start, 10*time.Second)
		if want := int(full.PerSecond*10) + full.Burst; got > want || got < want-2 {
			t.Errorf("%+v: %d messages in ten seconds, want %d", pace, got, want)
		}
		if empty := spendFor(newLimiter(pace, start, true), start, 10*time.Second); float64(empty) > full.PerSecond*10 {
			t.Errorf("%+v: %d messages from an empty bucket", pace, empty)
		}
	}
}

func TestThrottlingHalvesThePaceWhichRecoversLittleByLittle(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(message.Pace{PerSecond: 60, Burst: 60}, start, false)
	l.throttled(start, 10*time.Second)
	l.throttled(start.Add(100*time.Millisecond), time.Second) // was under way with the first
	if got := l.wait(start.Add(time.Second)); got != 9*time.Second {
		t.Errorf("waits %v, want the rest of the ten seconds", got)
	}
	on := start.Add(10 * time.Second)
	if got := spendFor(l, on, time.Second); got < 29 || got > 32 {
		t.Errorf("%d messages in the first second after it, want about half of 60", got)
	}
	if l.wait(on.Add(15 * time.Second)); l.perSecond < 44 || l.perSecond > 46 {
		t.Errorf("%.1f a second after 15 s, want 45", l.perSecond)
	}
	if l.wait(on.Add(31 * time.Second)); l.lowered() {
		t.Errorf("still %.1f a second after half a minute", l.perSecond)
	}
	for n := range 20 { // never down to nothing
		l.throttled(on.Add(time.Duration(n)*time.Minute), 0)
		l.throttled(on.Add(time.Duration(n)*time.Minute+2*time.Second), 0)
	}
	if l.perSecond < 60*slowest {
		t.Errorf("%.3f a second after much throttling", l.perSecond)
	}
}

func TestAnotherNodeGoesOnAtTheLoweredPace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(message.Pace{PerSecond: 60, Burst: 60}, start.Add(5*time.Second), true)
	l.resume(15, start.Add(20*time.Second))
	if got := l.wait(start.Add(5 * time.Second)); got != 15*time.Second {
		t.Errorf("waits %v of the platform's pause, want 15s", got)
	}
	if got := spendFor(l, start.Add(20*time.Second), time.Second); got < 14 || got > 17 {
		t.Errorf("%d messages in the first second, want about 15", got)
	}
}
