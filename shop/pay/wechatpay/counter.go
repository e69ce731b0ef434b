package wechatpay

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
)

// paymentCode is what WeChat shows at the counter: 18 digits, the first two from
// 10 to 15 (platform document: "付款码支付").
var paymentCode = regexp.MustCompile(`^1[0-5][0-9]{16}$`)

// Shows says whether a code is one of WeChat's.
func (p *Provider) Shows(code string) bool { return paymentCode.MatchString(code) }

// codeRefusals are the answers after which, by the platform's documents, the
// payer has not paid with this code.
var codeRefusals = map[string]*fault.Error{
	"AUTHCODEEXPIRE":  ErrCodeOver,
	"AUTHCODEEXPIRED": ErrCodeOver,
	"AUTHCODEERROR":   ErrCodeOver,
	authCodeInvalid:   ErrCodeOver,
	"NOTENOUGH":       ErrPayerBalance,
	"NOTSUPPORTCARD":  ErrPayerCard,
	"NOTSUPORTCARD":   ErrPayerCard,
	"BUYERMISMATCH":   ErrRule,
	"RULELIMIT":       ErrRule,
	"TRADEERROR":      ErrRule,
	"ACCOUNTERROR":    ErrRule,
}

// authCodeInvalid is also the answer to a code that our own earlier call has
// used up.
const authCodeInvalid = "AUTHCODEINVALID"

// Take asks for the money of the payer who shows a code. There is no
// notification: the answer says it, or Query does while the payer types a
// password.
func (p *Provider) Take(ctx context.Context, charge pay.Charge, code string) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	if charge.Amount.Minor < 1 || !p.Takes(charge.Amount.Currency) {
		return pay.Outcome{}, ErrAmount
	}
	if !p.Shows(code) {
		return pay.Outcome{}, pay.ErrUnknownCode.In("code")
	}
	asked := m.order(charge)
	asked.ExpiresAt, asked.NotifyURL = "", "" // this call knows neither
	asked.Payer = &payer{Code: code}
	asked.Scene = &setting{Store: &store{ID: storeID(charge.Account)}}
	if address, ok := outside(charge.ClientIP); ok {
		asked.Scene.DeviceIP = address
	}
	var answer transaction
	err = p.call(ctx, m, http.MethodPost, "/v3/pay/transactions/codepay", asked, &answer)
	if no, ok := errors.AsType[*refusal](err); ok {
		return p.untaken(ctx, m, charge, no)
	}
	if err == nil {
		err = m.mine(answer, charge.TradeNo)
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	if answer.State == "PAYERROR" {
		return p.Query(ctx, charge) // which reverses it
	}
	return answer.outcome()
}

// storeID names the shop at WeChat Pay, which wants a name of up to 32
// characters.
func storeID(account string) string { return account[:min(len(account), 32)] }

// untaken says what a no at the counter means. Money may have moved by an
// earlier call with the same number, so WeChat Pay is asked what it knows of it
// before anything is called definite.
func (p *Provider) untaken(ctx context.Context, m *merchant, charge pay.Charge, no *refusal) (pay.Outcome, error) {
	if no.code == "USERPAYING" {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	if no.is("PARAMERROR", "SIGNERROR", "NOAUTH", "APPIDMCHIDNOTMATCH", "MCHNOTEXISTS") {
		return pay.Outcome{}, no.fault()
	}
	why := codeRefusals[no.code]
	if why == nil || no.status/100 != 4 {
		return pay.Outcome{}, no
	}
	found, err := p.find(ctx, m, charge)
	if errors.Is(err, errNoOrder) {
		return pay.Outcome{}, why.Because(no)
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	switch found.State {
	case "NOTPAY", "PAYERROR", "CLOSED", "REVOKED":
		if no.code == authCodeInvalid && found.State == "NOTPAY" {
			return pay.Outcome{}, no // it may be just being paid
		}
		if found.State == "PAYERROR" {
			if err := p.reverse(ctx, m, charge); err != nil {
				return pay.Outcome{}, err
			}
		}
		return pay.Outcome{}, why.Because(no)
	}
	return found.outcome()
}

// reverse ends an order of the counter: one that is not paid can't be any more,
// and what was paid goes back. Repeatable for seven days (platform document:
// "撤销订单").
func (p *Provider) reverse(ctx context.Context, m *merchant, charge pay.Charge) error {
	path := "/v3/pay/transactions/out-trade-no/" + url.PathEscape(charge.TradeNo) + "/reverse"
	return p.call(ctx, m, http.MethodPost, path, map[string]string{"appid": m.appID, "mchid": m.id}, nil)
}

// reverseAfter is how long to wait after a payment at the counter was asked for:
// WeChat Pay advises it, and a call that nobody waits for any more has come
// through by then.
const reverseAfter = 15 * time.Second

var errTooEarly = errors.New("wechatpay: the payment was asked for just now; it is called off a little later")

// callOff ends an order of the counter. One that is paid already counts: its
// owner says whether the money goes back.
func (p *Provider) callOff(ctx context.Context, m *merchant, charge pay.Charge) (pay.Outcome, error) {
	early := p.now().Before(charge.At.Add(reverseAfter))
	found, err := p.find(ctx, m, charge)
	if errors.Is(err, errNoOrder) && !early {
		return pay.Outcome{Status: pay.Ended}, nil
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	outcome, err := found.outcome()
	if err != nil || outcome.Status == pay.Success || outcome.Status == pay.Ended {
		return outcome, err
	}
	if early {
		return pay.Outcome{}, errTooEarly
	}
	if err := p.reverse(ctx, m, charge); err != nil {
		return pay.Outcome{}, err
	}
	return pay.Outcome{Status: pay.Ended}, nil
}
