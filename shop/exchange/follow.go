package exchange

import (
	"bytes"
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/store"
)

// ErrDays refuses a choice of how old a rate may be.
var ErrDays = fault.New(fault.Invalid, "rate_days", "Please choose 1 to {0} days.", MaxAge).In("days")

// Rules are an account's own about its rates. The zero Rules: only what its
// members type, for MaxAge days.
type Rules struct {
	Account string `bson:"_id"`
	// Published takes over what the bank publishes, out of Currency.
	Published bool   `bson:"published"`
	Currency  string `bson:"currency"`
	Days      int    `bson:"days"`            // that a rate may be used after its own; 0: MaxAge
	Taken     string `bson:"taken,omitempty"` // the day of the sheet that was taken over last
}

// Age is how many days a rate may be used after its own.
func (r Rules) Age() int {
	if r.Days == 0 {
		return MaxAge
	}
	return r.Days
}

var rules = store.Declare[Rules](store.Schema{Name: "exchange_rules", KeyedByAccount: true,
	Indexes: []store.Index{{Fields: []string{"published"}, Across: true}}})

// published selects the accounts that take published rates: looked for every
// minute, among all that have rules.
var published = store.Where(store.Eq("published", true))

// feed is where the published rates stand, for all accounts.
type feed struct {
	ID      string    `bson:"_id"`
	Due     time.Time `bson:"due"`
	Sheet   Sheet     `bson:"sheet"`
	ReadAt  time.Time `bson:"read_at,omitempty"`
	Problem string    `bson:"problem,omitempty"` // how the last attempt failed: a code
}

var feeds = store.Declare[feed](store.Schema{Name: "exchange_feeds", Global: true})

// How often the sheet is asked for, and how long a node has for it before
// another one tries, which is also how soon a failure is tried again.
const (
	every   = time.Hour
	attempt = 10 * time.Minute
)

// Source fetches the bank's sheet, of MaxSheet bytes at most.
type Source interface {
	Sheet(ctx context.Context) ([]byte, error)
}

// Rules gives an account's rules.
func (s *Service) Rules(ctx context.Context, account string) (Rules, error) {
	found, err := rules.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Rules{Account: account}, nil
	}
	return found, err
}

// SetRules keeps an account's rules, and takes over what is published already.
// Errors: ErrDays.
func (s *Service) SetRules(ctx context.Context, wanted Rules) error {
	if wanted.Days < 1 || wanted.Days > MaxAge {
		return ErrDays
	}
	set := store.Set("published", wanted.Published && s.Source != nil).Set("currency", wanted.Currency).Set("days", wanted.Days).Unset("taken")
	kept, err := rules.In(s.DB, wanted.Account).Upsert(ctx, wanted.Account, set)
	if err != nil || !kept.Published {
		return err
	}
	known, err := s.known(ctx)
	if err != nil || known.Sheet.Day == "" {
		return err
	}
	return s.take(ctx, kept, known.Sheet)
}

// Standing is how the published rates stand.
type Standing struct {
	Offered bool      // the operator lets them be fetched
	Day     string    // of the last sheet; empty: none yet
	ReadAt  time.Time // when it was last seen
	Failing bool      // the last attempt to read one failed
}

// Published says how the published rates stand.
func (s *Service) Published(ctx context.Context) (Standing, error) {
	known, err := s.known(ctx)
	return Standing{Offered: s.Source != nil, Day: known.Sheet.Day, ReadAt: known.ReadAt, Failing: known.Problem != ""}, err
}

func (s *Service) known(ctx context.Context) (feed, error) {
	found, err := feeds.Across(s.DB).Get(ctx, ECB)
	if errors.Is(err, store.ErrNotFound) {
		return feed{}, nil
	}
	return found, err
}

// Follow fetches the sheet if it is time, on one node, and gives it to the
// accounts that want it. Call it every minute or so: it does nothing while
// nobody wants rates. Errors: those of the Source, ErrSheet, ErrSheetDay.
func (s *Service) Follow(ctx context.Context) error {
	if s.Source == nil {
		return nil
	}
	if wanted, err := s.wanted(ctx); err != nil || !wanted {
		return err
	}
	if mine, err := s.claim(ctx); err != nil || !mine {
		return err
	}
	sheet, err := s.fetch(ctx)
	if err != nil {
		return errors.Join(err, feeds.Across(s.DB).Update(ctx, ECB, store.Set("problem", problem(err))))
	}
	kept, err := s.keep(ctx, sheet)
	if err != nil {
		return err
	}
	for one, err := range rules.Across(s.DB).Each(ctx, published) {
		if err == nil {
			err = s.take(ctx, one, kept)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wanted says whether any account takes published rates.
func (s *Service) wanted(ctx context.Context) (bool, error) {
	_, err := rules.Across(s.DB).First(ctx, published)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// claim takes the turn of this hour, if it is nobody's.
func (s *Service) claim(ctx context.Context) (bool, error) {
	now := s.Now().UTC().Truncate(time.Millisecond)
	_, mine, err := feeds.Across(s.DB).InsertIfAbsent(ctx, feed{ID: ECB, Due: now.Add(attempt)})
	if err != nil || mine {
		return mine, err
	}
	err = feeds.Across(s.DB).Update(ctx, ECB, store.Set("due", now.Add(attempt)), store.Lte("due", now))
	if errors.Is(err, store.ErrConditionFailed) {
		return false, nil
	}
	return err == nil, err
}

func (s *Service) fetch(ctx context.Context) (Sheet, error) {
	content, err := s.Source.Sheet(ctx)
	if err != nil {
		return Sheet{}, err
	}
	return ReadSheet(bytes.NewReader(content), s.Now())
}

// keep writes a sheet down, and gives the newest there is: one from before does
// not take its place.
func (s *Service) keep(ctx context.Context, sheet Sheet) (Sheet, error) {
	now := s.Now().UTC().Truncate(time.Millisecond)
	known, err := s.known(ctx)
	if err != nil {
		return Sheet{}, err
	}
	if known.Sheet.Day > sheet.Day {
		sheet = known.Sheet
	}
	return sheet, feeds.Across(s.DB).Update(ctx, ECB,
		store.Set("due", now.Add(every)).Set("sheet", sheet).Set("read_at", now).Unset("problem"))
}

// take gives an account the rates of a sheet, once: a rate that a member has
// typed for the day stays, and one that they have deleted does not come back.
func (s *Service) take(ctx context.Context, of Rules, sheet Sheet) error {
	if of.Taken >= sheet.Day {
		return nil
	}
	at := s.Now().UTC().Truncate(time.Millisecond)
	for _, rate := range sheet.From(of.Currency) {
		_, _, err := rates.In(s.DB, of.Account).InsertIfAbsent(ctx,
			Rate{ID: rateID(of.Account, rate.From, rate.To, rate.Day), Account: of.Account, Rate: rate, SetAt: at})
		if err != nil {
			return err
		}
	}
	return rules.In(s.DB, of.Account).Update(ctx, of.Account, store.Max("taken", sheet.Day))
}

// Stale gives the last rates that are too old to be used, where there is none
// that is not.
func (s *Service) Stale(ctx context.Context, account, from string) ([]money.Rate, error) {
	usable, err := s.Into(ctx, account, from)
	if err != nil || len(usable) > 0 {
		return nil, err
	}
	found, _, err := rates.In(s.DB, account).Find(ctx, store.Where(store.Prefix("_id", account+":"+from+":")).By("-_id").Top(lookAt))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var last []money.Rate
	for _, one := range found {
		if one.Day == found[0].Day {
			last = append(last, one.Rate)
		}
	}
	return last, nil
}

// problem is the code of a failure.
func problem(err error) string {
	switch {
	case errors.Is(err, ErrSheetDay):
		return "day"
	case errors.Is(err, ErrSheet):
		return "sheet"
	}
	return "unreachable"
}
