package broadcast

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Where a messenger's platform sends the same to many people by one call, those
// who are told the same are a shipment. Each delivery's row is written first, with
// the key of the shipment it is part of; then the shipment is handed to the
// outbox under that key; then the rows are marked. Whoever repeats any of it
// after a crash finds the rows, and so the same shipments with the same people
// under the same keys. Its result comes by its key, for all of them.

// ways are how a run's messages go on each channel that its walk has met.
type ways struct {
	service  *Service
	campaign Campaign
	known    map[string]message.Mass
}

// read reads a page of the audience. On a channel with shipments it goes on until
// one of them is full.
func (w ways) read(ctx context.Context, cursor string, limit int) ([]Recipient, string, error) {
	var page []Recipient
	for {
		more, next, err := w.service.Subscribers.Recipients(ctx, w.campaign.Account, w.campaign.audience(), cursor, limit)
		if err != nil {
			return nil, "", err
		}
		if err := w.learn(ctx, more); err != nil {
			return nil, "", err
		}
		page = append(page, more...)
		if next == "" || len(page) == 0 {
			return page, next, nil
		}
		mass := w.known[page[len(page)-1].Channel]
		if len(page) >= mass.Most {
			return page, next, nil
		}
		cursor, limit = next, mass.Most-len(page)
	}
}

// learn asks how messages go on the channels of a page. Notices go to each by
// itself: there may be a phone number for them.
func (w ways) learn(ctx context.Context, page []Recipient) error {
	for _, recipient := range page {
		channel := recipient.Channel
		if _, known := w.known[channel]; known {
			continue
		}
		var mass message.Mass
		if w.service.Mass != nil && w.service.Bulk[channel] == nil && w.campaign.Purpose == Promotions {
			found, err := w.service.Mass.Mass(ctx, w.campaign.Account, channel)
			if err != nil {
				return err
			}
			if !found.Scarce() || w.campaign.Way == AsMass {
				mass = found
			}
		}
		w.known[channel] = mass
	}
	return nil
}

// shipAll hands a batch over in shipments.
func (s *Service) shipAll(ctx context.Context, campaign Campaign, run Run, next *batch) error {
	if next.mass.Whole {
		s.awaitWhole(run, next)
		return nil
	}
	groups, err := alike(next.out, next.mass)
	if err != nil {
		return err
	}
	for _, group := range groups {
		var marks []store.Operation
		if len(group) < next.mass.Least {
			marks, err = s.enqueue(ctx, run, nil, group, next.tally)
		} else {
			marks, err = s.ship(ctx, campaign, run, group, next)
		}
		if err != nil {
			return err
		}
		next.rows = append(next.rows, marks...)
	}
	return nil
}

// alike puts together those who are told the same. Where mass sends are few, a
// language that hardly anybody reads is told what most are.
func alike(page []Outgoing, mass message.Mass) ([][]Outgoing, error) {
	var groups [][]Outgoing
	places := make(map[string]int)
	for _, out := range page {
		said, err := json.Marshal(out.Messages)
		if err != nil {
			return nil, fmt.Errorf("broadcast: compare messages: %w", err)
		}
		place, known := places[string(said)]
		if !known {
			place = len(groups)
			places[string(said)] = place
			groups = append(groups, nil)
		}
		groups[place] = append(groups[place], out)
	}
	if !mass.Scarce() || len(groups) < 2 {
		return groups, nil
	}
	slices.SortStableFunc(groups, func(a, b []Outgoing) int { return len(b) - len(a) })
	for len(groups) > 1 && len(groups[len(groups)-1]) < mass.Least {
		groups[0] = append(groups[0], groups[len(groups)-1]...)
		groups = groups[:len(groups)-1]
	}
	return groups, nil
}

// ship hands over a shipment, and those that an earlier attempt at it has begun.
func (s *Service) ship(ctx context.Context, campaign Campaign, run Run, group []Outgoing, next *batch) ([]store.Operation, error) {
	key := run.ID + "+" + store.FreshID(ctx, "shipment")
	rows, err := s.assign(ctx, run, group, key)
	if err != nil {
		return nil, err
	}
	shipments := make(map[string][]Outgoing)
	var keys []string
	for _, out := range group {
		row := rows[out.Key]
		if row.State != Pending {
			next.tally.again(row)
			continue
		}
		if shipments[row.Batch] == nil {
			keys = append(keys, row.Batch)
		}
		shipments[row.Batch] = append(shipments[row.Batch], out)
	}
	var marks []store.Operation
	for _, shipment := range keys {
		people := shipments[shipment]
		if shipment != key && shipment != "" {
			if people, err = s.assigned(ctx, run, shipment, people[0]); err != nil {
				return nil, err
			}
		}
		handed, err := s.handShipment(ctx, campaign, run, shipment, people, group[0], next)
		if err != nil {
			return nil, err
		}
		marks = append(marks, handed...)
	}
	return marks, nil
}

// assign writes a row for each of a group, as part of a shipment, and gives the
// rows: those that were there are part of an earlier one.
func (s *Service) assign(ctx context.Context, run Run, group []Outgoing, key string) (map[string]Delivery, error) {
	scope := deliveries.In(s.DB, run.Account)
	rows := make(map[string]Delivery, len(group))
	fresh, ids := make([]Delivery, len(group)), make([]string, len(group))
	for i, out := range group {
		ids[i] = out.Key
		fresh[i] = Delivery{ID: out.Key, Account: run.Account, Run: run.ID, State: Pending, At: s.now(), Batch: key}
		rows[out.Key] = fresh[i]
	}
	inserted, err := scope.InsertMany(ctx, fresh)
	if err != nil || inserted == len(group) {
		return rows, err
	}
	for some := range slices.Chunk(ids, pageSize) {
		found, err := scope.GetMany(ctx, some...)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			rows[row.ID] = row
		}
	}
	return rows, nil
}

// assigned are all who are part of a shipment, whether or not the audience still
// has them. They are told what one of them is.
func (s *Service) assigned(ctx context.Context, run Run, shipment string, one Outgoing) ([]Outgoing, error) {
	var people []Outgoing
	for row, err := range deliveries.In(s.DB, run.Account).Each(ctx, store.Where(store.Eq("batch", shipment))) {
		if err != nil {
			return nil, err
		}
		account, channel, user, ok := message.SplitSubscriberID(row.Subscriber())
		if !ok {
			continue
		}
		people = append(people, Outgoing{Key: row.ID, Messages: one.Messages, At: run.StartedAt, Person: message.Person{
			ID: row.Subscriber(), Account: account, Channel: channel, User: user, Language: one.Person.Language}})
	}
	return people, nil
}

// handShipment gives a shipment to the outbox, or, if it is of too few, each of
// its messages. A fault is the end of all its deliveries.
func (s *Service) handShipment(ctx context.Context, campaign Campaign, run Run, key string, people []Outgoing, model Outgoing, next *batch) ([]store.Operation, error) {
	rows := deliveries.In(s.DB, run.Account)
	var marks []store.Operation
	mark := func(out Outgoing, state DeliveryState, reason string) {
		marks = append(marks, rows.Updating(out.Key,
			store.Set("state", state).Set("reason", reason).Set("at", s.now()), store.Eq("state", Pending)))
		next.tally.count(state, reason)
	}
	if key == "" || len(people) < next.mass.Least {
		for _, out := range people {
			state, reason, err := s.handOver(ctx, run, nil, out)
			if err != nil {
				return nil, err
			}
			mark(out, state, reason)
		}
		return marks, nil
	}
	users := make([]string, len(people))
	for i, out := range people {
		users[i] = out.Person.User
	}
	err := s.Mass.Ship(ctx, Shipment{
		Account: run.Account, Channel: model.Person.Channel, Run: run.ID, Key: key, Purpose: campaign.Purpose,
		To: message.Crowd{Users: users, Language: model.Person.Language}, Messages: model.Messages, At: run.StartedAt,
	})
	state, reason := Underway, ""
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		state, reason = Undelivered, code(refused.Code)
	} else if err != nil {
		return nil, err
	}
	for _, out := range people {
		mark(out, state, reason)
	}
	return marks, nil
}

// Where a call can only name everybody or a tag, a channel's whole audience is
// one shipment, handed over when the walk has written all its rows.

func wholeKey(run, channel string) string { return run + "+" + channel }

// awaitWhole writes the rows of a batch that waits for the rest of its channel.
func (s *Service) awaitWhole(run Run, next *batch) {
	rows := deliveries.In(s.DB, run.Account)
	for _, out := range next.out {
		next.rows = append(next.rows, rows.Inserting(Delivery{ID: out.Key, Account: run.Account, Run: run.ID,
			State: Underway, At: s.now(), Batch: wholeKey(run.ID, out.Person.Channel)}))
		next.tally.count(Underway, "")
	}
}

// shipWholes hands over what awaitWhole has gathered, once the walk is over. Doing
// it again changes nothing.
func (s *Service) shipWholes(ctx context.Context, campaign Campaign, run Run) error {
	if s.Mass == nil || campaign.Way != AsMass {
		return nil
	}
	for _, channel := range s.Mass.Channels() {
		key := wholeKey(run.ID, channel)
		one, err := deliveries.In(s.DB, run.Account).First(ctx, store.Where(store.Eq("batch", key)))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		recipient, err := s.Subscribers.Recipient(ctx, run.Account, one.Subscriber())
		if err != nil {
			return err
		}
		crowd := message.Crowd{Language: recipient.Language}
		if campaign.Audience.Kind == WithTag {
			crowd.Tag = campaign.Audience.Value
		}
		err = s.Mass.Ship(ctx, Shipment{Account: run.Account, Channel: channel, Run: run.ID, Key: key,
			Purpose: campaign.Purpose, To: crowd, Messages: s.compose(campaign, recipient), At: run.StartedAt})
		if refused, ok := errors.AsType[*fault.Error](err); ok {
			err = s.Shipped(ctx, run.Account, key, Undelivered, refused.Code)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Shipped takes in what became of a shipment, for all its deliveries. Keys that
// are not of one are ignored.
func (s *Service) Shipped(ctx context.Context, account, key string, state DeliveryState, reason string) error {
	run, _, ok := strings.Cut(key, "+")
	if campaign, _, dated := strings.Cut(run, "-"); !ok || !dated || len(campaign) != 26 {
		return nil
	}
	if state == Undelivered || state == Uncertain {
		reason = code(reason)
	} else {
		reason = ""
	}
	rows := deliveries.In(s.DB, account)
	for cursor, more := store.Cursor(""), true; more; more = cursor != "" {
		page, next, err := rows.Find(ctx, store.Where(store.Eq("batch", key)).Top(pageSize).From(cursor))
		if err != nil {
			return err
		}
		cursor = next
		if err := s.advanceAll(ctx, account, run, page, state, reason); err != nil {
			return err
		}
	}
	return nil
}

// advanceAll takes deliveries to a state, those that can still get there. One
// that somebody else moves meanwhile is moved by itself.
func (s *Service) advanceAll(ctx context.Context, account, run string, page []Delivery, state DeliveryState, reason string) error {
	var steps []store.Operation
	var moved []Delivery
	for _, row := range page {
		if slices.Contains(advances[row.State], state) {
			moved = append(moved, row)
			steps = append(steps, deliveries.In(s.DB, account).Updating(row.ID,
				store.Set("state", state).Set("reason", reason).Set("at", s.now()), store.Eq("state", row.State)))
		}
	}
	if len(steps) == 0 {
		return nil
	}
	results, err := s.DB.Apply(ctx, steps...)
	if results == nil {
		return err
	}
	for i, result := range results {
		switch {
		case errors.Is(result.Err, store.ErrConditionFailed):
			if err := s.Delivered(ctx, moved[i].ID, state, reason); err != nil {
				return err
			}
		case result.Err != nil:
			return result.Err
		default:
			s.progress.add(account, run, func(t *tally) {
				for _, step := range reached(moved[i].State, state) {
					t.count(step, reason)
				}
			})
		}
	}
	return nil
}
