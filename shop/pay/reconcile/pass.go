package reconcile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"time"

	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

const (
	// stretch is how many lines are compared and written down together.
	stretch = 500
	// edge is how long before a day's end a payment may be on the next day's bill:
	// clocks differ, and news of a payment travels.
	edge = 10 * time.Minute
)

// ours is how Plaza's own trade numbers look: a ULID and a count.
var ours = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}[0-9]{2}$`)

// pass is one way through a day's bill and then through our own day.
type pass struct {
	*Service
	mine     position
	run      Run
	from, to time.Time

	skip   int64     // lines that an earlier try has compared
	read   int64     // lines read by this one
	digest hash.Hash // of those
	batch  []pay.BillLine
}

func (p *pass) all(ctx context.Context) error {
	p.skip, p.digest = p.run.Lines, sha256.New()
	err := p.Payments.Bill(ctx, p.run.Account, p.run.Provider, p.from, p.to, func(line pay.BillLine) error { return p.take(ctx, line) })
	if err == nil && p.read < p.skip {
		err = errOtherBill
	}
	if errors.Is(err, errOtherBill) {
		if err := p.restart(ctx); err != nil {
			return err
		}
		return fmt.Errorf("reconcile: %w", err)
	}
	if err == nil {
		err = p.compare(ctx)
	}
	if err != nil {
		return err
	}
	return p.lookForOurs(ctx)
}

// errOtherBill: the bill is not the one that an earlier try has begun with.
var errOtherBill = errors.New("the bill has changed; it is read again from the beginning")

func (p *pass) restart(ctx context.Context) error {
	p.run.Tally = Tally{}
	return runs.In(p.DB, p.run.Account).Update(ctx, p.run.ID, emptied(nil))
}

// take adds a line to the stretch at hand. What an earlier try has compared is
// only checked to be the same.
func (p *pass) take(ctx context.Context, line pay.BillLine) error {
	fmt.Fprintf(p.digest, "%s\x00%s\x00%s\x00%d %d\n", line.TradeNo, line.RefundNo, line.Amount, line.Fee.Minor, line.At.UnixMilli())
	p.read++
	if p.read <= p.skip {
		if p.read == p.skip && !bytes.Equal(p.digest.Sum(nil), p.run.Digest) {
			return errOtherBill
		}
		return nil
	}
	p.batch = append(p.batch, line)
	if len(p.batch) < stretch {
		return nil
	}
	return p.compare(ctx)
}

// compare compares the stretch at hand and writes down how far that is.
func (p *pass) compare(ctx context.Context) error {
	if len(p.batch) == 0 {
		return nil
	}
	tally := p.run.Tally.clone()
	numbers := make([]string, 0, len(p.batch))
	for _, line := range p.batch {
		numbers = append(numbers, line.TradeNo)
	}
	known, err := p.Payments.Many(ctx, p.run.Account, numbers)
	if err != nil {
		return err
	}
	var found []Difference
	var agreed []string
	var marks []pay.Billed
	for _, line := range p.batch {
		tally.Lines++
		payment, ok := known[line.TradeNo]
		if !ok && !ours.MatchString(line.TradeNo) {
			tally.Foreign++
			continue
		}
		tally.add(line)
		difference, differs, err := p.differs(ctx, payment, ok, line, &tally)
		if err != nil {
			return err
		}
		if _, marked := payment.Refunds[line.RefundNo]; ok && (line.RefundNo == "" || marked) {
			marks = append(marks, pay.Billed{TradeNo: line.TradeNo, RefundNo: line.RefundNo, Day: p.run.Day, Fee: line.Fee.Minor})
		}
		if differs {
			tally.found(difference.Kind)
			found = append(found, difference)
		} else {
			tally.Matched++
			agreed = append(agreed, nameOf(p.run.Provider, line.TradeNo, line.RefundNo))
		}
	}
	if err := p.Payments.MarkBilled(ctx, p.run.Account, marks); err != nil {
		return err
	}
	if err := p.note(ctx, found, agreed); err != nil {
		return err
	}
	tally.Digest = p.digest.Sum(nil)
	p.run.Tally, p.batch = tally, p.batch[:0]
	if err := p.renew(ctx); err != nil {
		return err
	}
	return runs.In(p.DB, p.run.Account).Update(ctx, p.run.ID, tallied(nil, tally))
}

func (t Tally) clone() Tally {
	t.Found, t.Sums = maps.Clone(t.Found), maps.Clone(t.Sums)
	return t
}

// renew makes the lease longer. Errors: errLost.
func (p *pass) renew(ctx context.Context) error {
	return p.keep(ctx, p, store.Set("due", p.now().Add(lease)))
}

// differs compares a line with what we have.
func (p *pass) differs(ctx context.Context, payment pay.Payment, known bool, line pay.BillLine, tally *Tally) (Difference, bool, error) {
	difference := Difference{Kind: MissingHere, TradeNo: line.TradeNo, RefundNo: line.RefundNo, Theirs: line.Amount, ProviderRef: line.ProviderRef, At: line.At}
	if !known || payment.Provider != p.run.Provider {
		return difference, true, nil
	}
	if line.RefundNo == pay.Reversal {
		difference.Kind, difference.Ours, difference.OurState = StateKind, payment.Amount, string(payment.State)
		return difference, payment.State == pay.Paid, nil
	}
	done := payment.State == pay.Paid
	difference.Ours, difference.OurState = payment.Amount, string(payment.State)
	if line.RefundNo != "" {
		refund, asked := payment.Refunds[line.RefundNo]
		if !asked {
			difference.Ours, difference.OurState = money.Amount{}, ""
			return difference, true, nil
		}
		// A bill has refunds as soon as they are accepted.
		done = refund.State == pay.RefundSuccess || refund.State == pay.RefundWaiting
		difference.Ours, difference.OurState = money.Of(refund.Amount, payment.Amount.Currency), string(refund.State)
	}
	if difference.Ours != line.Amount {
		difference.Kind = AmountKind
		return difference, true, nil
	}
	if done {
		return difference, false, nil
	}
	difference.Kind = StateKind
	agrees, err := p.agrees(ctx, p.run.Account, line.TradeNo, line.RefundNo)
	if err != nil {
		if _, known := errors.AsType[*fault.Error](err); !known {
			return difference, true, err
		}
		return difference, true, nil // nobody knows yet: it stays open, and is asked about again
	}
	if agrees {
		tally.Settled++
	}
	return difference, !agrees, p.renew(ctx)
}

// lookForOurs walks our own day for what stands on no bill.
func (p *pass) lookForOurs(ctx context.Context) error {
	from := p.from.Add(-edge)
	if p.run.Day == p.mine.First {
		from = p.from // nobody has looked for what came before
	}
	until := p.to.Add(-edge)
	var found []Difference
	add := func(difference Difference) error {
		difference.Kind = MissingThere
		p.run.Tally.found(MissingThere)
		if found = append(found, difference); len(found) < stretch {
			return nil
		}
		err := p.note(ctx, found, nil)
		found = found[:0]
		return errors.Join(err, p.renew(ctx))
	}
	looked := 0
	breathe := func() error {
		if looked++; looked%(4*stretch) != 0 {
			return nil
		}
		return p.renew(ctx)
	}
	for payment, err := range p.Payments.PaidBetween(ctx, p.run.Account, from, until) {
		if err = errors.Join(err, breathe()); err != nil {
			return err
		}
		if payment.Provider != p.run.Provider || payment.Billed != "" || payment.Amount.IsZero() {
			continue // nobody bills a mandate that is given without a payment
		}
		err := add(Difference{TradeNo: payment.TradeNo, Ours: payment.Amount, OurState: string(payment.State), ProviderRef: payment.ProviderRef, At: *payment.PaidAt})
		if err != nil {
			return err
		}
	}
	first, err := time.ParseInLocation(time.DateOnly, p.mine.First, p.from.Location())
	if err != nil {
		return err
	}
	for made, err := range p.Payments.RefundedBetween(ctx, p.run.Account, from, until) {
		if err = errors.Join(err, breathe()); err != nil {
			return err
		}
		refund := made.Refund
		if made.Payment.Provider != p.run.Provider || refund.Billed != "" || refund.At.Before(first) {
			continue // an older bill has it
		}
		err := add(Difference{TradeNo: made.Payment.TradeNo, RefundNo: refund.Number, Ours: money.Of(refund.Amount, made.Payment.Amount.Currency),
			OurState: string(refund.State), ProviderRef: refund.ProviderRef, At: refund.Made()})
		if err != nil {
			return err
		}
	}
	return p.note(ctx, found, nil)
}

// note writes down what differs, and closes what was open and agrees by now.
func (p *pass) note(ctx context.Context, found []Difference, agreed []string) error {
	scope := differences.In(p.DB, p.run.Account)
	ids := make([]string, 0, len(found)+len(agreed))
	for i := range found {
		one := &found[i]
		one.Account, one.Provider, one.Day, one.State, one.FoundAt = p.run.Account, p.run.Provider, p.run.Day, Open, p.now()
		one.ID = one.Account + ":" + one.Name()
		ids = append(ids, one.ID)
	}
	for _, name := range agreed {
		ids = append(ids, p.run.Account+":"+name)
	}
	known, err := scope.GetMany(ctx, ids...)
	if err != nil {
		return err
	}
	byID := make(map[string]Difference, len(known))
	for _, one := range known {
		byID[one.ID] = one
	}
	var operations []store.Operation
	for _, one := range found {
		before, again := byID[one.ID]
		switch {
		case !again:
			operations = append(operations, scope.Inserting(one))
		case before.Kind != one.Kind || before.Ours != one.Ours || before.Theirs != one.Theirs || before.State == Resolved:
			operations = append(operations, scope.Updating(one.ID, store.Set("kind", one.Kind).Set("state", Open).Set("ours", one.Ours).
				Set("theirs", one.Theirs).Set("our_state", one.OurState).Set("day", one.Day).Set("found_at", one.FoundAt).
				Set("provider_ref", one.ProviderRef).Unset("settled_at", "settled_by", "note")))
		}
	}
	for _, name := range agreed {
		if id := p.run.Account + ":" + name; byID[id].State == Open {
			operations = append(operations, scope.Updating(id, store.Set("state", Resolved).Set("settled_at", p.now()), store.Eq("state", Open)))
		}
	}
	_, err = p.DB.Apply(ctx, operations...)
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrDuplicate) {
		return nil // a member was faster, or another node
	}
	return err
}
