package alipay

import (
	"context"
	"errors"
	"fmt"

	"plaza/fault"
	"plaza/shop/pay"
)

// refundName names a refund by our numbers: out_request_no is unique within a
// trade.
type refundName struct {
	TradeNo string `json:"out_trade_no"`
	Number  string `json:"out_request_no"`
}

type refundOrder struct {
	refundName
	Amount string `json:"refund_amount"` // yuan
	Reason string `json:"refund_reason,omitempty"`
}

// refundRefusals are the answers after which nothing has gone back, once Alipay
// has said that it does not know the refund.
var refundRefusals = map[string]*fault.Error{
	"ACQ.SELLER_BALANCE_NOT_ENOUGH":                  ErrRefundBalance,
	"ACQ.REASON_TRADE_BEEN_FREEZEN":                  ErrRefundFrozen,
	"ACQ.BUYER_ERROR":                                ErrRefundAccount,
	"ACQ.REFUND_ACCOUNT_NOT_EXIST":                   ErrRefundAccount,
	"ACQ.USER_NOT_MATCH_ERR":                         ErrRefundAccount,
	"ACQ.BUYER_NOT_EXIST":                            ErrRefundAccount,
	"ACQ.REFUND_AMT_NOT_EQUAL_TOTAL":                 ErrRefundRefused,
	"ACQ.REASON_TRADE_REFUND_FEE_ERR":                ErrRefundRefused,
	"ACQ.REFUND_FEE_ERROR":                           ErrRefundRefused,
	"ACQ.TRADE_HAS_FINISHED":                         ErrRefundRefused,
	"ACQ.TRADE_STATUS_ERROR":                         ErrRefundRefused,
	"ACQ.REASON_TRADE_STATUS_INVALID":                ErrRefundRefused,
	"ACQ.TRADE_NOT_ALLOW_REFUND":                     ErrRefundRefused,
	"ACQ.ALLOC_AMOUNT_VALIDATE_ERROR":                ErrRefundRefused,
	"ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND":      ErrRefundRefused,
	"ACQ.TRADE_HAS_CLOSE":                            ErrRefundRefused,
	"ACQ.REASON_REFUND_AMOUNT_LESS_THAN_PENNY_ERROR": ErrRefundRefused,
	tradeUnknown:                                     ErrRefundRefused,
}

// Refund gives money back. The same number again gives back once.
func (p *Provider) Refund(ctx context.Context, charge pay.Charge, wanted pay.Refund) (pay.RefundOutcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.RefundOutcome{}, unknownYet(err)
	}
	amount := charge.Amount
	amount.Minor = wanted.Amount
	asked := refundOrder{refundName{charge.TradeNo, wanted.Number}, amount.Decimal(), ""}
	var answer struct {
		TradeNo string `json:"out_trade_no"`
		Moved   string `json:"fund_change"`
	}
	err = p.call(ctx, m, methodRefund, asked, &answer)
	if no, ok := errors.AsType[*refusal](err); ok {
		return p.ungiven(ctx, m, charge, wanted, no)
	}
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	if answer.TradeNo != charge.TradeNo {
		return pay.RefundOutcome{}, fmt.Errorf("%s: %w", methodRefund, errShape)
	}
	if answer.Moved == "Y" {
		return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
	}
	// Nothing new has moved: it was given back before, or is on its way to a bank.
	outcome, err := p.QueryRefund(ctx, charge, wanted)
	if outcome.Status == pay.RefundUnknown {
		outcome.Status = pay.RefundWaiting
	}
	return outcome, err
}

// unknownYet keeps a contract that does not work any more from being taken for a
// no of the platform: the refund waits until it works again.
func unknownYet(err error) error { return fmt.Errorf("alipay: refund: %v", err) }

// ungiven says what a no to a refund means. It is definite only if Alipay then
// has not heard of the refund; what a repaired contract may change is not.
func (p *Provider) ungiven(ctx context.Context, m *merchant, charge pay.Charge, wanted pay.Refund, no *refusal) (pay.RefundOutcome, error) {
	why := refundRefusals[no.sub]
	if no.code != codeBusiness || why == nil {
		return pay.RefundOutcome{}, no
	}
	outcome, err := p.QueryRefund(ctx, charge, wanted)
	if err != nil || outcome.Status != pay.RefundUnknown {
		return outcome, err
	}
	// A trade that was paid and is closed has gone back whole, by a cancellation or
	// on Alipay's pages: there is nothing left that could be given.
	found, err := p.find(ctx, m, charge.TradeNo)
	if err == nil && found.Status == "TRADE_CLOSED" {
		return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
	}
	if err != nil && !errors.Is(err, errNoTrade) {
		return outcome, err
	}
	return pay.RefundOutcome{}, why.Because(no)
}

// QueryRefund asks what became of a refund (alipay.trade.fastpay.refund.query).
// Alipay names only those that are done.
func (p *Provider) QueryRefund(ctx context.Context, charge pay.Charge, wanted pay.Refund) (pay.RefundOutcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.RefundOutcome{}, unknownYet(err)
	}
	var answer struct {
		refundName
		Amount string `json:"refund_amount"`
		Status string `json:"refund_status"`
	}
	err = p.call(ctx, m, methodRefundQuery, refundName{charge.TradeNo, wanted.Number}, &answer)
	if no, ok := errors.AsType[*refusal](err); ok && no.is(tradeUnknown, "TRADE_NOT_EXIST") {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	if err != nil {
		return pay.RefundOutcome{}, unknownYet(err)
	}
	if answer.Status != "REFUND_SUCCESS" {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	given, ok := yuan(answer.Amount)
	if !ok || given.Minor != wanted.Amount || answer.TradeNo != charge.TradeNo || answer.Number != wanted.Number {
		return pay.RefundOutcome{}, fmt.Errorf("alipay: asked for refund %s of %d, answered with %.40q of %.20q", wanted.Number, wanted.Amount, answer.Number, answer.Amount)
	}
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}
