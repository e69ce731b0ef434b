// Package statement adds up what a month has brought an account, and what it
// has done to a subscriber's balance, from what is written down anyway:
// payments, refunds, the providers' fees and the ledger.
//
// An account's statement has three parts, each of which begins with what the
// month before ended with: the money that providers have taken for it, the
// balances that it owes its subscribers, and what it has taken out of those.
// The last two are the ledger's own: their ends are balances of wallets.
//
// A day that is over never changes, because payments, refunds and transfers are
// dated when they are written down. So days are added up once and kept, in the
// account's time zone; only fees come later, with the bills.
package statement

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// ErrMonth is the fault of a month that is none, has not begun, or lies before
// the account.
var ErrMonth = fault.New(fault.NotFound, "statement_month", "There is no statement of this month.")

// Flow is a way in which money moves. Those with a provider are part of the
// first section, the others of the ledger's.
type Flow string

// The flows. Amounts count what they add to their section.
const (
	Paid      Flow = "paid"      // by a provider, for orders and everything but balances
	ToppedUp  Flow = "topped_up" // by a provider, for balances
	Refunded  Flow = "refunded"  // by a provider; negative
	Fees      Flow = "fees"      // of a provider; negative
	Credited  Flow = "credited"  // into balances: top-ups
	Granted   Flow = "granted"   // into balances: test money
	Spent     Flow = "spent"     // out of balances, in the shop
	Returned  Flow = "returned"  // back into balances
	Corrected Flow = "corrected" // by a member
)

// Sum is how often something happened, and how much it came to in minor units.
type Sum struct {
	Count  int64 `bson:"count" json:"count"`
	Amount int64 `bson:"amount" json:"amount"`
}

// key names a sum of a day: a flow and, with some, a provider.
type key struct {
	flow     Flow
	provider string
	sales    bool // of the account's takings, not of what it owes
}

// Line is a line of a statement with the days that it adds up.
type Line struct {
	Flow     Flow   `json:"flow"`
	Provider string `json:"provider,omitempty"`
	Sum
	Days []Day `json:"days"`
}

// Day is a line's sum of one day.
type Day struct {
	Day string `json:"day"` // "2026-05-04"
	Sum
}

// Section is a part of a statement: Closing is Opening and the lines.
type Section struct {
	Opening int64  `json:"opening"`
	Lines   []Line `json:"lines"`
	Closing int64  `json:"closing"`
}

// Statement is an account's month, in minor units of one currency.
type Statement struct {
	Month    string    `json:"month"` // "2026-05"
	Currency string    `json:"currency"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"` // the end of the month, or now
	// Providers is the money that providers have taken, before what they have paid
	// out to the merchant's bank: that they tell nobody here.
	Providers Section `json:"providers"`
	Balances  Section `json:"balances"` // that subscribers have
	Sales     Section `json:"sales"`    // taken out of balances
}

// Account is what is to be known of an account.
type Account struct {
	Zone     *time.Location
	Currency string
	OpenedAt time.Time
}

// Accounts finds accounts.
type Accounts interface {
	Statement(ctx context.Context, account string) (Account, error)
}

// Bills tells what providers have kept: reconcile.Service.
type Bills interface {
	Fees(ctx context.Context, account, provider, currency, until string) (map[string]int64, error)
}

// Dependencies of a Service. All are needed.
type Dependencies struct {
	DB       *store.DB
	Payments *pay.Service
	Ledger   *ledger.Ledger
	Bills    Bills
	Accounts Accounts
	Now      func() time.Time
}

// Service makes statements. Safe for concurrent use, on any number of nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// month is a month of an account.
type month struct {
	Account
	name     string
	from, to time.Time
}

func (s *Service) month(ctx context.Context, account, name string) (month, error) {
	of, err := s.Accounts.Statement(ctx, account)
	if err != nil {
		return month{}, err
	}
	now := s.Now()
	if name == "" {
		name = now.In(of.Zone).Format("2006-01")
	}
	from, err := time.ParseInLocation("2006-01", name, of.Zone)
	if err != nil {
		return month{}, ErrMonth
	}
	to := from.AddDate(0, 1, 0)
	if from.After(now) || !to.After(of.OpenedAt) {
		return month{}, ErrMonth
	}
	return month{of, name, from, to}, nil
}

// Months are those that an account has statements of, the latest first.
func (s *Service) Months(ctx context.Context, account string) ([]string, error) {
	latest, err := s.month(ctx, account, "")
	if err != nil {
		return nil, err
	}
	var names []string
	for from := latest.from; from.AddDate(0, 1, 0).After(latest.OpenedAt); from = from.AddDate(0, -1, 0) {
		names = append(names, from.Format("2006-01"))
	}
	return names, nil
}

// Of is the statement of an account's month; empty: the one that runs. Errors:
// ErrMonth.
func (s *Service) Of(ctx context.Context, account, name string) (Statement, error) {
	month, err := s.month(ctx, account, name)
	if err != nil {
		return Statement{}, err
	}
	days, err := s.days(ctx, account, month)
	if err != nil {
		return Statement{}, err
	}
	made := Statement{Month: month.name, Currency: month.Currency, From: month.from, To: month.to}
	if now := s.Now(); now.Before(made.To) {
		made.To = now
	}
	if err := s.addFees(ctx, account, month, days); err != nil {
		return Statement{}, err
	}
	first := month.from.Format(time.DateOnly)
	made.Providers = sectionOf(days, first, func(k key) bool { return k.provider != "" })
	made.Balances = sectionOf(days, first, func(k key) bool { return k.provider == "" && !k.sales })
	made.Sales = sectionOf(days, first, func(k key) bool { return k.sales })
	return made, nil
}

// sums are those of days, by day.
type sums map[string]map[key]Sum

func (s sums) add(day string, to key, count, amount int64) {
	if s[day] == nil {
		s[day] = map[key]Sum{}
	}
	sum := s[day][to]
	s[day][to] = Sum{sum.Count + count, sum.Amount + amount}
}

// sectionOf makes a section of some of the sums: those before the first day are
// what it opens with.
func sectionOf(days sums, first string, mine func(key) bool) Section {
	lines, section := map[key]*Line{}, Section{}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		for of, sum := range days[day] {
			switch {
			case !mine(of):
				continue
			case day < first:
				section.Opening += sum.Amount
				continue
			case lines[of] == nil:
				lines[of] = &Line{Flow: of.flow, Provider: of.provider}
			}
			line := lines[of]
			line.Count, line.Amount = line.Count+sum.Count, line.Amount+sum.Amount
			line.Days = append(line.Days, Day{day, sum})
		}
	}
	section.Closing = section.Opening
	for _, flow := range []Flow{Paid, ToppedUp, Refunded, Fees, Credited, Granted, Spent, Returned, Corrected} {
		for _, of := range slices.SortedFunc(maps.Keys(lines), func(a, b key) int { return cmp.Compare(a.provider, b.provider) }) {
			if of.flow == flow {
				section.Lines = append(section.Lines, *lines[of])
				section.Closing += lines[of].Amount
			}
		}
	}
	return section
}

// addFees adds what providers have kept, by the days of their bills.
func (s *Service) addFees(ctx context.Context, account string, month month, days sums) error {
	until := month.to.Format(time.DateOnly)
	for _, provider := range s.Payments.Names() {
		if provider == wallet.Name {
			continue
		}
		fees, err := s.Bills.Fees(ctx, account, provider, month.Currency, until)
		if err != nil {
			return err
		}
		for day, fee := range fees {
			days.add(day, key{flow: Fees, provider: provider}, 1, -fee)
		}
	}
	return nil
}

// notThere says whether a document is missing.
func notThere(err error) bool { return errors.Is(err, store.ErrNotFound) }
