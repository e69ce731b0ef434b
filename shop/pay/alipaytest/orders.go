package alipaytest

import (
	"time"

	"plaza/shop/pay/paytest/fields"
)

// order is something that was asked for. It is a trade once somebody has scanned
// or opened it, or shown a code for it: before, Alipay has not heard of it.
type order struct {
	merchant  *Merchant
	product   string // face, order_code, page, wap
	tradeNo   string
	subject   string
	total     int64
	notifyURL string
	returnURL string
	asked     string // the request, to compare a repetition with
	state     string // trade_status; empty before it is a trade
	off       bool   // called off before it was a trade
	expires   time.Time
	id        string // trade_no
	made      time.Time
	paidAt    time.Time
	scan      string // the newest code to scan; the older ones are dead
	refunds   []*refund
	given     int64 // sum of refunds
	card      Card  // whose payment code it was
	buyer     string
}

const (
	orderLives = 15 * 24 * time.Hour
	// refundable is how long money goes back; then the trade is finished.
	refundable = 365 * 24 * time.Hour
)

func orderKey(m *Merchant, tradeNo string) string { return m.AppID + "/" + tradeNo }

// take finds the order that is asked for or writes down a new one.
func (p *Platform) take(c call, product string) (*order, *refusal) {
	if !c.merchant.May[product] {
		return nil, business("ACQ.ACCESS_FORBIDDEN")
	}
	key := orderKey(c.merchant, c.text("out_trade_no"))
	asked := fields.Canonical(c.asked) + c.values["notify_url"]
	if found := p.orders[key]; found != nil {
		switch {
		case found.state == "TRADE_SUCCESS" || found.state == "TRADE_FINISHED":
			return nil, business("ACQ.TRADE_HAS_SUCCESS")
		case found.state == "TRADE_CLOSED" || found.off:
			return nil, business("ACQ.TRADE_HAS_CLOSE")
		case found.asked != asked || found.product != product:
			return nil, business("ACQ.CONTEXT_INCONSISTENT")
		}
		return found, nil
	}
	made := &order{merchant: c.merchant, product: product, tradeNo: c.text("out_trade_no"), subject: c.text("subject"), total: fen(c.text("total_amount")),
		notifyURL: c.values["notify_url"], returnURL: c.values["return_url"], asked: asked, expires: p.Now().Add(orderLives), made: p.Now()}
	if until := c.text("time_expire"); until != "" {
		made.expires = must(time.ParseInLocation(time.DateTime, until, beijing))
	}
	p.orders[key] = made
	return made, nil
}

// begin makes an order a trade.
func (p *Platform) begin(o *order, buyer string) {
	if o.state == "" {
		o.state, o.id, o.buyer = "WAIT_BUYER_PAY", p.number(), buyer
	}
}

// precreate gives out a code to scan.
func (p *Platform) precreate(c call) (map[string]any, *refusal) {
	product := "face"
	if c.text("product_code") == "QR_CODE_OFFLINE" {
		product = "order_code"
	}
	o, refused := p.take(c, product)
	if refused != nil {
		return nil, refused
	}
	p.serial++
	base := p.Base
	if base == "" {
		base = "https://qr.alipay.com"
	}
	delete(p.scans, o.scan)
	o.scan = base + "/bax0" + p.number()[20:]
	p.scans[o.scan] = o
	return map[string]any{"out_trade_no": o.tradeNo, "qr_code": o.scan}, nil
}

// find is the trade that a request names.
func (p *Platform) find(c call) (*order, *refusal) {
	tradeNo, id := c.text("out_trade_no"), c.text("trade_no")
	if tradeNo == "" && id == "" {
		return nil, malformed("isv.invalid-parameter", "out_trade_no")
	}
	for _, o := range p.orders {
		if o.merchant == c.merchant && o.state != "" && (id != "" && o.id == id || id == "" && o.tradeNo == tradeNo) {
			return o, nil
		}
	}
	return nil, business("ACQ.TRADE_NOT_EXIST")
}

// query tells of a trade.
func (p *Platform) query(c call) (map[string]any, *refusal) {
	o, refused := p.find(c)
	if refused != nil {
		return map[string]any{"out_trade_no": c.text("out_trade_no")}, refused
	}
	told := map[string]any{"trade_no": o.id, "out_trade_no": o.tradeNo, "trade_status": o.state, "total_amount": yuan(o.total),
		"buyer_logon_id": "159****5620", "buyer_user_id": o.buyer, "point_amount": "0.00", "invoice_amount": yuan(o.total)}
	if !o.paidAt.IsZero() {
		told["send_pay_date"], told["receipt_amount"], told["buyer_pay_amount"] = clock(o.paidAt), yuan(o.total), yuan(o.total)
		told["fund_bill_list"] = []any{map[string]any{"amount": yuan(o.total), "fund_channel": "ALIPAYACCOUNT"}}
	}
	return told, nil
}

// closeTrade closes one that nobody has paid. One that is no trade yet can't be
// paid any more afterwards, though the answer does not say so.
func (p *Platform) closeTrade(c call) (map[string]any, *refusal) {
	o, refused := p.find(c)
	if refused != nil {
		if unmade := p.orders[orderKey(c.merchant, c.text("out_trade_no"))]; unmade != nil && (unmade.product == "face" || unmade.product == "order_code") {
			unmade.off = true
		}
		return nil, refused
	}
	if o.state != "WAIT_BUYER_PAY" {
		return nil, business("ACQ.TRADE_STATUS_ERROR")
	}
	p.end(o)
	return map[string]any{"trade_no": o.id, "out_trade_no": o.tradeNo}, nil
}

// end closes a trade without money.
func (p *Platform) end(o *order) {
	o.state = "TRADE_CLOSED"
	p.notify(o, nil)
}

// cancellable is how long after a payment cancelling gives it back.
const cancellable = 24 * time.Hour

// cancel ends what a merchant does not know the end of: it closes a trade, or
// gives back what was paid.
func (p *Platform) cancel(c call) (map[string]any, *refusal) {
	if !c.merchant.May["face"] {
		return nil, business("ACQ.ACCESS_FORBIDDEN")
	}
	told := map[string]any{"out_trade_no": c.text("out_trade_no"), "retry_flag": "N"}
	if p.again > 0 {
		p.again--
		told["retry_flag"] = "Y"
		return told, nil
	}
	o, refused := p.find(c)
	if refused != nil {
		if unmade := p.orders[orderKey(c.merchant, c.text("out_trade_no"))]; unmade != nil {
			unmade.off = true
		}
		return told, nil
	}
	told["trade_no"] = o.id
	switch {
	case o.state == "TRADE_CLOSED":
	case o.state == "WAIT_BUYER_PAY":
		told["action"] = "close"
		p.end(o)
	case p.Now().Sub(o.paidAt) > cancellable:
		return nil, business("ACQ.TRADE_CANCEL_TIME_OUT")
	case o.given > 0:
		return nil, business("ACQ.REASON_TRADE_REFUND_FEE_ERR")
	default:
		told["action"] = "refund"
		p.give(o, &refund{number: o.tradeNo + "CANCEL", amount: o.total, at: p.Now()})
	}
	return told, nil
}

// pass closes the trades whose time to be paid is over.
func (p *Platform) pass() {
	now := p.Now()
	for _, o := range p.orders {
		switch {
		case o.state == "WAIT_BUYER_PAY" && !now.Before(o.expires):
			p.end(o)
		case o.state == "TRADE_SUCCESS" && now.Sub(o.paidAt) > refundable:
			o.state = "TRADE_FINISHED"
		}
	}
	p.finishRefunds()
}

// settle is the payer's money arriving.
func (p *Platform) settle(o *order) {
	o.state, o.paidAt = "TRADE_SUCCESS", p.Now()
	o.merchant.balance += o.total
	o.merchant.rows = append(o.merchant.rows, billRow{o: o, at: o.paidAt, amount: o.total})
	p.notify(o, nil)
}
