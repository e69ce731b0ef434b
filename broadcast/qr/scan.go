package qr

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"plaza/live"
	"plaza/store"
)

const (
	// flushEvery is how long a scan may wait to be counted.
	flushEvery = time.Second
	// maxVisits bounds what waits. Beyond it scans still count, visitors do not.
	maxVisits = 10_000
	// flushSize is how many visits go to the store in one trip.
	flushSize = 500
	// visitsKept is how long a day's visitors are known: over its end in every
	// time zone.
	visitsKept = 48 * time.Hour
)

// visit notes that a visitor came by a code on a day. The key holds a digest
// that differs by code and day, so that nobody can be followed from one to the
// next, and goes after two days.
type visit struct {
	ID        string    `bson:"_id"`
	Account   string    `bson:"account"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// Day counts a code's scans on a day of its account's calendar.
type Day struct {
	ID       string `bson:"_id" json:"-"` // code:2026-11-23
	Account  string `bson:"account" json:"-"`
	Scans    int64  `bson:"scans" json:"scans"`
	Visitors int64  `bson:"visitors" json:"visitors"`
	Follows  int64  `bson:"follows,omitempty" json:"follows"` // by a messenger's code
}

// Date is the day as 2026-11-23.
func (d Day) Date() string { return d.ID[len(d.ID)-len(time.DateOnly):] }

var days = store.Declare[Day](store.Schema{Name: "code_days"})

var visits = store.Declare[visit](store.Schema{Name: "code_visits", ExpiresAt: "expires_at"})

// Resolve says where a scanned code leads for this visitor, and counts the scan
// unless a program made it. visitor is anything that tells visitors apart; only
// a digest of it is kept, for two days. Errors: ErrCode, ErrEnded.
func (c *Codes) Resolve(ctx context.Context, key, userAgent, visitor string) (target string, err error) {
	key, ok := ParseKey(key)
	if !ok {
		return "", ErrCode
	}
	code, err := codes.Across(c.DB).Get(ctx, key)
	if err != nil {
		return "", known(err)
	}
	leads := code
	if code.Parent != "" {
		if leads, err = codes.In(c.DB, code.Account).Get(ctx, code.Parent); err != nil {
			return "", known(err)
		}
	}
	if c.ended(code) || c.ended(leads) {
		return "", ErrEnded
	}
	if isPerson(userAgent) {
		zone, err := c.Zone(ctx, code.Account)
		if err != nil {
			return "", err
		}
		c.recorder.add(code, c.now().In(zone), visitor)
		if code.Parent != "" {
			c.recorder.add(leads, c.now().In(zone), visitor)
		}
	}
	return leads.targetFor(platformOf(userAgent)), nil
}

// Days lists a code's scans by day, the latest first; days without are left out.
func (c *Codes) Days(ctx context.Context, account, code string, count int) ([]Day, error) {
	found, _, err := days.In(c.DB, account).Find(ctx,
		store.Where(store.Prefix("_id", code+":")).By("-_id").Top(count))
	return found, err
}

func (c *Codes) ended(code Code) bool {
	return code.Disabled || !code.EndsAt.IsZero() && !c.now().Before(code.EndsAt)
}

func (c Code) targetFor(on platform) string {
	switch {
	case on == ios && c.IOS != "":
		return c.IOS
	case on == android && c.Android != "":
		return c.Android
	}
	return c.Target
}

// Run counts scans until ctx ends, then writes the last ones.
func (c *Codes) Run(ctx context.Context) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
		if err := c.Flush(context.WithoutCancel(ctx)); err != nil {
			c.Logger.WarnContext(ctx, "code scans", "error", err)
		}
	}
}

// Flush writes the scans that wait. A crash loses what waited, a second's scans
// at most; what fails here waits on.
func (c *Codes) Flush(ctx context.Context) error {
	counts, seen := c.recorder.take()
	if err := c.countVisitors(ctx, counts, seen); err != nil {
		c.recorder.giveBack(counts, seen)
		return err
	}
	var failed []error
	for on, count := range counts {
		if err := c.add(ctx, on, count); err != nil {
			c.recorder.giveBack(map[codeDay]*scans{on: count}, nil)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// add counts one code's scans of one day, in one trip.
func (c *Codes) add(ctx context.Context, on codeDay, count *scans) error {
	update := store.Inc("scans", count.scans).Inc("visitors", count.visitors)
	if count.follows > 0 {
		update = update.Inc("follows", count.follows)
	}
	_, err := c.DB.Apply(ctx, codes.In(c.DB, on.account).Updating(on.code, update),
		days.In(c.DB, on.account).Upserting(on.code+":"+on.day, update))
	if err != nil {
		return err
	}
	code, err := c.Find(ctx, on.account, on.code)
	if err == nil {
		err = c.show(ctx, code)
	}
	if err != nil { // counted, but not shown
		c.Logger.WarnContext(ctx, "code scans not shown", "code", on.code, "error", err)
	}
	return nil
}

// countVisitors writes the visits and adds those that are the first of their
// visitor on their day.
func (c *Codes) countVisitors(ctx context.Context, counts map[codeDay]*scans, seen []seenVisit) error {
	for len(seen) > 0 {
		part := seen[:min(flushSize, len(seen))]
		seen = seen[len(part):]
		operations := make([]store.Operation, len(part))
		for i, one := range part {
			operations[i] = visits.In(c.DB, one.on.account).Inserting(visit{
				ID: one.key, Account: one.on.account, ExpiresAt: one.at.Add(visitsKept)})
		}
		results, err := c.DB.Apply(ctx, operations...)
		if results == nil {
			return err
		}
		for i, result := range results {
			if result.Err == nil {
				counts[part[i].on].visitors++
			} else if !errors.Is(result.Err, store.ErrDuplicate) {
				return result.Err
			}
		}
	}
	return nil
}

func (c *Codes) show(ctx context.Context, code Code) error {
	data, err := json.Marshal(struct {
		Code     string `json:"code"`
		Campaign string `json:"campaign,omitempty"`
		Scans    int64  `json:"scans"`
		Visitors int64  `json:"visitors"`
	}{code.ID, code.Campaign, code.Scans, code.Visitors})
	if err != nil {
		return err
	}
	return c.Events.Append(ctx, live.Event{Account: code.Account,
		Topics: []string{"overview", "campaigns"}, Kind: "scan", Data: data})
}

// recorder gathers scans, so that a code on a stadium's screen costs a write a
// second and not one for each phone.
type recorder struct {
	mutex  sync.Mutex
	counts map[codeDay]*scans
	seen   map[string]seenVisit // by key
}

type codeDay struct{ account, code, day string }

type scans struct{ scans, visitors, follows int64 }

type seenVisit struct {
	on  codeDay
	key string
	at  time.Time
}

func newRecorder() *recorder {
	return &recorder{counts: make(map[codeDay]*scans), seen: make(map[string]seenVisit)}
}

func (r *recorder) add(code Code, at time.Time, visitor string) {
	on := codeDay{code.Account, code.ID, at.Format(time.DateOnly)}
	digest := sha256.Sum256([]byte(on.code + "\x00" + on.day + "\x00" + visitor))
	key := on.code + ":" + on.day + ":" + base64.RawURLEncoding.EncodeToString(digest[:16])
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.of(on).scans++
	if visitor != "" && len(r.seen) < maxVisits {
		r.seen[key] = seenVisit{on, key, at.UTC()}
	}
}

// follow counts one who followed.
func (r *recorder) follow(code Code, at time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.of(codeDay{code.Account, code.ID, at.Format(time.DateOnly)}).follows++
}

// of finds or makes the counts of a code on a day. The caller holds the lock.
func (r *recorder) of(on codeDay) *scans {
	count := r.counts[on]
	if count == nil {
		count = &scans{}
		r.counts[on] = count
	}
	return count
}

func (r *recorder) take() (map[codeDay]*scans, []seenVisit) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	counts, seen := r.counts, make([]seenVisit, 0, len(r.seen))
	for _, one := range r.seen {
		seen = append(seen, one)
	}
	r.counts, r.seen = make(map[codeDay]*scans), make(map[string]seenVisit)
	return counts, seen
}

// giveBack puts back what could not be written. Visits that were written after
// all keep their count in counts.
func (r *recorder) giveBack(counts map[codeDay]*scans, seen []seenVisit) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for on, back := range counts {
		count := r.of(on)
		count.scans += back.scans
		count.visitors += back.visitors
		count.follows += back.follows
	}
	for _, one := range seen {
		if len(r.seen) < maxVisits {
			r.seen[one.key] = one
		}
	}
}
