package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
//
// Somebody else may tell the counters of a change than who made it, of what they
// have read a while ago: see takeOver, which leaves the marks for a while.
type counter struct {
	ID      string   `bson:"_id"` // account + ":" + name
	Account string   `bson:"account"`
	Count   int64    `bson:"count"`
	Applied []string `bson:"applied,omitempty"` // marks of changes under way
	// Left are marks of changes that are in and were taken over, each behind the
	// time of it, see leaving.
	Left []string `bson:"left,omitempty"`
}

// counting is what the counters have yet to see of a subscriber.
type counting struct {
	Mark   string    `bson:"mark"`
	Add    []string  `bson:"add,omitempty"`
	Remove []string  `bson:"remove,omitempty"`
	At     time.Time `bson:"at"`           // when somebody else may finish it
	By     string    `bson:"by,omitempty"` // who has taken it over; empty: nobody
}

var counters = store.Declare[counter](store.Schema{
	Name:           "counters",
	KeyedByAccount: true,
	ShardKey:       []string{"account", "_id"},
})

// countingGrace is how long the one who changed a subscriber has for telling
// the counters: far longer than any of its calls may take.
const countingGrace = 10 * time.Minute

const (
	// tallyLimit is how long telling the counters may take, and how long after a
	// change who made it may begin with that.
	tallyLimit = time.Minute
	// markLife is how long a counter knows a change that was taken over: longer
	// than who made it may still be telling of it.
	markLife = 3 * tallyLimit
)

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

// count tells the counters what a subscriber's Counting says, right after the
// change.
func (b *Bot) count(ctx context.Context, account, subscriber string, change *counting) error {
	return b.tally(ctx, b.counting(account, subscriber, change))
}

// tally takes the steps that tell counters of a change.
func (b *Bot) tally(ctx context.Context, steps []store.Operation) error {
	if len(steps) == 0 {
		return nil
	}
	// Nobody who is slower may still change a counter.
	ctx, cancel := context.WithTimeout(ctx, tallyLimit)
	defer cancel()
	_, err := b.DB.Apply(ctx, steps...)
	return onlyExpected(err, store.ErrDuplicate, store.ErrConditionFailed)
}

// noting is a change of the document that bears the note.
type noting func(update store.Update, conditions ...store.Clause) store.Operation

func (b *Bot) ofSubscriber(account, id string) noting {
	return func(update store.Update, conditions ...store.Clause) store.Operation {
		return subscribers.In(b.DB, account).Updating(id, update, conditions...)
	}
}

// counting are the steps by which who has changed a subscriber tells the counters.
func (b *Bot) counting(account, subscriber string, change *counting) []store.Operation {
	return b.tallying(account, change, b.ofSubscriber(account, subscriber))
}

// tallying are the steps by which who made a change tells the counters of it. The
// marks go only if it was they who took the note away.
func (b *Bot) tallying(account string, change *counting, note noting) []store.Operation {
	if change == nil || b.now().After(change.At.Add(tallyLimit-countingGrace)) {
		return nil // too late: somebody else will
	}
	made, changed := b.countSteps(account, change)
	var cleared []store.Operation
	for _, name := range change.names() {
		cleared = append(cleared, counters.In(b.DB, account).Updating(account+":"+name, store.Pull("applied", change.Mark)))
	}
	done := store.Guarding(note(store.Unset("counting"), store.Eq("counting.mark", change.Mark), store.Exists("counting.by", false)))
	return slices.Concat(made, changed, []store.Operation{done}, cleared)
}

func (c *counting) names() []string { return slices.Concat(c.Add, c.Remove) }

// countSteps make the counters of a change and change them, once for its mark.
func (b *Bot) countSteps(account string, change *counting) (made, changed []store.Operation) {
	scope := counters.In(b.DB, account)
	for i, name := range change.names() {
		id, by := account+":"+name, int64(1)
		if i >= len(change.Add) {
			by = -1
		}
		made = append(made, scope.Inserting(counter{ID: id, Account: account}))
		changed = append(changed, scope.Updating(id,
			store.Inc("count", by).Push("applied", change.Mark), store.Ne("applied", change.Mark)))
	}
	return made, changed
}

// takeOver tells the counters of a change that somebody else made, if its note
// is still there, and takes the note away. Who made it may be slow and not dead,
// and others may take it over as well: so each takes the note for theirs first,
// and leaves the marks, by which all who come later know that it is counted.
func (b *Bot) takeOver(ctx context.Context, account string, change *counting, note noting) error {
	if change == nil {
		return nil
	}
	by := store.NewID()
	_, err := b.DB.Apply(ctx, note(store.Set("counting.by", by).Set("counting.at", b.now().Add(countingGrace)), store.Eq("counting.mark", change.Mark)))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil // told
	}
	if err != nil {
		return err
	}
	made, changed := b.countSteps(account, change)
	left, err := b.leaving(ctx, account, change)
	if err != nil {
		return err
	}
	done := note(store.Unset("counting"), store.Eq("counting.by", by))
	return b.tally(ctx, slices.Concat(made, changed, left, []store.Operation{done}))
}

// leaving writes down until when the marks of a change stay, and takes those away
// that have stayed long enough.
func (b *Bot) leaving(ctx context.Context, account string, change *counting) (steps []store.Operation, _ error) {
	scope, now := counters.In(b.DB, account), b.now()
	var ids []string
	for _, name := range change.names() {
		ids = append(ids, account+":"+name)
		steps = append(steps, scope.Updating(account+":"+name, store.Push("left", fmt.Sprintf("%020d %s", now.Add(markLife).UnixMilli(), change.Mark))))
	}
	known, err := scope.GetMany(ctx, ids...)
	over := fmt.Sprintf("%020d", now.UnixMilli())
	for _, one := range known {
		for _, entry := range one.Left {
			if until, mark, _ := strings.Cut(entry, " "); until < over && mark != change.Mark {
				steps = append(steps, scope.Updating(one.ID, store.Pull("applied", mark).Pull("left", entry)))
			}
		}
	}
	return steps, err
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
	left, found, err := store.TakeNext(ctx, subscribers.Across(b.DB), store.Lease{Now: b.now, For: countingGrace, By: "counting.at"})
	if !found {
		return false, err
	}
	return true, b.takeOver(ctx, left.Account, left.Counting, b.ofSubscriber(left.Account, left.ID))
}

// Counts are the followers of an account, counted.
type Counts struct {
	All      int64            `json:"all"`
	Channels map[string]int64 `json:"channels"`
	Tags     map[string]int64 `json:"tags"`
}
