package alipaytest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"plaza/shop/pay/paytest/notices"
)

// Notice is a notification that the platform has to give, again and again until
// it is answered with "success".
type Notice struct {
	URL     string
	TradeNo string
	State   string // trade_status

	merchant *Merchant
	content  map[string]string
}

// gaps are the platform's, between tries (platform document: "异步通知特性").
var gaps = []time.Duration{4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour}

// formType is how the platform says that a notification is a form.
const formType = "application/x-www-form-urlencoded; text/html; charset=utf-8"

func (p *Platform) queue() *notices.Queue[*Notice] {
	return notices.New(notices.Manners[*Notice]{Now: p.Now, Gaps: gaps,
		Catchup: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.pass()
		},
		Letter: func(n *Notice) (string, http.Header, []byte) {
			return n.URL, http.Header{"Content-Type": {formType}}, p.Say(n, None, nil)
		},
		Took: func(_ int, body []byte) bool { return string(body) == "success" },
	})
}

func (p *Platform) notify(o *order, r *refund) {
	if o.notifyURL == "" {
		return
	}
	p.serial++
	told := map[string]string{"notify_type": "trade_status_sync", "notify_id": fmt.Sprintf("%032x", p.serial), "charset": "utf-8", "version": "1.0",
		"app_id": o.merchant.AppID, "auth_app_id": o.merchant.AppID, "trade_no": o.id, "out_trade_no": o.tradeNo, "trade_status": o.state,
		"total_amount": yuan(o.total), "subject": o.subject, "gmt_create": clock(o.made), "seller_id": o.merchant.SellerID, "buyer_id": o.buyer,
		"buyer_logon_id": "159****5620", "point_amount": "0.00"}
	if !o.paidAt.IsZero() {
		told["gmt_payment"], told["receipt_amount"], told["invoice_amount"], told["buyer_pay_amount"] = clock(o.paidAt), yuan(o.total), yuan(o.total), yuan(o.total)
		told["fund_bill_list"] = fmt.Sprintf(`[{"amount":"%s","fundChannel":"ALIPAYACCOUNT"}]`, yuan(o.total))
	}
	if o.state == "TRADE_CLOSED" {
		told["gmt_close"] = clock(p.Now())
	}
	if r != nil {
		told["refund_fee"], told["gmt_refund"], told["out_biz_no"] = yuan(o.given), clock(r.at)+".117", r.number
	}
	p.Add(&Notice{URL: o.notifyURL, TradeNo: o.tradeNo, State: o.state, merchant: o.merchant, content: told})
}

// Say writes a notification as it is posted now, with what goes wrong: Forged,
// Unsigned, Stranger. change may put something else into it before it is signed.
func (p *Platform) Say(n *Notice, trouble Trouble, change func(map[string]string)) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := maps.Clone(n.content)
	told["notify_time"] = clock(p.Now())
	if change != nil {
		change(told)
	}
	return p.seal(n.merchant, told, trouble)
}

// Seal posts anything at all as a notification to a merchant: hostile content in
// an envelope that is in order.
func (p *Platform) Seal(m *Merchant, told map[string]string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seal(m, told, None)
}

// seal signs a notification: all but sign, sign_type and alipay_cert_sn.
func (p *Platform) seal(m *Merchant, told map[string]string, trouble Trouble) []byte {
	form := url.Values{}
	for name, value := range told {
		form.Set(name, value)
	}
	signature, serial := p.sign(m, content(told, "sign", "sign_type", "alipay_cert_sn"), trouble)
	if serial != "" {
		form.Set("alipay_cert_sn", serial)
	}
	form.Set("sign_type", "RSA2")
	if trouble != Unsigned {
		form.Set("sign", signature)
	}
	return []byte(form.Encode())
}
