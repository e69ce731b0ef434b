package live

import "context"

// resume sends what happened above since and then joins the present. The
// subscription has begun at position: what happens meanwhile is held, and if
// that is too much, the next stretch is read from the log as well.
func (s *subscription) resume(ctx context.Context, since, position int64) error {
	if since > position {
		known, err := s.skipTo(ctx, since)
		if err != nil {
			return err
		}
		if !known {
			s.reset()
			return nil
		}
		position = since
	}
	if position-since > s.connection.hub.options.Replay {
		s.reset()
		return nil
	}
	for {
		whole, err := s.replay(ctx, since, position)
		if err != nil {
			return err
		}
		if !whole {
			s.reset()
			return nil
		}
		since = position
		if position = s.join(since); position == since {
			return nil
		}
	}
}

// skipTo serves a browser that has seen more than this node has, because
// another node was quicker. It is not known if no node can have shown it that:
// the data were restored from a backup, and its numbers mean nothing any more.
func (s *subscription) skipTo(ctx context.Context, since int64) (known bool, err error) {
	last, err := s.room.hub.log.Head(ctx, s.room.account)
	if err != nil || since > last {
		return false, err
	}
	s.room.watch.Sync(func(int64) { s.after = since })
	return true, nil
}

// replayPage is how many events are read at a time.
const replayPage = 100

// replay sends the topic's events above since up to through. It is not whole
// if some are no longer kept.
func (s *subscription) replay(ctx context.Context, since, through int64) (whole bool, err error) {
	for since < through {
		page, err := s.room.hub.log.reread(ctx, s.room.account, since, through, []string{s.topic}, replayPage)
		if err != nil {
			return false, err
		}
		if page.Lost {
			return false, nil
		}
		for _, event := range page.Events {
			if !s.connection.sendWhenRoom(eventFrame(event, s.topic)) {
				return false, errConnectionGone
			}
		}
		since = page.Through
	}
	return true, nil
}

// join ends a replay that reached sent: the browser is told, gets what was
// held, and from here on what happens. If too much happened to be held, join
// returns how far to replay first.
func (s *subscription) join(sent int64) (position int64) {
	s.room.watch.Sync(func(now int64) {
		if s.overflow && now > sent {
			s.after, s.held, s.overflow = now, nil, false
			position = now
			return
		}
		position = sent
		held := s.held
		s.joining, s.held, s.told = false, nil, max(now, sent)
		s.connection.send(reply("subscribed", subscribedReply{positionReply{s.topic, sent}, true}))
		for _, h := range held {
			if h.sequence > sent {
				s.connection.send(h.frame)
			}
		}
	})
	return position
}

// reset gives a replay up. The page loads its data again, and what happens
// from here on it gets as events: it misses nothing of the present state.
func (s *subscription) reset() {
	s.room.watch.Sync(func(now int64) {
		s.joining, s.held, s.after, s.told = false, nil, now, now
		s.connection.send(reply("reset", positionReply{s.topic, now}))
	})
}
