package web

import (
	"net/netip"
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
	_, _, ok := l.Take(key)
	return ok
}

// Take is Allow, and tells how many are left and how long until the allowance
// is whole again.
func (l *Limiter) Take(key string) (left int, whole time.Duration, ok bool) {
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
	ok = entry.limiter.AllowN(now, 1)
	tokens := max(entry.limiter.TokensAt(now), 0)
	return int(tokens), time.Duration((float64(l.burst) - tokens) * float64(l.every)), ok
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

// Check takes one from the allowance of the address that asks. Errors:
// ErrTooOften.
func (l *Limiter) Check(c *gin.Context) error {
	if !l.Allow(neighbourhood(c.ClientIP())) {
		return ErrTooOften
	}
	return nil
}

// neighbourhood is what one household or one server can have of addresses: a
// single IPv4 address, but a /64 of IPv6, where it may use any of them.
func neighbourhood(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Unmap().Is4() {
		return address
	}
	network, err := parsed.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// ByAddress limits requests by the address they come from.
func (l *Limiter) ByAddress(refuse func(*gin.Context, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := l.Check(c); err != nil {
			refuse(c, err)
			c.Abort()
		}
	}
}
