package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plaza/store"
)

// Counters say how many followers an account has: in all, by channel and by
// tag. They are kept while things happen, because counting a million people by
// looking would take a million looks.
//
// A change of a subscriber and of the counters spans documents. So the
// subscriber's own update also writes down which counters have yet to see it
// (Counting); then each counter is changed unless it bears the mark of this
// very change; then the note and the marks go. Whoever repeats any of it after
// a crash changes nothing twice.
type counter struct {
	ID      string   `bson:"_id"` // account + ":" + name
	Account string   `bson:"account"`
	Count   int64    `bson:"count"`
	Applied []string `bson:"applied,omitempty"` // marks of changes under way
}

// counting is what the counters have yet to see of a subscriber.
type counting struct {
	Mark   string    `bson:"mark"`
	Add    []string  `bson:"add,omitempty"`
	Remove []string  `bson:"remove,omitempty"`
	At     time.Time `bson:"at"` // when somebody else may finish it
}

var counters = store.Declare[counter](store.Schema{
	Name:           "counters",
	KeyedByAccount: true,
	ShardKey:       []string{"account", "_id"},
})

// countingGrace is how long the one who changed a subscriber has for telling
// the counters: far longer than any of its calls may take.
const countingGrace = 10 * time.Minute

// The names of counters.
const (
	allCounter     = "all"
	channelCounter = "channel:"
	tagCounter     = "tag:"
)

// counted names the counters that count a subscriber.
func (s Subscriber) counted() []string {
	if !s.Followed {
		return nil
	}
	names := []string{allCounter, channelCounter + s.Channel}
	for _, tag := range s.Tags {
		names = append(names, tagCounter+tag)
	}
	return names
}

// countChange is what the counters have to see of a change, or nil.
func countChange(before, after Subscriber, at time.Time) *counting {
	was, is := before.counted(), after.counted()
	change := &counting{
		Mark: fmt.Sprintf("%s#%d", after.ID, after.Version),
		At:   at.Add(countingGrace),
	}
	for _, name := range is {
		if !slices.Contains(was, name) {
			change.Add = append(change.Add, name)
		}
	}
	for _, name := range was {
		if !slices.Contains(is, name) {
			change.Remove = append(change.Remove, name)
		}
	}
	if len(change.Add)+len(change.Remove) == 0 {
		return nil
	}
	return change
}

// count tells the counters what a subscriber's Counting says.
func (b *Bot) count(ctx context.Context, account, subscriber string, change *counting) error {
	return b.tally(ctx, b.counting(account, subscriber, change))
}

// tally takes the steps that tell counters of a change.
func (b *Bot) tally(ctx context.Context, steps []store.Operation) error {
	if len(steps) == 0 {
		return nil
	}
	// Nobody who is slower than the grace may still change a counter.
	ctx, cancel := context.WithTimeout(ctx, countingGrace/10)
	defer cancel()
	_, err := b.DB.Apply(ctx, steps...)
	return onlyExpected(err, store.ErrDuplicate, store.ErrConditionFailed)
}

// counting are the steps that tell the counters of a change of a subscriber.
func (b *Bot) counting(account, subscriber string, change *counting) []store.Operation {
	if change == nil {
		return nil
	}
	return b.tallying(account, change, subscribers.In(b.DB, account).Updating(subscriber,
		store.Unset("counting"), store.Eq("counting.mark", change.Mark)))
}

// tallying are the steps that tell counters of a change; done takes away the
// note that they have yet to see it.
func (b *Bot) tallying(account string, change *counting, done store.Operation) []store.Operation {
	scope := counters.In(b.DB, account)
	var made, changed, cleared []store.Operation
	note := func(name string, by int64) {
		id := account + ":" + name
		made = append(made, scope.Inserting(counter{ID: id, Account: account}))
		changed = append(changed, scope.Updating(id,
			store.Inc("count", by).Push("applied", change.Mark), store.Ne("applied", change.Mark)))
		cleared = append(cleared, scope.Updating(id, store.Pull("applied", change.Mark)))
	}
	for _, name := range change.Add {
		note(name, 1)
	}
	for _, name := range change.Remove {
		note(name, -1)
	}
	return slices.Concat(made, changed, []store.Operation{done}, cleared)
}

// onlyExpected drops an error all of whose parts are expected ones.
func onlyExpected(err error, expected ...error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		for _, fine := range expected {
			if errors.Is(err, fine) {
				return nil
			}
		}
		return err
	}
	var rest []error
	for _, part := range joined.Unwrap() {
		if !slices.ContainsFunc(expected, func(fine error) bool { return errors.Is(part, fine) }) {
			rest = append(rest, part)
		}
	}
	return errors.Join(rest...)
}

// finishCounting tells the counters what a crash left untold, once per call.
// It reports whether there was anything.
func (b *Bot) finishCounting(ctx context.Context) (bool, error) {
	now := b.now()
	found, err := subscribers.Across(b.DB).FindAndUpdate(ctx,
		store.Where(store.Lte("counting.at", now)).By("counting.at"),
		store.Set("counting.at", now.Add(countingGrace)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, b.count(ctx, found.Account, found.ID, found.Counting)
}

// Counts are the followers of an account, counted.
type Counts struct {
	All      int64            `json:"all"`
	Channels map[string]int64 `json:"channels"`
	Tags     map[string]int64 `json:"tags"`
}
