package notify

import (
	"context"
	"errors"
	"time"

	"plaza/bot"
	"plaza/message"
	"plaza/store"
)

// Wishes are how somebody wants to be told.
type Wishes struct {
	// Text shows what was written; else only that something was.
	Text bool `bson:"text"`
	// News tells of campaigns as well, not only of answers.
	News bool `bson:"news"`
}

// person is somebody who is told.
type person struct {
	ID      string `bson:"_id"` // the subscriber's
	Account string `bson:"account"`
	Wishes  `bson:"wishes"`
	// DueAt is when to look whether they have read what was written to them;
	// absent when there is nothing to look for. Posted rises with every message,
	// so that whoever has looked knows of those that came meanwhile. Fence rises
	// with every taking.
	DueAt  *time.Time `bson:"due_at,omitempty"`
	Posted int64      `bson:"posted"`
	Fence  int64      `bson:"fence"`
}

var people = store.Declare[person](store.Schema{
	Name: "notify_people", KeyedByAccount: true,
	Indexes:  []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}},
	ShardKey: []string{"account", "_id"},
})

// grace is how long a page in view has to say that a message was read.
const grace = 5 * time.Second

// Notifying marks those who want to be told. It fits bot.Notifier.
func (s *Service) Notifying(ctx context.Context, by bot.Author, to ...message.Person) ([]store.Operation, error) {
	if len(to) == 0 {
		return nil, nil
	}
	ids := make([]string, len(to))
	for i, one := range to {
		ids[i] = one.ID
	}
	scope := people.In(s.DB, to[0].Account)
	if len(to) > 1 { // most accounts have nobody: spare a campaign looking for each
		if some, err := scope.Count(ctx, store.Query{}, 1); some == 0 || err != nil {
			return nil, err
		}
	}
	known, err := scope.GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var operations []store.Operation
	for _, one := range known {
		if by == bot.ByCampaign && !one.News {
			continue
		}
		due := s.now().Add(grace)
		if one.DueAt != nil && one.DueAt.Before(due) {
			due = *one.DueAt // many messages in a row must not put it off
		}
		operations = append(operations, scope.Upserting(one.ID, store.Set("due_at", due).Inc("posted", 1)))
	}
	return operations, nil
}

// WishesOf is how somebody wants to be told. ok is false for who does not.
func (s *Service) WishesOf(ctx context.Context, to message.Person) (wishes Wishes, ok bool, err error) {
	found, err := people.In(s.DB, to.Account).Get(ctx, to.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Wishes{}, false, nil
	}
	return found.Wishes, err == nil, err
}

// MaxReach is how far Reach counts.
const MaxReach = 10_000

// Reach counts the people of an account who are told, up to MaxReach.
func (s *Service) Reach(ctx context.Context, account string) (int, error) {
	return people.In(s.DB, account).Count(ctx, store.Query{}, MaxReach)
}

// look has a worker see to one person who is due: whether there is anything to
// tell them. It says whether there was one.
func (s *Service) look(ctx context.Context) (worked bool, err error) {
	one, found, err := store.TakeNext(ctx, people.Across(s.DB), s.lease(nil))
	if !found {
		return false, err
	}
	now := s.now()
	unread, err := s.unread(ctx, one)
	if err != nil {
		return true, err // the lease runs out, and they are looked at again
	}
	if count := len(unread); count > 0 {
		if readable := unread[count-1].At.Add(grace); now.Before(readable) {
			return true, s.lookAgain(ctx, one, readable)
		}
		if err := s.spread(ctx, one); err != nil {
			return true, err
		}
	}
	err = people.In(s.DB, one.Account).Update(ctx, one.ID, store.Unset("due_at"),
		store.Eq("fence", one.Fence), store.Eq("posted", one.Posted))
	if errors.Is(err, store.ErrConditionFailed) {
		return true, s.lookAgain(ctx, one, now.Add(grace))
	}
	return true, gone(err)
}

func (s *Service) lookAgain(ctx context.Context, one person, at time.Time) error {
	return gone(people.In(s.DB, one.Account).Update(ctx, one.ID, store.Set("due_at", at), store.Eq("fence", one.Fence)))
}

// gone drops the errors of changing what another worker has, or what is no more.
func gone(err error) error {
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
