// Package notices is what stand-ins of payment platforms have in common when they
// notify: a queue of notifications, each of which is posted again and again until
// it is taken or the platform gives up.
package notices

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// patience is how long a platform waits for an answer.
	patience = 5 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 100
	// interval is how often Run looks for what is due.
	interval = 200 * time.Millisecond
)

// Manners are how a platform gives notifications of the type N.
type Manners[N comparable] struct {
	Now func() time.Time
	// Gaps are between tries; one try more than there are gaps is made.
	Gaps []time.Duration
	// Catchup lets everything happen whose time has come, notifications included.
	Catchup func()
	// Letter writes a notification as it is posted now.
	Letter func(N) (address string, header http.Header, body []byte)
	// Took says whether an answer ends the repetitions.
	Took func(status int, body []byte) bool
}

// Queue are a platform's notifications of the type N. It is safe for concurrent
// use; Add may be called by a platform that holds its own lock, no other method.
type Queue[N comparable] struct {
	manners Manners[N]

	mu  sync.Mutex
	all []*repeated[N]
}

type repeated[N comparable] struct {
	notice N
	over   bool
	tries  int
	next   time.Time
}

// New makes an empty queue.
func New[N comparable](manners Manners[N]) *Queue[N] {
	return &Queue[N]{manners: manners}
}

// Add puts in a notification that is due at once.
func (q *Queue[N]) Add(notice N) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, &repeated[N]{notice: notice, next: q.manners.Now()})
}

// Notices are all notifications so far, given or not.
func (q *Queue[N]) Notices() []N {
	return q.those(func(*repeated[N]) bool { return true })
}

// Untold are those that nobody has taken yet.
func (q *Queue[N]) Untold() []N {
	return q.those(func(r *repeated[N]) bool { return !r.over })
}

// due are those whose next try may be made.
func (q *Queue[N]) due() []N {
	now := q.manners.Now()
	return q.those(func(r *repeated[N]) bool { return !r.over && r.tries <= len(q.manners.Gaps) && !now.Before(r.next) })
}

func (q *Queue[N]) those(wanted func(*repeated[N]) bool) (found []N) {
	q.manners.Catchup()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.all {
		if wanted(r) {
			found = append(found, r.notice)
		}
	}
	return found
}

// Taken ends the repetitions of a notification that a test has given by itself.
func (q *Queue[N]) Taken(notice N) { q.tried(notice, true) }

func (q *Queue[N]) tried(notice N, taken bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.all[slices.IndexFunc(q.all, func(r *repeated[N]) bool { return r.notice == notice })]
	r.over = r.over || taken
	if r.tries < len(q.manners.Gaps) {
		r.next = q.manners.Now().Add(q.manners.Gaps[r.tries])
	}
	r.tries++
}

// Deliver posts what is due and says how many were taken.
func (q *Queue[N]) Deliver(ctx context.Context, client *http.Client) (taken int) {
	for _, notice := range q.due() {
		ok := q.post(ctx, client, notice)
		q.tried(notice, ok)
		if ok {
			taken++
		}
	}
	return taken
}

func (q *Queue[N]) post(ctx context.Context, client *http.Client, notice N) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address, header, body := q.manners.Letter(notice)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return err == nil && q.manners.Took(response.StatusCode, answer)
}

// Run delivers notifications until ctx ends.
func (q *Queue[N]) Run(ctx context.Context, client *http.Client) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			q.Deliver(ctx, client)
		}
	}
}
