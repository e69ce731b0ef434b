package mandate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/money"
	"plaza/store"
)

// Share is what the account's numbers hold of one mandate.
type Share struct {
	State   State `bson:"state,omitempty"`
	Monthly int64 `bson:"monthly,omitempty"` // minor units
}

// Tally is a change of the numbers under way, with a name of its own.
type Tally struct {
	To   Share  `bson:"to"`
	Mark string `bson:"mark"`
}

// Totals are the numbers of an account, kept while things happen: how many
// mandates there are in each state, and what those that go on bring in a month.
type Totals struct {
	ID      string           `bson:"_id"`
	Account string           `bson:"account"`
	States  map[State]int64  `bson:"states"`
	Monthly map[string]int64 `bson:"monthly"` // minor units by currency
	// Marks are the changes that are in, for markLife: a worker that read a
	// mandate before another one had counted it finds the change here.
	Marks map[string]time.Time `bson:"marks"`
}

var totals = store.Declare[Totals](store.Schema{Name: "mandate_totals", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

// markLife is longer than anybody works with a mandate as they have read it: a
// lease is 20 s, and no request lasts half a minute.
const markLife = 2 * time.Minute

// Totals gives an account's numbers.
func (s *Service) Totals(ctx context.Context, account string) (Totals, error) {
	found, err := totals.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Totals{ID: account, Account: account}, nil
	}
	return found, err
}

// Revenue is what the mandates that go on bring in a month, in a currency.
func (t Totals) Revenue(currency string) money.Amount {
	return money.Of(t.Monthly[currency], currency)
}

// share is what the numbers are to hold of a mandate.
func (m Mandate) share() Share {
	share := Share{State: m.State}
	if m.State == Active || m.State == PastDue {
		share.Monthly = m.Terms.Every.Monthly(m.Terms.Amount.Minor)
	}
	return share
}

// count brings the account's numbers up to date, exactly once for each change
// whatever crashes: the change is written down with a name, counted under that
// name, then marked as counted.
func (s *Service) count(ctx context.Context, m Mandate) (Mandate, error) {
	if m.Counting == nil {
		if m.Counted == m.share() {
			return m, nil
		}
		var err error
		tally := Tally{To: m.share(), Mark: fmt.Sprintf("%s-%d", m.ID, m.Version)}
		if m, err = s.turn(ctx, m, store.Set("counting", tally)); err != nil {
			return m, err
		}
	}
	tally, from, all := *m.Counting, m.Counted, totals.In(s.DB, m.Account)
	mark := "marks." + tally.Mark
	before, _, err := all.InsertIfAbsent(ctx, Totals{ID: m.Account, Account: m.Account,
		States: map[State]int64{}, Monthly: map[string]int64{}, Marks: map[string]time.Time{}})
	if err != nil {
		return m, err
	}
	update := store.Set(mark, s.now()).Inc("monthly."+m.Terms.Amount.Currency, tally.To.Monthly-from.Monthly)
	if tally.To.State != from.State {
		update = update.Inc("states."+string(tally.To.State), 1)
		if from.State != "" {
			update = update.Inc("states."+string(from.State), -1)
		}
	}
	for name, at := range before.Marks {
		if at.Before(s.now().Add(-markLife)) && name != tally.Mark {
			update = update.Unset("marks." + name)
		}
	}
	err = all.Update(ctx, m.Account, update, store.Exists(mark, false))
	if err != nil && !errors.Is(err, store.ErrConditionFailed) {
		return m, err
	}
	return s.turn(ctx, m, store.Set("counted", tally.To).Unset("counting"))
}
