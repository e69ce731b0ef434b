package wechatpaytest

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"plaza/shop/pay/paytest/fields"
)

// Card is how a payer who shows a code pays.
type Card struct {
	OpenID   string
	Password bool // they are asked for their password
	Poor     bool // there is not enough money
	Blocked  bool // the platform does not let them
}

type code struct {
	card  Card
	shown time.Time
	used  bool
}

const codeLives = time.Minute

// Code is a payment code as a payer shows it now.
func (p *Platform) Code(card Card) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	shown := fmt.Sprintf("13%016d", 8000000000000000+p.serial)
	p.codes[shown] = &code{card: card, shown: p.Now()}
	return shown
}

// takeCode is a payment at the counter (付款码支付). The code is looked at before
// the number, as the platform seems to do.
func (p *Platform) takeCode(c call) (answer, *refusal) {
	asked, refused := decode(c.body, p.orderFields("codepay"))
	if refused == nil {
		refused = c.own(asked, "codepay")
	}
	if refused != nil {
		return answer{}, refused
	}
	shown := p.codes[asked["payer"].(map[string]any)["auth_code"].(string)]
	switch {
	case shown == nil:
		return answer{}, refuse(http.StatusBadRequest, "AUTH_CODE_ERROR", "付款码错误")
	case shown.used:
		return answer{}, refuse(http.StatusBadRequest, "AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试")
	case p.Now().Sub(shown.shown) > codeLives:
		return answer{}, refuse(http.StatusBadRequest, "AUTH_CODE_EXPIRE", "二维码已过期，请用户在微信上刷新后再试")
	}
	found := p.orders[orderKey(c.merchant.ID, asked["out_trade_no"].(string))]
	if found != nil {
		return answer{}, refuse(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复")
	}
	shown.used = true
	o := p.newOrder(c, asked, "codepay")
	o.card = shown.card
	switch {
	case o.card.Poor:
		return answer{}, refuse(http.StatusForbidden, "NOT_ENOUGH", "用户账号余额不足")
	case o.card.Blocked:
		return answer{}, refuse(http.StatusForbidden, "RULE_LIMIT", "业务规则限制")
	case o.card.Password:
		o.state = "USERPAYING"
		return answer{value: map[string]any{"mchid": c.merchant.ID, "out_trade_no": o.tradeNo, "trade_state": o.state}}, nil
	}
	p.settle(o, o.card.OpenID)
	return answer{value: o.told()}, nil
}

// ErrNotNow is what a payer's phone says when what they try is not possible.
var ErrNotNow = errors.New("wechatpaytest: this can't be paid")

// TypePassword ends a payment at the counter for which the payer was asked: they
// type it, or they call the payment off.
func (p *Platform) TypePassword(m *Merchant, tradeNo string, yes bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders[orderKey(m.ID, tradeNo)]
	if o == nil || o.state != "USERPAYING" {
		return ErrNotNow
	}
	if !yes {
		o.state = "PAYERROR"
		return nil
	}
	p.settle(o, o.card.OpenID)
	return nil
}

const reversible = 7 * 24 * time.Hour

// reverseOrder ends an order of the counter (撤销订单).
func (p *Platform) reverseOrder(c call, tradeNo string) (answer, *refusal) {
	asked, refused := decode(c.body, fields.Object{"appid": fields.Need(fields.Text(1, 32)), "mchid": fields.Need(fields.Text(1, 32))})
	if refused == nil {
		refused = c.own(asked, "codepay")
	}
	if refused != nil {
		return answer{}, refused
	}
	o := p.orders[orderKey(c.merchant.ID, tradeNo)]
	switch {
	case o == nil:
		return answer{}, refuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
	case o.product != "codepay":
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单场景错误")
	case o.state == "REFUND" || o.state == "SUCCESS" && p.Now().Sub(o.paidAt) > reversible:
		return answer{}, refuse(http.StatusBadRequest, "TRADE_ERROR", "订单不支持撤销")
	case o.state == "SUCCESS":
		o.merchant.balance -= o.total
		o.merchant.rows = append(o.merchant.rows, billRow{o: o, state: "REVOKED", at: p.Now(), amount: o.total})
		o.given = o.total
	}
	o.state = "REVOKED"
	return answer{value: map[string]any{"appid": c.merchant.AppID, "mchid": c.merchant.ID, "out_trade_no": tradeNo}}, nil
}
