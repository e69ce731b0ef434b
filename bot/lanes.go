package bot

import (
	"context"
	"time"

	"plaza/message"
	"plaza/store"
)

// lane is the queue of one conversation, so that what is written to a person
// arrives in order.
type lane struct {
	ID      string `bson:"_id"` // the conversation's
	Account string `bson:"account"`
	// Route is what it goes over, Urgency how soon, and DueAt when a worker
	// should look; Route is absent when nothing waits.
	Route   string     `bson:"route,omitempty"`
	Urgency urgency    `bson:"urgency"`
	DueAt   *time.Time `bson:"due_at,omitempty"`
	// Posted rises with every item, so that a worker that found the lane empty
	// notices one that came meanwhile.
	Posted int64 `bson:"posted"`
}

// urgency is which of an account's lanes go first.
type urgency int

// The urgencies. A lane in which an answer waits behind a campaign's message is
// an answer's: it takes the message along.
const (
	canWait urgency = iota // a campaign's
	soon                   // somebody waits for it
)

var lanes = store.Declare[lane](store.Schema{
	Name:           "outbox_lanes",
	KeyedByAccount: true,
	Indexes:        []store.Index{{Fields: []string{"route", "urgency", "due_at"}, Across: true, Sparse: true}},
	ShardKey:       []string{"account", "_id"},
	Upgrades:       []store.Upgrade{nameRoute},
})

// nameRoute gives the lanes of older versions, in which something waits, their
// route.
func nameRoute(document store.Document) (bool, error) {
	id, _ := document["_id"].(string)
	_, waits := document["due_at"]
	if _, named := document["route"]; named || !waits {
		return false, nil
	}
	account, channel, _, ok := message.SplitSubscriberID(id)
	if !ok {
		return false, nil
	}
	document["route"], document["urgency"] = connectionID(account, channel), int32(soon)
	return true, nil
}

// lanePage is how many lanes are looked up at a time.
const lanePage = 100

// look reads the first lanes of a route that wait with an urgency: those that
// are due, and when the next one will be; zero if none is known to.
func (b *Bot) look(ctx context.Context, route string, urgency urgency, now time.Time) (due []lane, next time.Time, err error) {
	found, more, err := lanes.Across(b.DB).Find(ctx,
		store.Where(store.Eq("route", route), store.Eq("urgency", urgency)).By("due_at").Top(lanePage))
	for i, one := range found {
		if one.DueAt.After(now) {
			return found[:i], *one.DueAt, err
		}
	}
	if more != "" {
		next = now
	}
	return found, next, err
}

// postpone has a lane looked at again later, by whoever has its route then.
func (b *Bot) postpone(ctx context.Context, l lane, due time.Time) error {
	err := lanes.In(b.DB, l.Account).Update(ctx, l.ID, store.Set("due_at", due), store.Eq("posted", l.Posted))
	return onlyExpected(err, store.ErrConditionFailed)
}

// emptying takes a lane out of line unless something was posted meanwhile.
func (b *Bot) emptying(l lane) store.Operation {
	return lanes.In(b.DB, l.Account).Updating(l.ID,
		store.Unset("route", "due_at").Set("urgency", canWait), store.Eq("posted", l.Posted))
}

// empty is emptying by itself.
func (b *Bot) empty(ctx context.Context, l lane) error {
	_, err := b.DB.Apply(ctx, b.emptying(l))
	return onlyExpected(err, store.ErrConditionFailed)
}
