package mandate

import (
	"fmt"
	"time"

	"plaza/money"
)

// share is the part of an amount that some of its days come to, in whole minor
// units, rounded down: credit is never more than was paid.
func share(minor, days, of int64) int64 {
	if of <= 0 || days <= 0 {
		return 0
	}
	return minor * min(days, of) / of // below 10^12 times 1100 days: no overflow
}

// price is what the n-th period since start costs; first says that it is the
// mandate's first of all.
func (t Terms) price(start Date, n int, first bool) money.Amount {
	switch {
	case first && t.First != nil:
		return *t.First
	case n == 1 && t.Every.Short(start):
		return money.Of(share(t.Amount.Minor, start.Days(t.Every.Boundary(start, 1)), t.Every.whole(start)), t.Amount.Currency)
	}
	return t.Amount
}

// span are the days of the n-th period since start.
func (t Terms) span(start Date, n int) (from, until Date) {
	return t.Every.Boundary(start, n-1), t.Every.Boundary(start, n)
}

// Quote is what agreeing means in money and days, as it is shown before the yes.
type Quote struct {
	Terms  Terms
	Today  money.Amount // to be paid now
	From   Date         // what is agreed on runs from here,
	Until  Date         // and is charged again on this day
	Next   money.Amount // what that charge is, credit taken off
	Credit money.Amount // left over of an earlier plan after Today
	Used   money.Amount // credit that Today was made cheaper by
	Trial  bool         // From to Until is a trial
}

// Key changes with whatever the quote says, so that a yes means what was read.
func (q Quote) Key() string {
	return fmt.Sprintf("%s:%s:%d:%d:%d", q.From, q.Until, q.Today.Minor, q.Next.Minor, q.Credit.Minor)
}

// begin quotes terms for somebody who agrees on a day.
func (t Terms) begin(today Date) Quote {
	none := money.Of(0, t.Amount.Currency)
	q := Quote{Terms: t, From: today, Today: none, Credit: none, Used: none}
	if t.Trial > 0 {
		q.Trial, q.Until = true, Date{today.AddDate(0, 0, t.Trial)}
		q.Next = t.price(q.Until, 1, true)
		return q
	}
	_, q.Until = t.span(today, 1)
	q.Today, q.Next = t.price(today, 1, true), t.price(today, 2, false)
	return q
}

// change quotes other terms for a mandate. What is left of the running period,
// by days, is credit; a trial goes on until its end.
func (m Mandate) change(t Terms, today Date) (Quote, error) {
	none := money.Of(0, t.Amount.Currency)
	q := Quote{Terms: t, Today: none, Credit: money.Of(m.Credit, none.Currency), Used: none}
	from, until, err := m.dates()
	if err != nil {
		return q, err
	}
	if m.State == Trial {
		q.Trial, q.From, q.Until = true, from, until
		q.Next = less(t.price(until, 1, true), q.Credit)
		return q, nil
	}
	q.From = today
	_, q.Until = t.span(today, 1)
	price := t.price(today, 1, false)
	q.Credit.Minor += m.rest(today, from, until)
	q.Used.Minor = min(q.Credit.Minor, price.Minor)
	q.Today.Minor = price.Minor - q.Used.Minor
	q.Credit.Minor -= q.Used.Minor
	q.Next = less(t.price(today, 2, false), q.Credit)
	return q, nil
}

// rest is what the days of the running period that are left were worth: today
// counts as left, because it was not used up.
func (m Mandate) rest(today, from, until Date) int64 {
	return share(m.Worth, today.Days(until), from.Days(until))
}

// less is an amount with credit taken off.
func less(amount, credit money.Amount) money.Amount {
	amount.Minor -= min(amount.Minor, credit.Minor)
	return amount
}

// NextAmount is what the next period will be charged: its price without the
// credit there is.
func (m Mandate) NextAmount() money.Amount {
	start, err := ParseDate(m.Start)
	if err != nil { // as the mandate was made, it is a day
		return m.Terms.Amount
	}
	return less(m.Terms.price(start, m.Number+1-m.Base, m.Number == 0), money.Of(m.Credit, m.Terms.Amount.Currency))
}

// Upcoming says whether a charge is ahead, and on which day: the next try of one
// that has failed, or the next period's.
func (m Mandate) Upcoming() (on Date, amount money.Amount, ok bool) {
	_, until, err := m.dates()
	switch {
	case err != nil || !m.State.Charged():
		return Date{}, money.Amount{}, false
	case m.Open != nil:
		return DateOf(m.Open.Next, m.zone()), m.Open.Amount, true
	}
	return until, m.NextAmount(), true
}

// lead is how long before a charge it is announced: the days of the terms, but
// half of a period at most.
func (t Terms) lead(from, until Date) time.Duration {
	day := 24 * time.Hour
	return min(time.Duration(t.Remind)*day, time.Duration(from.Days(until))*day/2)
}
