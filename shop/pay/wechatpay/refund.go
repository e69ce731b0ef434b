package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"plaza/shop/pay"
)

// refund is what WeChat Pay says about a refund. In notifications its state is
// called refund_status.
type refund struct {
	MerchantID string       `json:"mchid"` // in notifications
	TradeNo    string       `json:"out_trade_no"`
	Number     string       `json:"out_refund_no"`
	ID         string       `json:"refund_id"`
	Status     string       `json:"status"`
	Told       string       `json:"refund_status"`
	Amount     refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency,omitempty"`
}

type refundOrder struct {
	ID        string       `json:"transaction_id,omitempty"`
	TradeNo   string       `json:"out_trade_no,omitempty"`
	Number    string       `json:"out_refund_no"`
	NotifyURL string       `json:"notify_url,omitempty"`
	Amount    refundAmount `json:"amount"`
}

// Of a refund's number at WeChat Pay, which is unique among all of a merchant's
// and has up to 64 characters, the last 23 characters of the payment's number
// come first: time, chance and count of it. Our own numbers have up to 40.
const tradeTail = 23

func refundNumber(tradeNo, number string) string {
	return tradeNo[max(0, len(tradeNo)-tradeTail):] + "-" + number
}

// ownNumber takes a refund's number apart; a refund that was made on WeChat
// Pay's pages keeps its number.
func ownNumber(tradeNo, number string) string {
	return strings.TrimPrefix(number, refundNumber(tradeNo, ""))
}

// Refund gives money back. The same number again gives back once.
func (p *Provider) Refund(ctx context.Context, charge pay.Charge, wanted pay.Refund) (pay.RefundOutcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.RefundOutcome{}, unknownYet(err)
	}
	asked := refundOrder{ID: charge.ProviderRef, Number: refundNumber(charge.TradeNo, wanted.Number), NotifyURL: charge.NotifyURL,
		Amount: refundAmount{wanted.Amount, charge.Amount.Minor, charge.Amount.Currency}}
	if asked.ID == "" {
		asked.TradeNo = charge.TradeNo
	}
	var answer refund
	err = p.call(ctx, m, http.MethodPost, "/v3/refund/domestic/refunds", asked, &answer)
	if no, ok := errors.AsType[*refusal](err); ok {
		return p.ungiven(ctx, charge, wanted, no)
	}
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	return p.refundOutcome(ctx, answer, charge, wanted)
}

// unknownYet keeps a contract that does not work any more from being taken for
// a no of the platform: the refund waits until it works again.
func unknownYet(err error) error { return fmt.Errorf("wechatpay: refund: %v", err) }

// ungiven says what a no to a refund means. It is definite only if WeChat Pay
// then has not heard of the refund; what a repaired contract, more sales within
// the minute or another try may change is not.
func (p *Provider) ungiven(ctx context.Context, charge pay.Charge, wanted pay.Refund, no *refusal) (pay.RefundOutcome, error) {
	why := no.fault()
	switch {
	case no.is("NOTENOUGH"):
		why = ErrRefundBalance.Because(no)
	case no.is("USERACCOUNTABNORMAL"):
		why = ErrRefundAccount.Because(no)
	case no.is("INVALIDREQUEST"):
		why = ErrRefundRefused.Because(no)
	case no.is("PARAMERROR"):
	default:
		return pay.RefundOutcome{}, no
	}
	outcome, err := p.QueryRefund(ctx, charge, wanted)
	if err != nil {
		return outcome, err
	}
	if outcome.Status == pay.RefundUnknown {
		return pay.RefundOutcome{}, why
	}
	return outcome, nil
}

// QueryRefund asks what became of a refund.
func (p *Provider) QueryRefund(ctx context.Context, charge pay.Charge, wanted pay.Refund) (pay.RefundOutcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.RefundOutcome{}, unknownYet(err)
	}
	var answer refund
	path := "/v3/refund/domestic/refunds/" + url.PathEscape(refundNumber(charge.TradeNo, wanted.Number))
	err = p.call(ctx, m, http.MethodGet, path, nil, &answer)
	if no, ok := errors.AsType[*refusal](err); ok && no.status == http.StatusNotFound && no.is(orderUnknown...) {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	return p.refundOutcome(ctx, answer, charge, wanted)
}

// refundOutcome translates an answer, if it is about what was asked for.
func (p *Provider) refundOutcome(ctx context.Context, answer refund, charge pay.Charge, wanted pay.Refund) (pay.RefundOutcome, error) {
	if answer.Number != refundNumber(charge.TradeNo, wanted.Number) || answer.TradeNo != charge.TradeNo || answer.Amount.Refund != wanted.Amount {
		return pay.RefundOutcome{}, fmt.Errorf("wechatpay: asked for refund %s of %d, answered with %q of %d",
			wanted.Number, wanted.Amount, answer.Number, answer.Amount.Refund)
	}
	return p.translateRefund(ctx, answer, answer.Status)
}

// translateRefund translates a refund's state (platform document: "查询单笔退款").
// An ABNORMAL one (the payer's card is closed) is not over: the merchant chooses
// on WeChat Pay's pages where the money goes.
func (p *Provider) translateRefund(ctx context.Context, r refund, status string) (pay.RefundOutcome, error) {
	switch status {
	case "SUCCESS":
		return pay.RefundOutcome{Status: pay.RefundSuccess, ProviderRef: r.ID}, nil
	case "CLOSED":
		return pay.RefundOutcome{Status: pay.RefundFailure, ProviderRef: r.ID, Reason: ErrRefundClosed.Code}, nil
	case "ABNORMAL":
		p.logger.WarnContext(ctx, "wechatpay: a refund has to be finished on WeChat Pay's pages", "payment", r.TradeNo, "refund", r.ID)
		return pay.RefundOutcome{Status: pay.RefundWaiting, ProviderRef: r.ID, Reason: ErrRefundAbnormal.Code, ReasonArgs: []string{r.ID}}, nil
	case "PROCESSING":
		return pay.RefundOutcome{Status: pay.RefundWaiting, ProviderRef: r.ID}, nil
	}
	return pay.RefundOutcome{}, errors.New("wechatpay: a refund in an unknown state")
}
