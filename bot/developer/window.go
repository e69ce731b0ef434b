package developer

import (
	"context"
	"errors"
	"time"

	"plaza/message"
	"plaza/store"
)

// The windows for custom messages (platform document: "Customer service
// messages"): what a person did, how many messages it permits and for how long.
const (
	talkMessages, talkWindow     = 5, 48 * time.Hour
	actionMessages, actionWindow = 3, time.Minute
)

// window is what may be sent to one person unasked.
type window struct {
	ID          string    `bson:"_id"` // the subscriber's
	Account     string    `bson:"account"`
	Talk        int64     `bson:"talk"` // left after a message
	TalkUntil   time.Time `bson:"talk_until"`
	Action      int64     `bson:"action"` // left after a click, a scan, a follow
	ActionUntil time.Time `bson:"action_until"`
	ExpiresAt   time.Time `bson:"expires_at"`
}

var windows = store.Declare[window](store.Schema{
	Name: "developer_windows", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// opening notes what a person did. Tapping an option of a message counts as an
// action, as the platform says.
func (s *Service) opening(person message.Person, kind message.Kind) []store.Operation {
	now := s.now()
	var update store.Update
	switch kind {
	case message.Follow, message.Scan, message.Press:
		update = store.Set("action", actionMessages).Set("action_until", now.Add(actionWindow))
	case message.Unfollow:
		update = store.Set("action_until", time.Time{}).Set("talk_until", time.Time{})
	case message.View, message.Position, message.Status:
		return nil
	default:
		update = store.Set("talk", talkMessages).Set("talk_until", now.Add(talkWindow))
	}
	return []store.Operation{windows.In(s.DB, person.Account).Upserting(person.ID, update.Set("expires_at", now.Add(talkWindow)))}
}

// useWindow takes one message from what may be sent. The short window is used
// up first: it would not last. Errors: ErrWindow, ErrWindowCount.
func (s *Service) useWindow(ctx context.Context, person message.Person) error {
	scope, now := windows.In(s.DB, person.Account), s.now()
	for _, name := range []string{"action", "talk"} {
		err := scope.Update(ctx, person.ID, store.Inc(name, -1), store.Gt(name, 0), store.Gt(name+"_until", now))
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConditionFailed) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	found, err := scope.Get(ctx, person.ID)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case err == nil && (now.Before(found.TalkUntil) || now.Before(found.ActionUntil)):
		return ErrWindowCount
	}
	return ErrWindow
}
