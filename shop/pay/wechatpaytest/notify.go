package wechatpaytest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"plaza/shop/pay/paytest/notices"
)

// Notice is a notification that the platform has to give, again and again until
// it is answered with 200 or 204.
type Notice struct {
	URL      string
	TradeNo  string
	RefundNo string // with a refund: the merchant's number

	merchant *Merchant
	event    string
	kind     string
	content  map[string]any
}

// gaps are the platform's, between tries (platform document: "支付成功回调通知").
var gaps = []time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour}

func (p *Platform) queue() *notices.Queue[*Notice] {
	return notices.New(notices.Manners[*Notice]{Now: p.Now, Gaps: gaps,
		Catchup: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.finishRefunds()
		},
		Letter: func(n *Notice) (string, http.Header, []byte) {
			header, body := p.Say(n, true, None, nil)
			return n.URL, header, body
		},
		Took: func(status int, _ []byte) bool { return status == http.StatusOK || status == http.StatusNoContent },
	})
}

func (p *Platform) notify(o *order, r *refund) {
	n := &Notice{URL: o.notifyURL, TradeNo: o.tradeNo, merchant: o.merchant, event: "TRANSACTION.SUCCESS", kind: "transaction", content: o.told()}
	if r != nil {
		n.URL, n.RefundNo, n.event, n.kind, n.content = r.notifyURL, r.number, "REFUND."+r.status, "refund", r.told("refund_status")
		n.content["mchid"] = o.merchant.ID
	}
	p.Add(n)
}

// Say writes a notification as it is posted now, with what goes wrong: Forged,
// Unsigned, Stranger, Old. Signed with the public key, or else with the newest
// certificate; change may put something else into it.
func (p *Platform) Say(n *Notice, withPublicKey bool, trouble Trouble, change func(map[string]any)) (http.Header, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	content := map[string]any{}
	encoded, _ := json.Marshal(n.content)
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(&content); err != nil {
		panic(err)
	}
	if change != nil {
		change(content)
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return p.envelope(n.merchant, n.event, n.kind, encoded, withPublicKey, trouble)
}

// Seal posts anything at all as a notification to a merchant: hostile content
// in an envelope that is in order.
func (p *Platform) Seal(m *Merchant, event string, content []byte) (http.Header, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.envelope(m, event, "transaction", content, true, None)
}

func (p *Platform) envelope(m *Merchant, event, kind string, content []byte, withPublicKey bool, trouble Trouble) (http.Header, []byte) {
	body, err := json.Marshal(map[string]any{"id": rand.Text(), "create_time": p.Now().In(beijing).Format(time.RFC3339),
		"resource_type": "encrypt-resource", "event_type": event, "summary": "通知", "resource": m.encrypt(kind, kind, content)})
	if err != nil {
		panic(err)
	}
	wanted := ""
	if withPublicKey {
		wanted = p.publicKeyID
	}
	header := http.Header{}
	if trouble != Unsigned {
		header = p.sign(wanted, trouble, body)
	}
	header.Set("Content-Type", "application/json")
	return header, body
}

// encrypt is AEAD_AES_256_GCM under the merchant's APIv3 key (platform document:
// "证书和回调报文解密").
func (m *Merchant) encrypt(associated, original string, plain []byte) map[string]any {
	block, err := aes.NewCipher([]byte(m.APIv3Key))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	nonce := rand.Text()[:12]
	sealed := aead.Seal(nil, []byte(nonce), plain, []byte(associated))
	encrypted := map[string]any{"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": associated,
		"ciphertext": base64.StdEncoding.EncodeToString(sealed)}
	if original != "" {
		encrypted["original_type"] = original
	}
	return encrypted
}
