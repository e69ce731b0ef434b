// Package wechatpaytest is WeChat Pay's side for tests, benchmarks and
// demonstrations: a strict local stand-in that holds its own keys, verifies each
// request as the platform's documents say, keeps orders, refunds and bills by
// its rules, and signs its answers and notifications. It shares no code with
// shop/pay/wechatpay. A person can play the payer with its methods or, in a
// browser, on its pages.
package wechatpaytest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"

	"plaza/shop/pay/paytest/notices"
)

// Options of a Platform. All may be empty.
type Options struct {
	Now func() time.Time
	// Key makes an RSA key of 2048 bits; tests share some, because it takes long.
	Key func() *rsa.PrivateKey
	// Base is where the pages are reached that are given out for payments from
	// browsers; empty: WeChat Pay's own host.
	Base string
	// AnyAddress also takes addresses for notifications that are not https.
	AnyAddress bool
	// RefundTakes is how long a refund is under way.
	RefundTakes time.Duration
	// Trouble says what goes wrong with a call; empty: nothing does.
	Trouble func(method, path string) Trouble
}

// Platform is the stand-in. It is safe for concurrent use. It is an
// http.Handler.
type Platform struct {
	Options
	*notices.Queue[*Notice]

	mu           sync.Mutex
	merchants    map[string]*Merchant
	publicKeyID  string
	publicKey    *rsa.PrivateKey
	certificates []*certificate // the last one signs
	orders       map[string]*order
	codes        map[string]*code
	files        map[string]billFile
	strict       []string // what a request was refused for, for the tests' messages
	serial       int
	calls        map[string]int
	nextRefund   string
}

type certificate struct {
	serial string
	key    *rsa.PrivateKey
	pem    []byte
}

// Merchant is one of the platform's merchants.
type Merchant struct {
	ID, AppID, SerialNo, APIv3Key string
	PrivateKey                    string // PEM
	// May is what the merchant has been granted: jsapi, native, h5, codepay, refund.
	May map[string]bool
	// OldFashioned merchants have no public key of WeChat Pay's; others have no
	// certificates to fetch unless both is set.
	Certificates bool

	key     *rsa.PublicKey
	nonces  map[string]bool
	refunds map[string]*refund
	rows    []billRow
	balance int64 // takings that are not settled yet: what refunds are paid from
}

// New makes a platform with a public key and a certificate.
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
	if o.Base == "" {
		o.Base = "https://wx.tenpay.com"
	}
	p := &Platform{Options: o, merchants: map[string]*Merchant{}, orders: map[string]*order{}, codes: map[string]*code{},
		files: map[string]billFile{}, calls: map[string]int{}, publicKeyID: "PUB_KEY_ID_0114232134912410000000000000", publicKey: o.Key()}
	p.Queue = p.queue()
	p.Rotate()
	return p
}

// Rotate begins to sign with another certificate; the one before stays valid.
func (p *Platform) Rotate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	now, key := p.Now(), p.Key()
	number := new(big.Int).SetBytes([]byte{0x51, 0x57, 0xF0, 0x9E, 0xFD, 0xC0, 0x96, 0xDE, 0x15, 0xEB, 0xE8, 0x1A, 0x47, 0x05, 0x7A, 0x72, 0x32, 0xF1, byte(p.serial >> 8), byte(p.serial)})
	template := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{CommonName: "Tenpay.com sign"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(5 * 365 * 24 * time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	p.certificates = append(p.certificates, &certificate{serial: fmt.Sprintf("%X", number), key: key,
		pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})})
}

// Enroll makes a merchant who may do everything.
func (p *Platform) Enroll(id, appID string) *Merchant {
	key := p.Key()
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	m := &Merchant{ID: id, AppID: appID, SerialNo: "3775B6A45ACD588826D15E583A95F5DD" + id[:8], APIv3Key: rand.Text() + "Abc123",
		PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})), Certificates: true,
		May: map[string]bool{"jsapi": true, "native": true, "h5": true, "codepay": true, "refund": true},
		key: &key.PublicKey, nonces: map[string]bool{}, refunds: map[string]*refund{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.merchants[id] = m
	return m
}

// Contract is what a member of the merchant's types in: with the platform's
// public key or, without it, to rely on its certificates.
func (p *Platform) Contract(m *Merchant, withPublicKey bool) map[string]string {
	typed := map[string]string{"merchant_id": m.ID, "app_id": m.AppID, "serial_no": m.SerialNo, "private_key": m.PrivateKey,
		"api_v3_key": m.APIv3Key, "h5": "true"}
	if withPublicKey {
		typed["public_key_id"], typed["public_key"] = p.PublicKey()
	}
	return typed
}

// PublicKey is the platform's, with its id, in PEM.
func (p *Platform) PublicKey() (id, text string) {
	encoded, err := x509.MarshalPKIXPublicKey(&p.publicKey.PublicKey)
	if err != nil {
		panic(err)
	}
	return p.publicKeyID, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encoded}))
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same merchants gives none twice.
func (p *Platform) Continue(from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial = from
}

// Settle moves a merchant's takings to their bank: refunds can't be paid from
// them any more.
func (p *Platform) Settle(m *Merchant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.balance = 0
}

// Calls says how often a path was called.
func (p *Platform) Calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// Refusals are what requests were refused for as malformed: a test that expects
// none shows them.
func (p *Platform) Refusals() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.strict...)
}

// number makes an identifier of the platform's.
func (p *Platform) number(prefix string) string {
	p.serial++
	return fmt.Sprintf("%s%s%012d", prefix, p.Now().In(beijing).Format("20060102"), p.serial)
}

var beijing = time.FixedZone("", 8*60*60)
