package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"plaza/store"
)

// dispatcher decides which message goes next on this node: routes take turns,
// so that an account with a campaign of a hundred thousand delays nobody else's
// single answer; on a route what somebody waits for goes before campaigns; and
// nothing goes that the route's limiter or circuit holds back. Nobody waits
// inside: what may not go now stays in the store.
type dispatcher struct {
	mu         sync.Mutex
	routes     map[string]*route
	turns      []string                  // the routes in the order of their turns
	health     map[string]*channelHealth // by channel
	underway   map[string]int            // messages, by channel
	discoverAt time.Time
	wakeAt     time.Time // when something may go that may not go yet

	// Limits of what is under way on one route and on one channel: a platform
	// that hangs must not take all the workers.
	perRoute, perChannel int

	news   sync.Mutex
	posted map[posting]bool
}

// posting is news that something was posted on a route.
type posting struct {
	route   string
	urgency urgency
}

func newDispatcher() *dispatcher {
	d := &dispatcher{routes: make(map[string]*route), health: make(map[string]*channelHealth),
		underway: make(map[string]int), posted: make(map[posting]bool)}
	d.share(64)
	return d
}

// share sets how many messages may be under way at a time.
func (d *dispatcher) share(workers int) {
	d.perRoute, d.perChannel = max(1, workers/2), max(1, workers-workers/4)
}

func (d *dispatcher) healthOf(channel string) *channelHealth {
	if d.health[channel] == nil {
		d.health[channel] = &channelHealth{}
	}
	return d.health[channel]
}

// wakeBy has the next look at the latest then.
func (d *dispatcher) wakeBy(at time.Time) {
	if at.Before(d.wakeAt) {
		d.wakeAt = at
	}
}

// post notes that something was posted.
func (d *dispatcher) post(news posting) {
	d.news.Lock()
	d.posted[news] = true
	d.news.Unlock()
}

// drop forgets a route.
func (d *dispatcher) drop(r *route) {
	delete(d.routes, r.id)
	for i, id := range d.turns {
		if id == r.id {
			d.turns = append(d.turns[:i:i], d.turns[i+1:]...)
			return
		}
	}
}

// job is a lane whose next message goes now.
type job struct {
	lane  lane
	route *route
	// trial: the route is out, and this message tries it.
	trial bool
	// called says that the platform was.
	called bool
	// overdue: the route is held back, and the lane is only looked through for
	// what has waited too long.
	overdue bool
	// more is how many messages it counts as besides one.
	more int
}

// next picks the message that goes now; nil if none may, and then how long it
// is until one might, if nothing is posted.
func (b *Bot) next(ctx context.Context) (*job, time.Duration, error) {
	d := b.outbox
	d.mu.Lock()
	defer d.mu.Unlock()
	now := b.now()
	d.wakeAt = now.Add(outboxPoll)
	failed := []error{b.obtainNew(ctx, now)}
	for range len(d.turns) {
		id := d.turns[0]
		d.turns = append(d.turns[1:len(d.turns):len(d.turns)], id)
		picked, err := b.pick(ctx, d.routes[id], now)
		if picked != nil {
			return picked, 0, nil
		}
		failed = append(failed, err)
	}
	return nil, d.wakeAt.Sub(now), errors.Join(failed...)
}

// obtainNew obtains the routes on which something was posted and, now and then,
// those on which something waits that nobody told this node of.
func (b *Bot) obtainNew(ctx context.Context, now time.Time) error {
	d := b.outbox
	d.news.Lock()
	posted := d.posted
	d.posted = make(map[posting]bool)
	d.news.Unlock()
	if !now.Before(d.discoverAt) {
		d.discoverAt = now.Add(discoverEvery)
		if err := b.discover(ctx, posted); err != nil {
			return err
		}
	}
	for news := range posted {
		if r := d.routes[news.route]; r != nil {
			r.queues[news.urgency].lookBy(now)
			continue
		}
		r, err := b.obtain(ctx, news.route, now)
		if err != nil {
			return err
		}
		if r == nil { // the node that has it will find what was posted
			continue
		}
		r.lookBy(now)
		d.routes[r.id] = r
		d.turns = append(d.turns, r.id)
	}
	return nil
}

// discover finds the routes on which something waits: one look for each.
func (b *Bot) discover(ctx context.Context, into map[posting]bool) error {
	for after := ""; ; {
		found, err := lanes.Across(b.DB).First(ctx,
			store.Where(store.Gt("route", after)).By("route", "urgency", "due_at"))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		after = found.Route
		if b.outbox.routes[after] == nil {
			into[posting{after, found.Urgency}] = true
		}
	}
}

// pick finds what may go on a route now; nil if nothing may.
func (b *Bot) pick(ctx context.Context, r *route, now time.Time) (*job, error) {
	d := b.outbox
	if ours, err := b.keep(ctx, r, now); !ours {
		d.drop(r)
		return nil, err
	}
	if b.shared { // other nodes post as well
		r.lookBy(now.Add(outboxPoll))
	}
	if err := b.catchUp(ctx, r, now); err != nil {
		return nil, err
	}
	if hold := max(r.circuit.wait(now), r.limiter.wait(now)); hold > 0 {
		d.wakeBy(now.Add(hold))
		return b.pickOverdue(ctx, r, now)
	}
	if r.sending >= d.perRoute || d.underway[r.channel] >= d.perChannel {
		return nil, nil // the next that ends wakes us
	}
	found, any, err := b.take(ctx, r, now)
	if err != nil {
		return nil, err
	}
	if !any {
		d.wakeBy(r.nextAt(now))
		if r.idle(now, b.shared) {
			d.drop(r)
			b.leaveRoute(ctx, r)
		}
		return nil, nil
	}
	r.limiter.spend()
	return d.begin(r, found, now, job{trial: r.circuit.begin()}), nil
}

// begin puts a lane into a worker's hand.
func (d *dispatcher) begin(r *route, l lane, now time.Time, as job) *job {
	r.sending++
	d.underway[r.channel]++
	r.usedAt, r.hand[l.ID] = now, true
	as.route, as.lane = r, l
	return &as
}

// weigh has the pace make up for a message that counts as several.
func (d *dispatcher) weigh(j *job, weight int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j.more = max(0, weight-1)
	j.route.limiter.owe(j.more)
}

// verdict is what becomes of a lane whose message a worker has seen to.
type verdict struct {
	more bool      // something waits in it and may go next
	due  time.Time // something waits in it and may go then: the store knows; or zero
}

// end takes a lane out of a worker's hand.
func (d *dispatcher) end(j *job, now time.Time, v verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := j.route
	r.sending--
	d.underway[r.channel]--
	r.usedAt = now
	delete(r.hand, j.lane.ID)
	r.circuit.untried(j.trial)
	if !j.called && !j.overdue {
		r.limiter.unspent()
	}
	q := &r.queues[j.lane.Urgency]
	switch {
	case j.overdue:
		r.lookBy(now)
	case v.more:
		q.lanes = append([]lane{j.lane}, q.lanes...)
	case !v.due.IsZero():
		q.lookBy(v.due)
	}
	if j.called && r.spacing > 0 {
		r.rests[j.lane.ID] = now.Add(r.spacing * time.Duration(1+j.more))
	}
}

// catchUp takes in what others have found out about a route that is out: a
// member has corrected the connection, or the platform does not answer other
// accounts either.
func (b *Bot) catchUp(ctx context.Context, r *route, now time.Time) error {
	health := b.outbox.healthOf(r.channel)
	if r.circuit.outage == nil {
		if health.isDown() && r.circuit.failures > 0 {
			r.circuit.open(Unreachable, now, r.circuit.since, health.words)
			b.remember(ctx, r, r.standing(), routeEvent(r.account, r.channel))
		}
		return nil
	}
	if now.Sub(r.readAt) < outboxPoll {
		return nil
	}
	r.readAt = now
	record, err := routes.In(b.DB, r.account).Get(ctx, r.id)
	if err != nil || record.Outage == nil {
		return onlyExpected(err, store.ErrNotFound)
	}
	if outage := r.circuit.outage; record.Outage.NextTry.Before(outage.NextTry) {
		hastened := *outage
		hastened.NextTry = record.Outage.NextTry
		r.circuit.outage = &hastened
	}
	return nil
}

// pickOverdue looks, once a minute, for messages on a route that is held back
// that have waited too long by now.
func (b *Bot) pickOverdue(ctx context.Context, r *route, now time.Time) (*job, error) {
	if now.Sub(r.sweptAt) < time.Minute || r.sending > 0 {
		return nil, nil
	}
	for u := soon; u >= canWait; u-- {
		due, _, err := b.look(ctx, r.id, u, now.Add(-b.waitLimit(r.channel)))
		if err != nil {
			return nil, err
		}
		if len(due) > 0 {
			return b.outbox.begin(r, due[0], now, job{overdue: true}), nil
		}
	}
	r.sweptAt = now
	return nil, nil
}
