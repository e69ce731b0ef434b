package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// A route is all that one account sends over one channel: what a platform
// limits, throttles and cuts off. One node at a time sends on a route, so that
// what has to be known for every message (tokens of the limiter, whose turn it
// is) is known in that node's memory and costs no write. The node has the route
// by a lease; its fence guards what the node writes about the route, and what
// it sends is guarded message by message (see begin).
//
// routeRecord is what of a route outlives a node, and what pages show. It is
// written when something changes, not with every message. Clocks of the nodes
// must agree to within a few seconds.
type routeRecord struct {
	ID      string `bson:"_id"` // account + ":" + channel
	Account string `bson:"account"`
	Channel string `bson:"channel"`

	Node  string    `bson:"node,omitempty"`
	Until time.Time `bson:"until"`
	Fence int64     `bson:"fence"`

	// PerSecond is the pace after throttling, PausedUntil how long the platform
	// asked to wait; absent when nothing is the matter.
	PerSecond   float64    `bson:"per_second,omitempty"`
	PausedUntil *time.Time `bson:"paused_until,omitempty"`
	Outage      *Outage    `bson:"outage,omitempty"`
}

var routes = store.Declare[routeRecord](store.Schema{
	Name:           "outbox_routes",
	KeyedByAccount: true,
	ShardKey:       []string{"account", "_id"},
})

const (
	// routeTerm is how long a node has a route without renewing its lease. A
	// message is begun only while there is more left than sending it may take.
	routeTerm = sendLimit + 20*time.Second
	// idleRoute is how long a node keeps a route on which nothing waits.
	idleRoute = 10 * time.Second
	// discoverEvery is how often a node looks for routes that nobody told it of:
	// those of nodes that are gone.
	discoverEvery = 5 * time.Second
	// crowdedPause is how soon to look again for lanes behind those in hand.
	crowdedPause = 20 * time.Millisecond
)

// route is a route that this node has. Its fields are guarded by the
// dispatcher's mutex.
type route struct {
	id, account, channel string

	until time.Time // of the lease
	fence int64

	limiter *limiter
	circuit circuit
	spacing time.Duration // between two messages to one person

	queues  [soon + 1]queue
	hand    map[string]bool      // lanes that a worker has
	rests   map[string]time.Time // lanes that wait for the spacing
	sending int
	usedAt  time.Time
	// sweptAt is when waiting messages were last searched for overdue ones.
	sweptAt time.Time
	// readAt is when the record was last read for what others have changed.
	readAt time.Time
}

// queue is what is known of the lanes of one urgency.
type queue struct {
	lanes []lane
	// lookAt is when to look into the store again; zero: when something is posted.
	lookAt time.Time
}

func (q *queue) lookBy(at time.Time) {
	if q.lookAt.IsZero() || at.Before(q.lookAt) {
		q.lookAt = at
	}
}

// lookBy has the store looked into at the latest then.
func (r *route) lookBy(at time.Time) {
	for u := range r.queues {
		r.queues[u].lookBy(at)
	}
}

// take finds the next lane that may go now, the urgent ones first.
func (b *Bot) take(ctx context.Context, r *route, now time.Time) (lane, bool, error) {
	for u := soon; u >= canWait; u-- {
		if found, any := r.queues[u].first(r, now); any {
			return found, true, nil
		}
		if err := b.refill(ctx, r, u, now); err != nil {
			return lane{}, false, err
		}
		if found, any := r.queues[u].first(r, now); any {
			return found, true, nil
		}
	}
	return lane{}, false, nil
}

// first takes the first lane that is in nobody's hand and need not rest.
func (q *queue) first(r *route, now time.Time) (lane, bool) {
	for i, l := range q.lanes {
		if !r.hand[l.ID] && !now.Before(r.rests[l.ID]) {
			q.lanes = append(q.lanes[:i], q.lanes[i+1:]...)
			return l, true
		}
	}
	return lane{}, false
}

// refill looks into the store when it is time to. What it finds takes the place
// of what was known, so that nothing is known twice.
func (b *Bot) refill(ctx context.Context, r *route, u urgency, now time.Time) error {
	q := &r.queues[u]
	if q.lookAt.IsZero() || now.Before(q.lookAt) {
		return nil
	}
	due, next, err := b.look(ctx, r.id, u, now)
	if err != nil {
		return err
	}
	q.lanes = slices.DeleteFunc(due, func(l lane) bool { return r.hand[l.ID] })
	q.lookAt = next
	if next.Equal(now) && len(q.lanes) == 0 { // there is more, behind what is in hand
		q.lookAt = now.Add(crowdedPause)
	}
	return nil
}

// nextAt is when something might go that may not go now: the far future if only
// what is posted can change that.
func (r *route) nextAt(now time.Time) time.Time {
	first := now.Add(discoverEvery)
	for id, until := range r.rests {
		if !now.Before(until) {
			delete(r.rests, id)
		} else if until.Before(first) {
			first = until
		}
	}
	for _, q := range r.queues {
		if !q.lookAt.IsZero() && q.lookAt.Before(first) {
			first = q.lookAt
		}
	}
	return first
}

// idle says whether a route can be given back: nothing waits, and whoever has it
// next starts where this node stands.
func (r *route) idle(now time.Time, shared bool) bool {
	for u := range r.queues {
		q := &r.queues[u]
		if len(q.lanes) > 0 || !q.lookAt.IsZero() && !shared {
			return false
		}
	}
	return r.sending == 0 && r.circuit.outage == nil && !r.limiter.lowered() &&
		now.Sub(r.usedAt) > idleRoute && now.After(r.limiter.pausedUntil)
}

// obtain makes a route this node's, if no other node has it.
func (b *Bot) obtain(ctx context.Context, id string, now time.Time) (*route, error) {
	account, channel, _ := strings.Cut(id, ":")
	record, err := b.lease(ctx, account, channel, now)
	if err != nil || record == nil {
		return nil, err
	}
	var pace message.Pace
	if paced, ok := b.channels[channel].(paced); ok {
		pace = paced.Pace()
	}
	r := &route{id: id, account: account, channel: channel, until: record.Until, fence: record.Fence,
		limiter: newLimiter(pace, now, b.shared && record.Fence > 1), circuit: circuit{outage: record.Outage},
		spacing: time.Duration(pace.PersonSeconds * float64(time.Second)),
		hand:    make(map[string]bool), rests: make(map[string]time.Time), usedAt: now, sweptAt: now, readAt: now}
	var pause time.Time
	if record.PausedUntil != nil {
		pause = *record.PausedUntil
	}
	r.limiter.resume(record.PerSecond, pause)
	return r, nil
}

// lease takes the lease on a route; nil if another node has it. In a store of
// one process there is nobody to share with, and so nothing to write.
func (b *Bot) lease(ctx context.Context, account, channel string, now time.Time) (*routeRecord, error) {
	scope, id := routes.In(b.DB, account), connectionID(account, channel)
	fresh := routeRecord{ID: id, Account: account, Channel: channel}
	if !b.shared {
		record, err := scope.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return &fresh, nil
		}
		return &record, err
	}
	for {
		record, err := scope.UpdateAndGet(ctx, id, store.Set("node", b.node).Set("until", now.Add(routeTerm)).Inc("fence", 1),
			store.Lte("until", now))
		switch {
		case err == nil:
			return &record, nil
		case errors.Is(err, store.ErrConditionFailed):
			return nil, nil
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
		if _, _, err := scope.InsertIfAbsent(ctx, fresh); err != nil {
			return nil, err
		}
	}
}

// keep renews the lease on a route when it is time to, and says whether the
// route is still this node's for as long as sending a message may take.
func (b *Bot) keep(ctx context.Context, r *route, now time.Time) (bool, error) {
	left := r.until.Sub(now)
	if !b.shared || left > routeTerm-idleRoute {
		return true, nil
	}
	until := now.Add(routeTerm)
	err := routes.In(b.DB, r.account).Update(ctx, r.id, store.Set("until", until), store.Eq("fence", r.fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return false, nil
	}
	if err != nil { // the database is away for a moment: the lease lasts a while
		b.Logger.Warn("route's lease not renewed", "account", r.account, "channel", r.channel, "error", err)
		return left > sendLimit, nil
	}
	r.until = until
	return true, nil
}

// leaveRoute ends the lease on a route.
func (b *Bot) leaveRoute(ctx context.Context, r *route) {
	if !b.shared {
		return
	}
	err := routes.In(b.DB, r.account).Update(ctx, r.id, store.Set("until", time.Time{}), store.Eq("fence", r.fence))
	if err != nil && !errors.Is(err, store.ErrConditionFailed) {
		b.Logger.Warn("route's lease runs out by itself", "account", r.account, "channel", r.channel, "error", err)
	}
}

// standing is how a route stands, to be written down.
func (r *route) standing() store.Update {
	update := store.Set("channel", r.channel)
	if r.limiter.lowered() {
		update = update.Set("per_second", r.limiter.perSecond).Set("paused_until", r.limiter.pausedUntil)
	} else {
		update = update.Unset("per_second", "paused_until")
	}
	if r.circuit.outage != nil {
		return update.Set("outage", *r.circuit.outage)
	}
	return update.Unset("outage")
}

// remember writes how a route stands, and tells what of it is news. If that
// fails, the next node finds it out by itself.
func (b *Bot) remember(ctx context.Context, r *route, standing store.Update, news ...live.Event) {
	scope := routes.In(b.DB, r.account)
	write := scope.Updating(r.id, standing, store.Eq("fence", r.fence))
	if !b.shared {
		write = scope.Upserting(r.id, standing.Set("until", time.Time{}))
	}
	_, err := b.Log.Commit(ctx, []store.Operation{write}, news...)
	if err := onlyExpected(err, store.ErrConditionFailed); err != nil {
		b.Logger.Error("route not noted", "account", r.account, "channel", r.channel, "error", err)
	}
}

// routeEvent tells pages that a route has stopped or goes on.
func routeEvent(account, channel string) live.Event {
	return event(account, "channel.changed", map[string]string{"channel": channel}, "inbox", "overview")
}
