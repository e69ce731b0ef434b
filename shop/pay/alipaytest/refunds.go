package alipaytest

import "time"

type refund struct {
	number string // out_request_no
	amount int64
	at     time.Time
	done   bool
}

// refund gives money back. The same number again gets the same answer, and
// nothing moves.
func (p *Platform) refund(c call) (map[string]any, *refusal) {
	o, refused := p.find(c)
	if refused != nil {
		return nil, refused
	}
	amount, number := fen(c.text("refund_amount")), c.text("out_request_no")
	told := map[string]any{"trade_no": o.id, "out_trade_no": o.tradeNo, "buyer_logon_id": "159****5620", "buyer_user_id": o.buyer, "fund_change": "N"}
	for _, earlier := range o.refunds {
		if earlier.number == number {
			if earlier.amount != amount {
				return nil, business("ACQ.DISCORDANT_REPEAT_REQUEST")
			}
			told["refund_fee"] = yuan(o.given)
			return told, nil
		}
	}
	switch {
	case o.state == "TRADE_FINISHED":
		return nil, business("ACQ.TRADE_HAS_FINISHED")
	case o.state != "TRADE_SUCCESS":
		return nil, business("ACQ.TRADE_STATUS_ERROR")
	case o.given+amount > o.total:
		return nil, business("ACQ.REASON_TRADE_REFUND_FEE_ERR")
	case amount > o.merchant.balance:
		return nil, business("ACQ.SELLER_BALANCE_NOT_ENOUGH")
	}
	made := &refund{number: number, amount: amount, at: p.Now()}
	if p.RefundTakes == 0 {
		told["fund_change"] = "Y"
	}
	p.give(o, made)
	told["refund_fee"] = yuan(o.given) // of all refunds together
	return told, nil
}

// give takes money back from the merchant.
func (p *Platform) give(o *order, r *refund) {
	o.refunds, o.given = append(o.refunds, r), o.given+r.amount
	o.merchant.balance -= r.amount
	if o.given == o.total {
		o.state = "TRADE_CLOSED"
	}
	o.merchant.rows = append(o.merchant.rows, billRow{o: o, r: r, at: r.at, amount: r.amount})
	r.done = p.RefundTakes == 0
	p.notify(o, r)
}

// finishRefunds ends those whose time has come.
func (p *Platform) finishRefunds() {
	for _, o := range p.orders {
		for _, r := range o.refunds {
			r.done = r.done || p.Now().Sub(r.at) >= p.RefundTakes
		}
	}
}

// queryRefund tells of a refund that is done; of others it tells nothing.
func (p *Platform) queryRefund(c call) (map[string]any, *refusal) {
	o, refused := p.find(c)
	if refused != nil {
		return nil, refused
	}
	for _, r := range o.refunds {
		if r.number == c.text("out_request_no") && r.done {
			return map[string]any{"trade_no": o.id, "out_trade_no": o.tradeNo, "out_request_no": r.number, "total_amount": yuan(o.total),
				"refund_amount": yuan(r.amount), "refund_status": "REFUND_SUCCESS", "gmt_refund_pay": clock(r.at)}, nil
		}
	}
	return map[string]any{}, nil
}
