package bot

import "time"

// Outage is why nothing goes out on a route at present. Messages wait meanwhile;
// now and then one of them is tried.
type Outage struct {
	Cause OutageCause `bson:"cause" json:"cause"`
	// Words are the platform's refusal or failure as a member may read it.
	Words   string    `bson:"words" json:"words"`
	Since   time.Time `bson:"since" json:"since"`
	NextTry time.Time `bson:"next_try" json:"next_try"`
	// Tries is how often it has been tried in vain since it began.
	Tries int `bson:"tries" json:"tries"`
}

// OutageCause says who has to do something about an outage.
type OutageCause string

// The causes.
const (
	// Unreachable: the platform does not answer, or only with errors of its own.
	Unreachable OutageCause = "unreachable"
	// Rejected: the platform does not take the account's credentials; somebody
	// has to correct the connection.
	Rejected OutageCause = "rejected"
)

const (
	// opensAfter so many failures in a row, no further apart than failureWindow
	// in all, a circuit opens.
	opensAfter    = 5
	failureWindow = 2 * time.Minute
	// firstTry is how long it stays open at first; the time doubles with every
	// try in vain, up to lastTry.
	firstTry = 30 * time.Second
	lastTry  = 5 * time.Minute
	// lastRejectedTry is the same for credentials that are refused, which are tried
	// without anybody having changed them because platforms have hiccups, too.
	lastRejectedTry = 15 * time.Minute
)

// circuit opens when a platform fails time after time, lets one message try
// now and then, and closes when the platform answers. Times are handed in. Not
// safe for concurrent use.
type circuit struct {
	failures int // in a row
	since    time.Time
	outage   *Outage // nil: closed
	trying   bool    // the one message is under way
}

// wait says how long it is until a message may go; zero for at once. While one
// tries, the others wait for how it ends, which wakes them.
func (c *circuit) wait(now time.Time) time.Duration {
	switch {
	case c.outage == nil:
		return 0
	case c.trying:
		return lastTry
	}
	return max(0, c.outage.NextTry.Sub(now))
}

// begin notes that a message goes, and says whether it is one that tries.
func (c *circuit) begin() (trial bool) {
	c.trying = c.outage != nil
	return c.trying
}

// answered notes that the platform answered and says whether that ends an
// outage.
func (c *circuit) answered() (closed bool) {
	closed = c.outage != nil
	*c = circuit{}
	return closed
}

// failed notes a failure of the platform and says whether there is something
// new to be told: an outage has begun, or goes on for longer.
func (c *circuit) failed(now time.Time, words string, trial bool) (changed bool) {
	if c.outage != nil {
		return c.triedInVain(now, words, trial)
	}
	if c.failures == 0 || now.Sub(c.since) > failureWindow {
		c.failures, c.since = 0, now
	}
	c.failures++
	if c.failures < opensAfter {
		return false
	}
	c.open(Unreachable, now, c.since, words)
	return true
}

// rejected notes that the platform does not take the credentials.
func (c *circuit) rejected(now time.Time, words string, trial bool) (changed bool) {
	if c.outage != nil && c.outage.Cause == Rejected {
		return c.triedInVain(now, words, trial)
	}
	c.open(Rejected, now, now, words)
	return true
}

func (c *circuit) open(cause OutageCause, now, since time.Time, words string) {
	c.trying = false
	c.outage = &Outage{Cause: cause, Words: words, Since: since, NextTry: now.Add(pauseAfter(cause, 0))}
}

// triedInVain waits longer. Messages that were under way when the circuit opened
// change nothing.
func (c *circuit) triedInVain(now time.Time, words string, trial bool) (changed bool) {
	if !trial {
		return false
	}
	c.trying = false
	c.outage = &Outage{Cause: c.outage.Cause, Words: words, Since: c.outage.Since, Tries: c.outage.Tries + 1,
		NextTry: now.Add(pauseAfter(c.outage.Cause, c.outage.Tries+1))}
	return true
}

// untried notes that a message did not get to the platform.
func (c *circuit) untried(trial bool) { c.trying = c.trying && !trial }

func pauseAfter(cause OutageCause, tries int) time.Duration {
	longest := lastTry
	if cause == Rejected {
		longest = lastRejectedTry
	}
	return min(firstTry<<min(tries, 10), longest)
}

// channelHealth notices when a whole platform is down, so that not every
// account has to find out with messages of its own.
type channelHealth struct {
	down  map[string]bool // routes whose circuit has opened since the platform last answered anybody
	words string
}

// downForAll so many accounts, a platform is down for everybody.
const downForAll = 3

func (h *channelHealth) opened(route, words string) {
	if h.down == nil {
		h.down = make(map[string]bool)
	}
	h.down[route], h.words = true, words
}

func (h *channelHealth) answered() { h.down = nil }

func (h *channelHealth) isDown() bool { return len(h.down) >= downForAll }
