package wechatpaytest

import (
	"encoding/json"
	"net/http"
	"time"

	"plaza/shop/pay/paytest/fields"
)

type refund struct {
	order     *order
	number    string
	id        string
	amount    int64
	asked     string
	notifyURL string
	status    string
	becomes   string
	at        time.Time
	done      time.Time
}

const (
	maxRefunds    = 50
	refundGap     = time.Minute
	refundablefor = 365 * 24 * time.Hour
)

// NextRefund makes the refunds applied for from now on end in a state: SUCCESS
// (which they do without), CLOSED, ABNORMAL.
func (p *Platform) NextRefund(status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nextRefund = status
}

// applyRefund accepts a refund (退款申请). The same number again gets the same
// refund, whatever else has happened since.
func (p *Platform) applyRefund(c call) (answer, *refusal) {
	asked, refused := decode(c.body, p.refundFields())
	if refused != nil {
		return answer{}, refused
	}
	if !c.merchant.May["refund"] {
		return answer{}, refuse(http.StatusForbidden, "NO_AUTH", "没有退款权限")
	}
	number := asked["out_refund_no"].(string)
	if earlier := c.merchant.refunds[number]; earlier != nil {
		if earlier.asked != fields.Canonical(asked) {
			return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
		}
		return answer{value: earlier.told("status")}, nil
	}
	o, refused := p.refundable(c, asked)
	if refused != nil {
		return answer{}, refused
	}
	amounts := asked["amount"].(map[string]any)
	amount, _ := amounts["refund"].(json.Number).Int64()
	total, _ := amounts["total"].(json.Number).Int64()
	now := p.Now()
	switch {
	case total != o.total:
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单金额不一致")
	case o.given+amount > o.total:
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "退款金额大于可退金额")
	case now.Sub(o.paidAt) > refundablefor || len(o.refunds) >= maxRefunds:
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单已不可退款")
	case len(o.refunds) > 0 && now.Sub(o.refunds[len(o.refunds)-1].at) < refundGap:
		return answer{}, refuse(http.StatusTooManyRequests, "FREQUENCY_LIMITED", "同一笔订单多次退款的请求需相隔1分钟")
	case amount > o.merchant.balance:
		return answer{}, refuse(http.StatusForbidden, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
	}
	made := &refund{order: o, number: number, id: p.number("50302"), amount: amount, asked: fields.Canonical(asked), status: "PROCESSING", becomes: "SUCCESS", at: now}
	if p.nextRefund != "" {
		made.becomes = p.nextRefund
	}
	made.notifyURL, _ = asked["notify_url"].(string)
	o.refunds, o.given, o.state = append(o.refunds, made), o.given+amount, "REFUND"
	o.merchant.refunds[number], o.merchant.balance = made, o.merchant.balance-amount
	o.merchant.rows = append(o.merchant.rows, billRow{o: o, r: made, state: "REFUND", at: now, amount: amount})
	return answer{value: made.told("status")}, nil
}

// refundable finds the paid order that a refund is for.
func (p *Platform) refundable(c call, asked map[string]any) (*order, *refusal) {
	id, byID := asked["transaction_id"].(string)
	tradeNo, byNumber := asked["out_trade_no"].(string)
	if byID == byNumber {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "transaction_id or out_trade_no")
	}
	for _, o := range p.orders {
		if o.merchant == c.merchant && o.id != "" && (o.id == id || o.tradeNo == tradeNo) && (o.state == "SUCCESS" || o.state == "REFUND") {
			return o, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在")
}

func (p *Platform) queryRefund(c call, number string) (answer, *refusal) {
	found := c.merchant.refunds[number]
	if found == nil {
		return answer{}, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在")
	}
	return answer{value: found.told("status")}, nil
}

// told is a refund as the platform tells of it; notifications call its state
// otherwise than answers.
func (r *refund) told(state string) map[string]any {
	told := map[string]any{"refund_id": r.id, "out_refund_no": r.number, "transaction_id": r.order.id, "out_trade_no": r.order.tradeNo,
		"user_received_account": "支付用户零钱", state: r.status,
		"amount": map[string]any{"total": r.order.total, "refund": r.amount, "payer_total": r.order.total, "payer_refund": r.amount}}
	if r.status == "SUCCESS" {
		told["success_time"] = r.done.In(beijing).Format(time.RFC3339)
	}
	if state == "status" {
		told["channel"], told["funds_account"], told["create_time"] = "ORIGINAL", "UNSETTLED", r.at.In(beijing).Format(time.RFC3339)
		told["amount"].(map[string]any)["currency"] = "CNY"
	}
	return told
}

// finishRefunds ends those whose time has come.
func (p *Platform) finishRefunds() {
	now := p.Now()
	for _, m := range p.merchants {
		for _, r := range m.refunds {
			if r.status != "PROCESSING" || now.Sub(r.at) < p.RefundTakes {
				continue
			}
			r.status, r.done = r.becomes, now
			if r.status == "CLOSED" {
				r.order.given, m.balance = r.order.given-r.amount, m.balance+r.amount
			}
			if r.notifyURL != "" {
				p.notify(r.order, r)
			}
		}
	}
}
