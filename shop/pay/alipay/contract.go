package alipay

import (
	"crypto/rsa"
	"regexp"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/rsakey"
)

// Contract is what a merchant copies from Alipay's open platform (开放平台 →
// 控制台 → the application → 开发设置).
type Contract struct {
	AppID    string `json:"app_id"`
	SellerID string `json:"seller_id,omitempty"` // the merchant's account (PID); empty: not compared
	// PrivateKey is the application's, with or without the lines of PEM.
	PrivateKey string `json:"private_key"`
	// PublicKey is Alipay's, for applications with public keys.
	PublicKey string `json:"public_key,omitempty"`
	// The three files of applications with certificates (公钥证书), in PEM.
	AppCertificate    string `json:"app_certificate,omitempty"`
	AlipayCertificate string `json:"alipay_certificate,omitempty"`
	RootCertificate   string `json:"root_certificate,omitempty"`
	// OrderCode says that codes to scan are of the product 订单码支付, not of 当面付.
	OrderCode bool `json:"order_code,omitempty"`
	// Page and Wap say that Alipay has granted the merchant payments on its page
	// from desktops and from phones. Without them a code to scan is shown there.
	Page bool `json:"page,omitempty"`
	Wap  bool `json:"wap,omitempty"`
}

const (
	maxKey  = 4 << 10 // bytes
	maxCert = 8 << 10 // bytes; Alipay's own comes with its issuer's
)

var (
	appID    = regexp.MustCompile(`^[0-9]{16}$`)
	sellerID = regexp.MustCompile(`^2088[0-9]{12}$`)
)

// Fields are what a member copies from Alipay's pages.
func (p *Provider) Fields() []message.Field {
	return []message.Field{
		{Name: "app_id", Limit: 16},
		{Name: "seller_id", Optional: true, Limit: 16},
		{Name: "private_key", Secret: true, Kind: message.LongField, Limit: maxKey},
		{Name: "public_key", Optional: true, Kind: message.LongField, Limit: maxKey},
		{Name: "app_certificate", Optional: true, Kind: message.LongField, Limit: maxCert},
		{Name: "alipay_certificate", Optional: true, Kind: message.LongField, Limit: maxCert},
		{Name: "root_certificate", Optional: true, Kind: message.LongField, Limit: maxCert},
		{Name: "order_code", Optional: true, Kind: message.SwitchField},
		{Name: "page", Optional: true, Kind: message.SwitchField},
		{Name: "wap", Optional: true, Kind: message.SwitchField},
	}
}

// Validate says what is wrong with a contract, field by field.
func (p *Provider) Validate(contract []byte) error {
	_, err := newMerchant(contract)
	return err
}

// Takes says that Alipay moves yuan and nothing else.
func (p *Provider) Takes(currency string) bool { return currency == "CNY" }

// merchant is a contract ready for use.
type merchant struct {
	appID, sellerID       string
	key                   *rsa.PrivateKey
	publicKey             *rsa.PublicKey // Alipay's; nil with certificates
	appSerial, rootSerial string         // with certificates
	certificates          *certificates  // nil without
	orderCode, page, wap  bool
}

// merchant opens a contract, or finds it opened.
func (p *Provider) merchant(contract []byte) (*merchant, error) {
	return p.opened.Open(contract, newMerchant)
}

// newMerchant checks a contract and sets up its keys.
func newMerchant(contract []byte) (*merchant, error) {
	c, err := pay.DecodeContract[Contract](contract)
	if err != nil {
		return nil, err
	}
	m := &merchant{appID: c.AppID, sellerID: c.SellerID, orderCode: c.OrderCode, page: c.Page, wap: c.Wap}
	wrong := []error{
		fault.If(!appID.MatchString(c.AppID), ErrAppID),
		fault.If(c.SellerID != "" && !sellerID.MatchString(c.SellerID), ErrSellerID),
	}
	m.key, err = rsakey.Private(der(c.PrivateKey))
	wrong = append(wrong, fault.If(err != nil, ErrPrivateKey))
	if c.AppCertificate != "" || c.AlipayCertificate != "" || c.RootCertificate != "" {
		return m, fault.All(append(wrong, m.certify(c))...)
	}
	m.publicKey, err = rsakey.Public(der(c.PublicKey))
	if err := fault.All(append(wrong, fault.If(err != nil, ErrPublicKey))...); err != nil {
		return nil, err
	}
	// The two public keys look alike, and mixing them up is the usual mistake.
	if m.publicKey.Equal(&m.key.PublicKey) {
		return nil, ErrOwnPublicKey
	}
	return m, nil
}

// certify sets a merchant up that has certificates.
func (m *merchant) certify(c Contract) error {
	own, err := certificate(c.AppCertificate)
	// Without a key nobody knows whose certificate it is.
	wrong := fault.If(err != nil || m.key != nil && !m.key.PublicKey.Equal(own.PublicKey), ErrAppCertificate)
	if err == nil {
		m.appSerial = serial(own)
	}
	roots, serials := rootCertificates(c.RootCertificate)
	if serials == "" { // which also vouch for Alipay's
		return fault.All(wrong, ErrRootCertificate)
	}
	m.rootSerial = serials
	m.certificates, err = newCertificates(roots, c.AlipayCertificate)
	return fault.All(wrong, fault.If(err != nil || m.certificates.first == m.appSerial, ErrAlipayCertificate))
}
