package alipaytest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Notice is a notification that the platform has to give, again and again until
// it is answered with "success".
type Notice struct {
	URL     string
	TradeNo string
	State   string // trade_status

	told     bool
	merchant *Merchant
	content  map[string]string
	tries    int
	next     time.Time
}

// gaps are the platform's, between tries (platform document: "异步通知特性").
var gaps = [...]time.Duration{4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour}

// Silence makes the platform forget every notification from now on.
func (p *Platform) Silence(silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = silent
}

func (p *Platform) notify(o *order, r *refund) {
	if p.silent || o.notifyURL == "" {
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
	p.notices = append(p.notices, &Notice{URL: o.notifyURL, TradeNo: o.tradeNo, State: o.state, merchant: o.merchant, content: told, next: p.Now()})
}

// Notices are all notifications so far, given or not.
func (p *Platform) Notices() []*Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
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

// Deliver posts what is due and says how many were taken.
func (p *Platform) Deliver(ctx context.Context, client *http.Client) (taken int) {
	for _, n := range p.Untold() {
		p.mu.Lock()
		due := n.tries <= len(gaps) && !p.Now().Before(n.next)
		p.mu.Unlock()
		if !due {
			continue
		}
		ok := post(ctx, client, n.URL, p.Say(n, None, nil))
		p.mu.Lock()
		n.told, n.next = ok, p.Now().Add(gaps[min(n.tries, len(gaps)-1)])
		n.tries++
		p.mu.Unlock()
		if ok {
			taken++
		}
	}
	return taken
}

func post(ctx context.Context, client *http.Client, address string, body []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(string(body)))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; text/html; charset=utf-8")
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(response.Body, 100))
	return err == nil && string(said) == "success"
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
