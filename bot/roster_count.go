package bot

import (
	"context"
	"maps"
	"slices"

	"plaza/store"
)

// insertCounted takes new people in, tells the counters of them, and says how many
// were new: some may have come in by a message meanwhile.
func (b *Bot) insertCounted(ctx context.Context, fresh []Subscriber) (added int, err error) {
	if len(fresh) == 0 {
		return 0, nil
	}
	if together := b.together(fresh); !b.shared && len(together) <= store.MaxTogether {
		inserted, err := b.insert(ctx, fresh, together)
		if err != nil || len(inserted) == len(fresh) {
			return len(inserted), err
		}
		// Somebody is there already, and those before them have their notes yet.
		if err := b.countEach(ctx, inserted); err != nil {
			return 0, err
		}
		added = len(inserted)
		fresh = slices.DeleteFunc(fresh, func(s Subscriber) bool {
			return slices.ContainsFunc(inserted, func(i Subscriber) bool { return i.ID == s.ID })
		})
	}
	inserts := make([]store.Operation, len(fresh))
	for i, s := range fresh {
		inserts[i] = subscribers.In(b.DB, s.Account).Inserting(s)
	}
	inserted, err := b.insert(ctx, fresh, inserts)
	if err != nil {
		return added, err
	}
	return added + len(inserted), b.countEach(ctx, inserted)
}

// together inserts new people with their notes, changes each counter once for all
// of them, and takes the notes away: where a list is carried out by nobody else in
// between and a crash leaves all of it or nothing, which costs a quarter of
// counting each. It ends before the counters if somebody is there already.
func (b *Bot) together(fresh []Subscriber) []store.Operation {
	account, sums := fresh[0].Account, map[string]int64{}
	scope, tallies := subscribers.In(b.DB, account), counters.In(b.DB, account)
	var operations, noted []store.Operation
	for _, s := range fresh {
		operations = append(operations, store.Guarding(scope.Inserting(s)))
		noted = append(noted, scope.Updating(s.ID, store.Unset("counting")))
		for _, name := range s.Counting.Add {
			sums[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		id := account + ":" + name
		operations = append(operations, tallies.Inserting(counter{ID: id, Account: account}), tallies.Updating(id, store.Inc("count", sums[name])))
	}
	return append(operations, noted...)
}

// insert carries out operations that begin with the inserting of each of fresh,
// and says who was new. It is not broken off halfway.
func (b *Bot) insert(ctx context.Context, fresh []Subscriber, operations []store.Operation) (inserted []Subscriber, err error) {
	results, err := b.DB.Apply(context.WithoutCancel(ctx), operations...)
	if err = onlyExpected(err, store.ErrDuplicate); err != nil {
		return nil, err
	}
	for i, s := range fresh {
		if results[i].Err == nil {
			inserted = append(inserted, s)
		}
	}
	return inserted, nil
}

// countEach tells the counters of people one by one.
func (b *Bot) countEach(ctx context.Context, people []Subscriber) error {
	var steps []store.Operation
	for _, s := range people {
		steps = append(steps, b.counting(s.Account, s.ID, s.Counting)...)
	}
	return b.tally(ctx, steps)
}
