package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"plaza/store"
)

// Within a process, turns keep the messages of one subscriber in order. Where
// several nodes share a store, a lease on the conversation keeps them from
// working on it at the same time. Every taking raises the fence; a conversation
// only accepts a change whose fence is not below the last one, so a node that
// was stopped for longer than its lease changes nothing. Clocks of the nodes
// must agree to within a few seconds.
type lease struct {
	ID      string    `bson:"_id"` // the conversation's
	Account string    `bson:"account"`
	Node    string    `bson:"node"`
	Until   time.Time `bson:"until"`
	Fence   int64     `bson:"fence"`
}

var leases = store.Declare[lease](store.Schema{
	Name:           "conversation_leases",
	KeyedByAccount: true,
	ShardKey:       []string{"account", "_id"},
})

const (
	// leaseTerm outlasts the handling of one message.
	leaseTerm = handlingLimit + 5*time.Second
	// leasePoll is how often a taken lease is looked at again.
	leasePoll = 15 * time.Millisecond
)

// hold is a lease that is held. The zero hold is what a store of one process
// needs: nothing.
type hold struct {
	account, id string
	fence       int64
}

// occupy takes the lease on a conversation, waiting for it as long as ctx does.
func (b *Bot) occupy(ctx context.Context, account, id string) (hold, error) {
	if !b.shared {
		return hold{}, nil
	}
	scope := leases.In(b.DB, account)
	for {
		now := b.now()
		taken, err := scope.UpdateAndGet(ctx, id,
			store.Set("node", b.node).Set("until", now.Add(leaseTerm)).Inc("fence", 1),
			store.Lte("until", now))
		switch {
		case err == nil:
			return hold{account, id, taken.Fence}, nil
		case errors.Is(err, store.ErrNotFound):
			if _, _, err := scope.InsertIfAbsent(ctx, lease{ID: id, Account: account}); err != nil {
				return hold{}, err
			}
			continue
		case !errors.Is(err, store.ErrConditionFailed):
			return hold{}, err
		}
		select {
		case <-time.After(leasePoll):
		case <-ctx.Done():
			return hold{}, ctx.Err()
		}
	}
}

// release gives the lease back. If that fails, it runs out by itself.
func (b *Bot) release(ctx context.Context, held hold) {
	if held.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := leases.In(b.DB, held.account).Update(ctx, held.id,
		store.Set("until", time.Time{}), store.Eq("fence", held.fence))
	if err != nil && !errors.Is(err, store.ErrConditionFailed) {
		b.Logger.Warn("lease runs out by itself", "account", held.account, "error", err)
	}
}

// turnKey finds, in a context, the turn that is being had.
type turnKey struct{}

// having is a turn that is being had. What a skill does with the bot while it
// answers somebody (sending them a receipt, say) happens within that turn:
// waiting for the next one would be waiting for itself.
type having struct {
	mu         sync.Mutex
	subscriber string
	held       hold
	visit      *visit // the message being handled
}

func withTurn(ctx context.Context, turn *having) context.Context {
	return context.WithValue(ctx, turnKey{}, turn)
}

// turnOf is the turn that ctx has with a subscriber, or nil.
func turnOf(ctx context.Context, subscriber string) *having {
	turn, _ := ctx.Value(turnKey{}).(*having)
	if turn == nil || turn.subscriber != subscriber {
		return nil
	}
	return turn
}

// exclusively does something with a subscriber and their conversation while no
// message of theirs is handled anywhere, or within the handling of one.
func (b *Bot) exclusively(ctx context.Context, account, subscriber string, do func(context.Context, hold) error) error {
	if turn := turnOf(ctx, subscriber); turn != nil {
		turn.mu.Lock()
		defer turn.mu.Unlock()
		return do(ctx, turn.held)
	}
	place := b.turns.join(subscriber)
	defer b.turns.leave(place)
	ctx, cancel := context.WithTimeout(ctx, handlingLimit)
	defer cancel()
	if err := b.turns.wait(ctx, place); err != nil {
		return err
	}
	held, err := b.occupy(ctx, account, subscriber)
	if err != nil {
		return err
	}
	defer b.release(ctx, held)
	return do(ctx, held)
}

// fenced is the condition under which a conversation may be changed.
func (c Conversation) fenced(shared bool) []store.Clause {
	if !shared {
		return nil
	}
	return []store.Clause{store.Lte("fence", c.Fence)}
}
