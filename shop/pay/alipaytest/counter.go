package alipaytest

import (
	"errors"
	"fmt"
	"time"
)

// Card is how a payer who shows a code pays.
type Card struct {
	Buyer    string
	Password bool // they are asked for their password
	Poor     bool // there is not enough money
	Blocked  bool // the platform does not let them
}

type code struct {
	card  Card
	shown time.Time
	used  string // the order's key
}

const codeLives = time.Minute

// Code is a payment code as a payer shows it now.
func (p *Platform) Code(card Card) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	shown := fmt.Sprintf("28%016d", 7000000000000000+p.serial)
	p.codes[shown] = &code{card: card, shown: p.Now()}
	return shown
}

// takeCode is a payment at the counter (条码支付).
func (p *Platform) takeCode(c call) (map[string]any, *refusal) {
	shown, key := p.codes[c.text("auth_code")], orderKey(c.merchant, c.text("out_trade_no"))
	if shown == nil || shown.used != "" && shown.used != key || shown.used == "" && p.Now().Sub(shown.shown) > codeLives {
		return nil, business("ACQ.PAYMENT_AUTH_CODE_INVALID")
	}
	o, refused := p.take(c, "face")
	if refused != nil {
		return nil, refused
	}
	shown.used = key
	told := map[string]any{"out_trade_no": o.tradeNo}
	if o.state == "WAIT_BUYER_PAY" { // the same again
		told["code"], told["msg"], told["trade_no"] = "10003", "order success pay inprocess", o.id
		return told, nil
	}
	switch {
	case shown.card.Blocked:
		delete(p.orders, key)
		return nil, business("ACQ.BUYER_ENABLE_STATUS_FORBID")
	case shown.card.Poor: // there is a trade, which waits
		p.begin(o, shown.card.Buyer)
		o.card = shown.card
		return told, business("ACQ.BUYER_BALANCE_NOT_ENOUGH")
	}
	p.begin(o, shown.card.Buyer)
	o.card = shown.card
	told["trade_no"] = o.id
	if o.card.Password {
		told["code"], told["msg"] = "10003", "order success pay inprocess"
		return told, nil
	}
	p.settle(o)
	told["total_amount"], told["receipt_amount"], told["gmt_payment"], told["buyer_user_id"] = yuan(o.total), yuan(o.total), clock(o.paidAt), o.buyer
	return told, nil
}

// ErrNotNow is what a payer's phone says when what they try is not possible.
var ErrNotNow = errors.New("alipaytest: this can't be paid")

// TypePassword ends a payment at the counter for which the payer was asked: they
// type it, or they call the payment off.
func (p *Platform) TypePassword(m *Merchant, tradeNo string, yes bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
	o := p.orders[orderKey(m, tradeNo)]
	if o == nil || o.state != "WAIT_BUYER_PAY" || !o.card.Password {
		return ErrNotNow
	}
	if !yes {
		p.end(o)
		return nil
	}
	p.settle(o)
	return nil
}
