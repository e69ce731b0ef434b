package wechatpaytest

import (
	"encoding/json"
	"net/http"
	"time"

	"plaza/shop/pay/paytest/fields"
)

type order struct {
	merchant    *Merchant
	product     string // jsapi, native, h5, codepay
	tradeNo     string
	description string
	notifyURL   string
	total       int64
	openID      string // who alone may pay: known from the start (jsapi) or from the scan
	asked       string // the request, to compare a repetition with
	state       string
	expires     time.Time // no payment from then on
	id          string    // transaction_id
	paidAt      time.Time
	prepays     map[string]time.Time // prepay_id, and until when it works
	scan        string               // the newest code to scan; the older ones are dead
	refunds     []*refund
	given       int64 // sum of refunds that are not called off
	card        Card  // whose payment code it was
}

var tradeTypes = map[string]string{"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB", "codepay": "MICROPAY"}

const (
	prepayLives = 2 * time.Hour
	h5Lives     = 5 * time.Minute
	orderLives  = 7 * 24 * time.Hour
)

func orderKey(merchant, tradeNo string) string { return merchant + "/" + tradeNo }

// place is an order by the products jsapi, native and h5. The same request again
// gets a fresh way to pay the same order.
func (p *Platform) place(c call, product string) (answer, *refusal) {
	asked, refused := decode(c.body, p.orderFields(product))
	if refused == nil {
		refused = c.own(asked, product)
	}
	if refused != nil {
		return answer{}, refused
	}
	tradeNo := asked["out_trade_no"].(string)
	found := p.orders[orderKey(c.merchant.ID, tradeNo)]
	if found == nil {
		found = p.newOrder(c, asked, product)
		if payer, ok := asked["payer"].(map[string]any); ok {
			found.openID = payer["openid"].(string)
		}
	}
	p.expire(found)
	switch {
	case found.asked != fields.Canonical(asked) || found.product != product:
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "201 商户订单号重复")
	case found.state == "SUCCESS" || found.state == "REFUND":
		return answer{}, refuse(http.StatusBadRequest, "ORDER_PAID", "该订单已支付")
	case found.state != "NOTPAY":
		return answer{}, refuse(http.StatusBadRequest, "ORDER_CLOSED", "该订单已关闭")
	}
	lives := prepayLives
	if product == "h5" {
		lives = h5Lives
	}
	prepay := p.number("wx")
	found.prepays[prepay] = p.Now().Add(lives)
	switch product {
	case "jsapi":
		return answer{value: map[string]any{"prepay_id": prepay}}, nil
	case "h5":
		return answer{value: map[string]any{"h5_url": p.Base + "/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=" + prepay + "&package=2150917749"}}, nil
	}
	found.scan = "weixin://wxpay/bizpayurl?pr=" + prepay
	return answer{value: map[string]any{"code_url": found.scan}}, nil
}

// own checks that a request is about the merchant who makes it.
func (c call) own(asked map[string]any, product string) *refusal {
	switch {
	case !c.merchant.May[product]:
		return refuse(http.StatusForbidden, "NO_AUTH", "商户号该产品权限未开通")
	case asked["mchid"] != c.merchant.ID || asked["appid"] != c.merchant.AppID:
		return refuse(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
	}
	return nil
}

func (p *Platform) newOrder(c call, asked map[string]any, product string) *order {
	total, _ := asked["amount"].(map[string]any)["total"].(json.Number).Int64()
	o := &order{merchant: c.merchant, product: product, tradeNo: asked["out_trade_no"].(string), total: total,
		description: asked["description"].(string), asked: fields.Canonical(asked), state: "NOTPAY", expires: p.Now().Add(orderLives), prepays: map[string]time.Time{}}
	o.notifyURL, _ = asked["notify_url"].(string)
	if until, ok := asked["time_expire"].(string); ok {
		o.expires, _ = time.Parse(time.RFC3339, until)
	}
	p.orders[orderKey(c.merchant.ID, o.tradeNo)] = o
	return o
}

// expire closes an order that has been open for a week. What time_expire sets is
// only the end of paying.
func (p *Platform) expire(o *order) {
	if o.state == "NOTPAY" && o.product != "codepay" && p.Now().After(o.expires.Add(orderLives)) {
		o.state = "CLOSED"
	}
}

func (p *Platform) queryOrder(c call, tradeNo string) (answer, *refusal) {
	if query := c.URL.Query(); len(query) != 1 || query.Get("mchid") != c.merchant.ID {
		return answer{}, refuse(http.StatusBadRequest, "PARAM_ERROR", "mchid")
	}
	found := p.orders[orderKey(c.merchant.ID, tradeNo)]
	if found == nil {
		return answer{}, refuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
	}
	p.expire(found)
	return answer{value: found.told()}, nil
}

// told is an order as the platform tells of it.
func (o *order) told() map[string]any {
	told := map[string]any{"appid": o.merchant.AppID, "mchid": o.merchant.ID, "out_trade_no": o.tradeNo,
		"trade_state": o.state, "trade_state_desc": o.state, "attach": "", "promotion_detail": []any{}}
	if o.id == "" {
		return told
	}
	told["transaction_id"], told["trade_type"], told["bank_type"] = o.id, tradeTypes[o.product], "OTHERS"
	told["success_time"] = o.paidAt.In(beijing).Format(time.RFC3339)
	told["payer"] = map[string]any{"openid": o.openID}
	told["amount"] = map[string]any{"total": o.total, "payer_total": o.total, "currency": "CNY", "payer_currency": "CNY"}
	return told
}

// closeOrder answers 204 also for numbers it has never heard of.
func (p *Platform) closeOrder(c call, tradeNo string) (answer, *refusal) {
	asked, refused := decode(c.body, fields.Object{"mchid": fields.Need(fields.Text(1, 32))})
	if refused == nil && asked["mchid"] != c.merchant.ID {
		refused = refuse(http.StatusBadRequest, "PARAM_ERROR", "mchid")
	}
	if refused != nil {
		return answer{}, refused
	}
	found := p.orders[orderKey(c.merchant.ID, tradeNo)]
	switch {
	case found == nil:
	case found.product == "codepay":
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "付款码订单请使用撤销")
	case found.state == "SUCCESS" || found.state == "REFUND":
		return answer{}, refuse(http.StatusBadRequest, "ORDER_PAID", "订单已支付，不能关闭")
	default:
		found.state = "CLOSED"
	}
	return answer{status: http.StatusNoContent}, nil
}

// settle is the payer's money arriving.
func (p *Platform) settle(o *order, openID string) {
	o.state, o.id, o.paidAt, o.openID = "SUCCESS", p.number("4200002"), p.Now(), openID
	o.merchant.balance += o.total
	o.merchant.rows = append(o.merchant.rows, billRow{o: o, state: "SUCCESS", at: o.paidAt, amount: o.total})
	if o.notifyURL != "" {
		p.notify(o, nil)
	}
}
