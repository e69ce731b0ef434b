package standin

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Trouble is what goes wrong with one call.
type Trouble string

// The troubles.
const (
	None Trouble = ""
	// Slow: the call is answered, but late.
	Slow Trouble = "slow"
	// Throttle: the platform's own "too many calls"; nothing was done.
	Throttle Trouble = "throttle"
	// Fail: the platform's own "server error"; nothing was done.
	Fail Trouble = "fail"
	// Cut: the connection ends before anything was done.
	Cut Trouble = "cut"
	// Lost: all was done, and the answer does not arrive.
	Lost Trouble = "lost"
	// Expire: the access token stops working before its time; on a platform
	// without such tokens it is Fail.
	Expire Trouble = "expire"
)

// Troubles decides what goes wrong. The zero value lets everything go well. It
// is safe for concurrent use.
type Troubles struct {
	mu     sync.Mutex
	random *rand.Rand
	shares map[Trouble]float64
	order  []Trouble
	next   []Trouble
	counts map[Trouble]int
	// Pause is how late a Slow answer comes.
	Pause time.Duration
}

// Random makes troubles of which each befalls its share (0 to 1) of the calls.
// The same seed gives the same order.
func Random(seed uint64, shares map[Trouble]float64) *Troubles {
	return &Troubles{random: rand.New(rand.NewPCG(seed, 0)), shares: shares, order: slices.Sorted(maps.Keys(shares))}
}

// Vary changes the shares of what befalls calls from now on.
func (t *Troubles) Vary(shares map[Trouble]float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shares, t.order = shares, slices.Sorted(maps.Keys(shares))
}

// Set makes the next calls go wrong in this order, before chance decides.
func (t *Troubles) Set(next ...Trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = append(t.next, next...)
}

// Next says what goes wrong with the call at hand.
func (t *Troubles) Next() Trouble {
	if t == nil {
		return None
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	trouble := t.draw()
	if trouble != None {
		if t.counts == nil {
			t.counts = map[Trouble]int{}
		}
		t.counts[trouble]++
	}
	return trouble
}

func (t *Troubles) draw() Trouble {
	if len(t.next) > 0 {
		trouble := t.next[0]
		t.next = t.next[1:]
		return trouble
	}
	if t.random == nil {
		return None
	}
	point := t.random.Float64()
	for _, trouble := range t.order {
		if point -= t.shares[trouble]; point < 0 {
			return trouble
		}
	}
	return None
}

// Count says how often a trouble has befallen.
func (t *Troubles) Count(trouble Trouble) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[trouble]
}

// Abort ends the connection without an answer, for Cut and Lost. It does not
// return.
func Abort() { panic(http.ErrAbortHandler) }
