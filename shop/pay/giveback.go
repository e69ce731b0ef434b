package pay

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"plaza/store"
)

// giveBackAgain is the pause after a refund of unwanted money that the provider
// would not make, for want of money at the merchant's above all. It doubles up to
// a day and never ends: the money is not the merchant's.
const giveBackAgain = time.Hour

// giveBack refunds the whole of an unwanted payment. The fixed number makes it
// happen once, however often it is begun; only after a definite no does another
// number follow.
func (s *Service) giveBack(ctx context.Context, payment Payment) (Payment, error) {
	payment, err := s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("unwanted", true))
	if err != nil {
		return payment, err
	}
	number, not := payment.nextReturn()
	if s.now().Before(not) {
		return s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("due", not))
	}
	// Nobody has asked for it, so nobody has to look at it.
	whole := Refund{Number: number, Amount: payment.Amount.Minor, State: RefundWaiting, Memo: "unwanted", At: s.now()}
	if payment.Price != nil {
		whole.OfPrice = payment.Price.Amount.Minor
	}
	refund, err := s.giveRefund(ctx, payment, whole)
	if errors.Is(err, errRefundedMeanwhile) {
		return payment, nil // Recover comes again
	}
	if err != nil {
		return payment, err
	}
	if refund.State == RefundFailure {
		s.Logger.ErrorContext(ctx, "pay: unwanted money can't be given back; will be tried again",
			"payment", payment.TradeNo, "refund", number, "reason", refund.Reason)
		return s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("due", s.in(giveBackAgain)))
	}
	told, err := s.of(payment).UpdateAndGet(ctx, payment.ID, store.Set("told", true),
		store.Ne("refunds."+number+".state", RefundFailure))
	if err != nil {
		return payment, err
	}
	return s.rest(ctx, told)
}

// returns are the refunds of unwanted money.
func (p Payment) returns(number string) bool { return strings.HasPrefix(number, p.TradeNo+"U") }

// nextReturn is the number under which unwanted money goes back, and when it may
// be tried: those before it have failed.
func (p Payment) nextReturn() (number string, not time.Time) {
	pause := giveBackAgain
	for n := 1; ; n++ {
		number = p.TradeNo + "U"
		if n > 1 {
			number += strconv.Itoa(n)
		}
		refund, asked := p.Refunds[number]
		if !asked || refund.State != RefundFailure {
			return number, not
		}
		not = refund.At.Add(pause)
		pause = min(2*pause, 24*time.Hour)
	}
}
