package wechatpaytest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Notice is a notification that the platform has to give, again and again until
// it is answered with 200 or 204.
type Notice struct {
	URL      string
	TradeNo  string
	RefundNo string // with a refund: the merchant's number

	told     bool
	merchant *Merchant
	event    string
	kind     string
	content  map[string]any
	tries    int
	next     time.Time
}

// gaps are the platform's, between tries.
var gaps = [...]time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour}

// Silence makes the platform forget every notification from now on.
func (p *Platform) Silence(silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = silent
}

func (p *Platform) notify(o *order, r *refund) {
	if p.silent {
		return
	}
	n := &Notice{URL: o.notifyURL, TradeNo: o.tradeNo, merchant: o.merchant, event: "TRANSACTION.SUCCESS", kind: "transaction", content: o.told(), next: p.Now()}
	if r != nil {
		n.URL, n.RefundNo, n.event, n.kind, n.content = r.notifyURL, r.number, "REFUND."+r.status, "refund", r.told("refund_status")
		n.content["mchid"] = o.merchant.ID
	}
	p.notices = append(p.notices, n)
}

// Notices are all notifications so far, given or not.
func (p *Platform) Notices() []*Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finishRefunds()
	return append([]*Notice(nil), p.notices...)
}

// Untold are those that nobody has taken yet.
func (p *Platform) Untold() []*Notice {
	all := p.Notices()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(all, func(n *Notice) bool { return n.told })
}

// Taken ends the repetitions of a notification that a test has given by itself.
func (p *Platform) Taken(n *Notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n.told = true
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

// Deliver posts what is due and says how many were taken.
func (p *Platform) Deliver(ctx context.Context, client *http.Client) (taken int) {
	for _, n := range p.Untold() {
		p.mu.Lock()
		due := n.tries < len(gaps) && !p.Now().Before(n.next)
		p.mu.Unlock()
		if !due {
			continue
		}
		header, body := p.Say(n, true, None, nil)
		ok := post(ctx, client, n.URL, header, body)
		p.mu.Lock()
		n.told, n.next = ok, p.Now().Add(gaps[n.tries])
		n.tries++
		p.mu.Unlock()
		if ok {
			taken++
		}
	}
	return taken
}

func post(ctx context.Context, client *http.Client, address string, header http.Header, body []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK || response.StatusCode == http.StatusNoContent
}

// Run delivers notifications until ctx ends.
func (p *Platform) Run(ctx context.Context, client *http.Client) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.Deliver(ctx, client)
		}
	}
}
