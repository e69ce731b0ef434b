package alipay

import (
	"context"
	"errors"
	"regexp"

	"plaza/fault"
	"plaza/shop/pay"
)

// paymentCode is what Alipay, and the wallets of Alipay+, show at the counter: 16
// to 24 digits, the first two from 25 to 30 (platform document: "付款码支付").
var paymentCode = regexp.MustCompile(`^(2[5-9]|30)[0-9]{14,22}$`)

// Shows says whether a code is one of Alipay's.
func (p *Provider) Shows(code string) bool { return paymentCode.MatchString(code) }

// codeRefusals are the answers after which, once the trade is closed, the payer
// has not paid with this code.
var codeRefusals = map[string]*fault.Error{
	"ACQ.PAYMENT_AUTH_CODE_INVALID":                  ErrCodeOver,
	"ACQ.BUYER_BALANCE_NOT_ENOUGH":                   ErrPayerBalance,
	"ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH":          ErrPayerBalance,
	"ACQ.ERROR_BALANCE_PAYMENT_DISABLE":              ErrPayerBalance,
	"ACQ.PULL_MOBILE_CASHIER_FAIL":                   ErrCodeOver,
	"ACQ.MOBILE_PAYMENT_SWITCH_OFF":                  ErrRule,
	"ACQ.PAYMENT_FAIL":                               ErrDeclined,
	"ACQ.TRADE_BUYER_NOT_MATCH":                      ErrRule,
	"ACQ.BUYER_SELLER_EQUAL":                         ErrSameAccount,
	"ACQ.CONTEXT_INCONSISTENT":                       ErrRule,
	"ACQ.TRADE_HAS_CLOSE":                            ErrRule,
	"ACQ.AGREEMENT_NOT_EXIST":                        ErrRule,
	"ACQ.USER_FACE_PAYMENT_SWITCH_OFF":               ErrRule,
	"ACQ.SMILE_PAYMENT_AUTH_CODE_INVALID_FREQUENTLY": ErrCodeOver,
}

// Take asks for the money of the payer who shows a code. While the payer types a
// password Query tells how it goes on.
func (p *Provider) Take(ctx context.Context, charge pay.Charge, code string) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	asked, err := p.newOrder(charge)
	if err != nil {
		return pay.Outcome{}, err
	}
	if !p.Shows(code) {
		return pay.Outcome{}, pay.ErrUnknownCode.In("code")
	}
	asked.Scene, asked.Code = "bar_code", code
	var answer struct {
		told
		trade
	}
	err = p.call(ctx, m, methodPay, asked, &answer, parameter{"notify_url", charge.NotifyURL})
	if no, ok := errors.AsType[*refusal](err); ok {
		return p.untaken(ctx, m, charge, no)
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	if answer.Code == codePaying {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	if answer.TradeNo != charge.TradeNo {
		return pay.Outcome{}, errShape
	}
	return answer.paid()
}

// untaken says what a no at the counter means. Money may have moved by an
// earlier call with the same number, and a trade may wait for the payer after
// all, so it is closed before anything is called definite.
func (p *Provider) untaken(ctx context.Context, m *merchant, charge pay.Charge, no *refusal) (pay.Outcome, error) {
	if no.atGate() {
		return pay.Outcome{}, no.fault()
	}
	why := codeRefusals[no.sub]
	if why == nil && no.is(payerRefused...) {
		why = ErrRule
	}
	if why == nil && no.is("ACQ.INVALID_PARAMETER", "ACQ.ACCESS_FORBIDDEN", "ACQ.PARTNER_ERROR") {
		why = no.fault()
	}
	if no.code != codeBusiness || why == nil && !no.is("ACQ.TRADE_HAS_SUCCESS") {
		return pay.Outcome{}, no
	}
	outcome, err := p.callOff(ctx, m, charge)
	if err != nil || outcome.Status == pay.Success {
		return outcome, err
	}
	if why == nil {
		return pay.Outcome{}, no
	}
	return pay.Outcome{}, why.Because(no)
}
