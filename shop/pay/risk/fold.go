package risk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"plaza/store"
)

// folds change profiles. A profile is one document that many want to change at
// the same time (a shop's, with every payment), so changes to one queue up and
// are made together by whoever came first: one write for all of them. Other
// nodes do the same; a version in the document tells whether somebody was
// faster, and then the changes are made again to what there is now.
type folds struct {
	db      *store.DB
	mu      sync.Mutex
	waiting map[string]*pile
}

// pile are the changes to one profile.
type pile struct {
	changes []change
}

type change struct {
	how  func(*Habits)
	done chan error
}

// patience is how long a profile is tried to be changed.
const patience = 10 * time.Second

// fold makes a change and returns when it is durable.
func (f *folds) fold(ctx context.Context, account string, part Part, at time.Time, how func(*Habits)) error {
	id, mine := profileID(account, part), change{how, make(chan error, 1)}
	f.mu.Lock()
	if f.waiting == nil {
		f.waiting = map[string]*pile{}
	}
	if others := f.waiting[id]; others != nil {
		others.changes = append(others.changes, mine)
		f.mu.Unlock()
		return <-mine.done
	}
	f.waiting[id] = &pile{}
	f.mu.Unlock()

	// From here on it is work for others, too: it does not end with one request.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := f.apply(ctx, account, id, part, at, []change{mine})
	for {
		f.mu.Lock()
		next := f.waiting[id].changes
		if len(next) == 0 {
			delete(f.waiting, id)
			f.mu.Unlock()
			return err
		}
		f.waiting[id].changes = nil
		f.mu.Unlock()
		failed := f.apply(ctx, account, id, part, at, next)
		for _, one := range next {
			one.done <- failed
		}
	}
}

func (f *folds) apply(ctx context.Context, account, id string, part Part, at time.Time, changes []change) error {
	collection := profiles.In(f.db, account)
	for {
		found, err := collection.Get(ctx, id)
		fresh := errors.Is(err, store.ErrNotFound)
		if err != nil && !fresh {
			return err
		}
		habits := found.Habits
		for _, one := range changes {
			one.how(&habits)
		}
		expires := at.Add(lives[part.Role])
		if fresh {
			err = collection.Insert(ctx, Profile{ID: id, Account: account, Version: 1, Habits: habits, ExpiresAt: expires})
		} else {
			err = collection.Update(ctx, id, store.Set("habits", habits).Set("version", found.Version+1).
				Set("expires_at", expires), store.Eq("version", found.Version))
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, store.ErrDuplicate), errors.Is(err, store.ErrConditionFailed), errors.Is(err, store.ErrNotFound):
			if ctx.Err() != nil {
				return fmt.Errorf("risk: profile %s: %w", id, ctx.Err())
			}
		default:
			return err
		}
	}
}
