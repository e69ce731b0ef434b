package statement

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// kept is a day that is over, added up. Days on which nothing happened have none.
type kept struct {
	ID      string    `bson:"_id"` // account + ":" + currency + ":" + zone + ":" + day
	Account string    `bson:"account"`
	Sums    []keptSum `bson:"sums"`
}

type keptSum struct {
	Flow     Flow   `bson:"flow"`
	Provider string `bson:"provider,omitempty"`
	Sales    bool   `bson:"sales,omitempty"`
	Sum      `bson:",inline"`
}

// closing says how far an account's days are kept: all before Until. Another
// time zone cuts the days otherwise, and so has a closing of its own.
type closing struct {
	ID      string `bson:"_id"` // account + ":" + currency + ":" + zone
	Account string `bson:"account"`
	Until   string `bson:"until"`
}

var (
	keptDays = store.Declare[kept](store.Schema{Name: "statement_days", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})
	closings = store.Declare[closing](store.Schema{Name: "statement_closings", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})
)

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{keptDays.Schema(), closings.Schema()} }

// settled is how long after its end a day is taken for over: whatever was begun
// before midnight has ended by then.
const settled = time.Hour

// days are the sums of all days of an account until a month's end.
func (s *Service) days(ctx context.Context, account string, month month) (sums, error) {
	until, err := s.close(ctx, account, month.Account)
	if err != nil {
		return nil, err
	}
	days, prefix := sums{}, keptPrefix(account, month.Account)
	end := month.to.Format(time.DateOnly)
	for day, err := range keptDays.In(s.DB, account).Each(ctx, store.Where(store.Gte("_id", prefix), store.Lt("_id", prefix+end))) {
		if err != nil {
			return nil, err
		}
		for _, sum := range day.Sums {
			days.add(strings.TrimPrefix(day.ID, prefix), key{sum.Flow, sum.Provider, sum.Sales}, sum.Count, sum.Amount)
		}
	}
	// What is not over is added up each time.
	for ; until.Before(month.to) && until.Before(s.Now()); until = until.AddDate(0, 0, 1) {
		if err := s.addDay(ctx, account, month.Currency, until, days); err != nil {
			return nil, err
		}
	}
	return days, nil
}

func keptPrefix(account string, of Account) string {
	return account + ":" + of.Currency + ":" + of.Zone.String() + ":"
}

// Close keeps the days of an account that are over, so that its statements need
// not add them up.
func (s *Service) Close(ctx context.Context, account string) error {
	of, err := s.Accounts.Statement(ctx, account)
	if err == nil {
		_, err = s.close(ctx, account, of)
	}
	return err
}

// close keeps what is over, and returns the beginning of the day after.
func (s *Service) close(ctx context.Context, account string, of Account) (time.Time, error) {
	id := strings.TrimSuffix(keptPrefix(account, of), ":")
	marker, err := closings.In(s.DB, account).Get(ctx, id)
	if notThere(err) {
		marker, err = closing{ID: id, Until: of.OpenedAt.In(of.Zone).Format(time.DateOnly)}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, marker.Until, of.Zone)
	if err != nil {
		return time.Time{}, err
	}
	begun := day
	for now := s.Now(); !day.AddDate(0, 0, 1).Add(settled).After(now); day = day.AddDate(0, 0, 1) {
		if err := s.keepDay(ctx, account, of, day); err != nil {
			return day, err
		}
	}
	if day.Equal(begun) {
		return day, nil
	}
	_, err = closings.In(s.DB, account).Upsert(ctx, id, store.Max("until", day.Format(time.DateOnly)))
	return day, err
}

// keepDay adds a day up and keeps it. Doing so again finds the same.
func (s *Service) keepDay(ctx context.Context, account string, of Account, day time.Time) error {
	days, name := sums{}, day.Format(time.DateOnly)
	if err := s.addDay(ctx, account, of.Currency, day, days); err != nil || len(days[name]) == 0 {
		return err
	}
	made := kept{ID: keptPrefix(account, of) + name, Account: account}
	for of, sum := range days[name] {
		made.Sums = append(made.Sums, keptSum{of.flow, of.provider, of.sales, sum})
	}
	err := keptDays.In(s.DB, account).Insert(ctx, made)
	if errors.Is(err, store.ErrDuplicate) {
		return nil
	}
	return err
}

// addDay adds up one day from what is written down.
func (s *Service) addDay(ctx context.Context, account, currency string, day time.Time, into sums) error {
	from, to, name := day, day.AddDate(0, 0, 1), day.Format(time.DateOnly)
	for payment, err := range s.Payments.PaidBetween(ctx, account, from, to) {
		if err != nil {
			return err
		}
		if payment.Amount.Currency != currency || payment.Provider == wallet.Name || payment.Amount.IsZero() {
			continue
		}
		flow := Paid
		if payment.Purpose == pay.ForTopUp {
			flow = ToppedUp
		}
		into.add(name, key{flow: flow, provider: payment.Provider}, 1, payment.Amount.Minor)
	}
	for made, err := range s.Payments.RefundedBetween(ctx, account, from, to) {
		if err != nil {
			return err
		}
		if of := made.Payment; of.Amount.Currency == currency && of.Provider != wallet.Name {
			into.add(name, key{flow: Refunded, provider: of.Provider}, 1, -made.Refund.Amount)
		}
	}
	// Whatever changes the sum of all balances is a transfer of one of these two.
	for _, owner := range []string{ledger.Issue, ledger.Sales} {
		for transfer, err := range s.Ledger.Between(ctx, account, currency, owner, from, to) {
			if err != nil {
				return err
			}
			if transfer.State == ledger.Posted && (owner == ledger.Issue || transfer.Of(ledger.Issue) == 0) {
				addTransfer(into, name, transfer)
			}
		}
	}
	return nil
}

// addTransfer adds a transfer to what is owed and to what was taken.
func addTransfer(into sums, day string, transfer ledger.Transfer) {
	flow := Corrected
	kind, _, _ := strings.Cut(transfer.Key(), ":")
	switch kind {
	case "topup":
		flow = Credited
	case "grant":
		flow = Granted
	case "pay":
		flow = Spent
	case "refund":
		flow = Returned
	}
	sales := transfer.Of(ledger.Sales)
	if owed := -transfer.Of(ledger.Issue) - sales; owed != 0 {
		into.add(day, key{flow: flow}, 1, owed)
	}
	if sales != 0 {
		into.add(day, key{flow: flow, sales: true}, 1, sales)
	}
}
