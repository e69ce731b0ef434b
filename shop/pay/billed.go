package pay

import (
	"context"
	"iter"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// What reconciliation and statements read of payments, and note on them.

// noteRefundDays gives payments of older versions the days of their refunds.
func noteRefundDays(document store.Document) (bool, error) {
	if _, noted := document["refund_days"]; noted || document["refunds"] == nil {
		return false, nil
	}
	raw, err := bson.Marshal(bson.M{"refunds": document["refunds"]})
	if err != nil {
		return false, err
	}
	var old struct {
		Refunds map[string]Refund `bson:"refunds"`
	}
	if err := bson.Unmarshal(raw, &old); err != nil {
		return false, err
	}
	var days []string
	for _, refund := range old.Refunds {
		if day := refund.Made().UTC().Format(time.DateOnly); refund.State == RefundSuccess && !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	if len(days) == 0 {
		return false, nil
	}
	slices.Sort(days)
	document["refund_days"] = days
	return true, nil
}

// Bills says when bills of a provider can be had; false if it gives out none.
func (s *Service) Bills(provider string) (BillTimes, bool) {
	billing, ok := s.providers[provider].(Billing)
	if !ok {
		return BillTimes{}, false
	}
	return billing.Bills(), true
}

// Bill reads an account's bill of a day, line by line. Errors: ErrNoProvider,
// ErrNoContract, those of the provider and of each.
func (s *Service) Bill(ctx context.Context, account, provider string, from, to time.Time, each func(BillLine) error) error {
	billing, ok := s.providers[provider].(Billing)
	if !ok {
		return ErrNoProvider
	}
	contract, err := s.contract(ctx, account, provider)
	if err != nil {
		return err
	}
	return billing.Bill(ctx, BillDay{account, contract, from, to}, each)
}

// AllContracts walks the contracts of all accounts: who is to be reconciled.
func (s *Service) AllContracts(ctx context.Context) iter.Seq2[Contract, error] {
	return contracts.Across(s.DB).Each(ctx, store.Query{})
}

// Many finds those payments that there are among some, by trade number.
func (s *Service) Many(ctx context.Context, account string, tradeNos []string) (map[string]Payment, error) {
	ids := make([]string, len(tradeNos))
	for i, no := range tradeNos {
		ids[i] = account + ":" + no
	}
	found, err := payments.In(s.DB, account).GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[string]Payment, len(found))
	for _, payment := range found {
		byNumber[payment.TradeNo] = payment
	}
	return byNumber, nil
}

// PaidBetween walks the payments whose money came from one instant until before
// another, the earliest first.
func (s *Service) PaidBetween(ctx context.Context, account string, from, to time.Time) iter.Seq2[Payment, error] {
	return payments.In(s.DB, account).Each(ctx, store.Where(store.Gte("paid_at", from.UTC()), store.Lt("paid_at", to.UTC())).By("paid_at"))
}

// Refunded is a refund with what it is of.
type Refunded struct {
	Payment Payment
	Refund  Refund
}

// RefundedBetween walks the refunds that were made from one instant until before
// another, day by day.
func (s *Service) RefundedBetween(ctx context.Context, account string, from, to time.Time) iter.Seq2[Refunded, error] {
	return func(yield func(Refunded, error) bool) {
		for day := from.UTC().Truncate(24 * time.Hour); day.Before(to); day = day.Add(24 * time.Hour) {
			name := day.Format(time.DateOnly)
			for payment, err := range payments.In(s.DB, account).Each(ctx, store.Where(store.Eq("refund_days", name))) {
				if err != nil {
					yield(Refunded{}, err)
					return
				}
				for _, refund := range payment.Refunds {
					made := refund.Made()
					if refund.State == RefundSuccess && made.UTC().Format(time.DateOnly) == name && !made.Before(from) && made.Before(to) &&
						!yield(Refunded{payment, refund}, nil) {
						return
					}
				}
			}
		}
	}
}

// Billed says that a payment, or a refund of it, stands on a bill.
type Billed struct {
	TradeNo  string
	RefundNo string // empty: the payment itself
	Day      string // of the bill, "2026-05-04"
	Fee      int64  // minor units
}

// MarkBilled notes what stands on a bill; noting it again changes nothing.
func (s *Service) MarkBilled(ctx context.Context, account string, marks []Billed) error {
	operations := make([]store.Operation, len(marks))
	for i, mark := range marks {
		field := ""
		if mark.RefundNo != "" {
			field = "refunds." + mark.RefundNo + "."
		}
		operations[i] = payments.In(s.DB, account).Updating(account+":"+mark.TradeNo,
			store.Set(field+"billed", mark.Day).Set(field+"fee", mark.Fee))
	}
	_, err := s.DB.Apply(ctx, operations...)
	return err
}

// Ask asks the provider what became of a payment that is thought to be over,
// and settles what it says, as a notification would: money counts wherever the
// news of it comes from. Errors: ErrNoPayment, ErrOutcomeOpen, ErrWrongAmount.
func (s *Service) Ask(ctx context.Context, account, tradeNo string) (Payment, Outcome, error) {
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil || payment.State == Paid {
		return payment, Outcome{}, err
	}
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, Outcome{}, err
	}
	outcome, err := provider.Query(ctx, charge)
	if err != nil {
		return payment, outcome, ErrOutcomeOpen.Because(err)
	}
	payment, err = s.settle(ctx, payment, outcome)
	return payment, outcome, err
}

// AskRefund asks the provider what became of a refund, and settles what it says
// if the refund is still under way here. Errors: ErrNoPayment, ErrOutcomeOpen.
func (s *Service) AskRefund(ctx context.Context, account, tradeNo, number string) (Payment, RefundOutcome, error) {
	payment, err := s.Get(ctx, account, tradeNo)
	if err != nil {
		return payment, RefundOutcome{}, err
	}
	refund, ok := payment.Refunds[number]
	if !ok {
		return payment, RefundOutcome{}, ErrNoPayment
	}
	provider, charge, err := s.reach(ctx, payment)
	if err != nil {
		return payment, RefundOutcome{}, err
	}
	outcome, err := provider.QueryRefund(ctx, charge, refund)
	if err != nil {
		return payment, outcome, ErrOutcomeOpen.Because(err)
	}
	if refund.State == RefundWaiting {
		payment, err = s.settleRefund(ctx, payment, number, outcome)
	}
	return payment, outcome, err
}
