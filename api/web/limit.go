package web

import (
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"plaza/fault"
)

// ErrTooOften answers whoever asks faster than allowed.
var ErrTooOften = fault.New(fault.Limited, "too_often", "That was too often. Please wait a moment and try again.")

// Limiter allows each key a rate with a burst. It remembers at most a bounded
// number of keys; the ones idle long enough to be full again are forgotten.
type Limiter struct {
	every time.Duration
	burst int
	now   func() time.Time

	mutex   sync.Mutex
	keys    map[string]*allowance
	cleared time.Time
}

type allowance struct {
	limiter *rate.Limiter
	used    time.Time
}

// NewLimiter allows each key burst requests at once and one more each every.
func NewLimiter(every time.Duration, burst int, now func() time.Time) *Limiter {
	return &Limiter{every: every, burst: burst, now: now, keys: map[string]*allowance{}}
}

// Allow takes one from the key's allowance, or says there is none.
func (l *Limiter) Allow(key string) bool {
	now := l.now()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.forget(now)
	entry := l.keys[key]
	if entry == nil {
		entry = &allowance{limiter: rate.NewLimiter(rate.Every(l.every), l.burst)}
		l.keys[key] = entry
	}
	entry.used = now
	return entry.limiter.AllowN(now, 1)
}

// maxKeys bounds the memory of one Limiter (about 100 bytes a key).
const maxKeys = 100_000

func (l *Limiter) forget(now time.Time) {
	full := l.every * time.Duration(l.burst)
	if now.Sub(l.cleared) < full && len(l.keys) < maxKeys {
		return
	}
	l.cleared = now
	for key, entry := range l.keys {
		if now.Sub(entry.used) >= full {
			delete(l.keys, key)
		}
	}
	if len(l.keys) >= maxKeys {
		clear(l.keys) // under attack from everywhere: start over, stay bounded
	}
}

// ByAddress limits requests by the address they come from.
func (l *Limiter) ByAddress(refuse func(*gin.Context, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !l.Allow(c.ClientIP()) {
			refuse(c, ErrTooOften)
			c.Abort()
		}
	}
}
