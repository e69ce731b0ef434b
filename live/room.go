package live

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/fault"
)

// room is an account with subscribers on this node. Its topics change and
// deliver only while its watch stands still, so that everybody's events begin
// exactly where their subscription says.
type room struct {
	hub     *Hub
	account string
	users   int           // guarded by hub.mu
	ready   chan struct{} // closed when watch or err is set
	watch   *Watch
	err     error
	topics  map[string]map[*subscription]struct{}
}

// enter finds or opens the room of an account; leave it when done.
func (h *Hub) enter(ctx context.Context, account string) (*room, error) {
	h.mu.Lock()
	r := h.rooms[account]
	opening := r == nil
	if opening {
		r = &room{hub: h, account: account, ready: make(chan struct{}),
			topics: make(map[string]map[*subscription]struct{})}
		h.rooms[account] = r
	}
	r.users++
	h.mu.Unlock()
	if opening {
		if r.watch, r.err = h.log.Watch(ctx, account, r.deliver); r.err == nil {
			r.watch.Signals(r.show)
		}
		close(r.ready)
	}
	<-r.ready // bounded by the opener's context
	if r.err != nil {
		r.leave()
		return nil, r.err
	}
	return r, nil
}

func (r *room) leave() {
	r.hub.mu.Lock()
	r.users--
	// A room that could not be opened goes at once: the next one tries anew.
	last := r.users == 0
	if (last || r.err != nil) && r.hub.rooms[r.account] == r {
		delete(r.hub.rooms, r.account)
	}
	r.hub.mu.Unlock()
	if last && r.watch != nil {
		r.watch.Close()
	}
}

// deliver hands events to all who see their topics. The watch calls it.
func (r *room) deliver(events []Event) {
	metrics := r.hub.options.Metrics
	began := time.Now()
	sent := 0
	for _, event := range events {
		for _, topic := range event.Topics {
			subscriptions := r.topics[topic]
			if len(subscriptions) == 0 {
				continue
			}
			f := eventFrame(event, topic)
			for s := range subscriptions {
				s.offer(event.Sequence, f)
			}
			sent += len(subscriptions)
		}
	}
	if sent > 0 {
		metrics.events.Add(float64(sent))
		metrics.fanOut.Observe(time.Since(began).Seconds())
	}
}

// subscription is a connection's view of one topic.
type subscription struct {
	connection *connection
	room       *room
	topic      string

	// What follows changes only while the room's watch stands still.
	after    int64 // events up to here are not for it
	joining  bool  // a replay is under way: keep events for its end
	held     []heldFrame
	overflow bool  // more came than is kept
	told     int64 // the position the browser knows
}

type heldFrame struct {
	sequence int64
	frame    *frame
}

// offer takes an event that happened now.
func (s *subscription) offer(sequence int64, f *frame) {
	switch {
	case sequence <= s.after:
	case !s.joining:
		s.told = sequence
		s.connection.send(f)
	case len(s.held) < s.connection.hub.options.QueueFrames/4:
		s.held = append(s.held, heldFrame{sequence, f})
	default:
		s.held, s.overflow = nil, true
	}
}

// tellPosition tells the browser how far it has seen everything, where quiet
// topics have let the account's numbers run ahead of its events.
func (s *subscription) tellPosition() {
	s.room.watch.Sync(func(position int64) {
		if position > s.told {
			s.told = position
			s.connection.send(reply("position", positionReply{s.topic, position}))
		}
	})
}

// leave ends the subscription: nothing of it is sent any more.
func (s *subscription) leave() {
	s.room.watch.Sync(func(int64) {
		delete(s.room.topics[s.topic], s)
		if len(s.room.topics[s.topic]) == 0 {
			delete(s.room.topics, s.topic)
		}
	})
	s.room.leave()
}

// subscribeTimeout bounds the making of a subscription, its replay included.
const subscribeTimeout = 60 * time.Second

// subscribe joins a topic, from since on if it is given, and tells the browser
// how that went.
func (c *connection) subscribe(topic string, since *int64) {
	ctx, cancel := context.WithTimeout(c.hub.life, subscribeTimeout)
	defer cancel()
	c.unsubscribe(topic) // asked for twice: the later one counts
	if err := c.follow(ctx, topic, since); err != nil {
		c.refuse(topic, err)
	}
}

// reviewTimeout bounds one look at all subscriptions of a connection.
const reviewTimeout = 10 * time.Second

// review ends the subscriptions that are no longer allowed. Whoever withdraws
// a right, on whichever node, need not know who watches by it.
func (c *connection) review() {
	ctx, cancel := context.WithTimeout(c.hub.life, reviewTimeout)
	defer cancel()
	for _, s := range slices.Clone(c.subscriptions) {
		account, err := c.hub.options.Authorize(ctx, c.identity.Subject, s.topic)
		if err == nil && account == s.room.account {
			continue
		}
		c.unsubscribe(s.topic)
		if err == nil {
			err = errElsewhere
		}
		c.refuse(s.topic, err)
	}
}

// refuse tells the browser why it does not get a topic. What is nobody's fault
// closes the connection, to be tried again.
func (c *connection) refuse(topic string, err error) {
	if errors.Is(err, errConnectionGone) {
		return
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		c.send(reply("error", errorReply{Code: refused.Code, Text: refused.Text, Topic: topic}))
		return
	}
	c.hub.options.Logger.Warn("live: cannot subscribe", "error", err)
	c.close(CloseInternal)
}

var (
	errConnectionGone = errors.New("live: connection is gone")
	errElsewhere      = errors.New("live: the topic has moved to another account")
	errTopics         = fault.New(fault.Limited, "live_topics", "One page cannot follow that many topics.")
)

func (c *connection) follow(ctx context.Context, topic string, since *int64) error {
	if len(c.subscriptions) >= c.hub.options.Topics {
		return errTopics
	}
	account, err := c.hub.options.Authorize(ctx, c.identity.Subject, topic)
	if err != nil {
		return err
	}
	r, err := c.hub.enter(ctx, account)
	if err != nil {
		return err
	}
	s := &subscription{connection: c, room: r, topic: topic, joining: since != nil}
	c.subscriptions = append(c.subscriptions, s)
	position := s.begin()
	if since == nil {
		return nil
	}
	return s.resume(ctx, *since, position)
}

// begin enters the subscription in its room, from the present on, and returns
// where that is. Unless a replay is to come first, the browser is told.
func (s *subscription) begin() (position int64) {
	s.room.watch.Sync(func(now int64) {
		position, s.after, s.told = now, now, now
		if s.room.topics[s.topic] == nil {
			s.room.topics[s.topic] = make(map[*subscription]struct{})
		}
		s.room.topics[s.topic][s] = struct{}{}
		if !s.joining {
			s.connection.send(reply("subscribed", subscribedReply{positionReply{s.topic, now}, false}))
		}
	})
	return position
}

// unsubscribe ends the subscription to topic, if there is one.
func (c *connection) unsubscribe(topic string) {
	for i, s := range c.subscriptions {
		if s.topic == topic {
			s.leave()
			c.subscriptions = append(c.subscriptions[:i], c.subscriptions[i+1:]...)
			return
		}
	}
}
