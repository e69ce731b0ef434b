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
		c.recorder.add(code, c.now(), visitor)
		if code.Parent != "" {
			c.recorder.add(leads, c.now(), visitor)
		}
	}
	return leads.targetFor(platformOf(userAgent)), nil
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
	for id, count := range counts {
		code, err := codes.In(c.DB, count.account).UpdateAndGet(ctx, id,
			store.Inc("scans", count.scans).Inc("visitors", count.visitors))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			c.recorder.giveBack(map[string]*scans{id: count}, nil)
			failed = append(failed, err)
			continue
		}
		failed = append(failed, c.show(ctx, code))
	}
	return errors.Join(failed...)
}

// countVisitors writes the visits and adds those that are the first of their
// visitor on their day.
func (c *Codes) countVisitors(ctx context.Context, counts map[string]*scans, seen []seenVisit) error {
	for len(seen) > 0 {
		part := seen[:min(flushSize, len(seen))]
		seen = seen[len(part):]
		operations := make([]store.Operation, len(part))
		for i, one := range part {
			operations[i] = visits.In(c.DB, one.account).Inserting(visit{
				ID: one.key, Account: one.account, ExpiresAt: one.at.Add(visitsKept)})
		}
		results, err := c.DB.Apply(ctx, operations...)
		if results == nil {
			return err
		}
		for i, result := range results {
			if result.Err == nil {
				counts[part[i].code].visitors++
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
	counts map[string]*scans // by code
	seen   map[string]seenVisit
}

type scans struct {
	account         string
	scans, visitors int64
}

type seenVisit struct {
	account, code, key string
	at                 time.Time
}

func newRecorder() *recorder {
	return &recorder{counts: make(map[string]*scans), seen: make(map[string]seenVisit)}
}

func (r *recorder) add(code Code, at time.Time, visitor string) {
	day := at.Format(time.DateOnly)
	digest := sha256.Sum256([]byte(code.ID + "\x00" + day + "\x00" + visitor))
	key := code.ID + ":" + day + ":" + base64.RawURLEncoding.EncodeToString(digest[:16])
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.of(code.Account, code.ID).scans++
	if visitor != "" && len(r.seen) < maxVisits {
		r.seen[key] = seenVisit{code.Account, code.ID, key, at}
	}
}

// of finds or makes the counts of a code. The caller holds the lock.
func (r *recorder) of(account, code string) *scans {
	count := r.counts[code]
	if count == nil {
		count = &scans{account: account}
		r.counts[code] = count
	}
	return count
}

func (r *recorder) take() (map[string]*scans, []seenVisit) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	counts, seen := r.counts, make([]seenVisit, 0, len(r.seen))
	for _, one := range r.seen {
		seen = append(seen, one)
	}
	r.counts, r.seen = make(map[string]*scans), make(map[string]seenVisit)
	return counts, seen
}

// giveBack puts back what could not be written. Visits that were written after
// all keep their count in counts.
func (r *recorder) giveBack(counts map[string]*scans, seen []seenVisit) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for code, back := range counts {
		count := r.of(back.account, code)
		count.scans += back.scans
		count.visitors += back.visitors
	}
	for _, one := range seen {
		if len(r.seen) < maxVisits {
			r.seen[one.key] = one
		}
	}
}
