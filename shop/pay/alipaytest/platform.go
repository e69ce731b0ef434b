// Package alipaytest is Alipay's side for tests, benchmarks and demonstrations: a
// strict local stand-in that holds its own keys, verifies each request as the
// platform's documents say, keeps trades, refunds and bills by its rules, and
// signs its answers and notifications. It shares no code with shop/pay/alipay. A
// person can play the payer with its methods or, in a browser, on its pages.
package alipaytest

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
	"time"

	"plaza/shop/pay/paytest/notices"
)

// Options of a Platform. All may be empty.
type Options struct {
	Now func() time.Time
	// Key makes an RSA key of 2048 bits; tests share some, because it takes long.
	Key func() *rsa.PrivateKey
	// Base is where the stand-in is reached: for codes to scan and bills. Empty:
	// Alipay's own hosts.
	Base string
	// AnyAddress also takes addresses for notifications that are not https.
	AnyAddress bool
	// RefundTakes is how long a refund is under way to the payer's bank.
	RefundTakes time.Duration
	// Trouble says what goes wrong with a call; empty: nothing does.
	Trouble func(method string) Trouble
}

// Platform is the stand-in. It is safe for concurrent use. It is an
// http.Handler.
type Platform struct {
	Options
	*notices.Queue[*Notice]

	mu        sync.Mutex
	merchants map[string]*Merchant
	key       *rsa.PrivateKey // for applications without certificates
	authority *authority      // for those with
	orders    map[string]*order
	scans     map[string]*order
	codes     map[string]*code
	files     map[string]billFile
	strict    []string // what a request was refused for, for the tests' messages
	serial    int
	calls     map[string]int
	again     int // cancellations that are to be asked for again
	spoil     func([]byte) []byte
}

// Merchant is one of the platform's merchants, with one application.
type Merchant struct {
	AppID, SellerID string
	PrivateKey      string // as Alipay's tool gives it: base64 of PKCS #8
	// AppCertificate is in PEM; empty for an application with public keys.
	AppCertificate string
	// May is what the merchant has signed: face, order_code, page, wap.
	May map[string]bool

	key     *rsa.PrivateKey // the tool's, which it keeps
	appSN   string
	rows    []billRow
	balance int64 // what refunds are paid from, in fen
}

// New makes a platform.
func New(o Options) *Platform {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Key == nil {
		o.Key = func() *rsa.PrivateKey {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			return key
		}
	}
	p := &Platform{Options: o, merchants: map[string]*Merchant{}, key: o.Key(), orders: map[string]*order{}, scans: map[string]*order{},
		codes: map[string]*code{}, files: map[string]billFile{}, calls: map[string]int{}}
	p.authority = newAuthority(o.Key(), o.Now())
	p.authority.issue(o.Key(), o.Now())
	p.Queue = p.queue()
	return p
}

// Enroll makes a merchant who may do everything, with or without certificates.
func (p *Platform) Enroll(appID, sellerID string, certified bool) *Merchant {
	m := &Merchant{AppID: appID, SellerID: sellerID, key: p.Key(),
		May: map[string]bool{"face": true, "order_code": true, "page": true, "wap": true}}
	m.PrivateKey = bare(pkcs8(m.key))
	p.mu.Lock()
	defer p.mu.Unlock()
	if certified {
		m.AppCertificate, m.appSN = p.authority.sign(sellerID, &m.key.PublicKey, p.Now())
	}
	p.merchants[appID] = m
	return m
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same merchants gives none twice.
func (p *Platform) Continue(from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial = from
}

// Contract is what a member of the merchant's types in, with both kinds of pages
// granted.
func (p *Platform) Contract(m *Merchant) map[string]string {
	typed := map[string]string{"app_id": m.AppID, "seller_id": m.SellerID, "private_key": m.PrivateKey, "page": "true", "wap": "true"}
	if m.AppCertificate == "" {
		typed["public_key"] = bare(spki(&p.key.PublicKey))
		return typed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	typed["app_certificate"], typed["alipay_certificate"], typed["root_certificate"] = m.AppCertificate, p.authority.newest().pem, p.authority.roots
	return typed
}

// Rotate begins to sign with another certificate.
func (p *Platform) Rotate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.authority.issue(p.Key(), p.Now())
}

// Impose begins to sign with a certificate that somebody else has issued.
func (p *Platform) Impose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	other := newAuthority(p.Key(), p.Now())
	other.count += 1000
	other.issue(p.Key(), p.Now())
	p.authority.issued = append(p.authority.issued, other.newest())
}

// Withdraw moves a merchant's balance to their bank: refunds can't be paid from
// it any more.
func (p *Platform) Withdraw(m *Merchant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.balance = 0
}

// CancelAgain makes the next cancellations be asked for again.
func (p *Platform) CancelAgain(times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.again = times
}

// Calls says how often a method was called.
func (p *Platform) Calls(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[method]
}

// Refusals are what requests were refused for as malformed: a test that expects
// none shows them.
func (p *Platform) Refusals() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.strict...)
}

// number makes an identifier of the platform's.
func (p *Platform) number() string {
	p.serial++
	return fmt.Sprintf("%s22001%015d", p.Now().In(beijing).Format("20060102"), p.serial)
}

var beijing = time.FixedZone("", 8*60*60)

// clock is how the platform writes a time.
func clock(at time.Time) string { return at.In(beijing).Format(time.DateTime) }

func yuan(fen int64) string {
	if fen < 0 {
		return "-" + yuan(-fen)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}
