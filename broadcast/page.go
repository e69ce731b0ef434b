package broadcast

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

const (
	pageSize  = 500 // recipients asked for at a time
	queueSize = 50  // messages handed to an outbox between two renewals
	// backlog is how many messages may wait in an outbox before a campaign hands
	// it no more, and backlogPause how soon it looks again.
	backlog      = 1000
	backlogPause = 500 * time.Millisecond
)

// errBacklog ends a turn because the outbox has enough to do.
var errBacklog = errors.New("broadcast: the outbox is full")

// batch is the part of a page that goes one way: in bulk, in shipments or by the
// outbox.
type batch struct {
	bulk    BulkSender   // nil: not in bulk
	mass    message.Mass // zero: not in shipments
	mailing Mailing      // in bulk, made ready while the batch before is written
	out     []Outgoing
	skip    []Delivery
	rows    []store.Operation // what is to be written of it
	tally   *tally
	cursor  string // where the walk goes on after it
	last    bool
	err     error
}

// walk sends batches until the audience, the turn or the lease ends.
func (s *Service) walk(ctx context.Context, campaign Campaign, run Run) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mutex.Lock()
	stopping := s.stopping
	s.mutex.Unlock()
	notice, err := s.noticeOf(ctx, campaign)
	if err != nil {
		return err
	}
	batches := make(chan batch, 1) // the next is composed while one is written
	go s.compile(ctx, campaign, run, batches)
	for range turn {
		select {
		case <-stopping: // nil, and so never, when nobody called Start
			return nil
		default:
		}
		next, open := <-batches
		if !open {
			return ctx.Err()
		}
		if next.err != nil {
			return next.err
		}
		if err := s.roomFor(ctx, run, next); err != nil {
			return err
		}
		if err := s.handOn(ctx, campaign, run, notice, &next); err != nil {
			return err
		}
		goOn, err := s.record(ctx, campaign, run, next)
		if err != nil || !goOn || next.last {
			return err
		}
		run.Cursor = next.cursor
	}
	return nil
}

// handOn gives a batch that is not sent in bulk to the outbox.
func (s *Service) handOn(ctx context.Context, campaign Campaign, run Run, notice *Notice, next *batch) error {
	if next.bulk != nil {
		return nil
	}
	if next.mass != (message.Mass{}) {
		return s.shipAll(ctx, campaign, run, next)
	}
	marks, err := s.enqueue(ctx, run, notice, next.out, next.tally)
	next.rows = append(next.rows, marks...)
	return err
}

// roomFor says, with errBacklog, that the outbox has no room for a batch.
func (s *Service) roomFor(ctx context.Context, run Run, next batch) error {
	if next.bulk != nil || len(next.out) == 0 {
		return nil
	}
	waiting, err := s.Sender.Waiting(ctx, run.Account, next.out[0].Person.Channel, backlog)
	if err == nil && waiting < backlog && s.ByTemplate != nil {
		waiting, err = s.ByTemplate.Waiting(ctx, run.Account, backlog)
	}
	if err == nil && waiting >= backlog {
		return errBacklog
	}
	return err
}

// noticeOf is the notice that a campaign sends; nil for any other campaign.
func (s *Service) noticeOf(ctx context.Context, campaign Campaign) (*Notice, error) {
	if campaign.Purpose != Notices || s.ByTemplate == nil {
		return nil, nil
	}
	notice, err := s.Notice(ctx, campaign.Account, campaign.ID)
	if errors.Is(err, ErrNotice) {
		return nil, nil
	}
	return &notice, err
}

// compile reads the audience behind the run's cursor and composes its messages.
func (s *Service) compile(ctx context.Context, campaign Campaign, run Run, batches chan<- batch) {
	defer close(batches)
	hand := func(next batch) bool {
		select {
		case batches <- next:
			return true
		case <-ctx.Done():
			return false
		}
	}
	limit := pageSize
	if _, channel, _, ok := message.SplitSubscriberID(run.Cursor); ok && s.Bulk[channel] == nil {
		limit = queueSize // often all that a turn finds is an outbox without room
	}
	ways := ways{service: s, campaign: campaign, known: make(map[string]message.Mass)}
	for cursor, last := run.Cursor, false; !last; limit = pageSize {
		page, next, err := ways.read(ctx, cursor, limit)
		if err != nil {
			hand(batch{err: err})
			return
		}
		last = next == ""
		parts := s.split(campaign, run, page, ways)
		if len(parts) == 0 {
			parts = []batch{{}}
		}
		end := &parts[len(parts)-1]
		end.last = last
		if !last {
			end.cursor = next
		}
		for _, part := range parts {
			if !hand(s.ready(run, part)) {
				return
			}
		}
		cursor = next
	}
}

// split cuts a page into batches. Recipients are in the order of their ids, so
// those of one channel are together.
func (s *Service) split(campaign Campaign, run Run, page []Recipient, ways ways) []batch {
	var parts []batch
	var channel string
	for i, recipient := range page {
		current := len(parts) - 1
		if i == 0 || recipient.Channel != channel || len(parts[current].out) >= parts[current].limit() {
			channel = recipient.Channel
			parts = append(parts, batch{bulk: s.Bulk[channel], mass: ways.known[channel]})
			current++
		}
		part := &parts[current]
		part.cursor = recipient.ID
		key := deliveryKey(run.ID, recipient.ID)
		reason := recipient.Skip
		if reason == "" {
			messages := s.compose(campaign, recipient)
			if len(messages) > 0 {
				part.out = append(part.out, Outgoing{Person: recipient.Person, Key: key,
					Messages: messages, At: run.StartedAt})
				continue
			}
			reason = "empty"
		}
		part.skip = append(part.skip, Delivery{ID: key, Account: run.Account, Run: run.ID,
			State: Skipped, Reason: code(reason)})
	}
	return parts
}

// limit is how many messages a batch holds.
func (b batch) limit() int {
	switch {
	case b.bulk != nil, b.mass.Whole:
		return pageSize
	case b.mass.Most > 0:
		return b.mass.Most
	}
	return queueSize
}

// ready encodes what is to be written of a batch and, in bulk, sent. The row of a
// message sent in bulk follows it: the message, under its key, is what happened,
// and sending the batch again changes nothing.
func (s *Service) ready(run Run, part batch) batch {
	at, scope := s.now(), deliveries.In(s.DB, run.Account)
	part.tally = newTally()
	for _, delivery := range part.skip {
		delivery.At = at
		part.rows = append(part.rows, scope.Inserting(delivery))
		part.tally.count(delivery.State, delivery.Reason)
	}
	if part.bulk == nil || len(part.out) == 0 {
		return part
	}
	for _, out := range part.out {
		part.rows = append(part.rows, scope.Inserting(Delivery{ID: out.Key, Account: run.Account,
			Run: run.ID, State: Sent, At: at}))
	}
	part.tally.add("sent", int64(len(part.out)))
	part.mailing, part.err = part.bulk.Prepare(part.out)
	return part
}

// enqueue writes a row for each message, hands those to the outbox that are not
// handed over, and returns the marks. Their results come by Delivered.
func (s *Service) enqueue(ctx context.Context, run Run, notice *Notice, page []Outgoing, tally *tally) ([]store.Operation, error) {
	rows := deliveries.In(s.DB, run.Account)
	pending := make([]Delivery, len(page))
	keys := make([]string, len(page))
	for i, out := range page {
		keys[i] = out.Key
		pending[i] = Delivery{ID: out.Key, Account: run.Account, Run: run.ID, State: Pending, At: s.now()}
	}
	inserted, err := rows.InsertMany(ctx, pending)
	if err != nil {
		return nil, err
	}
	present := make(map[string]Delivery)
	if inserted < len(page) { // a repetition: some may have got further
		found, err := rows.GetMany(ctx, keys...)
		if err != nil {
			return nil, err
		}
		for _, delivery := range found {
			present[delivery.ID] = delivery
		}
	}
	var marks []store.Operation
	for _, out := range page {
		if row := present[out.Key]; row.State != notDelivered && row.State != Pending {
			tally.again(row)
			continue
		}
		state, reason, err := s.handOver(ctx, run, notice, out)
		if err != nil {
			return nil, err
		}
		marks = append(marks, rows.Updating(out.Key,
			store.Set("state", state).Set("reason", reason).Set("at", s.now()), store.Eq("state", Pending)))
		tally.count(state, reason)
	}
	return marks, nil
}

// handOver gives one message to the outbox, or a notice to whom a template
// reaches. A fault is this delivery's end, any other error is not: the batch is
// repeated.
func (s *Service) handOver(ctx context.Context, run Run, notice *Notice, out Outgoing) (DeliveryState, string, error) {
	taken, err := false, error(nil)
	if notice != nil {
		taken, err = s.ByTemplate.Send(ctx, out.Person, run.ID, out.Key, notice.In(out.Person.Language), s.NoticeURL(notice.ID))
	}
	if err == nil && !taken {
		err = s.Sender.Send(ctx, out.Person, out.Key, out.Messages...)
	}
	refused, ok := errors.AsType[*fault.Error](err)
	switch {
	case errors.Is(err, ErrReached):
		return Skipped, code(refused.Code), nil
	case ok:
		return Undelivered, code(refused.Code), nil
	}
	return Underway, "", err
}

// record writes the rows of a batch, then the cursor with its counts, and
// renews the lease, in one trip; what goes in bulk is sent by it. goOn is false
// when the campaign was stopped.
func (s *Service) record(ctx context.Context, campaign Campaign, run Run, done batch) (goOn bool, err error) {
	now := s.now()
	step := append(store.Set("cursor", done.cursor), done.tally.update()...)
	if done.last {
		step = step.Set("walked_at", now)
	}
	operations := append(done.rows,
		runs.In(s.DB, run.Account).Updating(run.ID, step,
			store.Eq("fence", run.Fence), store.Eq("cursor", run.Cursor)),
		campaigns.In(s.DB, run.Account).Updating(campaign.ID,
			store.Set("due_at", now.Add(s.Lease)).Set("active_at", now).Set("attempts", int64(0)),
			store.Eq("fence", campaign.Fence), store.Eq("state", Sending)))
	write := s.DB.Apply
	if done.mailing != nil {
		write = done.mailing.Send
	}
	results, err := write(ctx, operations...)
	if results == nil {
		return false, err
	}
	s.progress.touch(run)
	last := len(results) - 1
	for _, result := range results[:last-1] {
		// A row that is there, or further, is what a repetition finds.
		if result.Err != nil && !errors.Is(result.Err, store.ErrDuplicate) && !errors.Is(result.Err, store.ErrConditionFailed) {
			return false, result.Err
		}
	}
	if err := lost(results[last-1].Err); err != nil {
		return false, err
	}
	if errors.Is(results[last].Err, store.ErrConditionFailed) {
		return false, nil
	}
	return true, results[last].Err
}

// code bounds what becomes part of a field's name.
func code(reason string) string {
	reason = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, strings.ToLower(reason))
	if reason == "" || len(reason) > 40 {
		return "other"
	}
	return reason
}
