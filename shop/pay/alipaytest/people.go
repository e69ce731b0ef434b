package alipaytest

import (
	"net/url"
	"strings"
)

// Paid is what the platform knows of a trade, for a test to compare with.
type Paid struct {
	State string // trade_status
	ID    string
	Given int64 // sum of refunds
	Ever  bool  // money has come, whether or not it went back
}

// Trade says how a trade stands; there is none before somebody scans or opens it.
func (p *Platform) Trade(m *Merchant, tradeNo string) (Paid, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
	o := p.orders[orderKey(m, tradeNo)]
	if o == nil || o.state == "" {
		return Paid{}, false
	}
	return Paid{o.state, o.id, o.given, !o.paidAt.IsZero()}, true
}

// Scan opens a code to scan: that makes it a trade.
func (p *Platform) Scan(text, buyer string) (tradeNo string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
	o := p.scans[text]
	if o == nil || o.off || !p.Now().Before(o.expires) || o.state != "" && o.state != "WAIT_BUYER_PAY" {
		return "", ErrNotNow
	}
	p.begin(o, buyer)
	return o.tradeNo, nil
}

// Open opens an address of a page, as a browser does: that makes it a trade.
func (p *Platform) Open(address, buyer string) (tradeNo string, err error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", ErrNotNow
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
	o, refused := p.opened(parsed.Query())
	if refused != nil || !p.Now().Before(o.expires) {
		return "", ErrNotNow
	}
	p.begin(o, buyer)
	return o.tradeNo, nil
}

// opened is the order of an address of a page, which the merchant has signed.
func (p *Platform) opened(values url.Values) (*order, *refusal) {
	c, refused := p.authenticate(values)
	product := map[string]string{"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap"}[c.method]
	if refused == nil && product == "" {
		refused = malformed("isv.invalid-method", "不存在的方法名")
	}
	if refused == nil {
		c.asked, refused = decode(c.values["biz_content"], p.described(c.method))
	}
	if refused != nil {
		p.strict = append(p.strict, c.method+": "+refused.sub+": "+refused.words)
		return nil, refused
	}
	return p.take(c, product)
}

// Pay is a payer's yes to a trade.
func (p *Platform) Pay(m *Merchant, tradeNo string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
	o := p.orders[orderKey(m, tradeNo)]
	if o == nil || o.state != "WAIT_BUYER_PAY" {
		return ErrNotNow
	}
	p.settle(o)
	return nil
}

// Scanned scans a code and pays.
func (p *Platform) Scanned(m *Merchant, text string) error {
	tradeNo, err := p.Scan(text, somebody)
	if err != nil {
		return err
	}
	return p.Pay(m, tradeNo)
}

// somebody is who pays on the pages.
const somebody = "2088302000000001"

// GiveBack gives money back on Alipay's own pages, without the merchant's
// program.
func (p *Platform) GiveBack(m *Merchant, tradeNo, number string, amount int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders[orderKey(m, tradeNo)]
	if o == nil || o.state != "TRADE_SUCCESS" || o.given+amount > o.total || strings.TrimSpace(number) == "" {
		return ErrNotNow
	}
	p.give(o, &refund{number: number, amount: amount, at: p.Now()})
	return nil
}
