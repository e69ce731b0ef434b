package wechatpaytest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

// Paid is what the platform knows of an order, for a test to compare with.
type Paid struct {
	State string // trade_state
	ID    string
	Given int64 // sum of refunds that are not called off
}

// Order says how an order stands.
func (p *Platform) Order(m *Merchant, tradeNo string) (Paid, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finishRefunds()
	o := p.orders[orderKey(m.ID, tradeNo)]
	if o == nil {
		return Paid{}, false
	}
	return Paid{o.state, o.id, o.given}, true
}

// Pay is a payer's yes to an order, however they have come to it. The first who
// tries an order is the only one who may pay it.
func (p *Platform) Pay(m *Merchant, tradeNo, openID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders[orderKey(m.ID, tradeNo)]
	if o == nil {
		return ErrNotNow
	}
	return p.pay(o, openID)
}

func (p *Platform) pay(o *order, openID string) error {
	if o.openID == "" {
		o.openID = openID
	}
	if o.product == "codepay" || o.state != "NOTPAY" || !p.Now().Before(o.expires) || o.openID != openID {
		return ErrNotNow
	}
	p.settle(o, openID)
	return nil
}

// Scan pays by a code of the product Native.
func (p *Platform) Scan(text, openID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.orders {
		if o.scan == text && text != "" && p.Now().Before(o.prepays[strings.TrimPrefix(text, "weixin://wxpay/bizpayurl?pr=")]) {
			return p.pay(o, openID)
		}
	}
	return ErrNotNow
}

// Invoke pays as a page inside WeChat asks for it (getBrandWCPayRequest): the
// parameters have to be signed by the merchant, over four lines.
func (p *Platform) Invoke(parameters map[string]string, openID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	prepay, ok := strings.CutPrefix(parameters["package"], "prepay_id=")
	o := p.prepaid(prepay)
	if !ok || o == nil || o.product != "jsapi" || parameters["signType"] != "RSA" || parameters["appId"] != o.merchant.AppID || len(parameters) != 6 {
		return ErrNotNow
	}
	sum := sha256.Sum256([]byte(parameters["appId"] + "\n" + parameters["timeStamp"] + "\n" + parameters["nonceStr"] + "\n" + parameters["package"] + "\n"))
	signature, err := base64.StdEncoding.DecodeString(parameters["paySign"])
	if err != nil || rsa.VerifyPKCS1v15(o.merchant.key, crypto.SHA256, sum[:], signature) != nil {
		return ErrNotNow
	}
	return p.pay(o, openID)
}

// Open pays in a phone's browser (product H5) and says where that comes back to.
func (p *Platform) Open(address, openID string) (back string, err error) {
	parsed, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.Base+h5Path) {
		return "", ErrNotNow
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.prepaid(parsed.Query().Get("prepay_id"))
	if o == nil || o.product != "h5" {
		return "", ErrNotNow
	}
	return parsed.Query().Get("redirect_url"), p.pay(o, openID)
}

// prepaid finds the order of a prepay_id that still works.
func (p *Platform) prepaid(prepay string) *order {
	for _, o := range p.orders {
		if until, ok := o.prepays[prepay]; ok && p.Now().Before(until) {
			return o
		}
	}
	return nil
}
